"""Runs one delivery of a job: claim, work under a lease, and exactly one honest ending."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import Task
from celery.exceptions import SoftTimeLimitExceeded
from celery.utils.time import get_exponential_backoff_interval
from django.conf import settings
from django.utils import timezone

from jobs import database, faults, leaving, log_context, tracing, transitions
from jobs.database import patiently
from jobs.disk import words_for
from jobs.errors import CancelRequested, JobError, LeaseLost, SliceOver
from jobs.lease import InlineKeeper, Keeper, LeaseKeeper
from jobs.models import Job, Status
from jobs.plain import plain_text
from jobs.run import JobRun

logger = logging.getLogger(__name__)
Work = Callable[[JobRun], dict[str, Any]]
#: Pause before work is tried again that met a deadlock, a timeout or a full disk.
CONTENTION_PAUSE = timedelta(seconds=5)


def execute(task: Task, job: Job, work: Work) -> dict[str, Any]:
    """Do `work` for `job` if nobody else does. Returns the task's result dict.

    Passing errors that the task's `autoretry_for` names are raised again while retries are
    left, after the job was put back with a later `run_after`.
    """
    if leaving.is_leaving():
        transitions.hand_back(job.pk)
        return {"success": True, "job_id": job.pk, "skipped": "this worker is shutting down"}
    task_id = task.request.id or job.celery_task_id or ""
    held = transitions.claim(job.pk, worker=worker_name(task), task_id=task_id)
    if held is None:
        return {"success": True, "job_id": job.pk, "skipped": "done, or not to be done now"}
    job.refresh_from_db()
    faults.hit("after_claim", job.pk)
    facts = {"job_id": job.pk, "attempt": held.attempt, "user_id": job.started_by_id}
    with log_context.about(**facts), tracing.span("run", job), _keeper(held) as keeper:
        return _work_to_an_end(task, JobRun(job, held, keeper), work)


def worker_name(task: Task) -> str:
    return str(task.request.hostname or "inline")


def _keeper(held: transitions.Claim) -> Keeper:
    return InlineKeeper(held) if settings.CELERY_TASK_ALWAYS_EAGER else LeaseKeeper(held)


def _work_to_an_end(task: Task, run: JobRun, work: Work) -> dict[str, Any]:
    try:
        run.check()
        result = work(run)
        faults.hit("before_finish", run.job.pk)
        patiently(lambda: transitions.finish(run.held, Status.COMPLETED, result=result))
        faults.hit("after_finish", run.job.pk)
    except Exception as error:
        return _end_otherwise(task, run, error)
    logger.info("Task succeeded for %s", run.job.pk, extra={"id": run.job.pk})
    return {"success": True, "job_id": run.job.pk, **result}


def _end_otherwise(task: Task, run: JobRun, error: Exception) -> dict[str, Any]:
    """Write the ending that `error` asks for. Only what autoretry is to see is raised."""
    try:
        return _ending_for(task, run, error)
    except LeaseLost as lost:
        logger.warning("Job %s: %s", run.job.pk, lost)
        return _unsuccessful(run, str(lost))
    except database.ERRORS as trouble:
        # The database stays away. The lease will run out, and the sweep goes on from there.
        logger.error("Job %s: no ending could be written: %s", run.job.pk, trouble)
        return _unsuccessful(run, "The database went away.")


def _ending_for(task: Task, run: JobRun, error: Exception) -> dict[str, Any]:
    if isinstance(error, LeaseLost):
        raise error
    if isinstance(error, SliceOver):
        patiently(lambda: transitions.release(run.held, outcome="slice over, goes on"))
        return {"success": True, "job_id": run.job.pk, "continues": True}
    if isinstance(error, CancelRequested):
        patiently(lambda: transitions.finish(run.held, Status.CANCELLED, error="Cancelled."))
        return _unsuccessful(run, "Cancelled")
    if isinstance(error, SoftTimeLimitExceeded):
        logger.warning("Job %s hit its soft time limit", run.job.pk)
        return _fail(run, "Time limit exceeded")
    if database.is_gone(error):
        patiently(lambda: transitions.release(run.held, outcome="lost the database, goes on"))
        return _unsuccessful(run, "The database went away; the job goes on.")
    if database.is_contended(error):
        return _after_contention(run, error)
    return _fail_or_retry(task, run, error)


def _unsuccessful(run: JobRun, message: str) -> dict[str, Any]:
    return {"success": False, "job_id": run.job.pk, "error": message}


def _after_contention(run: JobRun, error: Exception) -> dict[str, Any]:
    """A deadlock or a timeout passes, but the same one three times in a row does not."""
    reason, later = f"{type(error).__name__}: {error}", timezone.now() + CONTENTION_PAUSE
    run.log(reason, "warning")
    patiently(
        lambda: transitions.worker_lost(
            run.job.pk, run.held.token, reason=plain_text(reason), run_after=later
        )
    )
    return _unsuccessful(run, reason)


def _fail_or_retry(task: Task, run: JobRun, error: Exception) -> dict[str, Any]:
    passing = getattr(task, "autoretry_for", ())
    if isinstance(error, tuple(passing)) and run.job.retries < (task.max_retries or 0):
        _retry_later(task, run, error)
        raise error
    if not isinstance(error, JobError):
        logger.error(
            "Task failed for %s: %s: %s",
            run.job.pk,
            type(error).__name__,
            error,
            extra={"id": run.job.pk, "error": str(error)},
            exc_info=error,
        )
    return _fail(run, words_for(error))


def _retry_later(task: Task, run: JobRun, error: Exception) -> None:
    seconds = retry_delay(task, run.job.retries)
    run.log(f"{error}; again in {seconds} s", "warning")
    later = timezone.now() + timedelta(seconds=seconds)
    outcome = plain_text(f"{type(error).__name__}: {error}")
    patiently(lambda: transitions.release(run.held, outcome=outcome, run_after=later, retry=True))


def retry_delay(task: Task, retries: int) -> int:
    """Seconds until the next try: doubling from `retry_backoff`, jittered, capped."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return 0
    delay: int = get_exponential_backoff_interval(
        factor=int(getattr(task, "retry_backoff", 60)),
        retries=retries,
        maximum=int(getattr(task, "retry_backoff_max", 600)),
        full_jitter=bool(getattr(task, "retry_jitter", True)),
    )
    return delay


def _fail(run: JobRun, message: str) -> dict[str, Any]:
    message = plain_text(message)
    run.log(message, "error")
    patiently(lambda: transitions.finish(run.held, Status.FAILED, error=message))
    return _unsuccessful(run, message)
