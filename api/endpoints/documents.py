"""Documents of the library, and searching them."""

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from accounts.scopes import Scope
from api.endpoints import examples
from api.operations import operation
from api.paging import PageQuery, page, page_of
from api.problems import Problem, conflict, not_usable
from api.schemas.common import Id, Text
from api.schemas.library import DocumentOut, DocumentPage, SearchOut, UploadOut
from jobs.access import check_may_write
from jobs.downloads import attachment
from solution_library.access import collection_of, document_of, own_document_of, version_of
from solution_library.ingest import UploadRefused, receive
from solution_library.models import Collection, Document, EmbeddingStatus, ReviewStatus, Tag
from solution_library.removal import RemovalRefused, remove
from solution_library.search import search as find
from solution_library.unpack_job import start_unpacking
from solution_library.unpacking import is_archive

router = Router(tags=["Documents"])
searching = Router(tags=["Search"])


class DocumentQuery(PageQuery):
    q: Text = Field("", max_length=200, description="part of the title or path")
    state: EmbeddingStatus | None = None
    review: ReviewStatus | None = None
    collection: Id | None = None
    tag: Id | None = None


class NewDocument(Schema):
    collection: Id | None = Field(None, description="id of a collection to put it into")
    tag: Id | None = Field(None, description="id of a tag to give it")


@operation(
    router, "GET", "", scope=Scope.DOCUMENTS_READ, summary="List documents",
    answer=DocumentPage, faults=(404, 422),
    example={"items": [examples.DOCUMENT], "next_cursor": None},
)  # fmt: skip
def list_documents(request: HttpRequest, query: Query[DocumentQuery]) -> dict[str, Any]:
    """The files that you may see, the newest first."""
    found = _narrowed(request, query).select_related("current_version", "owner")
    documents, following = page_of(found, query)
    return page([DocumentOut.of(document) for document in documents], following)


def _narrowed(request: HttpRequest, query: DocumentQuery) -> Any:
    found = Document.objects.for_user(request.user).files()
    if query.q:
        found = found.filter(title__icontains=query.q) | found.filter(path__icontains=query.q)
    if query.state is not None:
        found = found.filter(embedding_status=query.state)
    if query.review is not None:
        found = found.filter(review_status=query.review)
    if query.collection is not None:
        found = found.filter(collections=collection_of(request, query.collection))
    return found if query.tag is None else found.filter(tags=query.tag)


@operation(
    router, "POST", "", scope=Scope.DOCUMENTS_WRITE, summary="Upload a document", status=202,
    answer=UploadOut, faults=(404, 409, 413, 422),
    example={"outcome": "created", "document": examples.DOCUMENT, "job_id": None},
)  # fmt: skip
def upload_document(
    request: HttpRequest,
    file: Annotated[UploadedFile, File(description="the document, or a .zip of documents")],
    given: Form[NewDocument],
) -> Any:
    """It is stored at once and becomes searchable in a moment: watch its `state`. The same file
    twice is one document."""
    check_may_write(request)
    refuse_large(file)
    into, tag = given.collection, given.tag
    collections = [] if into is None else [collection_of(request, into)]
    tags = [] if tag is None else list(Tag.objects.filter(pk=tag))
    if tag is not None and not tags:
        raise not_usable(f"There is no tag {tag}.")
    try:
        taken = _take(request, file, collections, tags)
    except UploadRefused as refusal:
        raise not_usable(str(refusal), kind="file-refused") from refusal
    return Status(202, taken)


def refuse_large(file: UploadedFile) -> None:
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES // 2**20
        raise Problem(413, f"The file is larger than {limit} MB. Split it, please.")


def _take(
    request: HttpRequest, file: UploadedFile, collections: list[Collection], tags: list[Tag]
) -> UploadOut:
    name = file.name or "unnamed"
    if is_archive(file):
        job = start_unpacking(
            file, filename=name, user=request.user, collections=collections, tags=tags
        )
        return UploadOut(outcome="queued", document=None, job_id=job.pk)
    received = receive(file, filename=name, user=request.user, collections=collections, tags=tags)
    outcome = "known" if received.duplicate else "created"
    if received.new_version:
        outcome = "new_version"
    shown = document_of(request, received.document.pk)
    return UploadOut(outcome=outcome, document=DocumentOut.of(shown), job_id=None)


@operation(
    router, "GET", "/{int:document_id}", scope=Scope.DOCUMENTS_READ,
    summary="Get a document and its state", answer=DocumentOut, faults=(404,),
    example=examples.DOCUMENT,
)  # fmt: skip
def get_document(request: HttpRequest, document_id: int) -> DocumentOut:
    """`state` says whether it is searchable by now, `review` whether it may feed answers."""
    return DocumentOut.of(document_of(request, document_id))


@operation(
    router, "GET", "/{int:document_id}/file", scope=Scope.DOCUMENTS_READ,
    summary="Download a document", answer="application/octet-stream", faults=(404, 410),
)  # fmt: skip
def download_document(request: HttpRequest, document_id: int) -> HttpResponseBase:
    """The file as it was received."""
    version = version_of(document_of(request, document_id), None)
    try:
        if version is None:
            raise FileNotFoundError
        return attachment(version.file, version.filename)
    except (FileNotFoundError, ValueError) as error:
        raise Problem(410, "The file is not stored any more.") from error


@operation(
    router, "DELETE", "/{int:document_id}", scope=Scope.DOCUMENTS_WRITE,
    summary="Remove a document", answer=None, status=204, faults=(404, 409),
)  # fmt: skip
def delete_document(request: HttpRequest, document_id: int) -> Any:
    """For good, with its versions and passages. One that answers cite is not removed (409)."""
    try:
        remove(own_document_of(request, document_id))
    except RemovalRefused as refusal:
        raise conflict(str(refusal), kind="still-needed") from refusal
    return Status(204, None)


class SearchQuery(Schema):
    q: Text = Field(min_length=1, max_length=1000, description="a question or words")
    collection: Id | None = None
    tag: Id | None = None
    kind: str = Field("", pattern="^(file|answer|)$", description="`file` or `answer`")
    approved: bool = Field(False, description="only what has been approved")
    limit: int = Field(10, ge=1, le=50)


@operation(
    searching, "GET", "", scope=Scope.SEARCH, summary="Search the library", answer=SearchOut,
    faults=(404, 422),
    example={"items": [examples.PASSAGE], "trouble": None, "corrections": {}},
)  # fmt: skip
def search(request: HttpRequest, query: Query[SearchQuery]) -> SearchOut:
    """The passages that answer a question best, found by words and by meaning. There are no
    further pages: ask more exactly instead."""
    inside = None if query.collection is None else [collection_of(request, query.collection).pk]
    hits = find(
        query.q, user=request.user, collections=inside,
        tags=None if query.tag is None else [query.tag],
        kinds=[query.kind] if query.kind else None, only_approved=query.approved,
        limit=query.limit, rerank=True,
    )  # fmt: skip
    shown = [SearchOut.passage(hit, _passage_url(hit)) for hit in hits]
    return SearchOut(
        items=shown, trouble=str(hits.trouble) if hits.trouble else None,
        corrections=hits.corrections or {},
    )  # fmt: skip


def _passage_url(hit: Any) -> str:
    place = reverse("solution_library:document", args=[hit.document_id])
    return f"{place}?chunk={hit.chunk_id}#chunk-{hit.chunk_id}"
