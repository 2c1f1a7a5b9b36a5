"""Prepares documents for reading and writes what was read, in one step each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db import connection, transaction
from django.db.models import Value

from jobs.errors import JobError, JobFailed
from llm_manager.control.ledger import Booking
from solution_library import duplicates, reviewing
from solution_library.indexing import graphs, vectors
from solution_library.indexing.errors import IndexChanged
from solution_library.indexing.indexes import (
    access_of,
    hold_live,
    index_to_fill,
    live_indexes,
    settle_dimensions,
)
from solution_library.lexical import configuration_for, lexical_text
from solution_library.models import (
    Chunk,
    Document,
    DocumentVersion,
    EmbeddingIndex,
    EmbeddingStatus,
    IndexState,
)
from solution_library.reading import ReadDocument, Target, ToRead
from solution_library.similarity import fingerprint_of

COUNT_LEXEMES = """
UPDATE solution_library_chunk SET length = coalesce(
    (SELECT sum(cardinality(positions)) FROM unnest(lexemes)), 0)
WHERE version_id = %s
"""


def prepare(document_id: int, booking: Booking | None = None) -> ToRead:
    """Mark a document as being read and collect what reading it takes. Raises NoModel when
    there is no usable embedding model."""
    document = Document.objects.filter(pk=document_id).first()
    version = document.versions.order_by("-number").first() if document else None
    if document is None or version is None:
        raise JobFailed(f"Document {document_id} not found")
    active = index_to_fill()
    Document.objects.filter(pk=document_id).update(
        embedding_status=EmbeddingStatus.RUNNING, embedding_model=active.model_id
    )
    reviewing.begin_processing(document_id)
    return ToRead(
        document_id=document_id,
        version_id=version.pk,
        path=Path(version.file.path),
        filename=version.filename,
        targets=tuple(_targets(document_id, active)),
        booking=booking or Booking("embedding"),
        kind=document.kind,
    )


def targets_for(document_id: int) -> list[Target]:
    """The indexes that are to get a document's vectors, and those that they have of it; 0 stands
    for a document that is not stored yet. Raises NoModel."""
    return list(_targets(document_id, index_to_fill()))


def _targets(document_id: int, active: EmbeddingIndex) -> Iterator[Target]:
    """The index in use, and the one that is being built, as far as its model can be used."""
    yield _target(document_id, active)
    for index in live_indexes():
        if index.state != IndexState.BUILDING:
            continue
        try:
            yield _target(document_id, index)
        except JobError:
            continue  # its own job says what is wrong


def _target(document_id: int, index: EmbeddingIndex) -> Target:
    known, build = vectors.known(document_id, index.pk)
    return Target(
        index.pk,
        access_of(index),
        known,
        build,
        index.dimensions,
        index.state == IndexState.ACTIVE,
    )


def store(found: ReadDocument) -> dict[str, Any]:
    """Write a version's passages and make it the current one, in one transaction. Raises
    IndexChanged when search uses another index by now than the one it was read for."""
    with transaction.atomic():
        version = DocumentVersion.objects.select_for_update().get(pk=found.version_id)
        for index_id, each in found.vectors.items():
            settle_dimensions(index_id, each.dimensions)
        live = hold_live()
        if not any(i.state == IndexState.ACTIVE and i.pk in found.vectors for i in live):
            raise IndexChanged("Search uses another model by now. It is read once more.")
        chunk_ids = _replace_chunks(version, found)
        for index in live:
            _write_vectors(index, found, chunk_ids)
        vectors.forget_old(version.document_id, version.pk)
        _complete(version, found)
        duplicates.record(version, found.fingerprint or fingerprint_of(found.parsed))
    return {
        "document_id": version.document_id,
        "chunks_created": len(found.drafts),
        "chunks_embedded": found.embedded,
    }


def _write_vectors(index: EmbeddingIndex, found: ReadDocument, chunk_ids: dict[int, int]) -> None:
    made = found.vectors.get(index.pk)
    if made is None:
        return
    if index.state == IndexState.ACTIVE:
        # One that is being built gets its graph at the end, which takes a fraction of the time.
        graphs.ensure(index.pk, made.dimensions)
    by_chunk = {
        chunk_ids[draft.ordinal]: vector
        for draft, vector in zip(found.shown, made.vectors, strict=True)
        if draft.ordinal in chunk_ids
    }
    vectors.write(index.pk, made.build, by_chunk)


def _replace_chunks(version: DocumentVersion, found: ReadDocument) -> dict[int, int]:
    """Write the passages; those that are cited stay as they are. Returns their ids by ordinal."""
    Chunk.objects.filter(version=version).exclude(citations__isnull=False).delete()
    cited = {chunk.ordinal: chunk for chunk in Chunk.objects.filter(version=version)}
    language = configuration_for("\n".join(d.text for d in found.shown[:20]))
    rows = [
        Chunk(
            version=version,
            ordinal=draft.ordinal,
            heading_path=draft.heading_path[:1000],
            page=draft.page,
            text=draft.text,
            content_hash=draft.content_hash,
            language=language,
            is_hidden=draft.is_hidden,
            # No words and no vector: hidden text cannot be found, so it cannot answer.
            lexemes=None
            if draft.is_hidden
            else SearchVector(
                Value(lexical_text(f"{draft.heading_path}\n{draft.text}")), config=language
            ),
        )
        for draft in found.drafts
        if draft.ordinal not in cited
    ]
    Chunk.objects.bulk_create(rows, batch_size=200)
    with connection.cursor() as cursor:
        cursor.execute(COUNT_LEXEMES, [version.pk])
    same = (d for d in found.drafts if d.ordinal in cited)
    kept = [cited[d.ordinal] for d in same if cited[d.ordinal].content_hash == d.content_hash]
    return {chunk.ordinal: chunk.pk for chunk in [*rows, *kept]}


def _complete(version: DocumentVersion, found: ReadDocument) -> None:
    version.page_count = found.parsed.page_count
    version.warnings = found.parsed.warnings[:50]
    version.is_complete = True
    version.save(update_fields=["page_count", "warnings", "is_complete"])
    title = found.parsed.title.strip()[:300]
    reviewing.after_reading(version)
    Document.objects.filter(pk=version.document_id).update(
        current_version=version,
        media_type=found.parsed.media_type[:100],
        embedding_status=EmbeddingStatus.READY,
        embedding_error="",
        **({"title": title} if title else {}),
    )


def mark_failed(document_id: int, reason: str) -> None:
    """Reading failed: say why on the document, and give it its review status back."""
    Document.objects.filter(pk=document_id).update(
        embedding_status=EmbeddingStatus.FAILED,
        embedding_error=reason[:2000],
    )
    reviewing.end_processing(document_id)


def give_up(job_id: int | None, reason: str) -> None:
    """End a job whose document is gone."""
    if job_id is None:
        return
    from jobs.models import Job, Status
    from jobs.transitions import finish_unclaimed

    job = Job.objects.filter(pk=job_id).first()
    if job is not None:
        finish_unclaimed(job, Status.FAILED, error=reason)
