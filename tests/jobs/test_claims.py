"""One worker at a time has a job, and only while it has it can it write."""

import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from jobs import database
from jobs.errors import LeaseLost
from jobs.lease import LeaseKeeper
from jobs.models import Job, JobLog, Notification, Status
from jobs.transitions import (
    Claim,
    bury_expired,
    claim,
    fenced,
    finish,
    release,
    request_cancel,
    worker_lost,
)
from tests.jobs.engine import at_once, deliver, fresh, person, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def taken(job: Job, worker: str = "w1") -> Claim:
    held = claim(job.pk, worker=worker, task_id=job.celery_task_id)
    assert held is not None
    return held


def let_expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("F2", "F32")
def test_of_five_deliveries_of_one_message_one_gets_the_job() -> None:
    job = queued()
    results = at_once(*[lambda: claim(job.pk, worker="w")] * 5)
    assert sorted(r is None for r in results) == [False, True, True, True, True]
    assert fresh(job).attempt == 1 and job.attempts.count() == 1


def test_a_job_that_is_held_or_over_is_not_claimed() -> None:
    job = queued()
    held = taken(job)
    assert claim(job.pk, worker="w2") is None
    finish(held, Status.COMPLETED)
    assert claim(job.pk, worker="w2") is None


@pytest.mark.contract("C7")
def test_a_job_never_starts_before_its_time_even_if_its_message_comes_early() -> None:
    job = queued(run_after=timezone.now() + timedelta(hours=1))
    assert claim(job.pk, worker="w") is None


@pytest.mark.contract("F19")
def test_a_job_never_starts_before_the_one_it_depends_on_is_completed() -> None:
    first = queued()
    second = queued(depends_on=first)
    assert claim(second.pk, worker="w") is None
    finish(taken(first), Status.COMPLETED)
    assert claim(second.pk, worker="w") is not None


@pytest.mark.contract("B13")
def test_a_job_that_was_asked_to_stop_is_not_started() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    assert claim(job.pk, worker="w") is None


def test_a_job_that_is_gone_is_not_claimed() -> None:
    assert claim(10**9, worker="w") is None


@pytest.mark.contract("F17")
def test_a_write_after_the_lease_was_lost_is_refused_and_undone() -> None:
    job = queued()
    late = taken(job)
    let_expire(job)
    assert taken(job, "w2") is not None
    with pytest.raises(LeaseLost), fenced(late, now_doing="late"):
        raise AssertionError("nothing inside may run")
    assert fresh(job).now_doing == ""


def test_the_holder_of_an_expired_lease_may_write_until_another_has_taken_it() -> None:
    job = queued()
    held = taken(job)
    let_expire(job)
    with fenced(held, now_doing="still here"):
        pass
    assert fresh(job).now_doing == "still here"


def test_every_write_renews_the_lease() -> None:
    job = queued()
    held = taken(job)
    let_expire(job)
    with fenced(held):
        pass
    expires = fresh(job).lease_expires_at
    assert expires is not None and expires > timezone.now() + timedelta(seconds=60)


def test_what_fails_inside_a_fenced_write_leaves_nothing() -> None:
    job = queued()
    held = taken(job)
    with pytest.raises(ZeroDivisionError), fenced(held, now_doing="x"):
        _ = 1 / 0
    assert fresh(job).now_doing == ""


def test_taking_over_an_expired_lease_counts_the_crash_and_ends_the_attempt() -> None:
    job = queued()
    taken(job)
    let_expire(job)
    taken(job, "w2")
    assert (fresh(job).attempt, fresh(job).crashes) == (2, 1)
    assert list(job.attempts.values_list("outcome", flat=True)) == ["its worker went silent", ""]


@pytest.mark.contract("F1")
def test_a_job_whose_worker_dies_three_times_in_a_row_fails_and_says_so() -> None:
    job = queued(started_by=person())
    for _ in range(3):
        held = taken(job)
        worker_lost(job.pk, held.token, reason="killed")
    assert fresh(job).status == Status.FAILED
    assert fresh(job).last_error == "The worker died 3 times in a row: killed"
    assert Notification.objects.get(job=job).event == "failed"


@pytest.mark.contract("F23")
def test_reporting_the_same_death_twice_counts_once() -> None:
    job = queued()
    held = taken(job)
    worker_lost(job.pk, held.token, reason="killed")
    worker_lost(job.pk, held.token, reason="killed")
    assert fresh(job).crashes == 1


@pytest.mark.django_db(transaction=True)
def test_a_row_that_its_worker_is_writing_to_is_not_buried() -> None:
    job = queued()
    held = taken(job)
    let_expire(job)
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(total_items=F("total_items"))
        assert at_once(lambda: bury_expired(job.pk)) == [False]
    with fenced(held):
        pass
    assert fresh(job).crashes == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_stopped_in_the_middle_of_a_write_does_not_hold_the_job_for_ever(
    settings: Any,
) -> None:
    settings.JOBS_LEASE_SECONDS = 0.3
    job = queued()
    held = taken(job)

    def stopped() -> None:
        with fenced(held, now_doing="half written"):
            time.sleep(0.7)

    (error,) = at_once(stopped)
    assert database.is_gone(error)
    assert claim(job.pk, worker="w2") is not None and fresh(job).now_doing == ""


def test_the_drivers_own_errors_are_told_apart_like_djangos() -> None:
    away = psycopg.OperationalError("consuming input failed: server closed the connection")
    assert database.is_gone(away) and database.is_gone(psycopg.errors.AdminShutdown("ended"))
    assert not database.is_gone(psycopg.errors.UniqueViolation("twice"))
    assert database.is_contended(psycopg.errors.DeadlockDetected("both"))
    assert not database.is_gone(ValueError("no database at all"))


def test_a_release_puts_the_job_back_in_line_without_blame() -> None:
    job = queued()
    release(taken(job), outcome="slice over")
    job = fresh(job)
    assert (job.status, job.lease_token, job.dispatched_at) == (Status.PROCESSING, None, None)
    assert job.crashes == 0 and Job.objects.due().filter(pk=job.pk).exists()


def test_cancelling_a_waiting_job_ends_it_at_once() -> None:
    job = queued(started_by=person())
    request_cancel(job)
    assert fresh(job).status == Status.CANCELLED
    assert Notification.objects.get(job=job).event == "cancelled"
    assert deliver(job)["skipped"]


def test_cancelling_a_running_job_only_asks() -> None:
    job = queued()
    taken(job)
    request_cancel(job)
    assert fresh(job).status == Status.PROCESSING and fresh(job).cancel_requested_at


def test_a_job_that_is_given_back_after_a_cancel_ends_there_and_then() -> None:
    job = queued()
    held = taken(job)
    request_cancel(fresh(job))
    release(held, outcome="slice over")
    assert fresh(job).status == Status.CANCELLED


def test_cancelling_a_finished_job_changes_nothing() -> None:
    job = queued()
    finish(taken(job), Status.COMPLETED)
    request_cancel(job)
    assert fresh(job).status == Status.COMPLETED


# -- the keeper ----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_keeper_renews_writes_the_log_and_sees_a_cancel() -> None:
    job = queued()
    held = taken(job)
    let_expire(job)
    keeper = LeaseKeeper(held)
    keeper._renew_at = 0
    keeper.log("a line\x00 with a NUL")
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    keeper._tick()
    assert keeper.cancelled and not keeper.lost
    expires = fresh(job).lease_expires_at
    assert expires is not None and expires > timezone.now()
    assert JobLog.objects.get(job=job).message == "a line with a NUL"
    keeper._close()


@pytest.mark.django_db(transaction=True)
def test_the_keeper_knows_that_the_lease_was_taken() -> None:
    job = queued()
    keeper = LeaseKeeper(taken(job))
    let_expire(job)
    taken(job, "w2")
    keeper._tick()
    assert keeper.lost
    keeper._close()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_slept_past_its_lease_distrusts_itself_before_it_has_asked() -> None:
    keeper = LeaseKeeper(taken(queued()))
    keeper._deadline -= 1000
    assert keeper.lost


@pytest.mark.django_db(transaction=True)
def test_the_keeper_outlives_its_database_session() -> None:
    job = queued()
    keeper = LeaseKeeper(taken(job))
    keeper._tick()
    assert keeper._connection is not None
    pid = keeper._connection.info.backend_pid
    keeper.log("written after the session was killed")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    keeper._tick()
    keeper._tick()
    assert JobLog.objects.filter(job=job).count() == 1 and not keeper.lost
    keeper._close()
