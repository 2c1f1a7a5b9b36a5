"""Prepares documents for reading and writes what was read, in one step each."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F

from jobs.errors import JobError, JobFailed
from llm_manager.calling import ModelAccess
from llm_manager.control.ledger import Booking
from solution_library import duplicates, reviewing
from solution_library.chunking import ChunkDraft
from solution_library.indexing import graphs, vectors
from solution_library.indexing.errors import IndexChanged
from solution_library.indexing.indexes import (
    access_of,
    hold_live,
    index_to_fill,
    live_indexes,
    settle_dimensions,
)
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
from solution_library.wording import upkeep
from solution_library.wording.passages import write_words

#: Added to the places of passages that are kept while the new ones are written.
OUT_OF_THE_WAY = 1_000_000_000


@dataclass(frozen=True)
class Way:
    """An index that is to get vectors, and the way to its model."""

    index: EmbeddingIndex
    model: ModelAccess


def ways() -> list[Way]:
    """The index in use, and the one that is being built, as far as its model can be used. They
    may be kept for some seconds: `store` refuses what was read for an index that is in use no
    more, and one that is built makes up for what it was not given. Raises NoModel."""
    active = index_to_fill()
    found = [Way(active, access_of(active))]
    for index in live_indexes():
        if index.state != IndexState.BUILDING:
            continue
        with suppress(JobError):  # its own job says what is wrong
            found.append(Way(index, access_of(index)))
    return found


def prepare(
    document_id: int, booking: Booking | None = None, known_ways: list[Way] | None = None
) -> ToRead:
    """Mark a document as being read and collect what reading it takes. Raises NoModel when
    there is no usable embedding model."""
    versions = DocumentVersion.objects.filter(document=document_id).select_related("document")
    version = versions.order_by("-number").first()
    if version is None:
        raise JobFailed(f"Document {document_id} not found")
    used = known_ways or ways()
    Document.objects.filter(pk=document_id).update(
        embedding_status=EmbeddingStatus.RUNNING, embedding_model=used[0].index.model_id
    )
    reviewing.begin_processing(document_id)
    return ToRead(
        document_id=document_id,
        version_id=version.pk,
        path=Path(version.file.path),
        filename=version.filename,
        targets=tuple(_target(way, document_id, _is_first(version)) for way in used),
        booking=booking or Booking("embedding"),
        kind=version.document.kind,
    )


def targets_for(document_id: int) -> list[Target]:
    """The indexes that are to get a document's vectors, and those that they have of it; 0 stands
    for a document that is not stored yet. Raises NoModel."""
    return [_target(way, document_id, not document_id) for way in ways()]


def _is_first(version: DocumentVersion) -> bool:
    """Whether nothing of its document was ever read, so that no vector can be known."""
    return version.number == 1 and not version.is_complete


def _target(way: Way, document_id: int, is_first: bool) -> Target:
    index = way.index
    known, build = ({}, "") if is_first else vectors.known(document_id, index.pk)
    return Target(
        index.pk,
        way.model,
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
        # Before the indexes are held: two that hold them could not both write.
        _settle(found)
        live = hold_live()
        if not any(i.state == IndexState.ACTIVE and i.pk in found.vectors for i in live):
            raise IndexChanged("Search uses another model by now. It is read once more.")
        chunk_ids = _replace_chunks(version, found)
        for index in live:
            _write_vectors(index, found, chunk_ids)
        if version.number > 1:
            vectors.forget_old(version.document_id, version.pk)
        _complete(version, found)
        duplicates.record(version, found.fingerprint or fingerprint_of(found.parsed))
    return {
        "document_id": version.document_id,
        "chunks_created": len(found.drafts),
        "chunks_embedded": found.embedded,
    }


def _settle(found: ReadDocument) -> None:
    indexes = EmbeddingIndex.objects.filter(pk__in=found.vectors)
    settled = dict(indexes.values_list("pk", "dimensions"))
    for index_id, each in found.vectors.items():
        if settled.get(index_id) != each.dimensions:
            settle_dimensions(index_id, each.dimensions)


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
    """Write the passages; those that are cited are kept. Returns their ids by ordinal."""
    kept = _kept_for_citations(version, found.drafts)
    rows = [
        Chunk(
            version=version,
            ordinal=draft.ordinal,
            heading_path=draft.heading_path[:1000],
            page=draft.page,
            text=draft.text,
            content_hash=draft.content_hash,
            is_hidden=draft.is_hidden,
        )
        for draft in found.drafts
        if draft.ordinal not in kept
    ]
    Chunk.objects.bulk_create(rows, batch_size=200)
    # No words and no vector: hidden text cannot be found, so it cannot answer.
    write_words([chunk for chunk in rows if not chunk.is_hidden])
    return {chunk.ordinal: chunk.pk for chunk in [*rows, *kept.values()]}


def _kept_for_citations(version: DocumentVersion, drafts: list[ChunkDraft]) -> dict[int, Chunk]:
    """Delete an earlier reading's passages but those that are cited. One whose text is still
    there takes its place among the new ones, which are returned by ordinal. One that is cut
    differently now goes behind the end: its citations still lead to it, no search does."""
    earlier = Chunk.objects.filter(version=version)
    if not earlier.exists():
        return {}
    earlier.exclude(citations__isnull=False).delete()
    places: dict[str, list[ChunkDraft]] = {}
    for draft in reversed(drafts):
        places.setdefault(draft.content_hash, []).append(draft)
    cited = list(earlier.order_by("ordinal"))
    earlier.update(ordinal=F("ordinal") + OUT_OF_THE_WAY)
    kept: dict[int, Chunk] = {}
    end = max((draft.ordinal for draft in drafts), default=-1) + 1
    for chunk in cited:
        same = places.get(chunk.content_hash)
        if same:
            _place(chunk, same.pop())
            kept[chunk.ordinal] = chunk
        else:
            _retire(chunk, end)
            end += 1
    write_words([chunk for chunk in kept.values() if not chunk.is_hidden])
    return kept


def _place(chunk: Chunk, draft: ChunkDraft) -> None:
    chunk.ordinal, chunk.page, chunk.is_hidden = draft.ordinal, draft.page, draft.is_hidden
    chunk.save(update_fields=["ordinal", "page", "is_hidden"])


def _retire(chunk: Chunk, ordinal: int) -> None:
    chunk.vectors.all().delete()
    Chunk.objects.filter(pk=chunk.pk).update(
        ordinal=ordinal, is_hidden=True, lexemes=None, length=0
    )


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
    upkeep.stored(version)


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
