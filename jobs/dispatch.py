"""The only door to background work. The job row is the outbox; only the relay publishes."""

import json
import logging
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from celery import Task, current_app
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from accounts.quotas import QuotaReached, refuse_beyond
from jobs import tracing
from jobs.errors import AlreadyRunning, ImpossibleMessage, TooManyJobs
from jobs.models import Job
from jobs.queues import DEFAULT_PRIORITY, QUEUES

logger = logging.getLogger(__name__)
OUTBOX_CHANNEL = "jobs_outbox"
#: A message holds ids only: what is bigger is a mistake, and some brokers lose it.
MAX_ARGUMENT_BYTES = 2048
#: A day: work that is scattered wider than that belongs into a schedule.
MAX_SPREAD_SECONDS = 86_400
J = TypeVar("J", bound=Job)


def enqueue(
    task: Task | str,
    *,
    job: J,
    dedup_key: str = "",
    serial_key: str = "",
    priority: int = DEFAULT_PRIORITY,
    run_after: datetime | None = None,
    spread: float = 0,
    expires_at: datetime | None = None,
    queue: str = "",
    overrides: dict[str, Any] | None = None,
) -> J:
    """Save `job` (not saved before) as work to do, inside the caller's transaction.

    Of the jobs with one `dedup_key` only one may be unfinished: a second raises AlreadyRunning.
    Of those with one `serial_key` only one runs at a time: the others wait in line, the more
    urgent ones in front. Priorities are 1 (most urgent) to 9. The job starts at `run_after`,
    or at a random moment within `spread` seconds from then or now; what has not started by
    `expires_at` never will. `queue` overrules the task's route; `overrides` replace values of
    the job's own `task_kwargs`.

    Raises TooManyJobs where whoever starts it has too many, and ValueError for what could never
    run: an unknown task or queue, a reserved priority,
    arguments that are not JSON or too big for a message.
    """
    _refuse_impossible(job, priority, queue, spread)
    job.task_name = known_task(task if isinstance(task, str) else str(task.name))
    job.queue = queue or queue_of(job.task_name)
    job.dedup_key, job.priority = dedup_key, priority
    job.serial_key = serial_key or job.serial_line()
    job.run_after, job.expires_at = _scattered(run_after, spread), expires_at
    job.ready_at = None if job.depends_on_id else job.run_after or timezone.now()
    job.celery_task_id = str(uuid4())
    with transaction.atomic():
        _refuse_too_many(job)
        _insert_once(job)
        _tell_where_it_was_queued(job)
        job.kwargs = {**job.task_kwargs(), **(overrides or {})}
        refuse_big_arguments(job)
        Job.objects.filter(pk=job.pk).update(kwargs=job.kwargs)
        announce(job.pk)
    return job


@dataclass(frozen=True)
class Step:
    """One link of a chain: a task, its unsaved job, and options of `enqueue`."""

    task: Task | str
    job: Job
    options: dict[str, Any] = field(default_factory=dict)


def enqueue_chain(*steps: Step) -> list[Job]:
    """Queue jobs that run one after the other, each when the one before has completed. When one
    does not complete, those behind it are cancelled with the reason."""
    queued: list[Job] = []
    with transaction.atomic():
        for step in steps:
            if queued:
                step.job.depends_on_id = queued[-1].pk
            queued.append(enqueue(step.task, job=step.job, **step.options))
    return queued


def _scattered(run_after: datetime | None, spread: float) -> datetime | None:
    if not spread:
        return run_after
    return (run_after or timezone.now()) + timedelta(seconds=random.uniform(0, spread))


def _refuse_impossible(job: Job, priority: int, queue: str, spread: float) -> None:
    if queue and queue not in QUEUES:
        raise ValueError(f"No worker reads the queue “{queue}”.")
    if not 0 <= spread <= MAX_SPREAD_SECONDS:
        raise ValueError(f"spread must be 0 to {MAX_SPREAD_SECONDS} seconds")
    if not 1 <= priority <= 9:
        raise ValueError("priority must be 1 (most urgent) to 9; 0 is reserved")
    if job.pk is not None:
        raise ValueError(f"Job {job.pk} is saved already; every piece of work needs a new row.")


def _refuse_too_many(job: Job) -> None:
    """Without waiting for others who queue at this moment: they may wait for what we hold."""
    user = job.started_by
    unfinished = Job.objects.active().filter(started_by=user)
    try:
        refuse_beyond(user, "jobs", unfinished.count, may_wait=False)
    except QuotaReached as reached:
        raise TooManyJobs(str(reached)) from reached


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


def _tell_where_it_was_queued(job: Job) -> None:
    """The line that joins the request's lines with the job's, and the start of its trace."""
    with tracing.span("queue", job):
        logger.info("Queued job %s: %s", job.pk, job.task_name, extra={"job_id": job.pk})


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
