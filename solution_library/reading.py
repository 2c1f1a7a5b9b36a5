"""From a stored file to embedded passages. No database in here: it runs in batch threads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.errors import JobFailed
from llm_manager.calling import ModelAccess, embed
from solution_library.chunking import ChunkDraft, chunk_document
from solution_library.parsing import ParsedDocument, ParseError, parse_file

GROUP = 64
Progress = Callable[[int, int, str], None]
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class ToRead:
    """A version to read: its file, the model, and the vectors of unchanged passages."""

    document_id: int
    version_id: int
    path: Path
    filename: str
    model: ModelAccess
    known: Mapping[str, Any]
    known_build: str = ""


@dataclass(frozen=True)
class ReadDocument:
    """What was read: the document's outline, its passages and a vector for each."""

    version_id: int
    parsed: ParsedDocument
    drafts: list[ChunkDraft]
    vectors: list[Vector]
    build: str
    embedded: int


def read(task: ToRead, progress: Progress = lambda done, total, now: None) -> ReadDocument:
    """Parse, chunk and embed one version. Raises JobFailed with a sentence for people."""
    progress(0, 1, "Reading the file")
    try:
        parsed = parse_file(task.path, filename=task.filename)
    except ParseError as error:
        raise JobFailed(error.reason) from error
    drafts = chunk_document(parsed)
    if not drafts:
        raise JobFailed("No text was found in this file. A scan needs OCR first.")
    vectors, build, count = _vectors(task, drafts, progress)
    return ReadDocument(task.version_id, parsed, drafts, vectors, build, count)


def _vectors(
    task: ToRead, drafts: list[ChunkDraft], progress: Progress
) -> tuple[list[Vector], str, int]:
    """Vectors in the order of the drafts; those of unchanged passages are taken over."""
    found: dict[str, Vector] = {h: np.asarray(v, np.float32) for h, v in task.known.items()}
    missing = [d for d in drafts if d.content_hash not in found]
    missing = list({d.content_hash: d for d in missing}.values())
    build = task.known_build
    for start in range(0, len(missing), GROUP):
        group = missing[start : start + GROUP]
        progress(start, len(missing), f"Embedding passage {start + 1} of {len(missing)}")
        reply = embed(task.model, [embedded_text(d, task) for d in group], "passage")
        build = reply.build
        found |= dict(zip((d.content_hash for d in group), reply.vectors, strict=True))
    return [found[d.content_hash] for d in drafts], build, len(missing)


def embedded_text(draft: ChunkDraft, task: ToRead) -> str:
    """A passage is embedded with its headings, which often hold the subject's name."""
    return f"{draft.heading_path}\n{draft.text}" if draft.heading_path else draft.text
