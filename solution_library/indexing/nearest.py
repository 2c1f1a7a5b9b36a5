"""The passages whose meaning is nearest to a query's, in one index."""

from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from llm_manager.calling import ModelAccess, embed
from llm_manager.control.ledger import Booking
from solution_library.indexing import graphs
from solution_library.indexing.errors import WrongVectors
from solution_library.indexing.indexes import access_of
from solution_library.indexing.vectors import as_text, width_of
from solution_library.models.vectors import EmbeddingIndex
from solution_library.scoping import Scope

#: Somebody waits for this call; words alone are found without it.
QUERY_SECONDS = 15.0
#: A scope of so few passages is looked through as a whole: that is exact, and faster than going
#: through the graph until enough of what it finds lies within the scope.
LOOKED_THROUGH = 5000
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
#: by one, which costs next to nothing where they are in memory.
SETTINGS = """
SET LOCAL hnsw.iterative_scan = 'relaxed_order';
SET LOCAL hnsw.ef_search = 100;
SET LOCAL random_page_cost = 1.1
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
    values = scope.values() | {"vector": as_text(vector), "most": LOOKED_THROUGH + 1}
    form = {
        "kind": graphs.type_of(index.dimensions),
        "index": index.pk,
        "within": scope.within("v"),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        way = EXACT if scope.is_narrowed and _is_narrow(form, values) else NEAREST
        cursor.execute(way.format(**form), values)
        return [(int(chunk_id), float(score)) for chunk_id, score in cursor.fetchall()]


def _hurried(model: ModelAccess) -> ModelAccess:
    return replace(
        model,
        timeout_seconds=min(model.timeout_seconds, QUERY_SECONDS),
        first_byte_seconds=min(model.first_byte_seconds, QUERY_SECONDS),
    )


def _is_narrow(form: dict[str, Any], values: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(**form), values)
        return int(cursor.fetchone()[0]) <= LOOKED_THROUGH
