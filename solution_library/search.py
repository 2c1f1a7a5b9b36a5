"""Finds passages: BM25 over words and nearness in meaning, fused by rank."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from jobs.errors import JobError
from llm_manager.control.ledger import Booking
from solution_library.fusing import fuse
from solution_library.hits import Hit, Hits, Ranked
from solution_library.indexing.indexes import active_index
from solution_library.indexing.nearest import nearest
from solution_library.keyword import by_words
from solution_library.models import EmbeddingIndex
from solution_library.scoping import Scope

__all__ = ["CANDIDATES", "Hit", "Hits", "search"]

logger = logging.getLogger(__name__)

CANDIDATES = 60

PASSAGES = """
SELECT c.id, d.id, d.title, d.path, c.heading_path, c.page, c.text, v.sha256
FROM solution_library_chunk c
JOIN solution_library_documentversion v ON v.id = c.version_id
JOIN solution_library_document d ON d.id = v.document_id
WHERE c.id = ANY(%s)
"""
PASSAGE_COLUMNS = (
    "chunk_id", "document_id", "document", "path", "heading_path", "page", "text",
    "document_sha256",
)  # fmt: skip


def search(
    query: str,
    *,
    user: Any = None,
    collections: Iterable[int] | None = None,
    tags: Iterable[int] | None = None,
    kinds: Iterable[str] | None = None,
    excluded: Iterable[int] = (),
    only_approved: bool = False,
    limit: int = 10,
    index: EmbeddingIndex | None = None,
    booking: Booking | None = None,
) -> Hits:
    """The passages that answer `query` best, of those that `user` may read (None: the operator,
    who may read all) in documents of the given collections, tags and kinds (None: of any).

    `excluded` are document ids. `index` is another index than the one in use, to try it out.
    While an index's model cannot be used, words alone are searched, and the hits say so.
    """
    query = query.replace("\x00", " ").strip()[:4000]
    if not query:
        return Hits()
    scope = Scope.of(
        user,
        collections=None if collections is None else list(collections),
        tags=None if tags is None else list(tags),
        kinds=None if kinds is None else list(kinds),
        excluded=list(excluded),
        only_approved=only_approved,
        most=max(CANDIDATES, limit),
    )
    words = by_words(query, scope)
    dense, trouble = _dense(query, scope, index, booking)
    fused = fuse(words.ranked, dense, words.language)[:limit]
    return Hits(_load(fused, words.ranked, dense), trouble, words.corrections)


def _dense(
    query: str, scope: Scope, index: EmbeddingIndex | None, booking: Booking | None
) -> tuple[list[Ranked], JobError | None]:
    """The nearest in meaning. An index that was asked for by name is to be searched or nothing."""
    used = index or active_index()
    if used is None:
        return [], None
    try:
        return [Ranked(*row) for row in nearest(query, used, scope, booking)], None
    except JobError as error:
        if index is not None:
            raise
        logger.warning("Search by words only: %s", error)
        return [], error


def _load(
    fused: Sequence[Ranked], keyword: Sequence[Ranked], dense: Sequence[Ranked]
) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(PASSAGES, [[row.chunk_id for row in fused]])
        passages = {row[0]: row for row in cursor.fetchall()}
    by_word = {row.chunk_id: (rank, row.score) for rank, row in enumerate(keyword, 1)}
    by_meaning = {row.chunk_id: (rank, row.score) for rank, row in enumerate(dense, 1)}
    return [
        _hit(row, passages[row.chunk_id], by_word, by_meaning)
        for row in fused
        if row.chunk_id in passages
    ]


def _hit(
    row: Ranked,
    passage: tuple[Any, ...],
    by_word: dict[int, tuple[int, float]],
    by_meaning: dict[int, tuple[int, float]],
) -> Hit:
    keyword_rank, keyword_score = by_word.get(row.chunk_id, (None, 0.0))
    dense_rank, dense_score = by_meaning.get(row.chunk_id, (None, 0.0))
    return Hit(
        **dict(zip(PASSAGE_COLUMNS, passage, strict=True)),
        score=row.score,
        keyword_rank=keyword_rank,
        dense_rank=dense_rank,
        keyword_score=float(keyword_score),
        dense_score=float(dense_score),
    )
