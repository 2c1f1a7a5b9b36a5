"""Documentation sources: places that documents come from by themselves."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.errors import AlreadyRunning
from jobs.responses import SeeOther, accepted, already_running, is_fragment
from solution_library.access import source_of
from solution_library.models import DocumentationSource, SyncJob
from solution_library.previewing import Preview, preview_source
from solution_library.source_forms import SourceForm
from solution_library.syncing import start_sync

PAGE_SIZE = 25


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    listed = DocumentationSource.objects.defer("credentials").select_related("collection")
    counted = listed.annotate(document_count=Count("documents")).order_by("name")
    page = Paginator(counted, PAGE_SIZE).get_page(request.GET.get("page"))
    active = SyncJob.objects.active()
    syncing = {job.source_id for job in active if isinstance(job, SyncJob)}
    rows = [(source, _badge(source, syncing)) for source in page]
    return render(request, "solution_library/sources.html", {"page": page, "rows": rows})


def _badge(source: DocumentationSource, syncing: set[int | None]) -> tuple[str, str]:
    """A status that components/badge.html knows, and its words."""
    if source.pk in syncing:
        return "syncing", "Being synced"
    if not source.is_active:
        return "inactive", "Switched off"
    if source.stale_since:
        return "stale", "Out of date"
    return ("current", "In step") if source.last_synced_at else ("pending", "Never synced")


def source_new(request: HttpRequest) -> HttpResponse:
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            return _form(request, form, _preview(form))
        return _add(request, form)
    return _form(request, form)


def _form(
    request: HttpRequest, form: SourceForm, preview: Preview | None = None
) -> HttpResponse:
    context = {"form": form, "preview": preview,
               "crumbs": [("Sources", reverse("solution_library:sources"))]}  # fmt: skip
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "solution_library/source_new.html", context, status=status)


def _preview(form: SourceForm) -> Preview:
    return preview_source(form.cleaned_data["kind"], form.config_with_token())


def _add(request: HttpRequest, form: SourceForm) -> HttpResponse:
    source = form.save(commit=False)
    source.created_by_id = request.user.pk
    source.save()
    try:
        start_sync(source, request.user)
    except AlreadyRunning:
        pass
    else:
        messages.success(request, f"“{source.name}” was added; its first sync has been started.")
    return SeeOther(source.get_absolute_url())


@require_POST
def source_preview(request: HttpRequest) -> HttpResponse:
    """The preview beside the form, which is left as it is; without htmx it is a page."""
    form = SourceForm(request.POST)
    valid = form.is_valid()
    if not is_fragment(request):
        return _form(request, form, _preview(form) if valid else None)
    # A source needs no name yet to be looked at.
    problems = {name: errors for name, errors in form.errors.items() if name != "name"}
    preview = None if problems else _preview(form)
    context = {"preview": preview, "problems": [e for es in problems.values() for e in es]}
    return render(request, "solution_library/_preview.html", context)


@require_safe
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    shown = source_of(request, source_id)
    jobs = shown.sync_jobs.select_related("started_by", "depends_on").order_by("-id")
    page = Paginator(jobs, PAGE_SIZE).get_page(request.GET.get("page"))
    newest = jobs.for_user(request.user).first()
    context = {
        "source": shown,
        "crumbs": [("Sources", reverse("solution_library:sources"))],
        "badge": _badge(shown, {shown.pk} if jobs.active().exists() else set()),
        "running": newest if newest and newest.is_active else None,
        "page": page,
        "document_count": shown.documents.count(),
        "failed_count": shown.documents.filter(embedding_status="failed").count(),
    }
    return render(request, "solution_library/source.html", context)


@require_POST
def source_sync(request: HttpRequest, source_id: int) -> HttpResponse:
    shown = source_of(request, source_id)
    try:
        job = start_sync(shown, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    return accepted(request, job, url=shown.get_absolute_url())
