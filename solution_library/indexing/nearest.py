"""The passages whose meaning is nearest to a query's, in one index."""

from dataclasses import replace

from django.db import connection, transaction

from llm_manager.calling import ModelAccess, embed, usable_access
from llm_manager.control.ledger import Booking
from solution_library.indexing import graphs
from solution_library.indexing.vectors import as_text, width_of
from solution_library.models.vectors import EmbeddingIndex
from solution_library.scoping import Scope, within_scope

#: Somebody waits for this call; words alone are found without it.
QUERY_SECONDS = 15.0
#: A scope of so few passages is looked through as a whole: that is exact, and faster than going
#: through the graph until enough of what it finds lies within the scope.
LOOKED_THROUGH = 5000
COUNT = f"""
SELECT count(*) FROM (
    SELECT FROM solution_library_chunkvector v {within_scope("v")} AND v.index_id = %(index)s
    LIMIT %(most)s) found
"""  # noqa: S608 - constants
NEAREST = f"""
SELECT v.chunk_id, -(v.embedding::{{kind}} <#> %(vector)s::{{kind}}) AS score
FROM solution_library_chunkvector v {within_scope("v")} AND v.index_id = {{index}}
ORDER BY v.embedding::{{kind}} <#> %(vector)s::{{kind}} LIMIT %(limit)s
"""  # noqa: S608 - constants
EXACT = f"""
WITH looked_through AS MATERIALIZED (
    SELECT v.chunk_id, -(v.embedding::{{kind}} <#> %(vector)s::{{kind}}) AS score
    FROM solution_library_chunkvector v {within_scope("v")} AND v.index_id = {{index}}
)
SELECT chunk_id, score FROM looked_through ORDER BY score DESC, chunk_id LIMIT %(limit)s
"""  # noqa: S608 - constants


def nearest(
    query: str, index: EmbeddingIndex, scope: Scope, booking: Booking | None = None
) -> list[tuple[int, float]]:
    """Chunk ids with their inner product, best first. The query is embedded with the index's own
    model. Raises LLMError or TryLater when that cannot be used."""
    if index.dimensions is None:
        return []
    model = _hurried(usable_access(index.model))
    vector = embed(model, [query], "query", booking).vectors[0]
    if width_of([vector]) != index.dimensions:
        # The model has changed under its name; what it says now cannot be compared.
        return []
    values = scope.values() | {"vector": as_text(vector), "index": index.pk}
    form = {"kind": graphs.type_of(index.dimensions), "index": index.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        if _is_narrow(scope, index):
            cursor.execute(EXACT.format(**form), values)
        else:
            # The graph returns only ef_search rows and the filter comes after it; going on until
            # enough are found keeps a narrow scope from looking empty.
            cursor.execute("SET LOCAL hnsw.iterative_scan = 'relaxed_order'")
            cursor.execute("SET LOCAL hnsw.ef_search = 100")
            cursor.execute(NEAREST.format(**form), values)
        return [(int(chunk_id), float(score)) for chunk_id, score in cursor.fetchall()]


def _hurried(model: ModelAccess) -> ModelAccess:
    return replace(
        model,
        timeout_seconds=min(model.timeout_seconds, QUERY_SECONDS),
        first_byte_seconds=min(model.first_byte_seconds, QUERY_SECONDS),
    )


def _is_narrow(scope: Scope, index: EmbeddingIndex) -> bool:
    if scope.collections is None:
        return False
    with connection.cursor() as cursor:
        values = {"index": index.pk, "most": LOOKED_THROUGH + 1}
        cursor.execute(COUNT, scope.values() | values)
        return int(cursor.fetchone()[0]) <= LOOKED_THROUGH
