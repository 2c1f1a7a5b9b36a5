"""What a Celery worker does about jobs beside running them."""

import ctypes
import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from billiard.process import current_process  # type: ignore[import-untyped]
from celery import signals
from django.db import connection
from django.db.models.functions import Now

from jobs import database, leaving, signs, sweep, transitions
from jobs.jam_guard import guard
from jobs.models import Job, Status

logger = logging.getLogger(__name__)
PR_SET_PDEATHSIG = 1
#: Nobody else uses this one: Celery has SIGUSR1 for soft time limits, SIGUSR2 for debugging.
PARENT_SIGNAL = signal.SIGRTMIN
START_PATIENCE_SECONDS = 30.0


@signals.worker_ready.connect
def take_over_from_predecessor(sender: Any = None, **_: Any) -> None:
    """A killed worker is found the moment its successor starts, not when leases expire."""
    name = str(getattr(sender, "hostname", "") or "")
    queues = sender.app.amqp.queues.consume_from if sender is not None else ()
    if not name:
        return
    try:
        database.patiently(lambda: _take_over(name, list(queues)), START_PATIENCE_SECONDS)
    finally:
        connection.close()


def _take_over(name: str, queues: list[str]) -> None:
    released = sweep.release_leases_of(name)
    if released:
        logger.warning("Took over %s jobs of a worker that died: %s", len(released), released)
    sweep.resend_unclaimed(queues)


@signals.worker_process_init.connect
def die_with_parent(**_: Any) -> None:
    """A child whose parent was killed must not work on as an orphan.

    The system tells of the end of the *thread* that had forked us. A pool replaces dead children
    from a thread that ends first when the worker shuts down, so whether the parent is really
    gone has to be looked at.
    """
    parent = getattr(current_process(), "_parent_pid", None) or os.getppid()

    def look(*_: Any) -> None:
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    signal.signal(PARENT_SIGNAL, look)
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(PARENT_SIGNAL))
    except (OSError, AttributeError):  # not Linux: the fence still guards every write
        logger.info("No parent-death signal on this system")
        return
    look()  # it may have died before we had asked


@signals.task_failure.connect
def requeue_after_lost_child(
    task_id: str = "", exception: BaseException | None = None, **_: Any
) -> None:
    """The parent saw its child die (killed, out of memory, hard time limit).

    Told by a thread: the parent must go on consuming while the database is away.
    """
    kind = type(exception).__name__
    if kind not in ("WorkerLostError", "TimeLimitExceeded"):
        return
    reason = _reason(kind, exception)
    _in_background(lambda: child_lost(task_id, reason, died_alone=kind == "WorkerLostError"))


def child_lost(task_id: str, reason: str, *, died_alone: bool) -> None:
    """Give back what the child had: the job under its lease, or the message it had not begun.
    (At a hard time limit Celery reports twice, and the second report must find nothing.)"""
    job = Job.objects.filter(celery_task_id=task_id).first()
    if job is None:
        return
    if job.status == Status.PROCESSING and job.lease_token is not None:
        lost = transitions.worker_lost if died_alone else transitions.ran_too_long
        lost(job.pk, job.lease_token, reason=reason)
    elif died_alone:
        transitions.delivery_lost(job.pk, reason=reason)


def _reason(kind: str, exception: BaseException | None) -> str:
    if kind == "TimeLimitExceeded":
        return (
            "It ran past its hard time limit and was ended. What it had done is kept; "
            "resume it to go on from there."
        )
    return f"its process was killed ({exception})"[:200]


def _in_background(step: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            database.patiently(step)
        except Exception:
            # The lease runs out by itself, and the sweep goes on from there.
            logger.exception("A lost child could not be reported")
        finally:
            connection.close()

    thread = threading.Thread(target=run, name="lost-child", daemon=True)
    thread.start()
    return thread


@signals.worker_shutting_down.connect
def ask_jobs_to_yield(sender: Any = None, **_: Any) -> None:
    """A deploy: running batches checkpoint after the items in flight and go on elsewhere."""
    leaving.leave()
    for sign in _SIGNS:
        sign.stop()
    name = str(getattr(sender, "hostname", sender) or "")
    _in_background(lambda: _ask_to_yield(name))


def _ask_to_yield(name: str) -> None:
    Job.objects.filter(status=Status.PROCESSING, lease_owner=name).update(yield_requested_at=Now())


_SIGNS: list[signs.WorkerSign] = []


@signals.worker_ready.connect
def show_life(sender: Any = None, **_: Any) -> None:
    """See jobs/signs.py."""
    if getattr(sender, "app", None) is not None:
        _SIGNS.append(signs.of_worker(sender))
        _SIGNS[-1].start()


@signals.worker_ready.connect
def watch_for_jams(sender: Any = None, **_: Any) -> None:
    """See jobs/jam_guard.py."""
    guard(sender)
