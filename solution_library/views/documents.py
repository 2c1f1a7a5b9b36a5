"""The list of documents, kept up to date, and what is done to many of them at once."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jobs.responses import is_fragment
from solution_library.access import id_list
from solution_library.document_forms import (
    MORE,
    ORDERS,
    UNFINISHED,
    BulkForm,
    DocumentFilter,
    UploadForm,
)
from solution_library.models import Collection, Document
from solution_library.models.documents import DocumentQuerySet
from solution_library.offering import Offered
from solution_library.parsing.endings import ACCEPT
from solution_library.presenting import Row, rows_of
from solution_library.queries import status_counts
from solution_library.views.tabs import library_tabs

PAGE_SIZE = 50
STOP_POLLING = 286
#: Of a document, in its row.
SHOWN = ("title", "path", "embedding_status", "embedding_error", "review_status", "review_due",
         "created_at")  # fmt: skip


@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    form = DocumentFilter(request.GET, user=request.user)
    order = request.GET.get("order", "")
    found = form.narrow(_listed(request)).order_by(*ORDERS.get(order, ORDERS["newest"]))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = rows_of(page, request.user)
    context = {
        "form": form,
        "page": page,
        "order": order if order in ORDERS else "newest",
        "rows": rows,
        "waiting": _waiting(rows),
        "list_url": request.get_full_path(),
        "counts": status_counts(request.user),
    }
    if is_fragment(request):
        return render(request, "solution_library/_list.html", context)
    context["more"] = [form[name] for name in MORE]
    return render(request, "solution_library/documents.html", context | _around(request, form))


def _around(request: HttpRequest, form: DocumentFilter) -> dict[str, Any]:
    """What stands around the list."""
    offered = Offered(request.user)
    upload, bulk = UploadForm(user=request.user), BulkForm(user=request.user)
    offered.for_filter(form)
    offered.for_upload(upload)
    offered.for_bulk(bulk)
    return {
        "upload": upload,
        "bulk": bulk,
        "accept": f"{ACCEPT},.zip",
        "collections": bool(offered.collections),
        "tags": bool(offered.tags),
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "tabs": library_tabs(request, "documents"),
    }


def _listed(request: HttpRequest) -> DocumentQuerySet:
    """With what a row shows, and no more: names of collections that the person may not look into
    are nobody's business, though a document of theirs is in one."""
    documents = Document.objects.for_user(request.user).files()
    seen = Collection.objects.for_user(request.user).defer("description")
    shown = documents.select_related("current_version").only(
        *SHOWN, "current_version__size", "current_version__page_count"
    )
    return shown.prefetch_related(Prefetch("collections", seen), "tags")


def _waiting(rows: Iterable[Row]) -> str:
    """The ids of those that are not searchable yet, for the one poll of the page."""
    return ",".join(str(r.document.pk) for r in rows if r.document.embedding_status in UNFINISHED)


@require_safe
def document_row(request: HttpRequest) -> HttpResponse:
    """The rows named in `ids`, each to be put in its place; 304 while none has changed."""
    found = _listed(request).filter(pk__in=id_list(request.GET.get("ids", ""), PAGE_SIZE))
    rows = rows_of(found, request.user)
    etag = _etag(rows)
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    context = {
        "rows": rows, "waiting": _waiting(rows), "etag": etag,
        "counts": status_counts(request.user),
    }  # fmt: skip
    status = 200 if context["waiting"] else STOP_POLLING
    response = render(request, "solution_library/_rows_poll.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _etag(rows: list[Row]) -> str:
    facts = [
        (d.pk, d.embedding_status, d.embedding_error, d.title, d.review_status, row.alike)
        for row in rows
        for d in [row.document]
    ]
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"'
