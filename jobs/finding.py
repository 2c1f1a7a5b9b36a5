"""Finds jobs that need somebody's eye: unfinished for long, not sent, or old enough to go."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from jobs.measuring import CANARY_TASK
from jobs.models import ACTIVE, Job, JobArtifact, Status

#: A due job that the relay has not sent for so long says that the relay is down.
UNSENT_AFTER = timedelta(minutes=1)
#: Ids of jobs that are kept however old they are, said by the apps whose jobs they are.
KEEPERS: list[Callable[[], QuerySet[Any, int]]] = []


def stale_jobs(hours: float) -> QuerySet[Job]:
    """Unfinished jobs without any progress for so many hours, the oldest first. Jobs that
    wait for their time are not among them."""
    before = timezone.now() - timedelta(hours=hours)
    jobs = Job.objects.active().filter(updated_at__lt=before)
    return jobs.exclude(run_after__gt=before).order_by("created_at")


def stale_scheduled_jobs(hours: float) -> QuerySet[Job]:
    """Jobs whose time came so many hours ago, or more, and that were never sent."""
    before = timezone.now() - timedelta(hours=hours)
    due = Job.objects.active().filter(dispatched_at=None, lease_token=None)
    return due.filter(run_after__lt=before).order_by("run_after")


def unsent_jobs() -> QuerySet[Job]:
    """Due jobs that nobody has sent to the broker."""
    now = timezone.now()
    due = Job.objects.due().annotate(due_since=Coalesce("run_after", "updated_at"))
    return due.filter(due_since__lt=now - UNSENT_AFTER).order_by("priority", "pk")


def purgeable(status: Status, days: float) -> QuerySet[Job]:
    """Jobs that ended so with this status that many days ago. Kept are those with a result
    file on offer until a later day, those that unfinished jobs depend on, and what KEEPERS name."""
    if status in ACTIVE:
        raise ValueError(f"Jobs that are {status} are not finished and are never purged.")
    return _ended_before(days).filter(status=status)


def purgeable_canaries(days: float) -> QuerySet[Job]:
    """The jobs that only test the queues are many, and of interest for a day."""
    return _ended_before(days).filter(task_name=CANARY_TASK)


def _ended_before(days: float) -> QuerySet[Job]:
    before = timezone.now() - timedelta(days=days)
    offered = JobArtifact.objects.filter(job_id=OuterRef("pk"), expires_at__gt=timezone.now())
    needed = Job.objects.active().filter(depends_on_id=OuterRef("pk"))
    ended = Job.objects.filter(completed_at__lt=before)
    for keeper in KEEPERS:
        ended = ended.exclude(pk__in=keeper())
    return ended.filter(~Exists(offered), ~Exists(needed)).order_by("pk")


def in_chunks(jobs: QuerySet[Job], size: int) -> Iterator[list[int]]:
    """Ids of `jobs` by chunks, read anew each time, so that deleting a chunk is safe."""
    last = 0
    while ids := list(jobs.filter(pk__gt=last).values_list("pk", flat=True)[:size]):
        yield ids
        last = max(ids)
