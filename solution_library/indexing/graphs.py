"""The HNSW graph of each index: a partial PostgreSQL index over that index's rows alone.

The column holds vectors of any width, so the width stands in the expression that is indexed, and
a query must use the same expression and name the index by a constant to be answered by the graph.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from solution_library.indexing.errors import WrongVectors
from solution_library.models.vectors import MOST_DIMENSIONS

TABLE = "solution_library_chunkvector"
#: Links of a vector, and candidates for them: chosen by measurement (docs/performance.md).
LINKS = 24
CANDIDATES = 100
#: What a vector takes while a graph is built, beside its numbers: found by measurement.
BYTES_BESIDE = 1000
LEAST_MEGABYTES = 64
VALID = """
SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass(%s)
"""
ROWS = "SELECT count(*) FROM solution_library_chunkvector WHERE index_id = %s"
#: A build whose client was killed must not go on for minutes and keep its locks. Parallel workers
#: need shared memory that containers often do not have.
SETTINGS = {
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
    return f"halfvec({int(dimensions)})"


def memory_for(rows: int, dimensions: int) -> int:
    """Megabytes that PostgreSQL may take for building a graph. One that does not fit is built
    many times slower, so it is as much as it needs, up to LIBRARY_GRAPH_MEMORY_MB."""
    needed = rows * (2 * dimensions + BYTES_BESIDE) // 2**20
    most: int = settings.LIBRARY_GRAPH_MEMORY_MB
    return min(max(LEAST_MEGABYTES, int(needed * 1.25)), max(LEAST_MEGABYTES, most))


def ensure(index_id: int, dimensions: int) -> None:
    """See to it that the index has a whole graph. Outside of a transaction writers go on
    meanwhile; one that an interrupted build left behind is made anew."""
    if is_whole(index_id):
        return
    drop(index_id)
    kind = type_of(dimensions)
    concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
    with _settings(index_id, dimensions), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE INDEX {concurrently} {name_of(index_id)} ON {TABLE} "
            f"USING hnsw ((embedding::{kind}) halfvec_ip_ops) "
            f"WITH (m = {LINKS}, ef_construction = {CANDIDATES}) WHERE index_id = {int(index_id)}"
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
    with _settings(index_id, dimensions), connection.cursor() as cursor:
        cursor.execute(f"REINDEX INDEX {concurrently} {name_of(index_id)}")


@contextmanager
def _settings(index_id: int = 0, dimensions: int = 0) -> Iterator[None]:
    """For the statement within. Without an index nothing is built."""
    if connection.in_atomic_block:
        # PostgreSQL alters no table that has rows whose foreign keys are still to be checked.
        connection.check_constraints()
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [index_id])
        megabytes = memory_for(int(cursor.fetchone()[0]), dimensions)
        chosen = SETTINGS | {"maintenance_work_mem": f"{megabytes}MB"}
        for setting, value in chosen.items():
            cursor.execute(f"SET {setting} = '{value}'")
        try:
            yield
        finally:
            if not connection.needs_rollback and connection.is_usable():
                for setting in chosen:
                    cursor.execute(f"RESET {setting}")
