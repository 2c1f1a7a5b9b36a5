"""Rows of vectors: written, read again for passages that did not change, and looked for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from solution_library.indexing.errors import WrongVectors

Vector = NDArray[np.float32]

#: Chunks that are gone by now are left out; those that have a vector keep it.
WRITE = """
INSERT INTO solution_library_chunkvector (chunk_id, index_id, version_id, build, embedding)
SELECT c.id, %(index)s, c.version_id, %(build)s, new.vector::halfvec
FROM unnest(%(chunks)s::bigint[], %(vectors)s::text[]) AS new(chunk_id, vector)
JOIN (SELECT id, version_id FROM solution_library_chunk
      WHERE id = ANY(%(chunks)s::bigint[]) FOR KEY SHARE) c ON c.id = new.chunk_id
ON CONFLICT DO NOTHING
"""
#: The vectors of a document's newest build, by content hash.
KNOWN = """
WITH mine AS (
    SELECT v.chunk_id, v.build, v.version_id, v.embedding
    FROM solution_library_chunkvector v
    JOIN solution_library_documentversion dv ON dv.id = v.version_id
    WHERE dv.document_id = %(document)s AND v.index_id = %(index)s
)
SELECT c.content_hash, mine.build, halfvec_send(mine.embedding)
FROM mine JOIN solution_library_chunk c ON c.id = mine.chunk_id
WHERE mine.build = (SELECT build FROM mine ORDER BY version_id DESC, chunk_id DESC LIMIT 1)
"""
FORGET_OLD = """
DELETE FROM solution_library_chunkvector v USING solution_library_documentversion dv
WHERE dv.id = v.version_id AND dv.document_id = %s AND dv.id <> %s
"""
CURRENT_WITHOUT = """
FROM solution_library_chunk c
JOIN solution_library_document d ON d.current_version_id = c.version_id
WHERE NOT c.is_hidden
  AND NOT EXISTS (SELECT 1 FROM solution_library_chunkvector v
                  WHERE v.chunk_id = c.id AND v.index_id = %s)
"""


def write(index_id: int, build: str, vectors: Mapping[int, Vector]) -> int:
    """Store vectors by chunk id, and return how many were new."""
    if not vectors:
        return 0
    values: dict[str, Any] = {
        "index": index_id,
        "build": build[:100],
        "chunks": list(vectors),
        "vectors": [as_text(vector) for vector in vectors.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)
        return int(cursor.rowcount)


def as_text(vector: Vector) -> str:
    """A vector as PostgreSQL reads it: numbers in half precision have 5 digits at most."""
    return "[" + ",".join(map("%.5g".__mod__, vector.tolist())) + "]"


def from_bytes(sent: bytes) -> Vector:
    """A vector as PostgreSQL sends it: its width in two bytes, two that are unused, the numbers.
    Thousands of lists of Python's numbers would take many times the memory."""
    return np.frombuffer(sent, ">f2", offset=4).astype(np.float32)


def width_of(vectors: Sequence[Vector]) -> int:
    """How many numbers each of these has. Raises WrongVectors where they cannot be compared."""
    widths = {vector.shape for vector in vectors}
    if len(widths) != 1 or not all(np.isfinite(vector).all() for vector in vectors):
        raise WrongVectors(
            "The embedding model returned vectors of different widths, or with parts that are no "
            "numbers. Test the model's API under Models, or choose another model."
        )
    return int(widths.pop()[0])


def known(document_id: int, index_id: int) -> tuple[dict[str, Vector], str]:
    """The vectors of a document's passages in an index by content hash, and the build that made
    them. A document read anew pays for changed passages only."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {"document": document_id, "index": index_id})
        rows: list[tuple[str, str, Any]] = cursor.fetchall()
    found = {digest: from_bytes(sent) for digest, _, sent in rows}
    return found, rows[0][1] if rows else ""


def forget_old(document_id: int, current_version_id: int) -> None:
    """Passages of older versions are kept for the answers that cite them, but not searched."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET_OLD, [document_id, current_version_id])


def count_missing(index_id: int) -> int:
    """How many passages that may be searched have no vector in an index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) " + CURRENT_WITHOUT, [index_id])
        return int(cursor.fetchone()[0])


def missing(index_id: int) -> list[int]:
    """The ids of those passages, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT c.id " + CURRENT_WITHOUT + " ORDER BY c.id", [index_id])
        return [row[0] for row in cursor.fetchall()]
