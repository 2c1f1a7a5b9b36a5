"""The only door to background work. The job row is the outbox; only the relay publishes."""

import json
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from celery import Task, current_app
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.module_loading import autodiscover_modules

from jobs.errors import AlreadyRunning, ImpossibleMessage
from jobs.models import Job
from jobs.queues import DEFAULT_PRIORITY, QUEUES

OUTBOX_CHANNEL = "jobs_outbox"
#: A message holds ids only: what is bigger is a mistake, and some brokers lose it.
MAX_ARGUMENT_BYTES = 2048
J = TypeVar("J", bound=Job)


def enqueue(
    task: Task | str,
    *,
    job: J,
    dedup_key: str = "",
    priority: int = DEFAULT_PRIORITY,
    run_after: datetime | None = None,
    overrides: dict[str, Any] | None = None,
) -> J:
    """Save `job` (not saved before) as work to do, inside the caller's transaction.

    Priorities are 1 (most urgent) to 9. `overrides` replace values of the job's own
    `task_kwargs`. Raises AlreadyRunning when an active job of the same kind has the same
    `dedup_key`, ValueError for what could never run: an unknown task, a reserved priority,
    arguments that are not JSON or too big for a message.
    """
    _refuse_impossible(job, priority)
    job.task_name = known_task(task if isinstance(task, str) else str(task.name))
    job.queue = queue_of(job.task_name)
    job.dedup_key, job.priority, job.run_after = dedup_key, priority, run_after
    job.celery_task_id = str(uuid4())
    with transaction.atomic():
        _insert_once(job)
        job.kwargs = {**job.task_kwargs(), **(overrides or {})}
        refuse_big_arguments(job)
        Job.objects.filter(pk=job.pk).update(kwargs=job.kwargs)
        announce(job.pk)
    return job


def _refuse_impossible(job: Job, priority: int) -> None:
    if not 1 <= priority <= 9:
        raise ValueError("priority must be 1 (most urgent) to 9; 0 is reserved")
    if job.pk is not None:
        raise ValueError(f"Job {job.pk} is saved already; every piece of work needs a new row.")


def known_task(name: str) -> str:
    """`name` if such a task exists. A message with a name that no worker knows is dropped."""
    if name not in current_app.tasks:
        autodiscover_modules("tasks")
    if name not in current_app.tasks:
        raise ValueError(f"There is no task “{name}”.")
    return name


def refuse_big_arguments(job: Job) -> None:
    """Raise ImpossibleMessage unless the job's message is JSON and small enough for any broker."""
    try:
        size = len(json.dumps([job.args, job.kwargs], allow_nan=False).encode())
    except (TypeError, ValueError) as error:
        reason = f"Arguments of {job.task_name} must be ids, not objects: {error}"
        raise ImpossibleMessage(reason) from error
    if size > MAX_ARGUMENT_BYTES:
        raise ImpossibleMessage(
            f"Arguments of {job.task_name} take {size} bytes, at most {MAX_ARGUMENT_BYTES} fit. "
            "Keep the data on the job's row and pass its id."
        )


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
    """Run a job in this process, as the relay and a worker would. One that waits for its
    time or for another job is left alone."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or not job.is_active:
        return
    task = current_app.tasks[known_task(job.task_name)]
    task.apply(args=job.args, kwargs=job.kwargs, task_id=job.celery_task_id)


def _insert_once(job: Job) -> None:
    """Insert the row. A twin that ends just between our failing and our looking is no
    reason to refuse, so that case is tried once more."""
    for last_try in (False, True):
        try:
            with transaction.atomic():
                job.save(force_insert=True)
            return
        except IntegrityError as error:
            if "jobs_one_active_per_dedup_key" not in str(error):
                raise
            twin = _active_twin(job)
            if twin is not None or last_try:
                raise AlreadyRunning(twin) from error
            job.pk, job.id = None, None  # type: ignore[assignment]


def _active_twin(job: Job) -> Job | None:
    twins = Job.objects.active().filter(kind=job._meta.label, dedup_key=job.dedup_key)
    return twins.first()


def message_of(job: Job) -> dict[str, Any]:
    """What the relay publishes for a job: ids only. ImpossibleMessage if it could not arrive."""
    refuse_big_arguments(job)
    if job.queue not in QUEUES:
        raise ImpossibleMessage(f"No worker reads the queue “{job.queue}”.")
    return {
        "name": job.task_name,
        "args": job.args,
        "kwargs": job.kwargs,
        "task_id": job.celery_task_id,
        "queue": job.queue,
    }
