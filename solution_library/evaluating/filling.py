"""Puts a corpus into a library apart."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from llm_manager.control.ledger import Booking
from llm_manager.models import LLMModel
from solution_library.evaluating.corpora import CorpusDocument, Unread
from solution_library.evaluating.errors import EvaluationFailed
from solution_library.indexing import vectors
from solution_library.indexing.indexes import access_of
from solution_library.models import (
    Chunk,
    Document,
    DocumentVersion,
    EmbeddingIndex,
    EmbeddingStatus,
    IndexState,
)
from solution_library.reading import Target, ToRead, Vectors, embed_drafts
from solution_library.wording import upkeep
from solution_library.wording.passages import write_words

#: So many passages are embedded and written together.
TOGETHER = 256
#: Called with the documents and passages that are in.
Progress = Callable[[int, int], None]


@dataclass
class Filled:
    """What is in the library apart, and what could not be read."""

    documents: int = 0
    passages: int = 0
    unread: list[Unread] = field(default_factory=list)
    without_text: list[str] = field(default_factory=list)


def fill(
    corpus: Iterable[CorpusDocument | Unread],
    model: LLMModel | None,
    progress: Progress = lambda documents, passages: None,
) -> Filled:
    """Store and embed every document of a corpus. `model` None: only words will be searched.
    Raises EvaluationFailed where nothing is in it, and what the model raises."""
    filled, waiting = Filled(), list[CorpusDocument]()
    index = _index_for(model) if model is not None else None
    for document in corpus:
        if isinstance(document, Unread):
            filled.unread.append(document)
        elif not document.drafts:
            filled.without_text.append(document.key)
        else:
            waiting.append(document)
        if sum(len(each.drafts) for each in waiting) >= TOGETHER:
            _take(waiting, index, filled, progress)
            waiting = []
    _take(waiting, index, filled, progress)
    if not filled.passages:
        raise EvaluationFailed("No passage could be taken from the corpus.")
    upkeep.tidy()
    return filled


def _index_for(model: LLMModel) -> EmbeddingIndex:
    now = timezone.now()
    return EmbeddingIndex.objects.create(
        model=model, state=IndexState.ACTIVE, completed_at=now, activated_at=now
    )


def _take(
    documents: Sequence[CorpusDocument],
    index: EmbeddingIndex | None,
    filled: Filled,
    progress: Progress,
) -> None:
    if not documents:
        return
    made = _embedded(documents, index) if index is not None else None
    with transaction.atomic():
        chunks = _stored(documents)
        write_words(chunks)
        if made is not None and index is not None:
            by_chunk = dict(zip((chunk.pk for chunk in chunks), made.vectors, strict=True))
            vectors.write(index.pk, made.build, by_chunk)
    filled.documents += len(documents)
    filled.passages += len(chunks)
    progress(filled.documents, filled.passages)


def _embedded(documents: Sequence[CorpusDocument], index: EmbeddingIndex) -> Vectors:
    target = Target(index.pk, access_of(index), {}, dimensions=index.dimensions)
    booking = Booking("evaluation")
    task = ToRead(0, 0, Path(), "", (target,), booking)
    found = embed_drafts(task, [draft for each in documents for draft in each.drafts])[index.pk]
    if index.dimensions is None:
        index.dimensions = found.dimensions
        index.save(update_fields=["dimensions"])
    return found


def _stored(documents: Sequence[CorpusDocument]) -> list[Chunk]:
    rows = Document.objects.bulk_create(_document(each) for each in documents)
    versions = DocumentVersion.objects.bulk_create(
        _version(row, each) for row, each in zip(rows, documents, strict=True)
    )
    for row, version in zip(rows, versions, strict=True):
        row.current_version = version
    Document.objects.bulk_update(rows, ["current_version"], batch_size=500)
    chunks = [
        _chunk(version, ordinal, each)
        for version, each in zip(versions, documents, strict=True)
        for ordinal in range(len(each.drafts))
    ]
    return Chunk.objects.bulk_create(chunks, batch_size=500)


def _document(each: CorpusDocument) -> Document:
    return Document(
        title=each.title[:300],
        path=each.key[:1000],
        sha256=hashlib.sha256(each.key.encode()).hexdigest(),
        embedding_status=EmbeddingStatus.READY,
    )


def _version(document: Document, each: CorpusDocument) -> DocumentVersion:
    return DocumentVersion(
        document=document,
        number=1,
        filename=each.key[-300:],
        sha256=document.sha256,
        size=sum(len(draft.text) for draft in each.drafts),
        is_complete=True,
    )


def _chunk(version: DocumentVersion, ordinal: int, each: CorpusDocument) -> Chunk:
    draft = each.drafts[ordinal]
    return Chunk(
        version=version,
        ordinal=ordinal,
        heading_path=draft.heading_path[:1000],
        page=draft.page,
        text=draft.text,
        content_hash=draft.content_hash,
    )
