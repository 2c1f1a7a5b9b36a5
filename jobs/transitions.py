"""Every change of a job's state. Each is one conditional UPDATE that must touch one row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from jobs.dispatch import announce
from jobs.errors import LeaseLost
from jobs.models import ACTIVE, ItemState, Job, JobAttempt, JobItem, Notification, Status

MAX_CRASHES = 3


@dataclass(frozen=True)
class Claim:
    """The right to work on a job, proven at every write by its token."""

    job_id: int
    token: UUID
    attempt: int


def claim(job_id: int, *, worker: str, task_id: str = "") -> Claim | None:
    """Take a job that is pending, or whose lease is over. None when another has it."""
    token, now = uuid4(), timezone.now()
    free = Q(status=Status.PENDING) | Q(status=Status.PROCESSING, lease_token=None)
    free |= Q(status=Status.PROCESSING, lease_expires_at__lt=now)
    changes: dict[str, Any] = {"celery_task_id": task_id} if task_id else {}
    with transaction.atomic():
        taken = Job.objects.filter(free, pk=job_id).update(
            status=Status.PROCESSING,
            lease_token=token,
            lease_owner=worker,
            lease_expires_at=now + lease_time(),
            attempt=F("attempt") + 1,
            dispatched_at=now,
            started_at=_first_start(job_id, now),
            yield_requested_at=None,
            updated_at=now,
            **changes,
        )
        if not taken:
            return None
        attempt = Job.objects.values_list("attempt", flat=True).get(pk=job_id)
        _end_attempts(job_id, "the worker was lost")
        JobAttempt.objects.create(job_id=job_id, number=attempt, worker=worker, token=token)
    return Claim(job_id, token, attempt)


def lease_time() -> timedelta:
    return timedelta(seconds=settings.JOBS_LEASE_SECONDS)


def _first_start(job_id: int, now: datetime) -> datetime:
    started = Job.objects.values_list("started_at", flat=True).get(pk=job_id)
    return started or now


def _end_attempts(job_id: int, outcome: str) -> None:
    JobAttempt.objects.filter(job_id=job_id, ended_at=None).update(
        ended_at=timezone.now(), outcome=outcome[:200]
    )


@contextmanager
def fenced(held: Claim, **changes: Any) -> Iterator[None]:
    """A transaction that commits only while the lease is ours.

    The job row is updated first, so that whoever lost the lease fails before it writes.
    """
    with transaction.atomic():
        changes = {"progress_at": Now(), "updated_at": Now(), **changes}
        if not owned(held).update(**changes):
            raise LeaseLost(f"Job {held.job_id} belongs to another worker now.")
        yield


def owned(held: Claim) -> Any:
    return Job.objects.filter(
        pk=held.job_id, lease_token=held.token, status=Status.PROCESSING
    )


def release(
    held: Claim,
    *,
    outcome: str,
    run_after: datetime | None = None,
    retry: bool = False,
    crashed: bool = False,
) -> None:
    """Give the job back, to be taken up again at once or at `run_after`.

    Items left running stay so after a crash, to be blamed for it; otherwise they wait again.
    """
    with fenced(
        held,
        lease_token=None,
        lease_expires_at=None,
        lease_owner="",
        dispatched_at=None,
        run_after=run_after,
        retries=F("retries") + int(retry),
    ):
        _end_attempts(held.job_id, outcome)
        if not crashed:
            running_items(held.job_id).update(state=ItemState.PENDING)
        announce(held.job_id)


def finish(
    held: Claim, status: Status, *, error: str = "", result: dict[str, Any] | None = None
) -> None:
    """Write the final status, its notification and the domain's hook in one transaction."""
    with fenced(held, **_final(status, error), result=result):
        _after_end(held.job_id, status, error)


def finish_unclaimed(job: Job, status: Status, *, error: str = "") -> bool:
    """End a job that no live worker holds. False when it was taken or over already."""
    now = timezone.now()
    idle = Q(lease_token=None) | Q(lease_expires_at__lt=now)
    with transaction.atomic():
        ended = Job.objects.filter(idle, pk=job.pk, status__in=ACTIVE).update(
            **_final(status, error), updated_at=now
        )
        if ended:
            _after_end(job.pk, status, error)
    return bool(ended)


def _final(status: Status, error: str) -> dict[str, Any]:
    return {
        "status": status,
        "completed_at": Now(),
        "lease_token": None,
        "lease_expires_at": None,
        "now_doing": "",
        "last_error": error,
    }


def _after_end(job_id: int, status: Status, error: str) -> None:
    _end_attempts(job_id, error or str(status.label))
    job = Job.objects.get(pk=job_id).concrete()
    job.on_finished()
    _notify(job, status)
    if status != Status.COMPLETED:
        _refuse_dependants(job)


def _notify(job: Job, status: Status) -> None:
    if job.started_by is None:
        return
    words = {
        Status.COMPLETED: "is finished",
        Status.FAILED: "has failed",
        Status.CANCELLED: "was cancelled",
    }
    text = f"{job.title or job.task_name} {words[status]}"
    if job.failed_items and status == Status.COMPLETED:
        text += f"; {job.failed_items} of {job.total_items} {job.item_word} failed"
    elif job.last_error:
        text += f": {job.last_error}"
    Notification.objects.get_or_create(
        job_id=job.pk, event=status.value, defaults={"user": job.started_by, "text": text[:300]}
    )


def _refuse_dependants(job: Job) -> None:
    for waiting in Job.objects.active().filter(depends_on_id=job.pk):
        reason = f"Not started, because “{job.title or job.task_name}” did not complete."
        finish_unclaimed(waiting, Status.CANCELLED, error=reason)


def request_cancel(job: Job) -> None:
    """Ask a job to stop; one that nobody works on stops here and now."""
    Job.objects.filter(pk=job.pk, status__in=ACTIVE, cancel_requested_at=None).update(
        cancel_requested_at=timezone.now(), updated_at=timezone.now()
    )
    finish_unclaimed(job, Status.CANCELLED, error="Cancelled before a worker had it.")


def worker_lost(job_id: int, token: UUID, *, reason: str) -> None:
    """A worker died with this lease. Count it, then release or give the job up."""
    held = Claim(job_id, token, 0)
    with transaction.atomic():
        counted = owned(held).update(crashes=F("crashes") + 1, updated_at=timezone.now())
        if not counted:
            return
        crashes = Job.objects.values_list("crashes", flat=True).get(pk=job_id)
        # With items in flight the crash is theirs, and the batch will isolate them.
        if crashes < MAX_CRASHES or running_items(job_id).exists():
            release(held, outcome=reason, crashed=True)
            return
        finish(held, Status.FAILED, error=f"The worker died {crashes} times in a row: {reason}")


def running_items(job_id: int) -> Any:
    return JobItem.objects.filter(job_id=job_id, state=ItemState.RUNNING)
