"""The list of documents, and the door for new ones."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.responses import SeeOther, is_fragment, wants_json
from solution_library.access import id_list
from solution_library.forms import UNFINISHED, DocumentFilter, UploadForm
from solution_library.ingest import Received, UploadRefused, receive
from solution_library.models import Collection, Document
from solution_library.models.documents import DocumentQuerySet
from solution_library.presenting import badge_of
from solution_library.queries import status_counts

PAGE_SIZE = 50
ACCEPTED = ".pdf,.docx,.md,.markdown,.txt,.rst,.html,.htm"
ORDERS = {"newest": ("-created_at", "-id"), "title": ("title", "id")}
STOP_POLLING = 286


# -- the list ----------------------------------------------------------------------------
@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    form = DocumentFilter(request.GET)
    order = request.GET.get("order", "")
    found = form.narrow(_listed(request)).order_by(*ORDERS.get(order, ORDERS["newest"]))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "order": order if order in ORDERS else "newest",
        "rows": with_badges(page),
        "waiting": _waiting(page),
        "list_url": request.get_full_path(),
        "counts": status_counts(),
    }
    if is_fragment(request):
        return render(request, "solution_library/_list.html", context)
    context |= {"upload": UploadForm(), "accept": ACCEPTED,
                "collections": Collection.objects.exists(),
                "max_bytes": settings.MAX_UPLOAD_BYTES}  # fmt: skip
    return render(request, "solution_library/documents.html", context)


def _listed(request: HttpRequest) -> DocumentQuerySet:
    documents = Document.objects.for_user(request.user)
    return documents.select_related("current_version", "source").prefetch_related("collections")


def with_badges(documents: Iterable[Document]) -> list[tuple[Document, str]]:
    return [(document, badge_of(document)) for document in documents]


def _waiting(documents: Iterable[Document]) -> str:
    """The ids of those that are not searchable yet, for the one poll of the page."""
    return ",".join(str(d.pk) for d in documents if d.embedding_status in UNFINISHED)


@require_safe
def document_row(request: HttpRequest) -> HttpResponse:
    """The rows named in `ids`, each to be put in its place; 304 while none has changed."""
    found = _listed(request).filter(pk__in=id_list(request.GET.get("ids", ""), PAGE_SIZE))
    rows = with_badges(found)
    etag = _etag(rows)
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    context = {"rows": rows, "waiting": _waiting(found), "etag": etag, "counts": status_counts()}
    status = 200 if context["waiting"] else STOP_POLLING
    response = render(request, "solution_library/_rows_poll.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _etag(rows: list[tuple[Document, str]]) -> str:
    facts = [(d.pk, d.embedding_status, d.embedding_error, d.title, d.review_status)
             for d, _ in rows]  # fmt: skip
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"'


# -- uploading ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Taken:
    """What became of one uploaded file."""

    name: str
    message: str
    document: Document | None = None
    queued: bool = False

    @property
    def url(self) -> str:
        return self.document.get_absolute_url() if self.document else ""


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take files in. Each is judged by itself: one that is refused stops no other."""
    form = UploadForm(request.POST)
    files = [file for file in request.FILES.getlist("files") if isinstance(file, UploadedFile)]
    if not form.is_valid():
        problems = [str(error) for errors in form.errors.values() for error in errors]
        return _refused(request, " ".join(problems))
    if not files:
        return _refused(request, "Choose at least one file.")
    chosen = form.chosen()
    return _answer(request, [_take(file, chosen, request) for file in files])


def _take(file: "UploadedFile[Any]", chosen: list[Collection], request: HttpRequest) -> Taken:
    name = file.name or "unnamed"
    try:
        received = receive(file, filename=name, user=request.user, collections=chosen)
    except UploadRefused as refusal:
        return Taken(name, str(refusal))
    return Taken(name, _say(received, file), received.document, queued=not received.duplicate)


def _say(received: Received, file: "UploadedFile[Any]") -> str:
    if received.duplicate:
        return f"The library has this file already, as “{received.document.title}”"
    size = filesizeformat(file.size or 0)
    if received.new_version:
        return f"Stored as a new version, {size}; it is being read"
    return f"Stored, {size}; it is being read"


def _answer(request: HttpRequest, taken: list[Taken]) -> HttpResponse:
    refused = [one for one in taken if one.document is None]
    status = 422 if len(refused) == len(taken) else 202 if any(t.queued for t in taken) else 200
    if is_fragment(request):
        response = render(request, "solution_library/_taken.html", {"taken": taken}, status=status)
        response["HX-Trigger"] = json.dumps({"spelunker:uploads-done": {}})
        return response
    if wants_json(request):
        return JsonResponse(_body(taken, refused), status=status)
    for one in taken:
        level = messages.ERROR if one.document is None else messages.SUCCESS
        messages.add_message(request, level, f"{one.name}: {one.message}")
    return SeeOther(reverse("solution_library:documents"))


def _body(taken: list[Taken], refused: list[Taken]) -> dict[str, object]:
    """`message` and `url` for one file, `files` for each; `error` says what was refused."""
    body: dict[str, object] = {
        "message": taken[0].message,
        "url": taken[0].url,
        "files": [{"name": t.name, "message": t.message, "url": t.url,
                   "taken": t.document is not None} for t in taken],
    }  # fmt: skip
    return body | {"error": " ".join(t.message for t in refused)} if refused else body


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=400)
    if is_fragment(request):
        taken = [Taken("", sentence)]
        return render(request, "solution_library/_taken.html", {"taken": taken}, status=400)
    messages.error(request, sentence)
    return SeeOther(reverse("solution_library:documents"))
