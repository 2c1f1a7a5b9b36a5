"""The engine's own background work."""

from typing import Any

from celery import shared_task

from jobs import notifying, purging
from jobs.execution import execute
from jobs.task import REMOTE_OPTIONS, JobTask

MAIL_OPTIONS = {**REMOTE_OPTIONS, "autoretry_for": (OSError,)}


@shared_task(
    bind=True,
    base=JobTask,
    name="jobs.email_notification",
    soft_time_limit=60,
    time_limit=360,
    job_columns={"title": "E-mail"},
    **MAIL_OPTIONS,
)
def email_notification(
    self: Any, notification_id: int, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Send one notification by e-mail."""
    job = self.job_for(job_id)
    return execute(self, job, lambda run: notifying.email(notification_id))


@shared_task(
    bind=True,
    base=JobTask,
    name="jobs.canary",
    soft_time_limit=30,
    time_limit=330,
    job_columns={"title": "Canary"},
)
def canary(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """Do nothing. That it started at all, and how soon, is what it is for."""
    job = self.job_for(job_id)
    return execute(self, job, lambda run: {})


@shared_task(
    bind=True,
    base=JobTask,
    name="jobs.purge",
    soft_time_limit=1800,
    time_limit=2100,
    job_columns={"title": "Purge old jobs"},
    dedup="purge",
)
def purge(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """Remove old jobs, expired files and notifications that were read."""
    return execute(self, self.job_for(job_id), purging.purge_for_job)
