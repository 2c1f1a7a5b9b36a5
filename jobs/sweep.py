"""Finds what died without a word and puts it back in line. Safe to run anywhere, often."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from jobs import transitions
from jobs.models import Job, Status

logger = logging.getLogger(__name__)


@dataclass
class Swept:
    """Ids of the jobs that a sweep put right."""

    lost: list[int] = field(default_factory=list)
    redispatched: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


def sweep(*, dry_run: bool = False) -> Swept:
    """Release expired leases, send lost messages again, end what was cancelled while idle."""
    found = Swept()
    _lost_workers(found, dry_run)
    _lost_messages(found, dry_run)
    _idle_cancels(found, dry_run)
    _hopeless_dependants(found, dry_run)
    return found


def _lost_workers(found: Swept, dry_run: bool) -> None:
    now = timezone.now()
    for job in Job.objects.filter(status=Status.PROCESSING, lease_expires_at__lt=now):
        found.lost.append(job.pk)
        if not dry_run and job.lease_token is not None:
            logger.warning("Job %s: its worker %s is gone", job.pk, job.lease_owner)
            transitions.worker_lost(job.pk, job.lease_token, reason="its worker went silent")


def _lost_messages(found: Swept, dry_run: bool) -> None:
    """A dispatched job that nobody claimed: the broker may have lost it. Sending it twice
    does no harm, because the second delivery finds nothing to claim."""
    old = timezone.now() - timedelta(seconds=settings.JOBS_REDISPATCH_SECONDS)
    silent = Job.objects.filter(
        Q(status=Status.PENDING) | Q(status=Status.PROCESSING, lease_token=None),
        dispatched_at__lt=old,
        celery_task_id__gt="",
    )
    found.redispatched += list(silent.values_list("pk", flat=True))
    if not dry_run:
        silent.update(dispatched_at=None)


def _idle_cancels(found: Swept, dry_run: bool) -> None:
    idle = Job.objects.active().exclude(cancel_requested_at=None).filter(lease_token=None)
    for job in idle:
        found.cancelled.append(job.pk)
        if not dry_run:
            transitions.finish_unclaimed(job, Status.CANCELLED, error="Cancelled.")


def _hopeless_dependants(found: Swept, dry_run: bool) -> None:
    ended_badly = (Status.FAILED, Status.CANCELLED)
    for job in Job.objects.active().filter(depends_on__status__in=ended_badly):
        found.refused.append(job.pk)
        if not dry_run:
            reason = "Not started, because the job before it did not complete."
            transitions.finish_unclaimed(job, Status.CANCELLED, error=reason)


def release_leases_of(worker: str) -> list[int]:
    """A worker of this name has just started, so leases of its predecessor are void."""
    released = []
    for job in Job.objects.filter(status=Status.PROCESSING, lease_owner=worker):
        if job.lease_token is not None:
            transitions.worker_lost(job.pk, job.lease_token, reason="its worker was restarted")
            released.append(job.pk)
    return released
