"""What happens to the rows of a batch's items: each change in the job's fenced transaction."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone
from psycopg.types.json import Jsonb

from jobs.errors import TryLater
from jobs.models import ItemState, Job, JobItem
from jobs.plain import plain_json, plain_text
from jobs.run import JobRun

FIRST_BACKOFF_SECONDS = 2.0
LONGEST_BACKOFF_SECONDS = 120.0
#: The same as `end` for a few items or for hundreds.
END_TOGETHER = """
UPDATE jobs_jobitem AS item
SET state = 'done', finished_at = %s, error = '', result = ended.result, received = NULL
FROM unnest(%s::bigint[], %s::jsonb[]) AS ended(id, result)
WHERE item.id = ended.id AND item.state NOT IN ('done', 'failed')
"""


class EndedBefore(Exception):
    """The item is at its end already, so this transaction must change nothing."""


def mark_running(items: list[JobItem]) -> None:
    JobItem.objects.filter(pk__in=[item.pk for item in items]).update(
        state=ItemState.RUNNING, attempts=F("attempts") + 1, started_at=timezone.now()
    )


def _unended(item: JobItem) -> Any:
    ended = (ItemState.DONE, ItemState.FAILED)
    return JobItem.objects.filter(pk=item.pk).exclude(state__in=ended)


def end(item: JobItem, state: ItemState, *, error: str = "", result: Any = None) -> None:
    """Move an item to its end, in the caller's fenced transaction. Raises EndedBefore when it
    is there already: a commit whose answer was lost, since under our lease nobody else ends
    items. The transaction must then change nothing."""
    if not _unended(item).update(
        state=state, finished_at=timezone.now(), error=error, result=result, received=None
    ):
        raise EndedBefore


def end_together(done: list[tuple[JobItem, Any]]) -> None:
    """`end` for items that are done, with what is to be stored of each."""
    results = [None if stored is None else Jsonb(plain_json(stored)) for _, stored in done]
    with connection.cursor() as cursor:
        cursor.execute(END_TOGETHER, [timezone.now(), [item.pk for item, _ in done], results])
        if cursor.rowcount != len(done):
            raise EndedBefore


def count(run: JobRun, state: ItemState) -> None:
    Job.objects.filter(pk=run.job.pk).update(**counted(state))


def counted(state: ItemState, number: int = 1) -> dict[str, Any]:
    """What changes in the job's row when so many items have ended."""
    counter = "successful_items" if state == ItemState.DONE else "failed_items"
    return {
        "processed_items": F("processed_items") + number,
        counter: F(counter) + number,
        "crashes": 0,
    }


def fail(run: JobRun, item: JobItem, error: str) -> None:
    error = plain_text(error)
    try:
        with run.write(last_error=error):
            end(item, ItemState.FAILED, error=error)
            count(run, ItemState.FAILED)
            job = Job.objects.get(pk=run.job.pk)
            errors = [*job.errors, {"item": item.key, "error": error}][-200:]
            Job.objects.filter(pk=job.pk).update(errors=errors)
    except EndedBefore:
        return
    run.log(f"{item.key}: {error}", "error")


def retry_later(run: JobRun, item: JobItem, error: Exception) -> None:
    seconds = _pause(item, getattr(error, "retry_after", None))
    with run.write():
        JobItem.objects.filter(pk=item.pk).update(
            state=ItemState.PENDING,
            attempts=F("attempts") - int(isinstance(error, TryLater)),
            received=None,
            retry_at=timezone.now() + timedelta(seconds=seconds),
            error=plain_text(error),
        )
    run.log(f"{item.key}: {error}; again in {seconds:.0f} s", "warning")


def _pause(item: JobItem, asked_for: float | None) -> float:
    """Seconds until the next try: what the other side asked for, or doubling from 2 s."""
    doubling = FIRST_BACKOFF_SECONDS * 2.0 ** (item.attempts - 1)
    seconds = doubling if asked_for is None else asked_for
    # Written so that a NaN from a broken header also ends in the bounds.
    return seconds if 0.0 <= seconds <= LONGEST_BACKOFF_SECONDS else LONGEST_BACKOFF_SECONDS


def put_back(run: JobRun, item: JobItem) -> None:
    with run.write():
        JobItem.objects.filter(pk=item.pk, state=ItemState.RUNNING).update(
            state=ItemState.PENDING, attempts=F("attempts") - 1
        )
