"""The only place that turns (request, id) into an object of this app, or into a 404."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from solution_library.models import Document, DocumentationSource, DocumentVersion, EmbeddingIndex

MAX_ID = 2**63 - 1


def document_of(request: HttpRequest, document_id: int) -> Document:
    documents = Document.objects.for_user(request.user)
    related = documents.select_related("current_version", "source", "owner", "embedding_model")
    return get_object_or_404(related, pk=document_id)


def own_document_of(request: HttpRequest, document_id: int) -> Document:
    """For what only its owner and staff may do. Raises PermissionDenied for the others."""
    document = document_of(request, document_id)
    if not may_remove(request, document):
        raise PermissionDenied("Only the person who added this document may remove it.")
    return document


def may_remove(request: HttpRequest, document: Document) -> bool:
    return bool(request.user.is_staff or document.owner_id == request.user.pk)


def version_of(document: Document, number: str | None) -> DocumentVersion | None:
    """The version that was asked for, else the current one, else the newest. None: no file."""
    if number:
        if not number.isdecimal() or int(number) > MAX_ID:
            raise Http404("No such version.")
        return get_object_or_404(document.versions, number=int(number))
    return document.current_version or document.versions.order_by("-number").first()


def source_of(request: HttpRequest, source_id: int) -> DocumentationSource:
    """Sources belong to the library, which everybody who may sign in shares."""
    sources = DocumentationSource.objects.select_related("collection", "created_by")
    return get_object_or_404(sources.defer("credentials"), pk=source_id)


def index_of(request: HttpRequest, index_id: int) -> EmbeddingIndex:
    """An index of vectors, which belongs to the library too."""
    indexes = EmbeddingIndex.objects.select_related("model__api").defer("model__api__api_key")
    return get_object_or_404(indexes, pk=index_id)


def id_list(text: str, limit: int) -> list[int]:
    """`1,2,3` as numbers; what is none, or too many, is left out."""
    parts = (part for part in text.split(",")[:limit] if part.isascii() and part.isdecimal())
    return [number for number in map(int, parts) if number <= MAX_ID]
