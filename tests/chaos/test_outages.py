"""Whatever goes away in the middle of a batch, it ends as if nothing had been."""

import signal
import time
from collections.abc import Callable

import psutil
import pytest

from tests.chaos.batches import Batch, draft
from tests.chaos.checks import first_claim, job_ended_once, survived
from tests.chaos.fire import recovered, went_on_after
from tests.chaos.model import Model
from tests.chaos.results import Progress
from tests.chaos.size import FULL, full_only
from tests.chaos.stack import Stack

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
QUESTIONS = 200 if FULL else 60
TIMES = 10 if FULL else 2
BROKER_AWAY_SECONDS = 3.0


def begun(stack: Stack, *batches: Batch, items: int = 5) -> None:
    jobs = [batch.job for batch in batches]
    stack.wait(lambda: stack.processed(jobs) >= items, 60, "the batches have begun")


def working_child(stack: Stack, batches: list[Batch]) -> psutil.Process:
    """A process that is in the middle of one of these batches."""
    jobs = [batch.job for batch in batches]
    stack.wait(lambda: stack.holders(jobs), 60, "somebody works on them")
    pid = next(iter(stack.holders(jobs)))
    return psutil.Process(pid)


def struck(
    stack: Stack, progress: Progress, batches: list[Batch], blow: Callable[[], None]
) -> list[float]:
    """Strike again and again while the batches go on, at even distances. Returns how long it
    took each time until the next item was recorded."""
    jobs, total = [b.job for b in batches], sum(b.questions for b in batches)
    times = []
    for number in range(TIMES):
        begun(stack, *batches, items=round((number + 0.5) * total / (TIMES + 1)))
        progress.line(f"blow {number + 1} of {TIMES}")
        at = time.time()
        blow()
        stack.wait(lambda at=at: _next_record(stack, jobs, at), 60, "work goes on")  # type: ignore[misc]
        seconds = _next_record(stack, jobs, at)
        assert seconds is not None
        times.append(seconds)
    return times


def _next_record(stack: Stack, jobs: list[int], at: float) -> float | None:
    """Seconds until something was recorded that cannot have been on its way already."""
    later = [went_on_after(stack, job, at + 0.05) for job in jobs]
    return min((t + 0.05 for t in later if t is not None), default=None)


def test_postgresql_restarted_in_immediate_mode_costs_no_answer_and_no_call(
    stack: Stack, model: Model, progress: Progress
) -> None:
    batches = draft(stack, model, "db", [QUESTIONS, QUESTIONS])
    times = struck(stack, progress, batches, stack.restart_database_at_once)
    survived("PostgreSQL restarted in immediate mode", stack, model, batches, times)


def test_a_broker_that_is_killed_and_loses_its_queues_delays_work_and_loses_none(
    stack: Stack, model: Model, progress: Progress
) -> None:
    broker = stack.broker
    if broker is None:
        pytest.skip("the embedded broker is the database")
    times = []
    rounds = 3 if FULL else 1
    batches: list[Batch] = []
    for number in range(rounds):
        # More than the workers can take at once, so that some wait in the broker.
        with model.taking(1.0):
            new = draft(stack, model, f"wiped{number}x", [QUESTIONS // 2] * 7)
            batches += new
            begun(stack, *new)
            stack.wait(lambda: broker.messages("batch") > 0, 60, "some wait in the broker")
            progress.line(f"broker killed, {number + 1} of {rounds}")
            waiting, at = _not_begun(stack, new), time.time()
            assert waiting
            broker.wipe()
        time.sleep(BROKER_AWAY_SECONDS)
        broker.start()
        stack.wait(lambda new=new: not _not_begun(stack, new), 180, "all have begun")  # type: ignore[misc]
        times += [first_claim(stack, job) - at for job in waiting]
        jobs = [batch.job for batch in new]
        stack.wait(lambda jobs=jobs: not stack.active(jobs), 300, "the round is over")  # type: ignore[misc]
    survived("broker killed and its queues wiped", stack, model, batches, times)


def _not_begun(stack: Stack, batches: list[Batch]) -> list[int]:
    sql = "SELECT id FROM jobs_job WHERE id = ANY(%s) AND started_at IS NULL"
    return [job for (job,) in stack.query(sql, [batch.job for batch in batches])]


def test_a_killed_relay_loses_nothing_that_is_queued_meanwhile(
    stack: Stack, model: Model, progress: Progress
) -> None:
    batches = draft(stack, model, "relay", [QUESTIONS])
    times = []
    for number in range(TIMES):
        progress.line(f"relay killed, {number + 1} of {TIMES}")
        stack.wait(stack.relay, 30, "there is a relay")
        stack.signal(stack.relay())
        at = time.time()
        job = stack.tell("check_an_api")
        assert stack.ended(job, 60) == "completed"
        times.append(first_claim(stack, job) - at)
    survived("relay killed", stack, model, batches, times)


@full_only
def test_two_relays_side_by_side_send_no_work_twice(
    stack: Stack, model: Model, progress: Progress
) -> None:
    stack.tell("start", name="relay-2")
    try:
        batches = draft(stack, model, "two", [20] * 4)
        jobs = [stack.tell("trial", task="harmless") for _ in range(20)]
        begun(stack, *batches)
        stack.signal(stack.relay())
        at = time.time()
        jobs.append(stack.tell("trial", task="harmless"))
        for job in jobs:
            stack.ended(job, 60)
            assert job_ended_once(stack, job, "completed")["attempt"] == 1
    finally:
        stack.tell("stop", name="relay-2")
    times = [first_claim(stack, jobs[-1]) - at]
    survived("two relays, one of them killed", stack, model, batches, times)


@pytest.mark.parametrize("point", ["after_response", "after_commit"])
def test_what_has_arrived_or_is_written_is_never_asked_for_again(
    stack: Stack, model: Model, progress: Progress, point: str
) -> None:
    """One call at a time, so that nothing else is in flight when the process dies."""
    times, count = [], 30 if FULL else 2
    batches = draft(stack, model, point.replace("_", ""), [count * 5], concurrency=1)
    for number in range(count):
        progress.line(f"kill {number + 1} of {count} at {point}")
        before = len(stack.suffered())
        stack.order_fault(point)
        stack.wait(lambda n=before: len(stack.suffered()) > n, 60, f"killed at {point}")  # type: ignore[misc]
        at = stack.suffered()[-1][2]
        stack.wait(lambda at=at: went_on_after(stack, batches[0].job, at), 60, "it goes on")  # type: ignore[misc]
        times.append(recovered(stack, batches[0].job, at))
    survived(f"killed {point.replace('_', ' ')}", stack, model, batches, times)
    assert set(model.asked([batches[0].tag]).values()) == {1}, "a call was paid for twice"


def test_a_process_stopped_past_its_lease_cannot_write_when_it_wakes(
    stack: Stack, model: Model, progress: Progress
) -> None:
    batches = draft(stack, model, "stopped", [QUESTIONS])
    begun(stack, *batches)
    busy, job = working_child(stack, batches), batches[0].job
    attempt, at = stack.job(job)["attempt"], time.time()
    busy.send_signal(signal.SIGSTOP)
    stack.wait(lambda: stack.job(job)["attempt"] > attempt, 60, "another worker has taken it")
    seconds = went_on_after(stack, job, at + 0.2)
    while seconds is None:
        time.sleep(0.1)
        seconds = went_on_after(stack, job, at + 0.2)
    busy.send_signal(signal.SIGCONT)
    survived("stopped past the lease, then continued", stack, model, batches, [seconds + 0.2])
    assert ("its worker went silent",) in _outcomes(stack, job)


@full_only
def test_a_process_stopped_in_the_middle_of_a_write_neither_blocks_nor_writes(
    stack: Stack, model: Model, progress: Progress
) -> None:
    batches = draft(stack, model, "halfway", [QUESTIONS])
    begun(stack, *batches)
    job, before = batches[0].job, len(stack.suffered())
    stack.order_fault("before_commit", "stop")
    stack.wait(lambda: len(stack.suffered()) > before, 30, "stopped before the commit")
    _, pid, at = stack.suffered()[-1]
    stack.wait(lambda: went_on_after(stack, job, at), 90, "another worker goes on")
    seconds = recovered(stack, job, at)
    psutil.Process(pid).send_signal(signal.SIGCONT)
    survived("stopped in the middle of a write", stack, model, batches, [seconds])


def _outcomes(stack: Stack, job: int) -> list[tuple[str]]:
    return stack.query("SELECT outcome FROM jobs_jobattempt WHERE job_id = %s", job)


@full_only
def test_a_deploy_lets_calls_in_flight_come_home_and_pays_for_none_twice(
    stack: Stack, model: Model, progress: Progress
) -> None:
    batches = draft(stack, model, "deploy", [QUESTIONS // 2] * 4)
    begun(stack, *batches)
    at = time.time()
    for name in stack.batch_workers():
        stack.signal(stack.worker(name), signal.SIGTERM)
    jobs = [batch.job for batch in batches]
    stack.wait(lambda: stack.holders(jobs) and _next_record(stack, jobs, at + 2), 90, "it goes on")
    later = _next_record(stack, jobs, at + 2)
    assert later is not None
    times = [later + 2]
    survived("all batch workers shut down politely", stack, model, batches, times)
    asked = model.asked([batch.tag for batch in batches])
    assert set(asked.values()) == {1}, "a call was paid for twice"
