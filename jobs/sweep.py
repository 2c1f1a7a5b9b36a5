"""Finds what died without a word and puts it back in line. Safe to run anywhere, often."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from jobs import database, totals, transitions
from jobs.dispatch import announce
from jobs.models import Job, Status

logger = logging.getLogger(__name__)
#: However long a job has waited, a lost message costs it no more than this.
MAX_REDISPATCH = timedelta(minutes=5)


@dataclass
class Swept:
    """Ids of the jobs that a sweep put right, and of those it could not."""

    lost: list[int] = field(default_factory=list)
    redispatched: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    troubled: list[int] = field(default_factory=list)

    def each(self, jobs: Iterable[Job], into: list[int], mend: Callable[[Job], bool]) -> None:
        """Mend one job after the other; one that cannot be mended does not stop the rest."""
        for job in jobs:
            try:
                if mend(job):
                    into.append(job.pk)
            except Exception as error:
                if database.is_gone(error) or connection.in_atomic_block:
                    raise
                self.troubled.append(job.pk)
                logger.exception("Could not put job %s right", job.pk)


def sweep(*, dry_run: bool = False) -> Swept:
    """Release expired leases, send lost messages again, end what was cancelled while idle."""
    found = Swept()
    steps: list[tuple[QuerySet[Job], list[int], Callable[[Job], bool]]] = [
        (expired_leases(), found.lost, lambda job: transitions.bury_expired(job.pk)),
        (idle_cancels(), found.cancelled, _end_cancelled),
        (hopeless_dependants(), found.refused, _refuse),
        (Job.objects.too_late(), found.expired, _let_go),
    ]
    for jobs, into, mend in steps:
        found.each(jobs, into, (lambda _: True) if dry_run else mend)
    found.each(lost_messages(), found.redispatched, (lambda _: True) if dry_run else resend)
    totals.count("message_resent", 0 if dry_run else len(found.redispatched))
    return found


def expired_leases() -> QuerySet[Job]:
    return Job.objects.filter(status=Status.PROCESSING, lease_expires_at__lt=Now())


def idle_cancels() -> QuerySet[Job]:
    """Jobs that were asked to stop and that nobody works on."""
    return Job.objects.active().exclude(cancel_requested_at=None).filter(lease_token=None)


def _end_cancelled(job: Job) -> bool:
    return transitions.finish_unclaimed(job, Status.CANCELLED, error="Cancelled.")


def hopeless_dependants() -> QuerySet[Job]:
    """Jobs that wait for one that did not complete."""
    ended_badly = (Status.FAILED, Status.CANCELLED)
    return Job.objects.active().filter(depends_on__status__in=ended_badly)


def _refuse(job: Job) -> bool:
    reason = "Not started, because the job before it did not complete."
    return transitions.finish_unclaimed(job, Status.CANCELLED, error=reason)


def _let_go(job: Job) -> bool:
    reason = f"No worker was free by {job.expires_at:%H:%M}, and it was of no use later."
    return transitions.finish_unclaimed(job, Status.CANCELLED, error=reason)


def lost_messages(now: datetime | None = None) -> list[Job]:
    """Published jobs that nobody claimed for too long: the broker may have lost them.

    A second message does no harm, because its delivery finds nothing to claim. But a job may
    just wait in a long queue, so the pause doubles each time: a queue that stands for an
    hour gets a dozen copies of a message and not one a minute.
    """
    now = now or timezone.now()
    old = now - timedelta(seconds=settings.JOBS_REDISPATCH_SECONDS)
    return [
        job
        for job in Job.objects.sent_and_unclaimed().filter(dispatched_at__lt=old)
        if job.dispatched_at and now - job.dispatched_at >= redispatch_pause(job, now)
    ]


def redispatch_pause(job: Job, now: datetime) -> timedelta:
    """How long a message may be under way before it is sent again."""
    shortest = timedelta(seconds=settings.JOBS_REDISPATCH_SECONDS)
    waits_since = max(job.updated_at, job.run_after or job.updated_at)
    return max(shortest, min((now - waits_since) / 2, MAX_REDISPATCH))


def resend(job: Job) -> bool:
    """Make the relay publish a job once more."""
    unclaimed = Job.objects.sent_and_unclaimed().filter(pk=job.pk, dispatched_at=job.dispatched_at)
    if not unclaimed.update(dispatched_at=None):
        return False
    announce(job.pk)
    return True


def resend_unclaimed(queues: Iterable[str]) -> int:
    """A worker of these queues has just started. What its predecessor had fetched and not
    begun may be hidden by the broker for long, so all of it is sent again."""
    waiting = Job.objects.sent_and_unclaimed().filter(queue__in=list(queues))
    return sum(resend(job) for job in waiting)


def release_leases_of(worker: str) -> list[int]:
    """A worker of this name has just started, so leases of its predecessor are void."""
    released = []
    for job in Job.objects.filter(status=Status.PROCESSING, lease_owner=worker):
        if job.lease_token is not None:
            transitions.worker_lost(job.pk, job.lease_token, reason="its worker was restarted")
            released.append(job.pk)
    return released
