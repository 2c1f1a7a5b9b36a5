"""Rows of jobs in a given state and of a given age, written past the engine."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from jobs.measuring import CANARY_TASK
from jobs.models import Job, JobAttempt, Status


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def row(queue: str = "batch", **columns: Any) -> Job:
    """A job whose columns are what the test says, dates that the model sets included."""
    job = Job.objects.create(task_name=columns.pop("task_name", "x.y"), queue=queue)
    Job.objects.filter(pk=job.pk).update(**columns)
    job.refresh_from_db()
    return job


def waiting(queue: str = "batch", *, since: float, **columns: Any) -> Job:
    """A new job that only needs a worker, for so many seconds."""
    dates = {"created_at": ago(since), "ready_at": ago(since)}
    return row(queue, **{"dispatched_at": ago(since), **dates, **columns})


def running(queue: str = "batch", *, since: float = 5, **columns: Any) -> Job:
    """A job that a living worker has had for so many seconds."""
    lease = {"lease_token": uuid4(), "lease_expires_at": ago(-60)}
    started = {"started_at": ago(since), "waited_seconds": 0.1}
    return row(queue, **{"status": Status.PROCESSING, **lease, **started, **columns})


def ran(
    queue: str = "batch", *, waited: float, ended: float = 60, took: float = 1, **columns: Any
) -> Job:
    """A job that waited so long, ended so many seconds ago and took so many."""
    began = ago(ended + took)
    job = row(
        queue, status=Status.COMPLETED, created_at=began, started_at=began, completed_at=ago(ended),
        waited_seconds=waited, **columns,
    )  # fmt: skip
    attempt = JobAttempt.objects.create(job=job, number=1, token=uuid4(), ended_at=ago(ended))
    JobAttempt.objects.filter(pk=attempt.pk).update(started_at=began)
    return job


def canary(queue: str = "batch", *, sent: float, **columns: Any) -> Job:
    """A canary sent so many seconds ago, unstarted unless the columns say otherwise."""
    return waiting(queue, since=sent, task_name=CANARY_TASK, expires_at=ago(sent - 300), **columns)


def ignored_canary(queue: str = "batch", *, sent: float) -> Job:
    """A canary that nobody took before it expired."""
    return canary(queue, sent=sent, status=Status.CANCELLED, completed_at=ago(sent - 301))
