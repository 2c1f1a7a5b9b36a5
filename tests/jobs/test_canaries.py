"""A quiet queue gets a canary now and then, and never two."""

from typing import Any

import pytest

from jobs.canaries import EXPIRES_AFTER, due_queues, send_canaries
from jobs.measuring import CANARY_TASK, loads
from jobs.models import Job, Notification, Status
from jobs.queues import QUEUES
from jobs.relay import Relay
from jobs.sweep import sweep
from jobs.tasks import canary as canary_task
from tests.jobs.engine import at_once, fresh
from tests.jobs.queue_world import ago, ran, running, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def every_minute(settings: Any) -> None:
    settings.JOBS_CANARY_SECONDS = 60
    settings.CELERY_TASK_ALWAYS_EAGER = False


def sent() -> dict[str, int]:
    rows = Job.objects.filter(task_name=CANARY_TASK)
    return {queue: rows.filter(queue=queue).count() for queue in QUEUES}


def sing(job: Job) -> Any:
    """What a worker does with the canary's message."""
    return canary_task.apply(kwargs=job.kwargs, task_id=job.celery_task_id).result


@pytest.mark.contract("E5")
def test_every_queue_gets_one_at_the_first_start() -> None:
    assert {job.queue for job in send_canaries()} == set(QUEUES)
    assert set(sent().values()) == {1}


def test_a_second_look_sends_no_second_one() -> None:
    send_canaries()
    assert send_canaries() == []


def test_a_queue_that_has_just_started_something_needs_none() -> None:
    ran("batch", waited=1, ended=20)
    assert "batch" not in due_queues()


def test_a_queue_that_has_started_nothing_for_a_minute_gets_one() -> None:
    ran("batch", waited=1, ended=80)
    assert "batch" in due_queues()


def test_a_queue_with_a_worker_at_a_long_job_needs_none() -> None:
    running("embedding", since=600)
    assert "embedding" not in due_queues()


def test_a_queue_where_work_waits_and_nobody_works_gets_one() -> None:
    waiting("batch", since=300)
    assert "batch" in due_queues()


def test_zero_seconds_means_no_canaries(settings: Any) -> None:
    settings.JOBS_CANARY_SECONDS = 0
    assert send_canaries() == []


def test_a_canary_is_nobodys_the_most_urgent_and_short_lived() -> None:
    job = send_canaries()[0]
    assert (job.started_by, job.priority, job.dedup_key) == (None, 1, f"canary:{job.queue}")
    assert job.expires_at is not None and job.expires_at <= job.created_at + EXPIRES_AFTER


def test_a_canary_that_a_worker_took_is_done_and_tells_how_soon() -> None:
    job = next(job for job in send_canaries() if job.queue == "batch")
    assert sing(job)["success"]
    assert fresh(job).status == Status.COMPLETED
    seen = loads()["batch"].canary
    assert seen is not None and seen.waited is not None and not seen.waiting
    assert Notification.objects.count() == 0


def test_a_canary_that_nobody_took_ends_by_itself_and_the_next_one_follows() -> None:
    job = next(job for job in send_canaries() if job.queue == "batch")
    Job.objects.filter(pk=job.pk).update(expires_at=ago(1), created_at=ago(301))
    assert sweep().expired == [job.pk]
    assert fresh(job).status == Status.CANCELLED
    assert [job.queue for job in send_canaries()] == ["batch"]
    assert (loads()["batch"].ignored or 0) > 300


def test_a_canary_that_comes_too_late_is_not_sung() -> None:
    job = send_canaries()[0]
    Job.objects.filter(pk=job.pk).update(expires_at=ago(1))
    assert sing(job)["skipped"]


def test_a_person_may_end_one() -> None:
    job = send_canaries()[0]
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=ago(1))
    assert sweep().cancelled == [job.pk]


@pytest.mark.django_db(transaction=True)
def test_four_relays_at_once_send_one() -> None:
    results = at_once(*[send_canaries] * 4)
    assert sum(len(jobs) for jobs in results) == len(QUEUES)
    assert set(sent().values()) == {1}


@pytest.mark.django_db(transaction=True)
def test_the_relay_sends_them_with_its_sweep() -> None:
    relay = Relay()
    try:
        relay._sweep_in_time()
    finally:
        relay._forget_connections()
    assert set(sent().values()) == {1}
