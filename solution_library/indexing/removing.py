"""Drops indexes that are in use no more."""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from jobs.dispatch import enqueue
from jobs.models import ACTIVE, Job
from jobs.run import JobRun
from solution_library.indexing import graphs
from solution_library.indexing.errors import IndexRefused
from solution_library.models import EmbeddingIndex, IndexState, ReindexJob

DROP = "solution_library.drop_embedding_index"
PORTION = 5000
#: So many retired indexes are kept, to switch back without making vectors again.
GENERATIONS = 1
DELETE = """
DELETE FROM solution_library_chunkvector WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM solution_library_chunkvector WHERE index_id = %s LIMIT %s))
"""


def start_drop(index: EmbeddingIndex, user: Any) -> Job:
    """Queue the dropping of an index. Raises IndexRefused, AlreadyRunning."""
    _refuse_needed(index)
    job = Job(started_by=user, title=f"Drop the search index of “{index.model}”"[:200])
    return enqueue(
        DROP, job=job, dedup_key=f"drop-index:{index.pk}", overrides={"index_id": index.pk}
    )


def drop_in(run: JobRun, index_id: int) -> dict[str, Any]:
    """The work of such a job. One that was killed half-way goes on with what is left."""
    index = EmbeddingIndex.objects.filter(pk=index_id).first()
    return {"deleted": drop(index, check=run.check) if index else 0}


def drop(index: EmbeddingIndex, *, check: Callable[[], None] = lambda: None) -> int:
    """Delete an index with its vectors, and return how many. In portions, so nobody waits for it
    long and it may be stopped at any moment. Raises IndexRefused."""
    with transaction.atomic():
        locked = EmbeddingIndex.objects.select_for_update().get(pk=index.pk)
        _refuse_needed(locked)
        EmbeddingIndex.objects.filter(pk=index.pk).update(
            state=IndexState.RETIRED, completed_at=None
        )
    graphs.drop(index.pk)
    deleted = 0
    while portion := _delete_some(index.pk):
        deleted += portion
        check()
    EmbeddingIndex.objects.filter(pk=index.pk).delete()
    return deleted


def _refuse_needed(index: EmbeddingIndex) -> None:
    if index.state == IndexState.ACTIVE:
        raise IndexRefused("Search uses this index. Switch to another one first.")
    if ReindexJob.objects.filter(index=index, status__in=ACTIVE).exists():
        raise IndexRefused("This index is being built. Cancel its job first.")


def _delete_some(index_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(DELETE, [index_id, PORTION])
        return int(cursor.rowcount)


def superfluous() -> list[EmbeddingIndex]:
    """Retired indexes beyond the generation that is kept, except what a build has begun."""
    used = EmbeddingIndex.objects.filter(state=IndexState.RETIRED).exclude(activated_at=None)
    return list(used.order_by("-activated_at")[GENERATIONS:])
