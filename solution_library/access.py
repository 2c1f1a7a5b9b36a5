"""The only place that turns (request, id) into an object of this app, or into a 404.

Readers get nothing by a request that may change anything: a PermissionDenied, if they see the
object at all.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts.roles import Role, has_role
from jobs.access import check_may_write, must_be
from solution_library.collecting import may_manage_collection, may_manage_tag
from solution_library.duplicates import visible_pairs
from solution_library.models import (
    AnswerMerge,
    Collection,
    Document,
    DocumentationSource,
    DocumentKind,
    DocumentVersion,
    DuplicatePair,
    EmbeddingIndex,
    LibraryAnswer,
    Tag,
)
from solution_library.queries import sources_for
from solution_library.reviewing import may_approve, may_review

MAX_ID = 2**63 - 1


def document_of(request: HttpRequest, document_id: int) -> Document:
    documents = Document.objects.for_user(request.user)
    related = documents.select_related("current_version", "source", "owner", "embedding_model")
    document = get_object_or_404(related, pk=document_id)
    check_may_write(request)
    return document


def own_document_of(request: HttpRequest, document_id: int) -> Document:
    """For what only its owner and managers may do. Raises PermissionDenied for the others."""
    document = _file_of(request, document_id)
    if not may_review(request.user, document):
        raise PermissionDenied("Only the document's owner and managers may do this.")
    return document


def judged_document_of(request: HttpRequest, document_id: int) -> Document:
    """For who may say what it is good for. Raises PermissionDenied for the others."""
    document = _file_of(request, document_id)
    if not may_approve(request.user, document):
        raise PermissionDenied("Only the document's owner, reviewers and managers may do this.")
    return document


def _file_of(request: HttpRequest, document_id: int) -> Document:
    document = document_of(request, document_id)
    if document.kind == DocumentKind.ANSWER:
        raise PermissionDenied("This is an approved answer: change it on its own page.")
    if document.kind == DocumentKind.INFORMATION:
        raise PermissionDenied("This came with an RFP: replace or remove it on the RFP's page.")
    return document


def collection_of(request: HttpRequest, collection_id: int) -> Collection:
    collection = get_object_or_404(Collection.objects.for_user(request.user), pk=collection_id)
    check_may_write(request)
    return collection


def own_collection_of(request: HttpRequest, collection_id: int) -> Collection:
    """For changing it. Raises PermissionDenied for who may only look into it."""
    collection = collection_of(request, collection_id)
    if not may_manage_collection(request.user, collection):
        raise PermissionDenied(
            "This collection holds other people's documents: only managers may change it."
        )
    return collection


def own_tag_of(request: HttpRequest, tag_id: int) -> Tag:
    tag = get_object_or_404(Tag, pk=tag_id)
    must_be(request, Role.CONTRIBUTOR)
    if not may_manage_tag(request.user, tag):
        raise PermissionDenied(
            "This tag is on other people's documents: only managers may change it."
        )
    return tag


def pair_of(request: HttpRequest, pair_id: int) -> DuplicatePair:
    """Two documents that this person may both open."""
    pairs = visible_pairs(request.user).select_related(
        "first__owner", "first__current_version", "second__owner", "second__current_version",
        "decided_by",
    )  # fmt: skip
    pair = get_object_or_404(pairs, pk=pair_id)
    check_may_write(request)
    return pair


def answer_of(request: HttpRequest, answer_id: int) -> LibraryAnswer:
    """An approved answer that this person may see, merged ones too: links to them live on."""
    answers = LibraryAnswer.objects.for_user(request.user).select_related(
        "document__owner", "document__current_version", "approved_by", "merged_into"
    )
    answer = get_object_or_404(answers, pk=answer_id)
    check_may_write(request)
    return answer


def merge_of(request: HttpRequest, merge_id: int) -> AnswerMerge:
    """A merge of two answers that this person may both see."""
    seen = LibraryAnswer.objects.for_user(request.user)
    merge = get_object_or_404(AnswerMerge, pk=merge_id, kept__in=seen, merged__in=seen)
    check_may_write(request)
    return merge


def version_of(document: Document, number: str | None) -> DocumentVersion | None:
    """The version that was asked for, else the current one, else the newest. None: no file."""
    if number:
        if not number.isdecimal() or int(number) > MAX_ID:
            raise Http404("No such version.")
        return get_object_or_404(document.versions, number=int(number))
    return document.current_version or document.versions.order_by("-number").first()


def source_of(request: HttpRequest, source_id: int) -> DocumentationSource:
    sources = sources_for(request.user).select_related("collection", "created_by")
    source = get_object_or_404(sources, pk=source_id)
    check_may_write(request)
    return source


def may_change_source(request: HttpRequest, source: DocumentationSource) -> bool:
    """Who added it, unless they are a reader now; and managers."""
    own = source.created_by_id is not None and source.created_by_id == request.user.pk
    return has_role(request.user, Role.CONTRIBUTOR if own else Role.MANAGER)


def own_source_of(request: HttpRequest, source_id: int) -> DocumentationSource:
    """For who may change it. Raises PermissionDenied for the others."""
    source = source_of(request, source_id)
    if not may_change_source(request, source):
        raise PermissionDenied("Only who added this source, and managers, may change it.")
    return source


def index_of(request: HttpRequest, index_id: int) -> EmbeddingIndex:
    """An index of vectors, which belongs to the library too."""
    indexes = EmbeddingIndex.objects.select_related("model__api").defer("model__api__api_key")
    return get_object_or_404(indexes, pk=index_id)


def id_list(text: str, limit: int) -> list[int]:
    """`1,2,3` as numbers; what is none, or too many, is left out."""
    parts = (part for part in text.split(",")[:limit] if part.isascii() and part.isdecimal())
    return [number for number in map(int, parts) if number <= MAX_ID]
