"""One document: its text as it is searched and cited, its versions, its file."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.downloads import attachment
from jobs.errors import AlreadyRunning
from jobs.responses import SeeOther, accepted, already_running
from solution_library.access import MAX_ID, document_of, may_remove, own_document_of, version_of
from solution_library.ingest import read_again
from solution_library.models import Chunk, Document, DocumentVersion, ReviewStatus
from solution_library.presenting import Cited, badge_of, in_parts
from solution_library.removal import RemovalRefused, remove

CHUNKS_PER_PAGE = 100


@require_safe
def document(request: HttpRequest, document_id: int) -> HttpResponse:
    shown = document_of(request, document_id)
    cited = _cited(request, shown)
    version = cited.chunk.version if cited else version_of(shown, request.GET.get("version"))
    chunks = Chunk.objects.filter(version=version).defer("lexemes").order_by("ordinal")
    pages = Paginator(chunks, CHUNKS_PER_PAGE)
    page = pages.get_page(_page_of(cited, chunks) if cited else request.GET.get("page"))
    context = {
        "document": shown,
        "badge": badge_of(shown),
        "crumbs": [("Library", reverse("solution_library:documents"))],
        "version": version,
        "is_current": version is not None and version.pk == shown.current_version_id,
        "versions": list(shown.versions.all()),
        "collections": list(shown.collections.all()),
        "page": page,
        "parts": in_parts(list(page), cited),
        "cited": cited,
        "lost_passage": bool(request.GET.get("chunk")) and cited is None,
        "job": shown.embedding_jobs.for_user(request.user).order_by("-id").first(),
        "may_remove": may_remove(request, shown),
        "reviews": _review_choices(shown),
    }
    return render(request, "solution_library/document.html", context)


def _cited(request: HttpRequest, document: Document) -> Cited | None:
    """The passage in the link's query, if this document still has it."""
    chunk_id = _number(request, "chunk")
    chunks = Chunk.objects.filter(version__document=document).select_related("version")
    chunk = chunks.defer("lexemes").filter(pk=chunk_id).first() if chunk_id else None
    if chunk is None:
        return None
    return Cited(chunk, _number(request, "start"), _number(request, "end"))


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    usable = text.isascii() and text.isdecimal() and len(text) < 19
    return min(int(text), MAX_ID) if usable else 0


def _page_of(cited: Cited, chunks: "QuerySet[Chunk]") -> int:
    before = chunks.filter(ordinal__lt=cited.chunk.ordinal).count()
    return before // CHUNKS_PER_PAGE + 1


def _review_choices(document: Document) -> list[tuple[str, str]]:
    """What a person may decide; “being processed” is for the machine to say."""
    chosen = {ReviewStatus.PENDING, ReviewStatus.APPROVED, ReviewStatus.REJECTED,
              ReviewStatus.ARCHIVED, document.review_status}  # fmt: skip
    return [(value, label) for value, label in ReviewStatus.choices if value in chosen]


@require_safe
def document_file(request: HttpRequest, document_id: int) -> HttpResponseBase:
    """The file as it was received, always to be saved, never to be shown."""
    shown = document_of(request, document_id)
    version: DocumentVersion | None = version_of(shown, request.GET.get("version"))
    try:
        if version is None:
            raise FileNotFoundError
        return attachment(version.file, version.filename)
    except FileNotFoundError:
        return render(request, "jobs/file_gone.html", {"name": shown.title}, status=410)


@require_POST
def document_retry(request: HttpRequest, document_id: int) -> HttpResponse:
    shown = document_of(request, document_id)
    try:
        job = read_again(shown, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    return accepted(request, job, url=shown.get_absolute_url())


@require_POST
def document_review(request: HttpRequest, document_id: int) -> HttpResponse:
    """Say whether the document may feed answers."""
    shown = document_of(request, document_id)
    status = request.POST.get("review_status", "")
    if status not in dict(_review_choices(shown)):
        messages.error(request, "There is no such review status. Choose one of the list.")
        return SeeOther(shown.get_absolute_url())
    shown.review_status = status
    shown.save(update_fields=["review_status", "updated_at"])
    messages.success(request, f"“{shown.title}” is now: {shown.get_review_status_display()}.")
    return SeeOther(shown.get_absolute_url())


@require_POST
def document_delete(request: HttpRequest, document_id: int) -> HttpResponse:
    shown = own_document_of(request, document_id)
    try:
        remove(shown)
    except RemovalRefused as refusal:
        messages.error(request, str(refusal))
        return SeeOther(shown.get_absolute_url())
    messages.success(request, f"“{shown.title}” was removed from the library.")
    return SeeOther(reverse("solution_library:documents"))
