"""What a Celery worker does about jobs beside running them."""

import ctypes
import logging
import signal
from typing import Any

from celery import signals
from django.db import close_old_connections, connection
from django.utils import timezone

from jobs import sweep, transitions
from jobs.models import Job, Status

logger = logging.getLogger(__name__)
PR_SET_PDEATHSIG = 1


@signals.worker_ready.connect
def void_leases_of_predecessor(sender: Any = None, **_: Any) -> None:
    """A killed worker is found the moment its successor starts, not when leases expire."""
    name = str(getattr(sender, "hostname", "") or "")
    released = sweep.release_leases_of(name) if name else []
    if released:
        logger.warning("Took over %s jobs of a worker that died: %s", len(released), released)
    close_old_connections()


@signals.worker_process_init.connect
def die_with_parent(**_: Any) -> None:
    """A child whose parent was killed must not work on as an orphan."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):  # not Linux: the fence still guards every write
        logger.info("No parent-death signal on this system")


@signals.task_failure.connect
def requeue_after_lost_child(
    task_id: str = "", exception: BaseException | None = None, **_: Any
) -> None:
    """The parent saw its child die (killed, out of memory, hard time limit)."""
    if type(exception).__name__ not in ("WorkerLostError", "TimeLimitExceeded"):
        return
    job = Job.objects.filter(celery_task_id=task_id, status=Status.PROCESSING).first()
    if job is not None and job.lease_token is not None:
        transitions.worker_lost(job.pk, job.lease_token, reason=_reason(exception))
    connection.close()


def _reason(exception: BaseException | None) -> str:
    if type(exception).__name__ == "TimeLimitExceeded":
        return "it met its hard time limit"
    return f"its process was killed ({exception})"[:200]


@signals.worker_shutting_down.connect
def ask_jobs_to_yield(sender: Any = None, **_: Any) -> None:
    """A deploy: running batches checkpoint after the items in flight and go on elsewhere."""
    name = str(getattr(sender, "hostname", sender) or "")
    Job.objects.filter(status=Status.PROCESSING, lease_owner=name).update(
        yield_requested_at=timezone.now()
    )
    connection.close()
