"""The scheduler: turns periodic tasks that are due into job rows. It never talks to the broker."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from jobs import database, transitions
from jobs.errors import AlreadyRunning
from jobs.models import Job, JobLog, Status
from jobs.periodic import (
    SCHEDULE,
    BadSchedule,
    Turn,
    clock_was_set_back,
    jobs_of,
    start,
    turn_of,
)
from jobs.plain import plain_text
from jobs.signs import Sign
from jobs.words import time_words

logger = logging.getLogger(__name__)
#: No two looks at the table come closer than this, whatever an interval says.
SHORTEST_SECONDS = 0.2
#: A start so much after its time says on its job since when it was due.
LATE = timedelta(minutes=1)
#: Until a periodic task that runs once looks again whether its work is free.
BUSY = timedelta(seconds=5)
#: How often the same trouble of the same periodic task becomes a failed job.
TROUBLE_AGAIN = timedelta(days=1)
_SIGN = Sign("scheduler")


class OutboxScheduler(DatabaseScheduler):
    """Beat without a broker: each turn reads the periodic tasks anew, and starting one is a
    single transaction. Any number of beats may run; none has anything to lose when it dies.
    """

    def setup_schedule(self) -> None:
        """Schedules come from migrations and people. Celery's own would only clean up after
        a store of results, and there is none."""

    def sync(self) -> None:
        """Nothing is kept in memory that could be written later."""

    def tick(self, *_: Any, **__: Any) -> float:
        """Start what is due. Returns the seconds until the next look."""
        try:
            _renew_connection()
            _SIGN.give()
            return self._turn()
        except database.ERRORS as error:
            logger.warning("beat: no turn without the database: %s", error)
            with suppress(*database.ERRORS):
                connection.close()
            return float(self.max_interval)

    def _turn(self) -> float:
        waits = [float(self.max_interval)]
        for row in enabled():
            try:
                waits.append(_seconds_until(start_if_due(row), database_now()))
            except Exception as error:
                if database.is_gone(error):
                    raise
                _tell_of_trouble(row.pk, error)
        return max(SHORTEST_SECONDS, min(waits))


def _renew_connection() -> None:
    """One session serves many turns; it is tried first, for the server may have ended it."""
    connection.health_check_done = False  # type: ignore[attr-defined]
    connection.close_if_health_check_failed()


def enabled() -> QuerySet[PeriodicTask]:
    rows: QuerySet[PeriodicTask] = PeriodicTask.objects.filter(enabled=True).order_by("pk")
    return rows.select_related("interval", "crontab", "solar", "clocked")


def database_now() -> datetime:
    """The one clock that all hosts share; it goes on within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[index,no-any-return]


def _seconds_until(at: datetime | None, now: datetime) -> float:
    return float("inf") if at is None else (at - now).total_seconds()


def start_if_due(row: PeriodicTask) -> datetime | None:
    """Start `row` if it is its turn, once among all beats. Returns when to look at it again."""
    now = database_now()
    turn = turn_of(row, now)
    if not (turn.is_due or turn.is_over or clock_was_set_back(row, now)):
        return turn.at
    with transaction.atomic():
        # A row that somebody has locked is being started by another beat, or being edited.
        locked = enabled().select_for_update(skip_locked=True, of=("self",))
        current = locked.filter(pk=row.pk).first()
        return _take_turn(current, database_now()) if current is not None else None


def _take_turn(row: PeriodicTask, now: datetime) -> datetime | None:
    """What the locked row needs now; another beat may have seen to it a moment ago."""
    if clock_was_set_back(row, now):
        logger.warning("Schedule “%s”: its last run lies in the future; counted from now", row.name)
        return _note(row, last_run_at=now)
    turn = turn_of(row, now)
    if turn.is_over:
        return _note(row, enabled=False, last_run_at=None)
    if not turn.is_due:
        return turn.at
    if not _start(row, turn, now):
        return now + BUSY
    # The field's own words: a disabled row has no last run.
    once = {"enabled": False, "last_run_at": None} if row.one_off else {"last_run_at": now}
    return _note(row, total_run_count=F("total_run_count") + 1, **once)


def _note(row: PeriodicTask, **columns: Any) -> datetime | None:
    """Write the columns, and nothing that the administrator may have written meanwhile."""
    PeriodicTask.objects.filter(pk=row.pk).update(**columns)
    row.refresh_from_db(fields=["enabled", "last_run_at"])
    return turn_of(row, database_now()).at if row.enabled else None


def _start(row: PeriodicTask, turn: Turn, now: datetime) -> bool:
    """Start the work, or put on record why not. False if this turn is not over yet."""
    try:
        job = start(row, now)
    except AlreadyRunning as busy:
        return _skip(row, busy.existing, now)
    except BadSchedule as trouble:
        fail(row, str(trouble), now)
    else:
        logger.info("Schedule “%s” started job %s", row.name, job.pk)
        if turn.at is not None and now - turn.at > LATE:
            _log(job, f"Due since {time_words(turn.at, now)}; no scheduler was there.", now)
    return True


def _skip(row: PeriodicTask, existing: Job | None, now: datetime) -> bool:
    """The same work is still unfinished. What is to run only once waits for its end."""
    if row.one_off:
        return False
    logger.info("Schedule “%s” is still at it and was skipped", row.name)
    _log(existing, f"Its schedule “{row.name}” came round again and was skipped.", now)
    return True


def _log(job: Job | None, message: str, now: datetime) -> None:
    if job is not None:
        JobLog.objects.create(
            job_id=job.pk, at=now, level="warning", message=plain_text(message, 1000)
        )


# -- trouble -------------------------------------------------------------------------------
def _tell_of_trouble(row_id: int, error: Exception) -> None:
    """One periodic task that cannot even be looked at must not stop those behind it."""
    row = PeriodicTask.objects.filter(pk=row_id).first()
    if row is None:
        return
    reason = str(error) if isinstance(error, BadSchedule) else f"{type(error).__name__}: {error}"
    with transaction.atomic():
        fail(row, reason, database_now())


def fail(row: PeriodicTask, reason: str, now: datetime) -> None:
    """Put a failed job on record that says why `row` did not start, once a day."""
    reason = plain_text(reason)
    known = Job.objects.filter(jobs_of(row.pk), status=Status.FAILED, last_error=reason)
    if known.filter(created_at__gt=now - TROUBLE_AGAIN).exists():
        return
    logger.error("Schedule “%s” could not be started: %s", row.name, reason)
    job = Job(title=row.name[:200], task_name=row.task[:128], kwargs={SCHEDULE: row.pk})
    job.dispatched_at = now  # it is never to be sent
    job.save(force_insert=True)
    transitions.finish_unclaimed(job, Status.FAILED, error=reason)
