"""Keeps the graph of each index in shape: begun where it pays, made anew where most of it is gone.

Without a graph a search compares every vector of the index, which is exact, and for a few thousand
as fast. To put them into a graph one by one takes several times what making it at once takes, so
the first thousands are read without one, and a job makes it while reading and searching go on.
"""

from typing import Any

from django.db import connection

from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.run import JobRun
from solution_library.gathering import AfterCommit
from solution_library.indexing import graphs
from solution_library.models import EmbeddingIndex, IndexState

TEND = "solution_library.tend_graphs"
ONLY_ONE = "vector-graphs"
#: From so many vectors on a graph finds the nearest sooner than looking at all of them does.
ENOUGH = 5_000
#: A graph that takes so many times what its vectors need is mostly holes.
WORN = 2.0
#: What a vector takes on the disk beside its numbers: its links, and the heads of its two rows.
LINK_BYTES = 6
HEAD_BYTES = 160
PAGE_BYTES = 8_100
AT_LEAST = "SELECT count(*) FROM (SELECT FROM {table} WHERE index_id = %s LIMIT %s) found"
SIZE = """
SELECT pg_relation_size(to_regclass(%s)) / 8192,
    (SELECT count(*) FROM solution_library_chunkvector WHERE index_id = %s)
"""


def is_lacking(index_id: int) -> bool:
    """Whether the index has no whole graph, but vectors enough to need one."""
    if graphs.is_whole(index_id):
        return False
    with connection.cursor() as cursor:
        cursor.execute(AT_LEAST.format(table=graphs.TABLE), [index_id, ENOUGH])
        return int(cursor.fetchone()[0]) >= ENOUGH


def is_worn(index: EmbeddingIndex) -> bool:
    """Whether most of the graph's place is left over from vectors that are gone."""
    if index.dimensions is None or not graphs.is_whole(index.pk):
        return False
    with connection.cursor() as cursor:
        cursor.execute(SIZE, [graphs.name_of(index.pk), index.pk])
        pages, rows = cursor.fetchone()
    return int(pages) > WORN * (pages_for(int(rows), index.dimensions) + 1)


def pages_for(rows: int, dimensions: int) -> int:
    """About how many pages of the disk a new graph of so many vectors takes."""
    each = 2 * dimensions + 2 * graphs.LINKS * LINK_BYTES + HEAD_BYTES
    return -(-rows // max(1, PAGE_BYTES // each))


# -- the job -----------------------------------------------------------------------------
def written(index_id: int) -> None:
    """Vectors of the index were written. Called in the same transaction; after it a job is queued
    if the index needs a graph."""
    _WRITTEN.note(index_id)


def _after_writing(index_ids: list[int]) -> None:
    if any(is_lacking(index_id) for index_id in index_ids):
        start_tending()


_WRITTEN = AfterCommit(_after_writing)


def start_tending() -> Job | None:
    """Queue it. None: it is queued already."""
    try:
        job = Job(title="Look after the graphs that search goes through")
        return enqueue(TEND, job=job, dedup_key=ONLY_ONE)
    except AlreadyRunning:
        return None


def tend(run: JobRun) -> dict[str, Any]:
    """The work of the job: give the index in use the graph that it lacks, or a new one."""
    made: list[int] = []
    renewed: list[int] = []
    for index in EmbeddingIndex.objects.filter(state=IndexState.ACTIVE, dimensions__isnull=False):
        assert index.dimensions is not None
        run.check()
        if is_lacking(index.pk):
            run.now("Making the graph that search goes through")
            graphs.ensure(index.pk, index.dimensions)
            made.append(index.pk)
        elif is_worn(index):
            run.now("Making the graph anew, without what is gone")
            graphs.renew(index.pk, index.dimensions)
            renewed.append(index.pk)
    return {"graphs_made": made, "graphs_renewed": renewed}
