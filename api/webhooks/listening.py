"""Connects the ends of jobs with webhooks."""

from jobs.ending import on_job_ended
from jobs.models import Job, Status


def connect() -> None:
    on_job_ended(_job_ended)


def _job_ended(job: Job, status: Status) -> None:
    from api.webhooks.events import tell_of_job

    tell_of_job(job, status)
