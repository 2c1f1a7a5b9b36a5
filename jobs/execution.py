"""Runs one delivery of a job: claim, work under a lease, and exactly one honest ending."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import Task
from celery.exceptions import SoftTimeLimitExceeded
from celery.utils.time import get_exponential_backoff_interval
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from jobs import transitions
from jobs.errors import CancelRequested, JobError, LeaseLost, SliceOver
from jobs.lease import InlineKeeper, Keeper, LeaseKeeper
from jobs.models import Job, Status
from jobs.run import JobRun

logger = logging.getLogger(__name__)
Work = Callable[[JobRun], dict[str, Any]]
DATABASE_PATIENCE_SECONDS = 60


def execute(task: Task, job: Job, work: Work) -> dict[str, Any]:
    """Do `work` for `job` if nobody else does. Returns the task's result dict.

    Passing errors that the task's `autoretry_for` names are raised again while retries are
    left, after the job was put back with a later `run_after`.
    """
    task_id = task.request.id or job.celery_task_id or ""
    held = transitions.claim(job.pk, worker=worker_name(task), task_id=task_id)
    if held is None:
        return {"success": True, "job_id": job.pk, "skipped": "done, or another worker has it"}
    job.refresh_from_db()
    keeper = _keeper(held)
    with keeper:
        return _work_to_an_end(task, JobRun(job, held, keeper), work)


def worker_name(task: Task) -> str:
    return str(task.request.hostname or "inline")


def _keeper(held: transitions.Claim) -> Keeper:
    return InlineKeeper(held) if settings.CELERY_TASK_ALWAYS_EAGER else LeaseKeeper(held)


def _work_to_an_end(task: Task, run: JobRun, work: Work) -> dict[str, Any]:
    job_id = run.job.pk
    try:
        run.check()
        result = work(run)
        transitions.finish(run.held, Status.COMPLETED, result=result)
        logger.info("Task succeeded for %s", job_id, extra={"id": job_id})
        return {"success": True, "job_id": job_id, **result}
    except SliceOver:
        transitions.release(run.held, outcome="slice over, goes on")
        return {"success": True, "job_id": job_id, "continues": True}
    except CancelRequested:
        transitions.finish(run.held, Status.CANCELLED, error="Cancelled.")
        return {"success": False, "job_id": job_id, "error": "Cancelled"}
    except LeaseLost as error:
        logger.warning("Job %s: %s", job_id, error)
        return {"success": False, "job_id": job_id, "error": str(error)}
    except SoftTimeLimitExceeded:
        logger.warning("Job %s hit its soft time limit", job_id)
        return _fail(run, "Time limit exceeded")
    except (OperationalError, InterfaceError) as error:
        return _wait_for_database(run, error)
    except Exception as error:
        return _fail_or_retry(task, run, error)


def _fail_or_retry(task: Task, run: JobRun, error: Exception) -> dict[str, Any]:
    passing = getattr(task, "autoretry_for", ())
    if isinstance(error, passing) and run.job.retries < (task.max_retries or 0):
        seconds = retry_delay(task, run.job.retries)
        run.log(f"{error}; again in {seconds} s", "warning")
        transitions.release(
            run.held,
            outcome=f"{type(error).__name__}: {error}",
            run_after=timezone.now() + timedelta(seconds=seconds),
            retry=True,
        )
        raise error
    if not isinstance(error, JobError):
        logger.error(
            "Task failed for %s: %s: %s", run.job.pk, type(error).__name__, error,
            extra={"id": run.job.pk, "error": str(error)}, exc_info=True,
        )
    return _fail(run, str(error) or type(error).__name__)


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
    message = message.replace("\x00", "")[:2000]
    run.log(message, "error")
    try:
        transitions.finish(run.held, Status.FAILED, error=message)
    except LeaseLost as error:
        message = str(error)
    return {"success": False, "job_id": run.job.pk, "error": message}


def _wait_for_database(run: JobRun, error: Exception) -> dict[str, Any]:
    """The database went away. When it is back, put the job back; the checkpoint is in it."""
    logger.warning("Job %s lost the database: %s", run.job.pk, type(error).__name__)
    answer = {"success": False, "job_id": run.job.pk, "error": "The database went away."}
    give_up = time.monotonic() + DATABASE_PATIENCE_SECONDS
    while time.monotonic() < give_up:
        try:
            close_old_connections()
            connection.ensure_connection()
            transitions.release(run.held, outcome="lost the database, goes on")
            return answer
        except LeaseLost:
            return answer
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.5)
    return answer
