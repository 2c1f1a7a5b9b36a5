"""The passages whose meaning is nearest to a query's, in one index."""

from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from llm_manager.calling import ModelAccess, embed
from llm_manager.control.ledger import Booking
from solution_library.indexing import graphs
from solution_library.indexing.errors import WrongVectors
from solution_library.indexing.indexes import access_of
from solution_library.indexing.vectors import Vector, as_text, width_of
from solution_library.models.vectors import EmbeddingIndex
from solution_library.scoping import Scope

#: Somebody waits for this call; words alone are found without it.
QUERY_SECONDS = 15.0
#: A scope of so few passages is looked through as a whole: that is exact, and faster than going
#: through the graph until enough of what it finds lies within the scope.
LOOKED_THROUGH = 5000
#: In a large library it is faster for more, up to a share of it and up to so many.
LOOKED_THROUGH_SHARE = 0.04
MOST_LOOKED_THROUGH = 20_000
RESTRICTED = "SELECT EXISTS (SELECT FROM solution_library_collection WHERE is_restricted)"
COUNT = """
SELECT count(*) FROM (
    SELECT FROM solution_library_chunkvector v {within} AND v.index_id = {index} LIMIT %(most)s
) found
"""
NEAREST = """
SELECT v.chunk_id, -(v.embedding::{kind} <#> %(vector)s::{kind}) AS score
FROM solution_library_chunkvector v {within} AND v.index_id = {index}
ORDER BY v.embedding::{kind} <#> %(vector)s::{kind} LIMIT %(limit)s
"""
EXACT = """
WITH looked_through AS MATERIALIZED (
    SELECT v.chunk_id, -(v.embedding::{kind} <#> %(vector)s::{kind}) AS score
    FROM solution_library_chunkvector v {within} AND v.index_id = {index}
)
SELECT chunk_id, score FROM looked_through ORDER BY score DESC, chunk_id LIMIT %(limit)s
"""
#: The graph returns only ef_search rows and the filter comes after it; going on until enough are
#: found keeps a scope from looking emptier than it is. Vectors of a few versions are fetched one
#: by one, which costs next to nothing where they are in memory. Compiling a query that takes
#: milliseconds would take many times as long as that. Returns how many vectors the graph has: the
#: more there are, the more of them must be looked at to miss as few.
SETTINGS = """
SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
    set_config('random_page_cost', '1.1', true), set_config('jit', 'off', true),
    set_config('hnsw.ef_search',
        least(1000, greatest(120, (0.64 * sqrt(greatest(reltuples, 0)))::int))::text, true),
    reltuples
FROM pg_class WHERE oid = to_regclass(%s)
"""


def nearest(
    query: str, index: EmbeddingIndex, scope: Scope, booking: Booking | None = None
) -> list[tuple[int, float]]:
    """Chunk ids with their inner product, best first. The query is embedded with the index's own
    model. Raises LLMError or TryLater when that cannot be used."""
    if index.dimensions is None:
        return []
    model = _hurried(access_of(index))
    vector = embed(model, [query], "query", booking).vectors[0]
    if width_of([vector]) != index.dimensions:
        raise WrongVectors(
            f"“{index.model}” makes vectors of another width than those in its index. Build its "
            "index anew."
        )
    return nearest_to(vector, index, scope)


def nearest_to(vector: Vector, index: EmbeddingIndex, scope: Scope) -> list[tuple[int, float]]:
    """The same for a vector of the index's model."""
    assert index.dimensions is not None
    form = {
        "kind": graphs.type_of(index.dimensions),
        "index": index.pk,
        "within": scope.within("v"),
    }
    values = scope.values() | {"vector": as_text(vector)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SETTINGS, [graphs.name_of(index.pk)])
        row = cursor.fetchone()
        if row is None or _is_narrow(cursor, scope, form, values, int(row[-1])):
            return _rows(cursor, EXACT.format(**form), values)
        found = _rows(cursor, NEAREST.format(**form), values)
        if len(found) >= scope.most:
            return found
        # What is near lies outside of the scope, and the graph is not gone through for ever.
        return _rows(cursor, EXACT.format(**form), values)


def _rows(cursor: Any, statement: str, values: dict[str, Any]) -> list[tuple[int, float]]:
    cursor.execute(statement, values)
    return [(int(chunk_id), float(score)) for chunk_id, score in cursor.fetchall()]


def _hurried(model: ModelAccess) -> ModelAccess:
    return replace(
        model,
        timeout_seconds=min(model.timeout_seconds, QUERY_SECONDS),
        first_byte_seconds=min(model.first_byte_seconds, QUERY_SECONDS),
    )


def _is_narrow(
    cursor: Any, scope: Scope, form: dict[str, Any], values: dict[str, Any], total: int
) -> bool:
    """Whether the scope is to be looked through as a whole, of `total` passages."""
    if not scope.is_narrowed and not _hides_some(cursor, scope):
        return False
    most = int(min(max(LOOKED_THROUGH, total * LOOKED_THROUGH_SHARE), MOST_LOOKED_THROUGH))
    cursor.execute(COUNT.format(**form), values | {"most": most + 1})
    return int(cursor.fetchone()[0]) <= most


def _hides_some(cursor: Any, scope: Scope) -> bool:
    """Whether there may be documents that the person who searches must not see."""
    if scope.user_id is None:
        return False
    cursor.execute(RESTRICTED)
    return bool(cursor.fetchone()[0])
