"""What died without a word is found and put right, each time and only once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import sweep, transitions, worker_signals
from jobs.dispatch import enqueue
from jobs.models import Job, Status
from solution_library.models import EmbeddingJob
from tests.jobs.engine import fresh, person, probe, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def change(job: Job, **columns: Any) -> Job:
    Job.objects.filter(pk=job.pk).update(**columns)
    return fresh(job)


def taken(job: Job, worker: str = "w1") -> Job:
    assert transitions.claim(job.pk, worker=worker, task_id=job.celery_task_id)
    return fresh(job)


def silent(job: Job, worker: str = "w1") -> Job:
    return change(taken(job, worker), lease_expires_at=ago(seconds=1))


@pytest.mark.contract("F16")
def test_a_job_whose_worker_went_silent_is_put_back() -> None:
    job = silent(queued())
    assert sweep.sweep().lost == [job.pk]
    assert Job.objects.due().filter(pk=job.pk).exists()
    assert sweep.sweep() == sweep.Swept()


@pytest.mark.contract("F17")
def test_a_job_whose_worker_lives_is_left_alone() -> None:
    job = taken(queued())
    assert sweep.sweep() == sweep.Swept()
    assert fresh(job).lease_token == job.lease_token


def test_a_dry_run_says_the_same_and_changes_nothing() -> None:
    job = silent(queued())
    assert sweep.sweep(dry_run=True).lost == [job.pk]
    assert fresh(job).lease_token == job.lease_token


def test_a_message_that_nobody_took_is_sent_again() -> None:
    job = change(queued(), dispatched_at=ago(minutes=2), updated_at=ago(minutes=2))
    assert sweep.sweep().redispatched == [job.pk]
    assert fresh(job).dispatched_at is None


def test_a_message_that_is_young_is_not_sent_again() -> None:
    change(queued(), dispatched_at=ago(seconds=30))
    assert sweep.sweep().redispatched == []


def test_the_pauses_grow_so_that_a_long_queue_is_not_flooded() -> None:
    """A job waits for four hours while its messages are all in order."""
    start, sent = timezone.now(), 0
    job = Job(updated_at=start, dispatched_at=start)
    for second in range(0, 4 * 3600, 5):
        now = start + timedelta(seconds=second)
        assert job.dispatched_at is not None
        if now - job.dispatched_at >= sweep.redispatch_pause(job, now):
            job.dispatched_at, sent = now, sent + 1
    assert 5 <= sent <= 55


def test_however_long_a_job_has_waited_a_lost_message_costs_minutes_only() -> None:
    old = Job(updated_at=ago(days=3))
    assert sweep.redispatch_pause(old, timezone.now()) <= timedelta(minutes=5)


def test_a_cancelled_job_whose_worker_died_ends() -> None:
    job = change(silent(queued(started_by=person())), cancel_requested_at=timezone.now())
    found = sweep.sweep()
    assert found.lost == [job.pk] and not found.troubled
    assert fresh(job).status == Status.CANCELLED and job.notifications.count() == 1


@pytest.mark.contract("F19")
def test_a_job_that_waits_for_a_failed_one_ends_and_says_why() -> None:
    first = queued()
    second = queued(depends_on=first)
    change(first, status=Status.FAILED, completed_at=timezone.now())
    assert sweep.sweep().refused == [second.pk]
    assert "did not complete" in fresh(second).last_error


@pytest.mark.django_db(transaction=True)
def test_one_job_that_cannot_be_mended_does_not_keep_the_others_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good = silent(queued()), silent(queued())
    bury = transitions.bury_expired

    def refuse(job_id: int) -> bool:
        if job_id == bad.pk:
            raise RuntimeError("this row is damaged")
        return bury(job_id)

    monkeypatch.setattr(transitions, "bury_expired", refuse)
    found = sweep.sweep()
    assert bad.pk in found.troubled and found.lost == [good.pk]


def test_a_new_worker_voids_the_leases_of_its_predecessor_only() -> None:
    mine, other = taken(queued(), "worker-batch@a"), taken(queued(), "worker-batch@b")
    assert sweep.release_leases_of("worker-batch@a") == [mine.pk]
    assert fresh(mine).lease_token is None and fresh(other).lease_token == other.lease_token


def test_a_new_worker_has_what_its_predecessor_had_fetched_sent_again() -> None:
    fetched = change(queued(), dispatched_at=timezone.now())
    elsewhere = change(queued(), dispatched_at=timezone.now(), queue="batch")
    assert sweep.resend_unclaimed(["default"]) == 1
    assert fresh(fetched).dispatched_at is None and fresh(elsewhere).dispatched_at is not None


# -- a child that was killed -------------------------------------------------------------------
@pytest.mark.contract("F1")
def test_a_killed_child_gives_its_job_back_at_once() -> None:
    job = taken(queued())
    worker_signals.child_lost(job.celery_task_id, "killed", died_alone=True)
    assert (fresh(job).lease_token, fresh(job).crashes) == (None, 1)


def test_a_child_killed_before_it_had_claimed_its_job_loses_no_message() -> None:
    job = change(queued(), dispatched_at=timezone.now())
    worker_signals.child_lost(job.celery_task_id, "killed", died_alone=True)
    assert fresh(job).dispatched_at is None and fresh(job).crashes == 1


def test_a_job_that_kills_every_child_before_it_begins_is_given_up() -> None:
    job = queued()
    for _ in range(3):
        change(job, dispatched_at=timezone.now())
        worker_signals.child_lost(job.celery_task_id, "killed", died_alone=True)
    assert fresh(job).status == Status.FAILED and "died 3 times" in fresh(job).last_error


@pytest.mark.contract("F23")
def test_a_hard_time_limit_fails_the_job_with_its_reason_also_when_it_is_reported_twice() -> None:
    job = taken(queued(started_by=person()))
    for _ in range(2):
        worker_signals.child_lost(job.celery_task_id, "hard time limit", died_alone=False)
    assert (fresh(job).status, fresh(job).last_error) == (Status.FAILED, "hard time limit")
    assert job.notifications.count() == 1


def test_the_death_of_a_child_with_a_finished_or_unknown_task_changes_nothing() -> None:
    job = queued()
    transitions.finish_unclaimed(job, Status.CANCELLED)
    worker_signals.child_lost(job.celery_task_id, "killed", died_alone=True)
    worker_signals.child_lost("no such task", "killed", died_alone=True)
    assert fresh(job).status == Status.CANCELLED


def test_a_shutdown_asks_the_jobs_of_that_worker_to_yield() -> None:
    mine, other = taken(queued(), "w1"), taken(queued(), "w2")
    worker_signals._ask_to_yield("w1")
    assert fresh(mine).yield_requested_at and not fresh(other).yield_requested_at


def test_the_hook_of_the_kind_is_called_for_a_job_that_the_sweep_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(EmbeddingJob, "on_finished", lambda job: ended.append(job.pk))
    job = silent(enqueue(probe, job=EmbeddingJob()))
    change(job, crashes=2)
    sweep.sweep()
    assert ended == [job.pk] and fresh(job).status == Status.FAILED
