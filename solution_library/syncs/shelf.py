"""What a sync does to the documents of its source. Every function belongs into a transaction."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from solution_library import embedding
from solution_library.chunking import ChunkDraft
from solution_library.ingest import add_version
from solution_library.models import (
    Chunk,
    Document,
    DocumentationSource,
    DocumentReview,
    DocumentVersion,
    EmbeddingStatus,
    ReviewStatus,
)
from solution_library.reading import ReadDocument
from solution_library.sources import Known, SourceItem

GONE_TWICE = 2
#: A document that was gone so often is not asked for any more, unless its source names it.
GONE_FOR_GOOD = 6
GONE = "No longer at its source, asked twice."
BACK = "Back at its source."


@dataclass(frozen=True)
class Held:
    """A document of the source as it was when the sync began."""

    id: int
    key: str
    known: Known
    gone_count: int
    is_archived: bool


def held_documents(source: DocumentationSource) -> dict[str, Held]:
    """All documents of a source by their key."""
    columns = (
        "pk", "source_key", "etag", "last_modified", "sha256", "embedding_status", "source_links",
        "gone_count", "review_status",
    )  # fmt: skip
    found = Document.objects.filter(source=source).order_by("pk").values_list(*columns)
    return {
        key: Held(pk, key, Known(
            etag=etag or None,
            last_modified=modified or None,
            content_hash=sha256 if status == EmbeddingStatus.READY else "",
            links=None if links is None else tuple(links),
        ), gone, review == ReviewStatus.ARCHIVED)
        for pk, key, etag, modified, sha256, status, links, gone, review in found.iterator()
    }  # fmt: skip


# -- seen ----------------------------------------------------------------------------------
def seen(document_id: int, item: SourceItem, job_id: int | None) -> None:
    """The document is at its source: keep what the next sync needs to ask cheaply."""
    marks: dict[str, Any] = {
        "etag": (item.etag or "")[:300],
        "last_modified": (item.last_modified or "")[:100],
        "synced_by_id": job_id,
        "gone_count": 0,
    }
    if item.links is not None:
        marks["source_links"] = list(item.links)
    if item.content_hash:
        marks["sha256"] = item.content_hash
    restore(document_id)
    Document.objects.filter(pk=document_id).update(**marks)


def is_news(held: Held, item: SourceItem) -> bool:
    """Whether `seen` would change anything, for a document whose text is the same."""
    links = held.known.links if item.links is None else tuple(item.links)
    return (
        held.gone_count > 0
        or (item.etag or None, item.last_modified or None)
        != (held.known.etag, held.known.last_modified)
        or links != held.known.links
    )


def same_passages(document_id: int, drafts: Sequence[ChunkDraft]) -> bool:
    """Whether a document's current text is, passage by passage, that of `drafts`."""
    document = Document.objects.filter(pk=document_id, embedding_status=EmbeddingStatus.READY)
    version = document.values_list("current_version_id", flat=True).first()
    return version is not None and _passages(version) == [draft.content_hash for draft in drafts]


def twin_of(source_id: int, drafts: Sequence[ChunkDraft]) -> str | None:
    """The key of a document of this source that has just this text already."""
    candidates = Chunk.objects.filter(
        version__document__source_id=source_id, ordinal=0, content_hash=drafts[0].content_hash,
        version_id=F("version__document__current_version_id"),
        version__document__gone_count=0,
    )  # fmt: skip
    hashes = [draft.content_hash for draft in drafts]
    for version, key in candidates.values_list("version_id", "version__document__source_key"):
        if _passages(version) == hashes:
            return str(key)
    return None


def _passages(version_id: int) -> list[str]:
    rows = Chunk.objects.filter(version_id=version_id).order_by("ordinal")
    return list(rows.values_list("content_hash", flat=True))


# -- taken ---------------------------------------------------------------------------------
def take(
    source: DocumentationSource, item: SourceItem, found: ReadDocument, job_id: int | None
) -> bool:
    """Store a document's new text as its current version, whole. True if it is a new document.
    Raises IndexChanged."""
    document, created = _document(source, item)
    before = document.review_status
    version = _new_version(document, item)
    embedding.store(replace(found, version_id=version.pk))
    if not created:
        _keep_review(document.pk, before)
    seen(document.pk, item, job_id)
    return created


def take_unreadable(source: DocumentationSource, item: SourceItem, reason: str) -> None:
    """Keep what could not be read, and say why. Its older text goes on serving."""
    document, _ = _document(source, item)
    before = document.review_status
    newest = document.versions.order_by("-number").first()
    if newest is None or newest.sha256 != item.content_hash:
        _new_version(document, item)
    embedding.mark_failed(document.pk, reason)
    _keep_review(document.pk, before)
    Document.objects.filter(pk=document.pk).update(gone_count=0)


def _document(source: DocumentationSource, item: SourceItem) -> tuple[Document, bool]:
    defaults = {
        "title": (item.title or item.filename or item.key)[:300],
        "path": item.key[:1000],
        "sha256": item.content_hash,
        "owner_id": source.created_by_id,
    }
    document, created = Document.objects.get_or_create(
        source=source, source_key=item.key[:1000], defaults=defaults
    )
    if created:
        label(document, source)
    return document, created


def label(document: Document, source: DocumentationSource) -> None:
    """A source gives its documents its collection and tags, once: people may change them."""
    if source.collection_id is not None:
        document.collections.add(source.collection_id)
    document.tags.add(*source.tags.all())


def _new_version(document: Document, item: SourceItem) -> DocumentVersion:
    _drop_unread(document)
    body = io.BytesIO(item.body or b"")
    return add_version(document, body, item.filename or "page", item.content_hash)


def _drop_unread(document: Document) -> None:
    """Versions that were never read answer nothing and are cited nowhere; a newer one came."""
    for version in document.versions.filter(is_complete=False):
        file = version.file
        version.delete()
        transaction.on_commit(partial(file.storage.delete, str(file.name)))


def _keep_review(document_id: int, before: str) -> None:
    """What people have decided of a document of a source holds for its new text too; they may
    switch to reviewing each by rejecting it."""
    if before != ReviewStatus.PROCESSING:
        Document.objects.filter(pk=document_id).update(review_status=before)


# -- gone ----------------------------------------------------------------------------------
def gone(document_id: int) -> bool:
    """Missing once may be an accident; missing twice in a row takes a document out of use. True
    if this was the second time."""
    document = Document.objects.select_for_update().filter(pk=document_id).first()
    if document is None:  # somebody has deleted it meanwhile
        return False
    times = min(document.gone_count + 1, GONE_FOR_GOOD)
    Document.objects.filter(pk=document_id).update(gone_count=times)
    out = (ReviewStatus.ARCHIVED, ReviewStatus.REJECTED)
    if times < GONE_TWICE or document.review_status in out:
        return False
    _change_review(document, ReviewStatus.ARCHIVED, GONE)
    return True


def restore(document_id: int) -> None:
    """Back into use, if it was a sync that archived it and nobody has decided since."""
    document = Document.objects.filter(pk=document_id).first()
    if document is None or document.review_status != ReviewStatus.ARCHIVED:
        return
    last = document.reviews.order_by("-pk").first()
    if last is not None and (last.reviewer_id is not None or last.comment != GONE):
        return
    if last is None and document.gone_count < GONE_TWICE:
        return
    before = last.before if last is not None else ReviewStatus.PENDING
    _change_review(document, ReviewStatus(before), BACK)


def _change_review(document: Document, after: ReviewStatus, comment: str) -> None:
    before = document.review_status
    if before == ReviewStatus.PROCESSING:
        before = ReviewStatus.PENDING
    DocumentReview.objects.create(
        document=document, version_id=document.current_version_id, before=before, after=after,
        comment=comment,
    )  # fmt: skip
    Document.objects.filter(pk=document.pk).update(review_status=after)
