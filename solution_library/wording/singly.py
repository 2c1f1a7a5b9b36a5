"""Passages that are looked at one by one: those that are in no segment yet, and those of a scope
that has only a few."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from solution_library.lexical import quoted
from solution_library.scoping import Scope
from solution_library.wording.building import counted
from solution_library.wording.segments import raw_cursor
from solution_library.wording.terms import Pair

#: A scope of so few passages is searched faster without the index.
NARROW = 2_000
TAIL = """
SELECT count(*), coalesce(sum(c.length), 0), coalesce(array_agg(DISTINCT c.language), '{}')
FROM solution_library_documentversion v
JOIN solution_library_document d ON d.current_version_id = v.id
JOIN solution_library_chunk c ON c.version_id = v.id
WHERE v.lexical_segment_id IS NULL AND NOT c.is_hidden AND c.lexemes IS NOT NULL
"""
COUNT = """
SELECT count(*) FROM (SELECT FROM solution_library_chunk c {within} LIMIT %(most)s) found
"""
# setweight and ts_filter leave of a passage's lexemes only those that are sought, so that no
# others are sent. `is_found` says whether the scope has it, `is_tail` whether it is in no segment.
MATCHING = """
WITH looked_at AS MATERIALIZED (
    SELECT v.id, ({conditions}) AS is_found, true AS is_tail
    FROM solution_library_documentversion v
    JOIN solution_library_document d ON d.current_version_id = v.id
    WHERE v.lexical_segment_id IS NULL {also}
)
SELECT c.id, c.language, c.length, l.is_found, l.is_tail,
       ts_filter(setweight(c.lexemes, 'A', %(lexemes)s::text[]), '{{a}}')
FROM looked_at l JOIN solution_library_chunk c ON c.version_id = l.id
WHERE NOT c.is_hidden AND c.lexemes @@ %(any)s::tsquery
"""
OF_SCOPE = """
    UNION ALL
    SELECT v.id, true, false
    FROM solution_library_document d
    JOIN solution_library_documentversion v ON v.id = d.current_version_id
    WHERE v.lexical_segment_id IS NOT NULL AND {conditions}
"""


@dataclass(frozen=True)
class Tail:
    """The passages that are in no segment: how many, how long, and in which languages."""

    passages: int
    length: int
    languages: list[str]


@dataclass
class One:
    """A passage that has some of the lexemes that are sought."""

    chunk_id: int
    language: str
    length: int
    is_found: bool
    is_tail: bool
    counts: dict[Pair, int] = field(default_factory=dict)


def tail() -> Tail:
    with connection.cursor() as cursor:
        cursor.execute(TAIL)
        passages, length, languages = cursor.fetchone()
    return Tail(int(passages), int(length), list(languages))


def is_narrow(scope: Scope) -> bool:
    with connection.cursor() as cursor:
        values = scope.values() | {"most": NARROW + 1}
        cursor.execute(COUNT.format(within=scope.within("c")), values)
        return int(cursor.fetchone()[0]) <= NARROW


def matching(pairs: Iterable[Pair], scope: Scope, *, narrow: bool) -> list[One]:
    """The passages of the tail, and with `narrow` those of the scope, that have a lexeme of
    `pairs` in their language."""
    sought = set(pairs)
    lexemes = sorted({lexeme for _, lexeme in sought})
    if not lexemes:
        return []
    conditions = scope.conditions()
    also = OF_SCOPE.format(conditions=conditions) if narrow else ""
    statement = MATCHING.format(conditions=conditions, also=also)
    values = {"lexemes": lexemes, "any": " | ".join(map(quoted, lexemes))}
    with raw_cursor() as cursor:
        cursor.execute(statement, scope.values() | values)
        ones = [_one(row, sought) for row in cursor]
    return [one for one in ones if one.counts]


def _one(row: Sequence[Any], sought: set[Pair]) -> One:
    one = One(*row[:5])
    for lexeme, count in counted(row[5]):
        pair = (one.language, lexeme.decode())
        if pair in sought:
            one.counts[pair] = count
    return one
