"""Calls that come home together are written together, and promise what single ones promise."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from jobs import transitions
from jobs.batch import Steps, add_items, work_items
from jobs.errors import CancelRequested, JobError
from jobs.lease import InlineKeeper
from jobs.models import ItemState, Job, JobItem
from jobs.run import JobRun
from tests.jobs.engine import fresh, queued

pytestmark = pytest.mark.django_db(transaction=True)
TOGETHER = 4


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


class Calls:
    """As many calls as fly at once end at the same moment."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._barrier = threading.Barrier(TOGETHER)

    def __call__(self, key: str) -> dict[str, str]:
        self.made.append(key)
        self._barrier.wait(timeout=30)
        return {"reply": key}


class Keeper(InlineKeeper):
    cancelled = False


def run_of(count: int, kind: Callable[..., JobRun] = JobRun) -> JobRun:
    job = queued()
    held = transitions.claim(job.pk, worker="w")
    assert held is not None
    run = kind(fresh(job), held, Keeper(held))
    add_items(run, [str(n) for n in range(count)])
    return run


def work(run: JobRun, calls: Calls, record: Callable[[JobItem, Any], Any] = lambda i, r: r) -> None:
    work_items(run, Steps(lambda item: str(item.key), calls, record), concurrency=TOGETHER)


def states(run: JobRun) -> dict[str, int]:
    return Counter(run.job.items.values_list("state", flat=True))


def done_and_failed(run: JobRun) -> tuple[int, int, int]:
    job: Job = fresh(run.job)
    return job.processed_items, job.successful_items, job.failed_items


def test_they_cost_the_database_less_than_a_transaction_each() -> None:
    run, calls = run_of(40), Calls()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        work(run, calls)
    fences = [q for q in queries if q["sql"].startswith('UPDATE "jobs_job"')]
    assert len(fences) <= 2 + 40 / TOGETHER * 2
    assert states(run) == {"done": 40} and done_and_failed(run) == (40, 40, 0)
    assert {i.key: i.result for i in run.job.items.all()} == {
        str(n): {"reply": str(n)} for n in range(40)
    }


def test_one_that_cannot_be_recorded_fails_alone() -> None:
    def record(item: JobItem, reply: Any) -> Any:
        if item.key == "2":
            raise JobError("This answer is too long.")
        return reply

    run, calls = run_of(8), Calls()
    work(run, calls, record)
    assert states(run) == {"done": 7, "failed": 1} and done_and_failed(run) == (8, 7, 1)
    assert run.job.items.get(key="2").error == "This answer is too long."
    assert Counter(calls.made) == {str(n): 1 for n in range(8)}, "no call is made again"


def test_what_is_cheaper_together_is_recorded_together_and_one_that_fails_fails_alone() -> None:
    sizes: list[int] = []

    def record_all(good: list[tuple[JobItem, Any]]) -> list[Any]:
        sizes.append(len(good))
        if any(item.key == "2" for item, _ in good):
            raise JobError("This answer is too long.")
        return [reply for _, reply in good]

    def record(item: JobItem, reply: Any) -> Any:
        return record_all([(item, reply)])[0]

    run, calls = run_of(8), Calls()
    steps = Steps(lambda item: str(item.key), calls, record, record_all=record_all)
    work_items(run, steps, concurrency=TOGETHER)
    assert states(run) == {"done": 7, "failed": 1} and done_and_failed(run) == (8, 7, 1)
    assert max(sizes) > 1 and Counter(calls.made) == {str(n): 1 for n in range(8)}


def test_nothing_is_lost_or_doubled_when_the_answer_to_their_commit_is_lost() -> None:
    class Cut(JobRun):
        cuts = 1

        @contextmanager
        def write(self, **changes: Any) -> Iterator[None]:
            with super().write(**changes):
                yield
            if "processed_items" in changes and self.cuts:
                self.cuts -= 1
                raise OperationalError("the connection was closed")

    run, calls = run_of(8, Cut), Calls()
    work(run, calls)
    assert run.cuts == 0, "it was cut"  # type: ignore[attr-defined]
    assert states(run) == {"done": 8} and done_and_failed(run) == (8, 8, 0)
    assert Counter(calls.made) == {str(n): 1 for n in range(8)}
    assert set(run.job.items.values_list("attempts", flat=True)) == {1}


def test_a_cancel_seen_while_they_are_written_starts_no_other() -> None:
    def record(item: JobItem, reply: Any) -> Any:
        run.keeper.cancelled = True  # type: ignore[misc]
        return reply

    run, calls = run_of(8), Calls()
    with pytest.raises(CancelRequested):
        work(run, calls, record)
    assert len(calls.made) == TOGETHER and done_and_failed(run)[1] == TOGETHER
    left = run.job.items.exclude(state=ItemState.DONE)
    assert {(item.state, item.attempts) for item in left} == {(ItemState.PENDING, 0)}
