"""Segments of the inverted index: how they are kept in the database, and read."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

#: Places of a segment fit two bytes, unless a single document has more passages.
MAX_PASSAGES = 65_536
#: A lexeme that more than a third of the places hold takes less room as one count for each place.
DENSE = 3
MOST_COUNTED = 255

COLUMNS = "id, passages, length, chunks, lengths, owners, tongues, versions, languages"
NEW = """
INSERT INTO solution_library_lexicalsegment (
    passages, length, chunks, lengths, owners, tongues, versions, languages, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s::varchar[], clock_timestamp()) RETURNING id
"""
COPY = """
COPY solution_library_lexicalposting (segment_id, language, lexeme, passages, places, counts)
FROM STDIN (FORMAT BINARY)
"""
COPY_TYPES = ("int8", "varchar", "text", "int4", "bytea", "bytea")


@dataclass(frozen=True, eq=False)
class Segment:
    """A segment as it is searched. The arrays have a row for each place, but `versions`."""

    id: int
    passages: int
    length: int
    chunks: NDArray[np.int64]
    lengths: NDArray[np.float64]
    owners: NDArray[np.uint32]
    tongues: NDArray[np.uint8]
    versions: NDArray[np.int64]
    languages: list[str]
    #: For one mean length at a time: what BM25 adds to a count.
    norms: dict[float, NDArray[np.float64]] = field(default_factory=dict)

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "Segment":
        number, passages, length, chunks, lengths, owners, tongues, versions, languages = row
        return cls(
            number, passages, length,
            np.frombuffer(chunks, "<i8"),
            np.frombuffer(lengths, "<u4").astype(np.float64),
            np.frombuffer(owners, "<u4"),
            np.frombuffer(tongues, np.uint8),
            np.frombuffer(versions, "<i8"),
            list(languages),
        )  # fmt: skip


def place_type(passages: int) -> str:
    return "<u2" if passages <= MAX_PASSAGES else "<u4"


@dataclass(frozen=True, eq=False)
class Posting:
    """Where a lexeme stands in a segment. `places` is None where `counts` has every place."""

    segment_id: int
    passages: int
    places: NDArray[Any] | None
    counts: NDArray[np.uint8]

    @classmethod
    def of(cls, segment: Segment, passages: int, places: bytes, counts: bytes) -> "Posting":
        numbers = np.frombuffer(places, place_type(segment.passages)) if places else None
        return cls(segment.id, passages, numbers, np.frombuffer(counts, np.uint8))


def packed(passages: int, places: Sequence[int], counts: bytes) -> tuple[int, bytes, bytes]:
    """A lexeme's row: how many hold it, their places, and their counts."""
    if len(places) * DENSE <= passages:
        return len(places), np.asarray(places, place_type(passages)).tobytes(), counts
    every = np.zeros(passages, np.uint8)
    every[np.asarray(places)] = np.frombuffer(counts, np.uint8)
    return len(places), b"", every.tobytes()


def write_postings(segment_id: int, rows: Iterable[tuple[str, str, int, bytes, bytes]]) -> None:
    """Write (language, lexeme, passages, places, counts), in any order."""
    with raw_cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(COPY_TYPES)
        for row in rows:
            copy.write_row((segment_id, *row))


@contextmanager
def raw_cursor() -> Iterator[Any]:
    """A cursor that gets numbers and bytes as they are, not as text; its errors are Django's, so
    that a database that is away is known as such."""
    connection.ensure_connection()
    # Django's own cursors put values into the statement, and cannot get results in binary.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.format = psycopg.pq.Format.BINARY
        yield cursor


class Cache:
    """The arrays of segments, kept in this process: they never change. A segment is known by its
    id and by when it was made, for a database that was put back may use an id again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, Any], Segment] = {}

    def load(self, keys: Sequence[tuple[int, Any]]) -> list[Segment]:
        """The segments that still exist of those with these keys; all others are forgotten."""
        kept = {key: found for key in keys if (found := self._kept.get(key))}
        missing = [key for key in keys if key not in kept]
        if missing:
            by_id = {segment.id: segment for segment in _read([pk for pk, _ in missing])}
            kept |= {key: by_id[key[0]] for key in missing if key[0] in by_id}
        self._kept = kept
        return [kept[key] for key in keys if key in kept]


CACHE = Cache()


def _read(ids: list[int]) -> Iterator[Segment]:
    with raw_cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM solution_library_lexicalsegment WHERE id = ANY(%s)",  # noqa: S608
            [ids],
        )
        for row in cursor.fetchall():
            yield Segment.from_row(row)
