"""Reads found passages from the database, each only once however many documents hold it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from solution_library.chunking import below_title
from solution_library.hits import Copy, Fused, Hit
from solution_library.wording.passages import LEXEMES, prepared

#: Read beyond what is wanted, for passages that turn out to be copies of others.
MORE = 20

PASSAGES = """
SELECT c.id, d.id, d.title, d.path, c.heading_path, c.page, c.text, v.sha256, v.id, c.ordinal,
    d.kind
FROM solution_library_chunk c
JOIN solution_library_documentversion v ON v.id = c.version_id
JOIN solution_library_document d ON d.id = v.document_id
WHERE c.id = ANY(%s)
"""
PASSAGE_COLUMNS = (
    "chunk_id", "document_id", "document", "path", "heading_path", "page", "text",
    "document_sha256", "version_id", "ordinal", "kind",
)  # fmt: skip

#: Which words of a query stand in a passage, whatever their inflection.
MATCHED = f"""
SELECT c.id, array_agg(w.typed ORDER BY w.place)
FROM solution_library_chunk c
CROSS JOIN unnest(%(typed)s::text[], %(words)s::text[], %(marked)s::text[], %(bare)s::text[],
    %(marks)s::text[]) WITH ORDINALITY AS w(typed, words, marked, bare, marks, place)
CROSS JOIN LATERAL (SELECT c.language, w.words, w.marked, w.bare, w.marks) t
WHERE c.id = ANY(%(chunks)s::bigint[])
    AND tsvector_to_array({LEXEMES}) && tsvector_to_array(c.lexemes)
GROUP BY c.id
"""  # noqa: S608 - put together from constants
MOST_WORDS = 60


def load(fused: Sequence[Fused], limit: int) -> list[Hit]:
    """The best `limit` passages in their order. One with the same text as a better one is named
    with that, as its copy. Passages that are gone meanwhile are left out."""
    hits: dict[str, Hit] = {}
    for start in range(0, len(fused), limit + MORE):
        for hit in _read(fused[start : start + limit + MORE]):
            text = " ".join(hit.text.split()).casefold()
            first = hits.get(text)
            hits[text] = hit if first is None else _with_copy(first, hit)
        if len(hits) >= limit:
            break
    return list(hits.values())[:limit]


def _read(fused: Sequence[Fused]) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(PASSAGES, [[row.chunk_id for row in fused]])
        passages = {row[0]: row for row in cursor.fetchall()}
    return [_hit(row, passages[row.chunk_id]) for row in fused if row.chunk_id in passages]


def _hit(row: Fused, passage: tuple[Any, ...]) -> Hit:
    columns = dict(zip(PASSAGE_COLUMNS, passage, strict=True))
    columns["heading_path"] = below_title(columns["heading_path"], columns["document"])
    return Hit(
        **columns,
        score=row.score,
        keyword_rank=row.words.rank,
        dense_rank=row.meaning.rank,
        keyword_score=float(row.words.score),
        dense_score=float(row.meaning.score),
        keyword_part=row.words.part,
        dense_part=row.meaning.part,
    )


def _with_copy(first: Hit, hit: Hit) -> Hit:
    """What our own document says is not put down to the buyer's, which says the same."""
    if first.is_information and not hit.is_information:
        first, hit = replace(hit, score=first.score, copies=first.copies), first
    copy = Copy(hit.chunk_id, hit.document_id, hit.document, hit.path)
    return replace(first, copies=(*first.copies, copy))


def matched_words(query: str, hits: Sequence[Hit]) -> dict[int, list[str]]:
    """The words of `query`, as typed and in its order, that each hit's passage holds, by chunk
    id; words that say nothing, as "the", are left out."""
    typed = list(dict.fromkeys(query.replace("\x00", " ").split()))[:MOST_WORDS]
    made = [prepared(word) for word in typed]
    values: dict[str, list[Any]] = {
        "typed": typed,
        "words": [word.words for word in made],
        "marked": [word.marked for word in made],
        "bare": [word.bare for word in made],
        "marks": [word.marks for word in made],
        "chunks": [hit.chunk_id for hit in hits],
    }
    with connection.cursor() as cursor:
        cursor.execute(MATCHED, values)
        found = dict(cursor.fetchall())
    return {hit.chunk_id: found.get(hit.chunk_id, []) for hit in hits}
