"""Finds passages: BM25 over words and nearness in meaning, fused by rank."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from llm_manager.calling import default_access, embed
from llm_manager.models import ModelKind
from solution_library.lexical import configuration_for, lexical_text

CANDIDATES = 60
FUSION_K = 60
#: Where query and passage differ in language, shared words are mostly chance.
FOREIGN_KEYWORD_WEIGHT = 0.15

SCOPE = """
    FROM solution_library_chunk c
    JOIN solution_library_document d ON d.current_version_id = c.version_id
    WHERE d.review_status NOT IN ('rejected', 'archived')
      AND (%(collections)s::bigint[] IS NULL OR EXISTS (
            SELECT 1 FROM solution_library_document_collections dc
            WHERE dc.document_id = d.id AND dc.collection_id = ANY(%(collections)s::bigint[])))
      AND (%(excluded)s::bigint[] IS NULL OR d.id <> ALL(%(excluded)s::bigint[]))
"""
# BM25 with the usual k1 = 1.2 and b = 0.75, document frequencies counted within the scope.
KEYWORD = f"""
WITH terms AS (
    SELECT DISTINCT lexeme FROM unnest(to_tsvector(%(language)s::regconfig, %(query)s))
), scope AS (
    SELECT count(*)::float AS n, greatest(avg(c.length), 1)::float AS mean {SCOPE}
), found AS MATERIALIZED (
    SELECT c.id, c.length, c.language, u.lexeme, cardinality(u.positions)::float AS tf
    FROM (SELECT c.id, c.length, c.language, c.lexemes {SCOPE} AND c.lexemes @@ %(any)s::tsquery) c,
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
"""  # noqa: S608 - SCOPE is a constant
DENSE = f"""
SELECT c.id, -(c.embedding <#> %(vector)s::vector) AS score {SCOPE}
  AND c.embedding IS NOT NULL AND c.embedded_by LIKE %(build)s
ORDER BY c.embedding <#> %(vector)s::vector LIMIT %(limit)s
"""  # noqa: S608 - SCOPE is a constant
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
    excluded: Iterable[int] | None = None,
    limit: int = 10,
) -> list[Hit]:
    """The passages that answer `query` best, from the given collections (all if None).

    `excluded` are document ids. Raises LLMError when the embedding model cannot be used.
    """
    query = query.replace("\x00", " ").strip()[:4000]
    if not query:
        return []
    scope = {
        "collections": None if collections is None else list(collections),
        "excluded": list(excluded) if excluded else None,
        "limit": max(CANDIDATES, limit),
    }
    language = configuration_for(query)
    keyword = _keyword(query, language, scope)
    dense = _dense(query, scope)
    return _load(_fuse(keyword, dense, language)[:limit], keyword, dense)


def _keyword(query: str, language: str, scope: dict[str, Any]) -> list[_Ranked]:
    text = lexical_text(query)
    with connection.cursor() as cursor:
        cursor.execute(TERMS, [language, text])
        lexemes = [row[0] for row in cursor.fetchall()]
        if not lexemes:
            return []
        any_of = " | ".join(_quoted(lexeme) for lexeme in lexemes)
        cursor.execute(KEYWORD, scope | {"language": language, "query": text, "any": any_of})
        return [_Ranked(*row) for row in cursor.fetchall()]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _dense(query: str, scope: dict[str, Any]) -> list[_Ranked]:
    model = default_access(ModelKind.EMBEDDING)
    vector = embed(model, [query], "query").vectors[0]
    text = "[" + ",".join(f"{x:.6g}" for x in vector) + "]"
    with transaction.atomic(), connection.cursor() as cursor:
        # The index returns only ef_search rows and the filter comes after it; going on until
        # enough are found keeps a narrow scope from looking empty.
        cursor.execute("SET LOCAL hnsw.iterative_scan = 'relaxed_order'")
        cursor.execute("SET LOCAL hnsw.ef_search = 100")
        build = model.model_id.replace("%", r"\%").replace("_", r"\_") + "%"
        cursor.execute(DENSE, scope | {"vector": text, "build": build})
        return [_Ranked(*row) for row in cursor.fetchall()]


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
