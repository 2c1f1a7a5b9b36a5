"""Tasks that do what tasks must not do, run by the real engine."""

import os
import signal
import time
from typing import Any

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from jobs.execution import execute
from jobs.models import Job
from jobs.run import JobRun
from jobs.task import JobTask


def _job(task: Any, job_id: int | None) -> Any:
    return task.job_for(job_id, lambda: Job(title=task.name))


@shared_task(bind=True, base=JobTask, name="trials.harmless", time_limit=60)
def harmless(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """Do nothing."""
    return execute(self, _job(self, job_id), lambda run: {})


@shared_task(bind=True, base=JobTask, name="trials.deadly", time_limit=60)
def deadly(
    self: Any, job_id: int | None = None, before_claim: bool = False, **_: Any
) -> dict[str, Any]:
    """Kill the process at each start, before or after the job is claimed."""
    if before_claim:
        _die()
    return execute(self, _job(self, job_id), lambda run: _die())


def _die() -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


@shared_task(bind=True, base=JobTask, name="trials.stubborn", soft_time_limit=2, time_limit=5)
def stubborn(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """Swallow the soft time limit and go on."""
    return execute(self, _job(self, job_id), _swallow)


def _swallow(run: JobRun) -> dict[str, Any]:
    try:
        time.sleep(60)
    except SoftTimeLimitExceeded:
        run.log("A soft time limit? Not for me.")
    time.sleep(60)
    return {}


@shared_task(bind=True, base=JobTask, name="trials.deaf", time_limit=300)
def deaf(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """Never look whether somebody has cancelled."""
    return execute(self, _job(self, job_id), _sleep_on)


def _sleep_on(run: JobRun) -> dict[str, Any]:
    run.log("Asleep")
    time.sleep(120)
    return {}
