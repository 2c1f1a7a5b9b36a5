"""Tells people when a source of theirs cannot be read."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model

from jobs.ending import on_job_ended
from jobs.models import Event, Job, Status
from jobs.notifying import remind
from solution_library.models import DocumentationSource, SyncJob


def connect() -> None:
    on_job_ended(_job_ended)


def _job_ended(job: Job, status: Status) -> None:
    """Once until the source can be read again. Who started the sync themselves is told of that."""
    if not isinstance(job, SyncJob) or status != Status.FAILED or job.source is None:
        return
    source = job.source
    for person in _concerned(source):
        if person.pk != job.started_by_id:
            remind(
                person,
                event=Event.SOURCE_FAILING,
                topic=f"source-failing:{source.pk}:{_last_read(source)}",
                text=f"The source “{source.name[:120]}” cannot be read: {job.last_error}",
                url=source.get_absolute_url(),
            )


def _last_read(source: DocumentationSource) -> str:
    return source.last_synced_at.isoformat() if source.last_synced_at else "never"


def _concerned(source: DocumentationSource) -> Iterable[Any]:
    """Who made it; staff where they have left."""
    people = get_user_model().objects.filter(is_active=True).order_by("pk")
    return people.filter(pk=source.created_by_id or 0) or people.filter(is_staff=True)
