"""The versions of a document: what is different between two, and an older one brought back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.responses import SeeOther
from solution_library.access import document_of, own_document_of, version_of
from solution_library.comparing import difference
from solution_library.ingest import UploadRefused
from solution_library.models import Chunk, Document, DocumentVersion
from solution_library.reviewing import ReviewRefused, may_review
from solution_library.usage import answers_by_version
from solution_library.versioning import restore

CHANGES_PER_PAGE = 200
VERSIONS_PER_PAGE = 50


@require_safe
def document_versions(request: HttpRequest, document_id: int) -> HttpResponse:
    """All versions, and the difference between the two that are chosen."""
    shown = document_of(request, document_id)
    answers = answers_by_version(shown)
    listed = shown.versions.select_related("created_by").defer("signature")
    page = Paginator(listed, VERSIONS_PER_PAGE).get_page(request.GET.get("versions"))
    before, after = _two(request, shown)
    found = difference(before, after) if before and after else None
    pages = Paginator(found.changes if found else [], CHANGES_PER_PAGE)
    context = {
        "document": shown,
        "crumbs": [("Library", reverse("solution_library:documents")),
                   (shown.title[:60], shown.get_absolute_url())],
        "page": page,
        "rows": _rows(list(page), answers),
        "before": before,
        "after": after,
        "difference": found,
        "changes": pages.get_page(request.GET.get("page")),
        "may_review": may_review(request.user, shown),
    }  # fmt: skip
    return render(request, "solution_library/versions.html", context)


def _rows(
    versions: list[DocumentVersion], answers: dict[int, int]
) -> list[tuple[DocumentVersion, int, int]]:
    """Each version with its passages and the answers that rest on it; one query for all."""
    chunks = Chunk.objects.filter(version__in=versions).order_by().values_list("version_id")
    passages = dict(chunks.annotate(Count("pk")))
    return [(one, passages.get(one.pk, 0), answers.get(one.pk, 0)) for one in versions]


def _two(
    request: HttpRequest, document: Document
) -> tuple[DocumentVersion | None, DocumentVersion | None]:
    """The versions asked for; else the current one and the one that was read before it."""
    after = version_of(document, request.GET.get("after"))
    if number := request.GET.get("before"):
        return version_of(document, number), after
    older = document.versions.filter(is_complete=True, number__lt=after.number if after else 0)
    return older.first(), after


@require_POST
def version_restore(request: HttpRequest, document_id: int, number: int) -> HttpResponse:
    shown = own_document_of(request, document_id)
    version = get_object_or_404(shown.versions, number=number)
    try:
        received = restore(version, request.user)
    except (UploadRefused, ReviewRefused) as refusal:
        messages.error(request, str(refusal))
        return SeeOther(shown.get_absolute_url())
    if received.duplicate:
        messages.info(request, "This version has the file that is newest already.")
    else:
        messages.success(request, f"Version {number} is brought back; it is being read.")
    return SeeOther(shown.get_absolute_url())
