"""From a stored file to embedded passages. No database in here: it runs in batch threads."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.errors import JobError, JobFailed
from llm_manager.calling import ModelAccess
from llm_manager.control.ledger import Booking
from llm_manager.providers.base import EmbeddingReply
from solution_library.answers.passages import read_answer
from solution_library.chunking import ChunkDraft, chunk_document
from solution_library.indexing.errors import WrongVectors
from solution_library.indexing.passages import GROUP, embed_passages, embedded_text
from solution_library.indexing.unfinished import UNFINISHED
from solution_library.indexing.vectors import Vector, width_of
from solution_library.models.documents import DocumentKind
from solution_library.parsing import ParsedDocument, ParseError, parse_file
from solution_library.similarity import Fingerprint, fingerprint_of

logger = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]
Embed = Callable[[ModelAccess, Sequence[str], Booking], EmbeddingReply]


@dataclass(frozen=True)
class Means:
    """What documents that are read at the same time share: how they get their vectors, whose turn
    it is to have a parser, which may take 768 MB, and room for so much text of a version."""

    embed: Embed = embed_passages
    parsing: AbstractContextManager[Any] = field(default_factory=nullcontext)
    take_room: Callable[[int, int], None] = lambda version_id, characters: None


ALONE = Means()


@dataclass(frozen=True)
class Target:
    """An index that is to get vectors, and those it has of the document by content hash."""

    index_id: int
    model: ModelAccess
    known: Mapping[str, Vector]
    known_build: str = ""
    #: None: not known before the first vector.
    dimensions: int | None = None
    #: Search uses it. One that is only being built gets what is left out here from its own job.
    is_active: bool = True


@dataclass(frozen=True)
class ToRead:
    """A version to read: its file, and the indexes that are to get its vectors."""

    document_id: int
    version_id: int
    path: Path
    filename: str
    targets: tuple[Target, ...]
    booking: Booking = Booking("embedding")
    kind: str = DocumentKind.FILE.value


@dataclass(frozen=True)
class Vectors:
    """A vector for each passage of a document, in their order. `embedded` counts the new ones."""

    vectors: list[Vector]
    build: str
    embedded: int

    @property
    def dimensions(self) -> int:
        return width_of(self.vectors)


@dataclass(frozen=True)
class ReadDocument:
    """What was read: the document's outline, its passages, and by index id the vectors of those
    that are `shown`, in their order."""

    version_id: int
    parsed: ParsedDocument
    drafts: list[ChunkDraft]
    vectors: Mapping[int, Vectors]
    #: None: made when it is stored.
    fingerprint: Fingerprint | None = None

    @property
    def shown(self) -> list[ChunkDraft]:
        """Without hidden text, which gets neither vectors nor words."""
        return [draft for draft in self.drafts if not draft.is_hidden]

    @property
    def embedded(self) -> int:
        return sum(found.embedded for found in self.vectors.values())


def read(
    task: ToRead,
    progress: Progress = lambda done, total, now: None,
    means: Means = ALONE,
) -> ReadDocument:
    """Parse, chunk and embed one version. Raises JobFailed with a sentence for people."""
    progress(0, 1, "Reading the file")
    parsed, drafts = _parsed(task, progress, means)
    if not drafts:
        raise JobFailed("No text was found in this file. A scan needs OCR first.")
    shown = [draft for draft in drafts if not draft.is_hidden]
    if not shown:
        raise JobFailed("All text in this file is hidden from its readers, so nothing was taken.")
    vectors = embed_drafts(task, shown, progress, means.embed)
    return ReadDocument(task.version_id, parsed, drafts, vectors, fingerprint_of(parsed))


def _parsed(
    task: ToRead, progress: Progress, means: Means
) -> tuple[ParsedDocument, list[ChunkDraft]]:
    if task.kind == DocumentKind.ANSWER:
        return _answer(task.path)
    try:
        with means.parsing:
            parsed = parse_file(task.path, filename=task.filename, progress=progress)
            drafts = chunk_document(parsed)
            # Before the next file is parsed, so that no text piles up that waits for room.
            means.take_room(task.version_id, sum(len(draft.text) for draft in drafts))
    except ParseError as error:
        raise JobFailed(error.reason) from error
    return parsed, drafts


def _answer(path: Path) -> tuple[ParsedDocument, list[ChunkDraft]]:
    """A file that only the answer library writes. Anything else in its place is damaged."""
    try:
        return read_answer(path)
    except (OSError, ValueError) as error:
        raise JobFailed("Its stored file is damaged. Edit the answer and save it anew.") from error


def embed_drafts(
    task: ToRead,
    drafts: list[ChunkDraft],
    progress: Progress = lambda done, total, now: None,
    embed: Embed = embed_passages,
) -> dict[int, Vectors]:
    """The passages' vectors for each index. One that is not in use must not hold up reading."""
    found: dict[int, Vectors] = {}
    for target in task.targets:
        try:
            found[target.index_id] = _vectors(target, task, drafts, progress, embed)
        except JobError as error:
            if target.is_active:
                raise
            logger.warning("Index %s gets this document later: %s", target.index_id, error)
    return found


def _vectors(
    target: Target, task: ToRead, drafts: list[ChunkDraft], progress: Progress, embed: Embed
) -> Vectors:
    """Vectors in the order of the drafts; those of unchanged passages are taken over, and those
    of an earlier slice."""
    part = UNFINISHED.of(task.version_id, target.index_id)
    found = {**target.known, **part.vectors}
    missing = list({d.content_hash: d for d in drafts if d.content_hash not in found}.values())
    build = part.build or target.known_build
    for start in range(0, len(missing), GROUP):
        group = missing[start : start + GROUP]
        progress(start, len(missing), f"Embedding passage {start + 1} of {len(missing)}")
        texts = [embedded_text(d.heading_path, d.text) for d in group]
        reply = embed(target.model, texts, task.booking)
        build = part.build = reply.build
        part.vectors |= dict(zip((d.content_hash for d in group), reply.vectors, strict=True))
    found |= part.vectors
    UNFINISHED.forget(task.version_id, target.index_id)
    vectors = Vectors([found[d.content_hash] for d in drafts], build, len(missing))
    if target.dimensions not in (None, vectors.dimensions) and not target.is_active:
        raise WrongVectors("Its model makes vectors of another width now.")
    return vectors
