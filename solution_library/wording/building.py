"""Builds a segment of the inverted index from the passages of some versions."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import connection, transaction

from solution_library.wording.segments import (
    MAX_PASSAGES,
    MOST_COUNTED,
    NEW,
    packed,
    raw_cursor,
    write_postings,
)

#: Passages that are read at a time, so that a cancel is heard and memory stays small.
TOGETHER = 2_000
PASSAGES = """
SELECT c.id, c.version_id, c.language, c.length, c.xmin::text::bigint, c.lexemes
FROM solution_library_chunk c
WHERE c.version_id = ANY(%s) AND NOT c.is_hidden AND c.lexemes IS NOT NULL
ORDER BY c.version_id, c.id
"""
#: Whoever reads a version again holds its row. It is left for the next time: nobody waits here,
#: so nobody can wait for this in a circle.
HOLD = """
SELECT v.id FROM solution_library_documentversion v
JOIN unnest(%s::bigint[], %s::bigint[]) AS t(id, segment) ON t.id = v.id
WHERE v.lexical_segment_id IS NOT DISTINCT FROM t.segment
ORDER BY v.id FOR NO KEY UPDATE OF v SKIP LOCKED
"""
#: Every row that is written, new or changed, has another xmin.
STATES = """
SELECT c.version_id, count(*), sum(c.id), sum(c.xmin::text::bigint)
FROM solution_library_chunk c
WHERE c.version_id = ANY(%s) AND NOT c.is_hidden AND c.lexemes IS NOT NULL
GROUP BY c.version_id
"""
POINT = "UPDATE solution_library_documentversion SET lexical_segment_id = %s WHERE id = ANY(%s)"
Heed = Callable[[int], None]


@dataclass(frozen=True)
class Wanted:
    """A version to be indexed, and the segment that it is in now."""

    id: int
    segment_id: int | None
    passages: int


@dataclass
class State:
    """Tells whether a version's passages are the ones that were read."""

    passages: int = 0
    ids: int = 0
    writes: int = 0


@dataclass
class Draft:
    """A segment in memory: for each language, each lexeme's places and counts."""

    wide: bool
    chunks: "array[int]" = field(default_factory=lambda: array("q"))
    lengths: "array[int]" = field(default_factory=lambda: array("I"))
    owners: "array[int]" = field(default_factory=lambda: array("I"))
    tongues: "array[int]" = field(default_factory=lambda: array("B"))
    versions: dict[int, State] = field(default_factory=dict)
    words: "dict[str, dict[bytes, tuple[array[int], bytearray]]]" = field(default_factory=dict)

    def add(
        self, chunk_id: int, version_id: int, language: str, length: int, write: int, lexemes: bytes
    ) -> None:
        state = self.versions.setdefault(version_id, State())
        state.passages, state.ids = state.passages + 1, state.ids + chunk_id
        state.writes += write
        self._note(self.words.setdefault(language, {}), lexemes, len(self.chunks))
        self.chunks.append(chunk_id)
        self.lengths.append(length)
        self.owners.append(len(self.versions) - 1)
        self.tongues.append(list(self.words).index(language))

    def _note(
        self, words: "dict[bytes, tuple[array[int], bytearray]]", lexemes: bytes, place: int
    ) -> None:
        kind = "I" if self.wide else "H"
        for lexeme, count in counted(lexemes):
            known = words.get(lexeme)
            if known is None:
                known = words[lexeme] = (array(kind), bytearray())
            known[0].append(place)
            known[1].append(count)


def counted(lexemes: bytes) -> Iterator[tuple[bytes, int]]:
    """The lexemes of a tsvector as PostgreSQL sends it, and how often each stands there."""
    at = 4
    for _ in range(int.from_bytes(lexemes[:4], "big")):
        end = lexemes.index(0, at)
        places = (lexemes[end + 1] << 8) | lexemes[end + 2]
        yield lexemes[at:end], min(places, MOST_COUNTED) or 1
        at = end + 3 + 2 * places


def build(wanted: Sequence[Wanted], heed: Heed) -> int:
    """Make one segment of these versions and point them to it, in one transaction. A version
    that has changed meanwhile stays as it is. `heed` hears of passages read, and may raise.
    Returns how many versions the segment has got; 0 if there is none."""
    draft = _read(wanted, heed)
    if not draft.chunks:
        return 0
    heed(0)
    with transaction.atomic():
        segment_id = _write(draft)
        unchanged = _unchanged(wanted, draft)
        if not unchanged:
            transaction.set_rollback(True)
            return 0
        with connection.cursor() as cursor:
            cursor.execute(POINT, [segment_id, unchanged])
    return len(unchanged)


def _read(wanted: Sequence[Wanted], heed: Heed) -> Draft:
    draft = Draft(wide=sum(each.passages for each in wanted) > MAX_PASSAGES)
    for some in portions(wanted, TOGETHER):
        with raw_cursor() as cursor:
            cursor.execute(PASSAGES, [[each.id for each in some]])
            for row in cursor:
                draft.add(*row)
        heed(sum(each.passages for each in some))
    return draft


def portions(wanted: Sequence[Wanted], most: int) -> Iterator[list[Wanted]]:
    """Versions in their order, so many that they have at most `most` passages, or one of more."""
    some: list[Wanted] = []
    total = 0
    for each in wanted:
        if some and total + each.passages > most:
            yield some
            some, total = [], 0
        some.append(each)
        total += each.passages
    if some:
        yield some


def _write(draft: Draft) -> int:
    passages = len(draft.chunks)
    columns = (
        np.asarray(draft.chunks, "<i8"), np.asarray(draft.lengths, "<u4"),
        np.asarray(draft.owners, "<u4"), np.asarray(draft.tongues, np.uint8),
        np.fromiter(draft.versions, "<i8"),
    )  # fmt: skip
    packed_columns = [column.tobytes() for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(NEW, [passages, sum(draft.lengths), *packed_columns, list(draft.words)])
        (segment_id,) = cursor.fetchone()
    write_postings(segment_id, _rows(draft, passages))
    return int(segment_id)


def _rows(draft: Draft, passages: int) -> Iterator[tuple[str, str, int, bytes, bytes]]:
    for language, words in draft.words.items():
        for lexeme in sorted(words):  # as the index has them, which is written faster so
            places, counts = words[lexeme]
            yield language, lexeme.decode(), *packed(passages, places, bytes(counts))


def _unchanged(wanted: Sequence[Wanted], draft: Draft) -> list[int]:
    """The versions whose passages are still the ones that were read, held until the end of the
    transaction."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [[w.id for w in wanted], [w.segment_id for w in wanted]])
        held = [row[0] for row in cursor.fetchall()]
        cursor.execute(STATES, [held])
        now = {row[0]: State(*map(int, row[1:])) for row in cursor.fetchall()}
    return [pk for pk in held if pk in draft.versions and draft.versions[pk] == now.get(pk)]
