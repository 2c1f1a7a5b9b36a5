"""What is said of a queue is what its rows say."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import measuring
from jobs.measuring import CANARY_TASK, DAY, HOUR, Load, loads, measured, starts
from jobs.models import Job, Status
from jobs.queue_states import QueueState, Verdict, judge
from jobs.queues import QUEUES
from tests.jobs.engine import deliver, fresh, queued
from tests.jobs.queue_world import ago, canary, ignored_canary, ran, row, running, waiting

pytestmark = pytest.mark.django_db
BATCH = QUEUES["batch"]


def batch() -> Load:
    return loads()["batch"]


def verdict(readers: int | None = None) -> Verdict:
    return judge(BATCH, batch(), readers)


def state(readers: int | None = None) -> str:
    return str(verdict(readers).state)


# -- what is there at this moment --------------------------------------------------------------
def test_every_queue_is_told_of_and_an_empty_one_has_nothing_to_tell() -> None:
    assert set(loads()) == set(QUEUES)
    assert batch() == Load()


@pytest.mark.contract("E5")
def test_waiting_is_what_only_a_worker_is_missing_for() -> None:
    first = waiting(since=90)
    waiting(since=30, dispatched_at=None)
    waiting(since=500, run_after=ago(-60))
    waiting(since=500, depends_on=first)
    waiting(since=500, cancel_requested_at=ago(1))
    waiting("default", since=7)
    load = batch()
    assert (load.waiting, load.unsent, load.later) == (2, 1, 3)
    assert load.oldest == pytest.approx(90, abs=5)
    assert loads()["default"].waiting == 1


def test_a_job_waits_since_its_time_has_come_and_not_since_it_was_made() -> None:
    waiting(since=3600, run_after=ago(20))
    assert batch().oldest == pytest.approx(20, abs=5)


def test_a_job_waits_since_its_forerunner_ended() -> None:
    before = row(status=Status.COMPLETED, completed_at=ago(12))
    waiting(since=3600, depends_on=before, ready_at=ago(12))
    assert batch().oldest == pytest.approx(12, abs=5)


def test_a_batch_that_goes_on_waits_since_its_last_slice_ended() -> None:
    row(status=Status.PROCESSING, created_at=ago(7200), ready_at=ago(7200),
        started_at=ago(7190), updated_at=ago(4))  # fmt: skip
    assert batch().oldest == pytest.approx(4, abs=3)


def test_running_is_what_a_living_worker_holds() -> None:
    running()
    running(lease_expires_at=ago(1))
    assert batch().running == 1


def test_a_job_behind_another_of_its_line_is_not_waiting_for_a_worker() -> None:
    running(serial_key="source:1")
    waiting(since=500, serial_key="source:1")
    assert (batch().waiting, batch().later, state()) == (0, 1, "ok")


# -- how soon work starts ----------------------------------------------------------------------
@pytest.mark.contract("E5")
def test_time_to_start_has_the_percentiles_of_the_starts_in_the_span() -> None:
    for waited in range(1, 101):
        ran(waited=float(waited))
    ran(waited=9000, ended=3 * 3600)
    ran(waited=9999, ended=30 * 3600)
    hour, day = starts(HOUR)["batch"], starts(DAY)["batch"]
    assert (hour.count, hour.p50, hour.longest) == (100, 50.5, 100)
    assert hour.p95 == pytest.approx(95.05)
    assert (day.count, day.longest) == (101, 9000)


def test_the_share_in_time_is_that_of_the_starts_within_the_target() -> None:
    for waited in (1.0, 59.0, 60.0, 61.0):
        ran(waited=waited)
    assert starts(HOUR)["batch"].in_time == 0.75


def test_a_queue_without_a_start_has_no_percentile_rather_than_zero() -> None:
    hour = measured()["batch"].hour
    assert (hour.count, hour.p50, hour.p95, hour.longest, hour.in_time) == (0, *[None] * 4)


def test_canaries_do_not_make_the_times_of_people_look_better() -> None:
    ran(waited=50)
    for _ in range(20):
        ran(waited=0.01, task_name=CANARY_TASK)
    found = measured()["batch"]
    assert (found.hour.count, found.hour.p50, found.runs.count, found.finished) == (1, 50, 1, 1)


@pytest.mark.contract("E8")
def test_run_times_are_those_of_each_attempt_of_the_latest_jobs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measuring, "RUNS_LOOKED_AT", 2)
    ran(waited=0, ended=900, took=5000)
    ran(waited=0, ended=30, took=10)
    ran(waited=0, ended=20, took=20)
    runs = measured()["batch"].runs
    assert (runs.count, round(runs.p50 or 0)) == (2, 15)


def test_throughput_is_the_jobs_that_ended_within_the_hour() -> None:
    ran(waited=1, ended=10)
    ran(waited=1, ended=1800, took=7200)
    ran(waited=1, ended=4000)
    assert measured()["batch"].finished == 2


def test_a_real_start_is_measured_by_the_engine_itself() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(ready_at=timezone.now() - timedelta(seconds=3))
    deliver(job)
    hour = starts(HOUR)["default"]
    assert fresh(job).waited_seconds == hour.p50 == hour.longest
    assert 3 <= (hour.p50 or 0) < 10


def test_looking_at_the_loads_takes_three_queries_and_at_the_measures_four(
    django_assert_num_queries: Any,
) -> None:
    for _ in range(3):
        waiting(since=5)
        ran(waited=1)
    with django_assert_num_queries(3):
        loads()
    with django_assert_num_queries(4):
        measured()


# -- the state in a word -----------------------------------------------------------------------
def test_an_empty_queue_is_ok() -> None:
    assert verdict() == Verdict(QueueState.OK, "free")


def test_work_within_the_target_is_in_time() -> None:
    waiting(since=30)
    assert verdict().says == "in time"


def test_a_long_line_with_workers_at_it_is_late_and_no_outage() -> None:
    running()
    waiting(since=200)
    found = verdict()
    assert (found.state, found.state.is_outage) == (QueueState.LATE, False)
    assert found.says == "late, the oldest job has waited for 3 min 20 s"
    assert found.advice.startswith("1 job runs, so this passes.")


def test_short_jobs_that_start_and_end_are_workers_at_it_too() -> None:
    ran(waited=100, ended=8, took=1)
    waiting(since=200)
    assert state() == "late"


def test_work_that_waits_while_nothing_runs_or_starts_is_blocked() -> None:
    ran(waited=1, ended=90)
    waiting(since=70)
    found = verdict()
    assert (found.state, found.state.is_outage) == (QueueState.BLOCKED, True)
    assert found.says == "blocked, work has waited for 1 min 10 s and no worker takes it"
    assert "worker-batch" in found.advice


def test_a_canary_that_was_started_does_not_excuse_work_that_nobody_takes() -> None:
    canary(sent=5, status=Status.COMPLETED, started_at=ago(4), completed_at=ago(4),
           waited_seconds=0.1)  # fmt: skip
    waiting(since=200)
    found = verdict()
    assert found.state == QueueState.BLOCKED and "lost the messages" in found.advice


def test_a_lease_that_ran_out_is_nobody_at_work() -> None:
    running(since=600, lease_expires_at=ago(30))
    waiting(since=300)
    assert state() == "blocked"


def test_work_that_is_not_even_handed_over_blames_the_relay_and_not_the_workers() -> None:
    waiting(since=300, dispatched_at=None)
    found = verdict()
    assert found.state == QueueState.BLOCKED and found.says.endswith("is not handed over")
    assert "relay" in found.advice


def test_a_worker_that_is_started_again_blocks_no_queue_however_short_its_target() -> None:
    waiting("default", since=20)
    default = QUEUES["default"]
    assert default.target_seconds < 20 < default.patience_seconds
    assert judge(default, loads()["default"], None).state == QueueState.LATE


def test_a_queue_that_nobody_reads_is_paused_even_without_work() -> None:
    assert (state(readers=0), state(readers=1)) == ("paused", "ok")
    assert verdict(0).state.is_outage


def test_a_canary_that_nobody_took_blocks_a_queue_without_work() -> None:
    canary(sent=20)
    assert state() == "ok"
    canary(sent=90)
    assert (state(), verdict().says) == ("blocked", "blocked, no worker takes the test jobs")


def test_the_next_canary_does_not_make_the_one_before_forgotten() -> None:
    ignored_canary(sent=310)
    canary(sent=3)
    assert state() == "blocked"


def test_anything_that_starts_after_an_ignored_canary_ends_the_block() -> None:
    ignored_canary(sent=400)
    assert state() == "blocked"
    ran(waited=1, ended=5)
    assert state() == "ok"


def test_a_canary_that_a_person_cancelled_proves_nothing() -> None:
    canary(sent=90, status=Status.CANCELLED, completed_at=ago(89))
    assert state() == "ok"


def test_a_busy_queue_is_not_blocked_by_a_canary_in_its_line() -> None:
    running(since=500)
    canary(sent=200)
    assert state() == "ok"
