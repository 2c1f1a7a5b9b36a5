"""Every change of a job's state. Each is one conditional UPDATE that must touch one row.

Times of leases are the database's, so that hosts whose clocks differ agree on them.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Q,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Extract, Greatest, Now
from django.utils import timezone

from jobs import database, ending, notifying, totals
from jobs.dispatch import announce
from jobs.errors import LeaseLost
from jobs.models import ACTIVE, ItemState, Job, JobAttempt, JobItem, Status
from jobs.plain import plain_json, plain_text

logger = logging.getLogger(__name__)
MAX_CRASHES = 3


@dataclass(frozen=True)
class Claim:
    """The right to work on a job, proven at every write by its token."""

    job_id: int
    token: UUID
    attempt: int


# -- taking a job --------------------------------------------------------------------------
def claim(job_id: int, *, worker: str, task_id: str = "") -> Claim | None:
    """Take a job that is due and that nobody works on. None when there is nothing to take."""
    bury_expired(job_id)
    token = uuid4()
    try:
        with transaction.atomic():
            if not _take(job_id, token, worker, task_id):
                _keep_in_line(job_id)
                return None
            attempt = Job.objects.values_list("attempt", flat=True).get(pk=job_id)
            _end_attempts(job_id, "the worker was lost")
            process = f"{worker[:100]} (process {os.getpid()})"
            JobAttempt.objects.create(job_id=job_id, number=attempt, worker=process, token=token)
    except IntegrityError as error:
        if "jobs_one_at_a_time_per_serial_key" not in str(error):
            raise
        _keep_in_line(job_id)
        return None
    return Claim(job_id, token, attempt)


def _take(job_id: int, token: UUID, worker: str, task_id: str) -> int:
    changes: dict[str, Any] = {"celery_task_id": task_id} if task_id else {}
    return (
        Job.objects.startable()
        .filter(pk=job_id)
        .update(
            status=Status.PROCESSING,
            lease_token=token,
            lease_owner=worker[:128],
            lease_expires_at=lease_end(),
            attempt=F("attempt") + 1,
            dispatched_at=Now(),
            started_at=Coalesce("started_at", Now()),
            waited_seconds=Coalesce("waited_seconds", seconds_since_ready()),
            yield_requested_at=None,
            updated_at=Now(),
            **changes,
        )
    )


def seconds_since_ready() -> Any:
    """How long only a worker was missing; hosts whose clocks differ do not make it negative."""
    ready = Coalesce("ready_at", "created_at")
    seconds = Extract(ExpressionWrapper(Now() - ready, output_field=DurationField()), "epoch")
    return Greatest(Value(0.0), Cast(seconds, FloatField()))


def _keep_in_line(job_id: int) -> None:
    """A message that came while another job of its line was running: a new one is sent when
    the line moves on."""
    waiting = Job.objects.filter(pk=job_id, status__in=ACTIVE, lease_token=None)
    waiting.exclude(serial_key="").update(dispatched_at=None)


def lease_time() -> timedelta:
    return timedelta(seconds=settings.JOBS_LEASE_SECONDS)


def lease_end() -> Any:
    return ExpressionWrapper(Now() + lease_time(), output_field=DateTimeField())


def _end_attempts(job_id: int, outcome: str) -> None:
    JobAttempt.objects.filter(job_id=job_id, ended_at=None).update(
        ended_at=timezone.now(), outcome=outcome[:200]
    )


# -- while it is held ----------------------------------------------------------------------
@contextmanager
def fenced(held: Claim, **changes: Any) -> Iterator[None]:
    """A transaction that commits only while the lease is ours, and that renews it.

    The job row is updated first, so that whoever lost the lease fails before it writes.
    """
    with transaction.atomic():
        _free_the_row_if_we_are_stopped()
        alive = {"progress_at": Now(), "updated_at": Now(), "lease_expires_at": lease_end()}
        if not owned(held).update(**{**alive, **changes}):
            raise LeaseLost(f"Job {held.job_id} belongs to another worker now.")
        yield


def _free_the_row_if_we_are_stopped() -> None:
    """A process that is stopped in the middle of a write would hold the row's lock for ever,
    and nobody could take the job over: the server ends its session when its lease is over."""
    milliseconds = int(settings.JOBS_LEASE_SECONDS * 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds}")


def owned(held: Claim) -> Any:
    return Job.objects.filter(pk=held.job_id, lease_token=held.token, status=Status.PROCESSING)


def release(
    held: Claim,
    *,
    outcome: str,
    run_after: datetime | None = None,
    retry: bool = False,
) -> None:
    """Give the job back, to be taken up again at once or at `run_after`. Items left running
    wait again."""
    with fenced(held, **_given_back(run_after), retries=F("retries") + int(retry)):
        _end_attempts(held.job_id, outcome)
        running_items(held.job_id).update(state=ItemState.PENDING)
        announce(held.job_id)
        job = Job.objects.get(pk=held.job_id)
        if job.cancel_requested_at is not None:
            # Nobody would take it up again just to stop it.
            finish_unclaimed(job, Status.CANCELLED, error="Cancelled.")


def _given_back(run_after: datetime | None = None) -> dict[str, Any]:
    return {
        "lease_token": None,
        "lease_expires_at": None,
        "lease_owner": "",
        "dispatched_at": None,
        "run_after": run_after,
    }


def running_items(job_id: int) -> Any:
    return JobItem.objects.filter(job_id=job_id, state=ItemState.RUNNING)


# -- the end -------------------------------------------------------------------------------
def finish(
    held: Claim, status: Status, *, error: str = "", result: dict[str, Any] | None = None
) -> None:
    """Write the final status, its notification and the domain's hook in one transaction.

    When the hook of a completed job raises, nothing is written and the error is raised.
    """
    with fenced(held, **_final(status, error), result=plain_json(result)):
        _after_end(held.job_id, status, error)


def finish_unclaimed(job: Job, status: Status, *, error: str = "") -> bool:
    """End a job that no live worker holds. False when it was taken or over already."""
    idle = Q(lease_token=None) | Q(lease_expires_at__lt=Now())
    with transaction.atomic():
        ended = Job.objects.filter(idle, pk=job.pk, status__in=ACTIVE).update(
            **_final(status, error), updated_at=Now()
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
        "last_error": plain_text(error),
    }


def _after_end(job_id: int, status: Status, error: str) -> None:
    _end_attempts(job_id, plain_text(error) or str(status.label))
    running_items(job_id).update(state=ItemState.PENDING)
    job = _of_its_kind(job_id)
    _call_hook(job, status)
    notifying.notify(job, status)
    ending.tell(job, status)
    _settle_dependants(job, status)
    _move_the_line(job)


def _of_its_kind(job_id: int) -> Job:
    job = Job.objects.get(pk=job_id)
    try:
        return job.concrete()
    except (LookupError, ValueError, Job.DoesNotExist):
        # A kind that only another version knows: the row must still be able to end.
        return job


def _call_hook(job: Job, status: Status) -> None:
    """A hook that fails must not keep a failed or cancelled job from ending."""
    try:
        with transaction.atomic():
            job.on_finished()
    except Exception as error:
        if status == Status.COMPLETED or database.is_gone(error):
            raise
        logger.error(
            "Task failed for %s: %s: %s",
            job.pk,
            type(error).__name__,
            error,
            extra={"id": job.pk, "error": str(error)},
            exc_info=True,
        )


def _settle_dependants(job: Job, status: Status) -> None:
    for waiting in Job.objects.active().filter(depends_on_id=job.pk):
        if status == Status.COMPLETED:
            ready = Greatest(Now(), Coalesce("run_after", Now()))
            Job.objects.filter(pk=waiting.pk).update(ready_at=ready)
            announce(waiting.pk)
            continue
        reason = f"Not started, because “{job.title or job.task_name}” did not complete."
        finish_unclaimed(waiting, Status.CANCELLED, error=reason)


def _move_the_line(job: Job) -> None:
    """The next of those that waited for their turn behind `job` may start."""
    if not job.serial_key:
        return
    line = Job.objects.startable().filter(serial_key=job.serial_key)
    for waiting in line.order_by("priority", "pk")[:1]:
        Job.objects.filter(pk=waiting.pk).update(ready_at=Now())
        announce(waiting.pk)


def request_cancel(job: Job) -> None:
    """Ask a job to stop; one that nobody works on stops here and now."""
    Job.objects.filter(pk=job.pk, status__in=ACTIVE, cancel_requested_at=None).update(
        cancel_requested_at=Now(), updated_at=Now()
    )
    finish_unclaimed(job, Status.CANCELLED, error="Cancelled before a worker had it.")


# -- when a worker dies --------------------------------------------------------------------
def bury_expired(job_id: int) -> bool:
    """Treat a worker whose lease is over as dead. A row that is being written to just now
    has a living worker, so it is left alone."""
    with transaction.atomic():
        expired = Job.objects.select_for_update(skip_locked=True).filter(
            pk=job_id, status=Status.PROCESSING, lease_expires_at__lt=Now()
        )
        job = expired.first()
        if job is None or job.lease_token is None:
            return False
        logger.warning("Job %s: its worker %s is gone", job.pk, job.lease_owner)
        worker_lost(job.pk, job.lease_token, reason="its worker went silent")
    return True


def worker_lost(
    job_id: int, token: UUID, *, reason: str, run_after: datetime | None = None
) -> None:
    """A worker died with this lease. Count it, then give the job back, or up.

    Items left running stay so, to be blamed for the crash when the batch goes on.
    """
    held = Claim(job_id, token, 0)
    with transaction.atomic():
        # With items in flight the crash is theirs, and the batch will isolate them: as far as
        # the job itself is concerned, the count begins anew.
        in_flight = running_items(job_id).exists()
        crashes = Value(1) if in_flight else F("crashes") + 1
        if not owned(held).update(crashes=crashes, updated_at=Now()):
            return
        job = Job.objects.get(pk=job_id)
        if job.cancel_requested_at is not None:
            # Its own process was ended for that, or died just then.
            forced = "Cancelled by force: its process ended before the work had stopped."
            finish(held, Status.CANCELLED, error=forced)
            return
        totals.count("crash")
        if in_flight or not _dies_always(job):
            owned(held).update(**_given_back(run_after))
            _end_attempts(job_id, plain_text(reason))
            announce(job_id)
            return
        error = f"The worker died {job.crashes} times in a row: {reason}"
        finish(held, Status.FAILED, error=error)


def _dies_always(job: Job) -> bool:
    """Whether enough starts in a row died. Of a batch the first may have been an item's doing."""
    return job.crashes >= MAX_CRASHES + int(job.items.exists())


def ran_too_long(job_id: int, token: UUID, *, reason: str) -> None:
    """A worker was ended at the job's hard time limit: the job fails, once."""
    held = Claim(job_id, token, 0)
    with transaction.atomic():
        if owned(held).exists():
            finish(held, Status.FAILED, error=reason)
            totals.count("hard_time_limit")


def hand_back(job_id: int) -> None:
    """A delivery that this worker will not take up: the relay sends the job to another."""
    Job.objects.sent_and_unclaimed().filter(pk=job_id).update(dispatched_at=None, updated_at=Now())
    announce(job_id)


def delivery_lost(job_id: int, *, reason: str, sent: bool = True) -> None:
    """A delivery ended before the job was claimed. Count it, then send the job again, or give
    up. With `sent`, only while its message counts as sent: a loss is reported once."""
    unclaimed = Job.objects.filter(pk=job_id, status__in=ACTIVE, lease_token=None)
    if sent:
        unclaimed = unclaimed.exclude(dispatched_at=None)
    with transaction.atomic():
        if not unclaimed.update(crashes=F("crashes") + 1, dispatched_at=None, updated_at=Now()):
            return
        totals.count("delivery_lost")
        job = Job.objects.get(pk=job_id)
        if job.crashes >= MAX_CRASHES:
            what = "The worker died" if sent else "It could not be started"
            error = f"{what} {job.crashes} times in a row: {plain_text(reason)}"
            finish_unclaimed(job, Status.FAILED, error=error)
            return
        announce(job_id)
