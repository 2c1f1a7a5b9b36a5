"""Prepares documents for reading and writes what was read, in one step each."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from psycopg.types.json import Jsonb

from jobs.errors import JobError, JobFailed
from llm_manager.calling import ModelAccess
from llm_manager.control.ledger import Booking
from solution_library import duplicates, rereading, reviewing
from solution_library.chunking import ChunkDraft
from solution_library.holding import not_held
from solution_library.indexing import tending, vectors
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
from solution_library.wording.passages import write_words, write_words_of

#: Added to the places of passages that are kept while the new ones are written.
OUT_OF_THE_WAY = 1_000_000_000
#: Indexes whose width was seen in the database, with that width.
_WIDTHS: set[tuple[int, int]] = set()
COMPLETE = """
UPDATE solution_library_documentversion AS version
SET is_complete = true, page_count = new.page_count, warnings = new.warnings,
    text_hash = new.text_hash, signature = new.signature
FROM unnest(%s::bigint[], %s::integer[], %s::jsonb[], %s::text[], %s::bytea[])
    AS new(id, page_count, warnings, text_hash, signature)
WHERE version.id = new.id
"""


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


def prepare(document_id: int, booking: Booking | None = None) -> ToRead:
    """Mark a document as being read and collect what reading it takes. Raises NoModel when
    there is no usable embedding model."""
    found = collect(document_id, booking)
    mark_running([document_id])
    return found


def mark_running(document_ids: list[int]) -> None:
    """Say on the documents that they are being read."""
    Document.objects.filter(pk__in=document_ids).update(embedding_status=EmbeddingStatus.RUNNING)
    reviewing.begin_processing(*document_ids)


def collect(
    document_id: int, booking: Booking | None = None, known_ways: list[Way] | None = None
) -> ToRead:
    """What reading a document takes. Raises JobFailed where there is none, and NoModel when
    there is no usable embedding model."""
    versions = DocumentVersion.objects.filter(document=document_id).select_related("document")
    version = versions.order_by("-number").first()
    if version is None:
        raise JobFailed(f"Document {document_id} not found")
    used = known_ways or ways()
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


@dataclass(frozen=True)
class Storing:
    """A version whose row is held, and what was read of it. `is_first`: nothing of its document
    was ever read."""

    version: DocumentVersion
    found: ReadDocument
    is_first: bool


def store(found: ReadDocument) -> dict[str, Any]:
    """`store_all` for one."""
    return store_all([found])[0]


def store_all(read: Sequence[ReadDocument]) -> list[dict[str, Any]]:
    """Write the passages of versions and make each the current one of its document, in one
    transaction. Raises IndexChanged when search uses another index by now than the one that one
    of them was read for."""
    with transaction.atomic():
        storing = _held(read)
        # Before the indexes are held: two that hold them could not both write.
        for found in read:
            _settle(found)
        live = hold_live()
        active = next((index for index in live if index.state == IndexState.ACTIVE), None)
        if active is None or any(active.pk not in found.vectors for found in read):
            raise IndexChanged("Search uses another model by now. It is read once more.")
        chunk_ids = _replace_chunks(storing)
        for index in live:
            _write_vectors(index, read, chunk_ids)
        _complete(storing, active.model_id)
    return [_facts(each) for each in storing]


def _facts(storing: Storing) -> dict[str, Any]:
    return {
        "document_id": storing.version.document_id,
        "chunks_created": len(storing.found.drafts),
        "chunks_embedded": storing.found.embedded,
    }


def _held(read: Sequence[ReadDocument]) -> list[Storing]:
    """With the rows of the versions held, and of their documents: what a person decides about
    one meanwhile is seen. In their order, so that two who store do not wait in a circle."""
    locked = DocumentVersion.objects.select_for_update(of=("self", "document"), no_key=True)
    wanted = locked.filter(pk__in=[found.version_id for found in read]).order_by("pk")
    versions = {version.pk: version for version in wanted.select_related("document")}
    if len(versions) < len(read):
        raise DocumentVersion.DoesNotExist("A document was deleted while it was read.")
    return [
        Storing(versions[found.version_id], found, _is_first(versions[found.version_id]))
        for found in read
    ]


def _settle(found: ReadDocument) -> None:
    """See to it that the indexes have the width of these vectors; one that has a width keeps it,
    so each is asked for once."""
    wanted = {index_id: each.dimensions for index_id, each in found.vectors.items()}
    if wanted.items() <= _WIDTHS:
        return
    indexes = EmbeddingIndex.objects.filter(pk__in=wanted)
    settled = dict(indexes.values_list("pk", "dimensions"))
    for index_id, dimensions in wanted.items():
        if settled.get(index_id) == dimensions:
            _WIDTHS.add((index_id, dimensions))
        else:
            settle_dimensions(index_id, dimensions)


def _write_vectors(
    index: EmbeddingIndex, read: Sequence[ReadDocument], chunk_ids: Sequence[dict[int, int]]
) -> None:
    """The vectors that an index gets of each document, with one statement for each build."""
    by_build: dict[str, dict[int, vectors.Vector]] = {}
    for found, ids in zip(read, chunk_ids, strict=True):
        made = found.vectors.get(index.pk)
        if made is None:
            continue
        by_chunk = by_build.setdefault(made.build, {})
        for draft, vector in zip(found.shown, made.vectors, strict=True):
            if draft.ordinal in ids:
                by_chunk[ids[draft.ordinal]] = vector
    for build, by_chunk in by_build.items():
        vectors.write(index.pk, build, by_chunk)
    if by_build and index.state == IndexState.ACTIVE:
        # One that is being built gets its graph at the end.
        tending.written(index.pk)


def _replace_chunks(storing: Sequence[Storing]) -> list[dict[int, int]]:
    """Write the passages; those that are cited are kept. Returns their ids by ordinal, for each
    document."""
    kept = [
        {} if each.is_first else _kept_for_citations(each.version, each.found.drafts)
        for each in storing
    ]
    rows = [_chunks(each, old) for each, old in zip(storing, kept, strict=True)]
    Chunk.objects.bulk_create(list(chain.from_iterable(rows)), batch_size=500)
    # No words and no vector: hidden text cannot be found, so it cannot answer.
    write_words_of([[chunk for chunk in new if not chunk.is_hidden] for new in rows])
    return [
        {chunk.ordinal: chunk.pk for chunk in [*new, *old.values()]}
        for new, old in zip(rows, kept, strict=True)
    ]


def _chunks(storing: Storing, kept: dict[int, Chunk]) -> list[Chunk]:
    return [
        Chunk(
            version=storing.version,
            ordinal=draft.ordinal,
            heading_path=draft.heading_path[:1000],
            page=draft.page,
            text=draft.text,
            content_hash=draft.content_hash,
            is_hidden=draft.is_hidden,
        )
        for draft in storing.found.drafts
        if draft.ordinal not in kept
    ]


def _kept_for_citations(version: DocumentVersion, drafts: list[ChunkDraft]) -> dict[int, Chunk]:
    """Delete an earlier reading's passages but those that something rests on. One whose text is
    still there takes its place among the new ones, which are returned by ordinal. One that is cut
    differently now goes behind the end: its citations still lead to it, no search does."""
    earlier = Chunk.objects.filter(version=version)
    if not earlier.exists():
        return {}
    not_held(earlier).delete()
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


def _complete(storing: Sequence[Storing], model_id: int) -> None:
    """The versions are read, and current from now on."""
    _write_facts(storing)
    for each in storing:
        version, parsed = each.version, each.found.parsed
        if not each.is_first:
            vectors.forget_old(version.document_id, version.pk)
        title = parsed.title.strip()[:300]
        reviewing.after_reading(
            version,
            current_version=version,
            media_type=parsed.media_type[:100],
            embedding_status=EmbeddingStatus.READY,
            embedding_model=model_id,
            embedding_error="",
            **({"title": title} if title else {}),
        )
        upkeep.stored(version)
    firsts = [each.version for each in storing if each.is_first]
    duplicates.keep_bands(firsts, are_first=True)
    duplicates.keep_bands([each.version for each in storing if not each.is_first])


def _write_facts(storing: Sequence[Storing]) -> None:
    """What is known of the versions' texts, in one statement."""
    for each in storing:
        if not each.is_first:
            rereading.announce(each.version.document_id)
        version, found = each.version, each.found
        fingerprint = found.fingerprint or fingerprint_of(found.parsed)
        version.page_count = found.parsed.page_count
        version.warnings = found.parsed.warnings[:50]
        version.is_complete = True
        version.text_hash, version.signature = fingerprint.text_hash, fingerprint.signature
    versions = [each.version for each in storing]
    with connection.cursor() as cursor:
        cursor.execute(
            COMPLETE,
            [
                [version.pk for version in versions],
                [version.page_count for version in versions],
                [Jsonb(version.warnings) for version in versions],
                [version.text_hash for version in versions],
                [version.signature for version in versions],
            ],
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
