"""The HNSW graph of each index: a partial PostgreSQL index over that index's rows alone.

The column holds vectors of any width, so the width stands in the expression that is indexed, and
a query must use the same expression and name the index by a constant to be answered by the graph.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from solution_library.indexing.errors import WrongVectors
from solution_library.models.vectors import MOST_DIMENSIONS, MOST_FULL_DIMENSIONS

TABLE = "solution_library_chunkvector"
#: The graph should fit while it is built; beyond that building slows down many times.
MEMORY = "256MB"
VALID = """
SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass(%s)
"""
#: A build whose client was killed must not go on for minutes and keep its locks. Parallel workers
#: need shared memory that containers often do not have.
SETTINGS = {
    "maintenance_work_mem": MEMORY,
    "max_parallel_maintenance_workers": "0",
    "client_connection_check_interval": "2s",
}


def name_of(index_id: int) -> str:
    return f"library_graph_{int(index_id)}"


def type_of(dimensions: int) -> str:
    """The type that vectors of this width are compared in. Raises WrongVectors."""
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise WrongVectors(
            f"The model makes vectors of {dimensions:,} numbers; the library takes up to "
            f"{MOST_DIMENSIONS:,}. Choose another model, or fewer dimensions if the model has them."
        )
    return f"{'vector' if dimensions <= MOST_FULL_DIMENSIONS else 'halfvec'}({int(dimensions)})"


def ensure(index_id: int, dimensions: int) -> None:
    """See to it that the index has a whole graph. Outside of a transaction writers go on
    meanwhile; one that an interrupted build left behind is made anew."""
    if is_whole(index_id):
        return
    drop(index_id)
    kind = type_of(dimensions)
    concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
    with _settings(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE INDEX {concurrently} {name_of(index_id)} ON {TABLE} "
            f"USING hnsw ((embedding::{kind}) {kind.partition('(')[0]}_ip_ops) "
            f"WITH (m = 16, ef_construction = 64) WHERE index_id = {int(index_id)}"
        )


def is_whole(index_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(VALID, [name_of(index_id)])
        row = cursor.fetchone()
    return bool(row and row[0])


def drop(index_id: int) -> None:
    concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
    with _settings(), connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {concurrently} IF EXISTS {name_of(index_id)}")


def renew(index_id: int, dimensions: int) -> None:
    """Make the graph anew from the vectors: many changes leave holes in it."""
    if not is_whole(index_id):
        ensure(index_id, dimensions)
        return
    concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
    with _settings(), connection.cursor() as cursor:
        cursor.execute(f"REINDEX INDEX {concurrently} {name_of(index_id)}")


@contextmanager
def _settings() -> Iterator[None]:
    if connection.in_atomic_block:
        # PostgreSQL alters no table that has rows whose foreign keys are still to be checked.
        connection.check_constraints()
        yield
        return
    with connection.cursor() as cursor:
        for setting, value in SETTINGS.items():
            cursor.execute(f"SET {setting} = '{value}'")
        try:
            yield
        finally:
            if not connection.needs_rollback and connection.is_usable():
                for setting in SETTINGS:
                    cursor.execute(f"RESET {setting}")
