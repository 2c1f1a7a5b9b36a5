"""Documentation sources: places that documents come from by themselves."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from jobs.access import must_be
from jobs.errors import AlreadyRunning
from jobs.responses import SeeOther, accepted, already_running, is_fragment
from solution_library.access import may_change_source, source_of
from solution_library.models import SyncJob
from solution_library.previewing import Preview, preview_source
from solution_library.queries import files_seen, sources_for
from solution_library.quotas import QuotaReached, refuse_more_sources
from solution_library.source_forms import SourceForm
from solution_library.syncing import start_sync
from solution_library.syncs import showing

PAGE_SIZE = 25
CRUMBS = (("Sources", "solution_library:sources"),)


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    listed = sources_for(request.user).select_related("collection")
    counted = listed.annotate(document_count=files_seen(request.user)).order_by("name")
    page = Paginator(counted, PAGE_SIZE).get_page(request.GET.get("page"))
    syncing = showing.syncing_now()
    rows = [(source, showing.badge(source, syncing), showing.when_next(source)) for source in page]
    return render(request, "solution_library/sources.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def source_new(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    form = SourceForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            return _form(request, form, _preview(form))
        try:
            return _add(request, form)
        except QuotaReached as reached:
            form.add_error(None, str(reached))
    return _form(request, form)


def _form(request: HttpRequest, form: SourceForm, preview: Preview | None = None) -> HttpResponse:
    context = {"form": form, "preview": preview, "crumbs": crumbs()}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "solution_library/source_new.html", context, status=status)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [*((label, reverse(name)) for label, name in CRUMBS), *more]


def _preview(form: SourceForm) -> Preview:
    return preview_source(form.kind, form.full_config())


@transaction.atomic
def _add(request: HttpRequest, form: SourceForm) -> HttpResponse:
    refuse_more_sources(request.user)
    source = form.save(commit=False)
    source.created_by_id = request.user.pk
    source.save()
    form.save_m2m()
    start_sync(source, request.user)
    messages.success(request, f"“{source.name}” was added; its first sync has been started.")
    return SeeOther(source.get_absolute_url())


@require_POST
def source_preview(request: HttpRequest) -> HttpResponse:
    """The preview beside the form, which is left as it is; without htmx it is a page."""
    must_be(request, Role.CONTRIBUTOR)
    form = SourceForm(request.POST, user=request.user)
    # A source needs no name yet to be looked at.
    form.fields["name"].required = False
    valid = form.is_valid() or not set(form.errors) - {"name"}
    if not is_fragment(request):
        return _form(request, form, _preview(form) if valid else None)
    problems = [e for name, errors in form.errors.items() if name != "name" for e in errors]
    context = {"preview": _preview(form) if valid else None, "problems": problems}
    return render(request, "solution_library/_preview.html", context)


@require_safe
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    shown = source_of(request, source_id)
    jobs = shown.sync_jobs.select_related("started_by", "depends_on").order_by("-id")
    page = Paginator(jobs, PAGE_SIZE).get_page(request.GET.get("page"))
    newest = jobs.first()
    running = newest if newest and newest.is_active else None
    failing, failing_count = showing.troubles(shown)
    context = {
        "source": shown,
        "crumbs": crumbs(),
        "badge": showing.badge(shown, {shown.pk} if running else set()),
        "job": running,
        "running": running if running and running.may_be_seen_by(request.user) else None,
        "page": page,
        "document_count": shown.documents.for_user(request.user).files().count(),
        "when_next": showing.when_next(shown),
        "settings": showing.settings_shown(shown),
        "failing": failing,
        "failing_count": failing_count,
        "tags": list(shown.tags.all()),
        "may_change": may_change_source(request, shown),
    }
    return render(request, "solution_library/source.html", context)


@require_safe
def source_counts(request: HttpRequest, source_id: int) -> HttpResponse:
    """What the running sync has done so far; the last answer asks for no other."""
    shown = source_of(request, source_id)
    job = SyncJob.objects.filter(source=shown).order_by("-id").first()
    response = render(request, "solution_library/_sync_counts.html", {"source": shown, "job": job})
    if job is None or not job.is_active:
        response.status_code = 286  # htmx: stop polling
    return response


@require_POST
def source_sync(request: HttpRequest, source_id: int) -> HttpResponse:
    shown = source_of(request, source_id)
    try:
        job = start_sync(shown, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    return accepted(request, job, url=shown.get_absolute_url())
