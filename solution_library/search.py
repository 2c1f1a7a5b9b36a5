"""Finds passages: BM25 over words and nearness in meaning, fused by rank."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from jobs.errors import JobError
from llm_manager.control.ledger import Booking
from solution_library.indexing.indexes import active_index
from solution_library.indexing.nearest import nearest
from solution_library.lexical import configuration_for, lexical_text
from solution_library.models import EmbeddingIndex
from solution_library.scoping import Scope

logger = logging.getLogger(__name__)

CANDIDATES = 60
FUSION_K = 60
#: Where query and passage differ in language, shared words are mostly chance.
FOREIGN_KEYWORD_WEIGHT = 0.15

# BM25 with the usual k1 = 1.2 and b = 0.75, document frequencies counted within the scope.
KEYWORD = """
WITH terms AS (
    SELECT DISTINCT lexeme FROM unnest(to_tsvector(%(language)s::regconfig, %(query)s))
), scope AS (
    SELECT count(*)::float AS n, greatest(avg(c.length), 1)::float AS mean
    FROM solution_library_chunk c {within}
), found AS MATERIALIZED (
    SELECT c.id, c.length, c.language, u.lexeme, cardinality(u.positions)::float AS tf
    FROM (SELECT c.id, c.length, c.language, c.lexemes
          FROM solution_library_chunk c {within} AND c.lexemes @@ %(any)s::tsquery) c,
         LATERAL unnest(c.lexemes) u
    WHERE u.lexeme IN (SELECT lexeme FROM terms)
), weight AS (
    SELECT lexeme, ln(1 + (scope.n - count(*) + 0.5) / (count(*) + 0.5)) AS idf
    FROM found, scope GROUP BY lexeme, scope.n
)
SELECT found.id, sum(idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / scope.mean))) AS score,
       min(found.language) AS language
FROM found JOIN weight USING (lexeme), scope
GROUP BY found.id ORDER BY score DESC, found.id LIMIT %(limit)s
"""
TERMS = "SELECT lexeme FROM unnest(to_tsvector(%s::regconfig, %s))"
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


@dataclass(frozen=True)
class Hit:
    """A passage, best first in a list. Ranks count from 1, None where a list has it not."""

    chunk_id: int
    document_id: int
    document: str
    path: str
    heading_path: str
    page: int | None
    text: str
    document_sha256: str
    score: float
    keyword_rank: int | None
    dense_rank: int | None
    keyword_score: float
    dense_score: float


class Hits(list[Hit]):
    """What a search found. `warning` is a sentence where it could not search by meaning, and
    `trouble` is the error that was in the way."""

    def __init__(self, hits: Iterable[Hit] = (), trouble: JobError | None = None) -> None:
        super().__init__(hits)
        self.trouble = trouble

    @property
    def warning(self) -> str:
        if self.trouble is None:
            return ""
        return f"Only the words of the question were searched for, not its meaning: {self.trouble}"


@dataclass(frozen=True)
class _Ranked:
    chunk_id: int
    score: float
    language: str = ""


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
    language = configuration_for(query)
    keyword = _keyword(query, language, scope)
    dense, trouble = _dense(query, scope, index, booking)
    fused = _fuse(keyword, dense, language)[:limit]
    return Hits(_load(fused, keyword, dense), trouble)


def _keyword(query: str, language: str, scope: Scope) -> list[_Ranked]:
    text = lexical_text(query)
    with connection.cursor() as cursor:
        cursor.execute(TERMS, [language, text])
        lexemes = [row[0] for row in cursor.fetchall()]
        if not lexemes:
            return []
        any_of = " | ".join(_quoted(lexeme) for lexeme in lexemes)
        values = {"language": language, "query": text, "any": any_of}
        cursor.execute(KEYWORD.format(within=scope.within("c")), scope.values() | values)
        return [_Ranked(*row) for row in cursor.fetchall()]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _dense(
    query: str, scope: Scope, index: EmbeddingIndex | None, booking: Booking | None
) -> tuple[list[_Ranked], JobError | None]:
    """The nearest in meaning. An index that was asked for by name is to be searched or nothing."""
    used = index or active_index()
    if used is None:
        return [], None
    try:
        return [_Ranked(*row) for row in nearest(query, used, scope, booking)], None
    except JobError as error:
        if index is not None:
            raise
        logger.warning("Search by words only: %s", error)
        return [], error


def _fuse(keyword: Sequence[_Ranked], dense: Sequence[_Ranked], language: str) -> list[_Ranked]:
    """Reciprocal rank fusion; words of another language count little."""
    scores: dict[int, float] = {}
    for rank, row in enumerate(keyword, 1):
        weight = 1.0 if row.language == language else FOREIGN_KEYWORD_WEIGHT
        scores[row.chunk_id] = scores.get(row.chunk_id, 0.0) + weight / (FUSION_K + rank)
    for rank, row in enumerate(dense, 1):
        scores[row.chunk_id] = scores.get(row.chunk_id, 0.0) + 1.0 / (FUSION_K + rank)
    ranked = [_Ranked(chunk_id, score) for chunk_id, score in scores.items()]
    return sorted(ranked, key=lambda row: (-row.score, row.chunk_id))


def _load(
    fused: Sequence[_Ranked], keyword: Sequence[_Ranked], dense: Sequence[_Ranked]
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
    row: _Ranked,
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
