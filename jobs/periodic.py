"""Periodic tasks: when one is due, and how its work becomes a job."""

import inspect
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import timezone as fixed_zone
from typing import Any

from celery import current_app, schedules
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.module_loading import autodiscover_modules
from django_celery_beat.models import PeriodicTask
from django_celery_beat.tzcrontab import TzAwareCrontab

from jobs.dispatch import enqueue, known_task
from jobs.errors import JobError
from jobs.models import Job
from jobs.queues import DEFAULT_PRIORITY, QUEUES
from jobs.task import JobTask

logger = logging.getLogger(__name__)
#: Given by the engine to every run, and by nobody else.
OF_THE_ENGINE = ("job_id", "user_id")
#: The argument by which a job knows the schedule that it comes from.
SCHEDULE = "schedule"
#: What only says where a message should go; messages go where the task's queue is.
UNUSED = ("exchange", "routing_key", "headers")
#: A last run so much later than now was noted by a clock that has been set back since.
CLOCK_TOLERANCE = timedelta(minutes=5)
HOURS_OF_A_DAY = 24


class BadSchedule(JobError):
    """This periodic task cannot run as it stands; the message says why, for people."""


# -- when ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Turn:
    """What a periodic task needs at one moment."""

    is_due: bool
    #: When it is, or was, to start; None where that lies behind its end.
    at: datetime | None
    #: It will never start again.
    is_over: bool = False


def turn_of(row: PeriodicTask, now: datetime) -> Turn:
    """Whether `row` is due at `now`, by its own `last_run_at`, however long ago that was."""
    if row.expires is not None and now >= row.expires:
        return Turn(False, None, is_over=True)
    if row.one_off and row.last_run_at is not None:
        return Turn(False, None, is_over=True)
    schedule = _schedule_at(row, now)
    at = now + schedule.remaining_estimate(_counted_from(row, now))
    if row.start_time is not None and now < row.start_time:
        return Turn(False, max(at, row.start_time))
    return Turn(at <= now, at)


def _schedule_at(row: PeriodicTask, now: datetime) -> Any:
    """The row's schedule with `now` as its clock, so that hosts whose clocks differ agree."""
    if row.scheduler is None:
        raise BadSchedule("It has no schedule: choose an interval, a crontab or a clock time.")
    try:
        schedule = row.schedule
    except (ValueError, schedules.ParseException) as error:
        raise BadSchedule(f"Its schedule cannot be read: {error}") from error
    if isinstance(schedule, TzAwareCrontab) and len(schedule.hour) == HOURS_OF_A_DAY:
        # What runs every hour runs every hour of real time, also while clocks are put back.
        schedule.tz = fixed_zone(now.astimezone(schedule.tz).utcoffset() or timedelta())
    schedule.nowfun = lambda: now.astimezone(getattr(schedule, "tz", None))
    return schedule


def _counted_from(row: PeriodicTask, now: datetime) -> datetime:
    """The moment after which the next start is looked for."""
    since: datetime = row.last_run_at or row.date_changed or now  # now: a row not yet saved
    if row.last_run_at is not None or row.start_time is None or row.start_time <= since:
        return since
    step = timedelta(minutes=1)
    if row.interval is not None:
        step = timedelta(**{row.interval.period: row.interval.every})
    first: datetime = row.start_time - step
    return first


def clock_was_set_back(row: PeriodicTask, now: datetime) -> bool:
    """Its last run lies in the future, so that it would wait for that time to come again."""
    return row.last_run_at is not None and row.last_run_at > now + CLOCK_TOLERANCE


def plan_anew(rows: QuerySet[PeriodicTask]) -> None:
    """Their schedule has just changed: what it would have asked for before is not made up for."""
    rows.exclude(last_run_at=None).update(last_run_at=Now())
    rows.filter(last_run_at=None).update(date_changed=Now())


# -- what ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Order:
    """A periodic task's row, read and found possible."""

    task: JobTask
    arguments: dict[str, Any]
    queue: str
    priority: int
    expires_at: datetime | None

    def dedup_key(self, schedule_id: int) -> str:
        """The key of the work where it has one: then it does not run beside the same work that
        a person started. Else the schedule's own."""
        return self.task.dedup.format(**self.arguments) or f"periodic:{schedule_id}"


def order_of(row: PeriodicTask, now: datetime) -> Order:
    """Read a row that people may have filled in wrongly. Raises BadSchedule."""
    task = schedulable_task(row.task)
    arguments = _arguments(task, _json(row.args, list), _json(row.kwargs, dict))
    if row.queue and row.queue not in QUEUES:
        known = ", ".join(QUEUES)
        raise BadSchedule(f"No worker reads the queue “{row.queue}”; there are {known}.")
    priority = DEFAULT_PRIORITY if row.priority is None else row.priority
    if not 1 <= priority <= 9:
        raise BadSchedule(f"The priority is 1 (most urgent) to 9 and not {priority}.")
    in_time = None if row.expire_seconds is None else timedelta(seconds=row.expire_seconds)
    expires_at = now + in_time if in_time else row.expires
    return Order(task, arguments, row.queue or "", priority, expires_at)


def schedulable_task(name: str) -> JobTask:
    """The task of this name, if its runs are kept on record. Raises BadSchedule."""
    try:
        task = current_app.tasks[known_task(name)]
    except ValueError as error:
        raise BadSchedule(str(error)) from error
    if not isinstance(task, JobTask):
        raise BadSchedule(f"Runs of “{name}” are not kept as jobs, so it cannot be scheduled.")
    return task


def schedulable_names() -> list[str]:
    """All tasks that a schedule may start."""
    autodiscover_modules("tasks")
    return sorted(n for n, task in current_app.tasks.items() if isinstance(task, JobTask))


def _json(text: str | None, kind: type[Any]) -> Any:
    what = "list" if kind is list else "object, such as {}"
    try:
        value = json.loads(text or ("[]" if kind is list else "{}"))
    except ValueError as error:
        raise BadSchedule(f"The arguments are not JSON: {error}.") from error
    if not isinstance(value, kind):
        raise BadSchedule(f"The arguments must be a JSON {what}.")
    return value


def _arguments(task: JobTask, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """All arguments by name. Raises BadSchedule for those that the task does not take."""
    signature = inspect.signature(task.run)
    named = {n for n, p in signature.parameters.items() if p.kind is not p.VAR_KEYWORD}
    for name in OF_THE_ENGINE:
        if name in kwargs:
            raise BadSchedule(f"Leave “{name}” out: each run gets its own.")
    takes = ", ".join(n for n in signature.parameters if n in named - set(OF_THE_ENGINE))
    if unknown := sorted(set(kwargs) - named):
        raise BadSchedule(
            f"The task does not know “{unknown[0]}”; it takes {takes or 'no arguments'}."
        )
    given_later = {name: None for name in OF_THE_ENGINE if name in named}
    try:
        bound = signature.bind(*args, **kwargs, **given_later)
    except TypeError as error:
        raise BadSchedule(f"The arguments do not fit the task: {error}.") from error
    return {k: v for k, v in bound.arguments.items() if k in named and k not in OF_THE_ENGINE}


# -- start ---------------------------------------------------------------------------------
def start(row: PeriodicTask, now: datetime, *, user: Any = None) -> Job:
    """Queue the work of a periodic task, in the name of `user` or of the system.

    Raises AlreadyRunning while the same work is unfinished, BadSchedule if it cannot run.
    """
    order = order_of(row, now)
    _warn_of_the_unused(row)
    job = new_job(row, order)
    job.started_by = user
    try:
        with transaction.atomic():
            _enqueue(row, order, job)
            connection.check_constraints()  # also those that are looked at only at the commit
    except (IntegrityError, DataError) as error:
        raise BadSchedule(f"What it is to work on does not exist: {_detail(error)}") from error
    except (ValueError, TypeError) as error:
        raise BadSchedule(str(error)) from error
    return job


def new_job(row: PeriodicTask, order: Order) -> Job:
    job = order.task.new_job(**order.arguments)
    job.title = str(row.name)[:200]
    return job


def _enqueue(row: PeriodicTask, order: Order, job: Job) -> None:
    enqueue(
        order.task,
        job=job,
        dedup_key=order.dedup_key(row.pk),
        priority=order.priority,
        expires_at=order.expires_at,
        queue=order.queue,
        overrides={**order.task.not_in_columns(order.arguments), SCHEDULE: row.pk},
    )


def _detail(error: Exception) -> str:
    """The database's own words about a row that is missing."""
    detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", None)
    return str(detail or error).strip()


def _warn_of_the_unused(row: PeriodicTask) -> None:
    used = [name for name in UNUSED if getattr(row, name) not in (None, "", "{}")]
    if used:
        logger.warning("Schedule “%s”: %s ignored", row.name, ", ".join(used))


def jobs_of(schedule_id: int) -> Q:
    """The jobs that a schedule has started, whoever asked for them."""
    return Q(**{f"kwargs__{SCHEDULE}": schedule_id})
