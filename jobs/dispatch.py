"""The only door to background work. The job row is the outbox; only the relay publishes."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from celery import Task, current_app
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.queues import DEFAULT_PRIORITY

OUTBOX_CHANNEL = "jobs_outbox"
J = TypeVar("J", bound=Job)


def enqueue(
    task: Task | str,
    *,
    job: J,
    dedup_key: str = "",
    priority: int = DEFAULT_PRIORITY,
    run_after: datetime | None = None,
) -> J:
    """Save `job` (not saved before) as work to do, inside the caller's transaction.

    Priorities are 1 (most urgent) to 9. Raises AlreadyRunning when an active job of the same
    kind has the same `dedup_key`, ValueError for a priority that applications may not use.
    """
    if not 1 <= priority <= 9:
        raise ValueError("priority must be 1 (most urgent) to 9; 0 is reserved")
    job.task_name = task if isinstance(task, str) else str(task.name)
    job.queue = queue_of(job.task_name)
    job.dedup_key, job.priority, job.run_after = dedup_key, priority, run_after
    job.celery_task_id = str(uuid4())
    with transaction.atomic():
        _insert_once(job)
        job.kwargs = job.task_kwargs()
        Job.objects.filter(pk=job.pk).update(kwargs=job.kwargs)
        announce(job.pk)
    return job


def queue_of(task_name: str) -> str:
    """The queue that the settings' routes give to a task."""
    route = current_app.amqp.router.route({}, task_name)
    return str(route["queue"].name)


def announce(job_id: int) -> None:
    """Wake the relay at commit, or run the task then when Celery is set to eager."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        transaction.on_commit(lambda: run_inline(job_id))
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [OUTBOX_CHANNEL])


def run_inline(job_id: int) -> None:
    """Run a job in this process, as the relay and a worker would."""
    job = Job.objects.get(pk=job_id)
    if not job.is_active:
        return
    task = current_app.tasks[job.task_name]
    task.apply(args=job.args, kwargs=job.kwargs, task_id=job.celery_task_id)


def _insert_once(job: Job) -> None:
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError as error:
        if "jobs_one_active_per_dedup_key" not in str(error):
            raise
        raise AlreadyRunning(_active_twin(job)) from error


def _active_twin(job: Job) -> Job | None:
    twins = Job.objects.active().filter(kind=job._meta.label, dedup_key=job.dedup_key)
    return twins.first()


def message_of(job: Job) -> dict[str, Any]:
    """What the relay publishes for a job: ids only."""
    return {
        "name": job.task_name,
        "args": job.args,
        "kwargs": job.kwargs,
        "task_id": job.celery_task_id,
        "queue": job.queue,
    }
