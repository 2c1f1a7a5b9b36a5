"""A batch does each item to its end once, whatever dies in between."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DataError, connection
from django.utils import timezone

from jobs import batch, item_rows, transitions
from jobs.batch import Steps, add_items, work_items
from jobs.errors import JobError, StopBatch, TransientItemError
from jobs.lease import InlineKeeper
from jobs.models import ItemState, Job, JobItem, JobLog, Status
from jobs.run import JobRun
from tests.jobs.engine import deliver, fresh, person, queued

pytestmark = pytest.mark.django_db(transaction=True)


class Died(BaseException):
    """The process is gone: nothing that the engine does on exceptions may happen."""


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    monkeypatch.setattr(item_rows, "FIRST_BACKOFF_SECONDS", 0.05)


def batch_of(
    count: int,
    call: Callable[[str], Any] = lambda key: {},
    *,
    record: Callable[[JobItem, Any], Any] = lambda item, result: result,
    prepare: Callable[[JobItem], str] = lambda item: item.key,
    concurrency: int = 1,
    **options: Any,
) -> Job:
    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, [str(n) for n in range(count)])
        work_items(run, Steps(prepare, call, record), concurrency=concurrency)
        return {}

    return queued(work, **options)


def states(job: Job) -> dict[str, int]:
    return Counter(job.items.values_list("state", flat=True))


def counters(job: Job) -> tuple[int, int, int, int]:
    job = fresh(job)
    return (job.total_items, job.processed_items, job.successful_items, job.failed_items)


def die_during(job: Job, *keys: str) -> None:
    """An attempt takes the job, begins these items, and its worker is killed."""
    held = transitions.claim(job.pk, worker="w")
    assert held is not None
    run = JobRun(fresh(job), held, InlineKeeper(held))
    add_items(run, [str(n) for n in range(4)])
    batch._blame_crashed_items(run)
    job.items.filter(key__in=keys).update(state=ItemState.RUNNING)
    transitions.worker_lost(job.pk, held.token, reason="killed")


# -- the ordinary way ------------------------------------------------------------------------
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.contract("F18")
def test_every_item_is_done_once_and_the_counters_say_so(concurrency: int) -> None:
    calls: list[str] = []
    job = batch_of(25, lambda key: calls.append(key) or {}, concurrency=concurrency)
    deliver(job)
    assert fresh(job).status == Status.COMPLETED
    assert sorted(calls, key=int) == [str(n) for n in range(25)]
    assert counters(job) == (25, 25, 25, 0) and states(job) == {"done": 25}


def test_an_empty_batch_is_completed() -> None:
    job = batch_of(0)
    deliver(job)
    assert fresh(job).status == Status.COMPLETED and counters(job) == (0, 0, 0, 0)


@pytest.mark.contract("D9")
def test_calls_fly_together_up_to_the_limit_and_only_the_task_writes() -> None:
    flying, most, writers = [0], [0], set()
    lock = threading.Lock()

    def call(key: str) -> dict[str, Any]:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        time.sleep(0.02)
        with lock:
            flying[0] -= 1
        return {}

    job = batch_of(12, call, concurrency=4, record=lambda i, r: writers.add(threading.get_ident()))
    deliver(job)
    assert most[0] == 4 and writers == {threading.get_ident()}


@pytest.mark.contract("A25", "F18")
def test_an_item_that_fails_is_counted_explained_and_does_not_stop_the_rest() -> None:
    def call(key: str) -> dict[str, Any]:
        if key == "1":
            raise ValueError("page 3 is\x00 damaged")
        return {}

    job = batch_of(3, call, started_by=person())
    deliver(job)
    assert fresh(job).status == Status.COMPLETED and counters(job) == (3, 3, 2, 1)
    assert fresh(job).errors == [{"item": "1", "error": "page 3 is damaged"}]
    assert job.items.get(key="1").error == "page 3 is damaged"
    assert "1 of 3 items failed" in job.notifications.get().text


@pytest.mark.contract("B15")
def test_an_items_effect_and_its_state_are_one_transaction() -> None:
    def record(item: JobItem, result: Any) -> None:
        JobLog.objects.create(job_id=item.job_id, at=timezone.now(), message="effect")
        raise DataError("this cannot be stored")

    job = batch_of(1, record=record)
    deliver(job)
    assert states(job) == {"failed": 1}
    assert not JobLog.objects.filter(message="effect").exists()


def test_a_result_with_a_nul_does_not_cost_the_item() -> None:
    job = batch_of(1, lambda key: {"text": "a\x00b"})
    deliver(job)
    assert job.items.get().result == {"text": "ab"}


# -- passing faults --------------------------------------------------------------------------
def test_a_passing_fault_is_tried_again_and_succeeds() -> None:
    tries: Counter[str] = Counter()

    def call(key: str) -> dict[str, Any]:
        tries[key] += 1
        if key == "0" and tries[key] < 3:
            raise TransientItemError("429", retry_after=0.01)
        return {}

    job = batch_of(2, call)
    deliver(job)
    assert tries == {"0": 3, "1": 1} and counters(job) == (2, 2, 2, 0)
    assert job.items.get(key="0").error == ""


@pytest.mark.parametrize("error", [ConnectionError("reset"), TransientItemError("busy")])
def test_a_fault_that_does_not_pass_fails_the_item_after_four_tries(error: Exception) -> None:
    def call(key: str) -> dict[str, Any]:
        raise error

    job = batch_of(1, call)
    deliver(job)
    assert job.items.get().attempts == 4 and counters(job) == (1, 1, 0, 1)


@pytest.mark.parametrize("asked_for", [float("nan"), float("inf"), -5.0, 10**9])
def test_a_senseless_retry_after_stays_in_bounds(asked_for: float) -> None:
    pause = item_rows._pause(JobItem(attempts=1), asked_for)
    assert 0 <= pause <= item_rows.LONGEST_BACKOFF_SECONDS


def test_what_no_item_can_survive_stops_the_batch_and_keeps_the_rest_undone() -> None:
    def call(key: str) -> dict[str, Any]:
        if key == "2":
            raise StopBatch("The key was refused.")
        return {}

    job = batch_of(5, call)
    assert deliver(job)["error"] == "The key was refused."
    assert fresh(job).status == Status.FAILED
    assert states(job) == {"done": 2, "pending": 3}


def test_a_stop_found_while_preparing_leaves_no_item_running() -> None:
    def prepare(item: JobItem) -> str:
        raise StopBatch("The budget is spent.")

    job = batch_of(3, prepare=prepare)
    deliver(job)
    assert fresh(job).status == Status.FAILED and states(job) == {"pending": 3}


@pytest.mark.parametrize("stopping", ["01", "012", "01234567"])
def test_when_several_stop_the_batch_what_had_come_home_is_still_recorded(stopping: str) -> None:
    together = threading.Barrier(len(stopping) + 2)

    def call(key: str) -> dict[str, Any]:
        together.wait(5)
        if key in stopping:
            raise StopBatch(f"no {key}")
        return {}

    job = batch_of(len(stopping) + 2, call, concurrency=len(stopping) + 2)
    deliver(job)
    assert states(job) == {"done": 2, "pending": len(stopping)} and counters(job)[1] == 2


def test_the_only_reply_among_calls_that_stop_the_batch_is_recorded() -> None:
    together = threading.Barrier(6)

    def call(key: str) -> dict[str, Any]:
        together.wait(5)
        if key != "3":
            raise StopBatch(f"no {key}")
        return {}

    job = batch_of(6, call, concurrency=6)
    deliver(job)
    assert states(job) == {"done": 1, "pending": 5}


# -- crashes ---------------------------------------------------------------------------------
def test_after_a_crash_only_what_was_not_done_is_done() -> None:
    calls: list[str] = []

    def call(key: str) -> dict[str, Any]:
        calls.append(key)
        if len(calls) == 3:
            raise Died
        return {}

    job = batch_of(5, call)
    with pytest.raises(Died):
        deliver(job)
    job = fresh(job)
    assert job.status == Status.PROCESSING and job.lease_token is not None
    transitions.worker_lost(job.pk, job.lease_token, reason="killed")
    deliver(job)
    assert Counter(calls) == {"0": 1, "1": 1, "2": 2, "3": 1, "4": 1}
    assert counters(job) == (5, 5, 5, 0) and job.items.get(key="2").crashes == 1


def test_a_suspect_flies_alone_and_after_the_innocent() -> None:
    together: dict[str, int] = {}
    flying: set[str] = set()

    def call(key: str) -> dict[str, Any]:
        flying.add(key)
        together[key] = len(flying)
        time.sleep(0.03)
        flying.discard(key)
        return {}

    job = batch_of(4, call, concurrency=4)
    die_during(job, "0", "1")
    deliver(job)
    assert together["0"] == together["1"] == 1
    assert list(together)[-2:] == ["0", "1"]


@pytest.mark.contract("F1")
def test_the_third_crash_on_one_item_fails_that_item_and_the_batch_completes() -> None:
    job = batch_of(4)
    for _ in range(3):
        die_during(job, "1")
    deliver(job)
    assert fresh(job).status == Status.COMPLETED and counters(job) == (4, 4, 3, 1)
    assert job.items.get(key="1").error == "The worker crashed 3 times while doing this."


def test_a_batch_with_a_poison_item_is_not_itself_given_up() -> None:
    job = batch_of(4)
    for _ in range(5):
        die_during(job, "1")
    assert fresh(job).is_active and fresh(job).crashes < transitions.MAX_CRASHES


# -- stopping --------------------------------------------------------------------------------
@pytest.mark.contract("E6", "F2")
def test_a_slice_ends_between_items_and_the_next_goes_on(settings: Any) -> None:
    calls: list[str] = []

    def call(key: str) -> dict[str, Any]:
        calls.append(key)
        time.sleep(0.06)
        return {}

    settings.JOBS_SLICE_SECONDS = 0.1
    job = batch_of(6, call)
    results = [deliver(job)]
    while results[-1].get("continues"):
        results.append(deliver(job))
    assert len(results) >= 2 and sorted(calls) == [str(n) for n in range(6)]
    assert fresh(job).status == Status.COMPLETED and counters(job) == (6, 6, 6, 0)


@pytest.mark.contract("F18")
def test_a_cancel_stops_before_the_next_item_and_keeps_what_is_done(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True  # the keeper then looks at every check

    def record(item: JobItem, result: Any) -> None:
        if item.key == "1":
            transitions.request_cancel(item.job)

    job = batch_of(5, record=record)
    assert fresh(job).status == Status.CANCELLED
    assert states(job) == {"done": 2, "pending": 3} and counters(job)[1] == 2


@pytest.mark.contract("A14", "F11")
def test_a_call_that_hangs_does_not_hold_up_the_soft_time_limit() -> None:
    hanging = threading.Event()

    def prepare(item: JobItem) -> str:
        if item.key == "1":
            raise SoftTimeLimitExceeded
        return item.key

    started = time.monotonic()
    job = batch_of(3, lambda key: hanging.wait(20) and {}, prepare=prepare, concurrency=3)
    assert deliver(job)["error"] == "Time limit exceeded"
    hanging.set()
    assert time.monotonic() - started < 10
    assert fresh(job).status == Status.FAILED and states(job) == {"pending": 3}


def test_who_lost_the_lease_records_nothing_more() -> None:
    def call(key: str) -> dict[str, Any]:
        if key == "1":
            held = fresh(job)
            assert held.lease_token is not None
            transitions.worker_lost(held.pk, held.lease_token, reason="taken for dead")
            connection.close()
        return {}

    job = batch_of(4, call)
    assert deliver(job)["success"] is False
    assert counters(job)[1] == 1 and job.items.get(key="1").state == ItemState.RUNNING


def test_a_result_survives_the_loss_of_the_database_and_is_recorded_once() -> None:
    calls: list[str] = []

    def call(key: str) -> dict[str, Any]:
        calls.append(key)
        if key == "1":
            with connection.cursor() as cursor:  # a session of this thread's own
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid != pg_backend_pid()"
                )
            connection.close()
        return {}

    job = batch_of(3, call)
    deliver(job)
    assert calls == ["0", "1", "2"]
    assert fresh(job).status == Status.COMPLETED and counters(job) == (3, 3, 3, 0)


def test_a_commit_whose_answer_was_lost_is_not_counted_twice() -> None:
    job = batch_of(1)
    held = transitions.claim(job.pk, worker="w")
    assert held is not None
    run = JobRun(fresh(job), held, InlineKeeper(held))
    add_items(run, ["0"])
    loop: Any = batch._Loop(run, Steps(str, str, lambda i, r: None), None, 1)  # type: ignore
    for _ in range(2):
        loop._record(job.items.get(), {})
    assert counters(job) == (1, 1, 1, 0)


def test_a_job_error_is_told_to_people_without_a_traceback(caplog: Any) -> None:
    def call(key: str) -> dict[str, Any]:
        raise JobError("This file is encrypted.")

    job = batch_of(1, call)
    deliver(job)
    assert job.items.get().error == "This file is encrypted."
    assert "Traceback" not in caplog.text
