"""The base class of every task: failures come back as a dict, retries go through the table."""

import logging
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import uuid4

from celery import Task
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from celery.exceptions import Retry as CeleryRetry
from django.db import transaction
from django.utils import timezone

from jobs import database, transitions
from jobs.dispatch import queue_of, refuse_big_arguments
from jobs.errors import JobFailed
from jobs.models import Job

logger = logging.getLogger(__name__)
TRANSIENT = (ConnectionError, TimeoutError)
#: Options of tasks that call LLM APIs, remote sites or stores.
REMOTE_OPTIONS: dict[str, Any] = {
    "autoretry_for": TRANSIENT,
    "retry_backoff": 60,
    "retry_backoff_max": 600,
    "retry_jitter": True,
    "max_retries": 3,
}


class JobTask(Task):
    """A task with a job row behind it. See docs/decisions/0002-retries-in-the-table.md."""

    abstract = True
    acks_late = True
    reject_on_worker_lost = False
    ignore_result = True
    soft_time_limit = 1800
    time_limit = 2100
    max_retries: int | None = 0
    #: The kind of this task's jobs, and what is the same in the columns of all of them.
    job_model: ClassVar[type[Job]] = Job
    job_columns: ClassVar[dict[str, Any]] = {}
    #: What no two unfinished jobs may be about, filled in from the arguments: "source:{source_id}".
    dedup: ClassVar[str] = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except (Ignore, Reject, CeleryRetry, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            name, key = type(error).__name__, _first_id(args, kwargs)
            logger.error(
                "Task failed for %s: %s: %s",
                key,
                name,
                error,
                extra={"id": key, "error": str(error)},
                exc_info=True,
            )
            _note_false_start(kwargs.get("job_id"), error)
            return {"success": False, "id": key, "error": str(error) or name}

    def retry(self, *args: Any, exc: Exception | None = None, **kwargs: Any) -> Any:
        """Celery's autoretry lands here. The job row already holds the time of the next try,
        and no task talks to the broker, so this delivery just ends."""
        return Ignore(str(exc) if exc else "tried again later")

    def new_job(self, **arguments: Any) -> Job:
        """An unsaved job of this task's kind. Arguments that are columns of the kind are put
        there; `user_id` says who starts it."""
        given = {
            field.attname: arguments[field.attname]
            for field in _own_columns(self.job_model)
            if arguments.get(field.attname) is not None
        }
        starter = arguments.get("user_id")
        return self.job_model(**self.job_columns, **given, started_by_id=starter)

    def not_in_columns(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments that a new job of this task does not hold itself."""
        held = {field.attname for field in _own_columns(self.job_model)}
        return {name: value for name, value in arguments.items() if name not in held}

    def job_for(
        self, job_id: int | None, make: Callable[[], Job] | None = None, **arguments: Any
    ) -> Job:
        """The job of this delivery. Calls without one (by hand, from a test) get a row too,
        because every run is on record: made by `make()`, else from the arguments."""
        if job_id is not None:
            job = Job.objects.filter(pk=job_id).first()
            if job is None:
                raise JobFailed(f"Job {job_id} not found")
            return job.concrete()
        sent = Job.objects.filter(celery_task_id=self.request.id or "-").first()
        if sent is not None:
            return sent.concrete()
        return _record_direct_call(self, make() if make else self.new_job(**arguments))


def _own_columns(model: type[Job]) -> list[Any]:
    """The columns that a kind adds to those of every job."""
    if model is Job:
        return []
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


def _note_false_start(job_id: Any, error: Exception) -> None:
    """An error before the work began: the job is not left waiting for a worker for ever."""
    if not isinstance(job_id, int) or isinstance(error, database.ERRORS):
        return
    reason = f"{type(error).__name__}: {error}"
    try:
        transitions.delivery_lost(job_id, reason=reason, sent=False)
    except database.ERRORS:
        logger.exception("Job %s: a false start could not be noted", job_id)


def _record_direct_call(task: Task, job: Job) -> Job:
    job.task_name = task.name
    job.celery_task_id = task.request.id or str(uuid4())
    job.queue = queue_of(task.name)
    # Somebody is running it already: it must not go to the broker as well.
    job.dispatched_at = timezone.now()
    with transaction.atomic():
        job.save(force_insert=True)
        own = job.task_kwargs()
        # What the kind keeps in a column (ids of many documents, say) need not be in a message.
        sent = (task.request.kwargs or {}).items()
        given = {k: v for k, v in sent if k in own or not hasattr(job, k)}
        job.kwargs = {**own, **given, "job_id": job.pk}
        refuse_big_arguments(job)
        Job.objects.filter(pk=job.pk).update(kwargs=job.kwargs)
    return job


def _first_id(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return next((v for k, v in kwargs.items() if k.endswith("_id")), args[0] if args else "")
