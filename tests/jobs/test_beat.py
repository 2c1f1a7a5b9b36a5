"""Beat starts what is due, once, whoever looks beside it, whatever one row or the broker does."""

import json
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, IntervalSchedule, PeriodicTask

from jobs import transitions
from jobs.beat import OutboxScheduler
from jobs.models import Job, JobLog, Status
from tests.jobs.engine import at_once, person, queued

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture(autouse=True)
def _no_schedules(db: None) -> None:
    PeriodicTask.objects.all().delete()


def beat() -> OutboxScheduler:
    """A scheduler whose broker is a port where nobody listens."""
    app = Celery(set_as_current=False, broker="amqp://127.0.0.1:1//")
    return OutboxScheduler(app)


def due(name: str = "Hourly", *, hours: float = 1.001, **columns: Any) -> PeriodicTask:
    """A periodic task whose last run lies so many hours back."""
    interval, _ = IntervalSchedule.objects.get_or_create(every=1, period="hours")
    row = PeriodicTask.objects.create(
        **{"name": name, "task": "jobs.testing_probe", "interval": interval} | columns
    )
    last = None if columns.get("clocked") else timezone.now() - hours * HOUR
    PeriodicTask.objects.filter(pk=row.pk).update(last_run_at=last)
    return PeriodicTask.objects.get(pk=row.pk)


def again(row: PeriodicTask) -> None:
    """An hour and a bit go by."""
    PeriodicTask.objects.filter(pk=row.pk).update(last_run_at=F("last_run_at") - 1.001 * HOUR)


def fresh(row: PeriodicTask) -> PeriodicTask:
    return PeriodicTask.objects.get(pk=row.pk)


def end(job: Job) -> None:
    transitions.finish_unclaimed(job, Status.CANCELLED)


# -- one beat ----------------------------------------------------------------------------------
def test_beat_is_ours() -> None:
    assert django_settings.CELERY_BEAT_SCHEDULER == "jobs.beat:OutboxScheduler"


@pytest.mark.contract("A39", "E2")
def test_what_is_due_becomes_a_job_of_the_system() -> None:
    row = due()
    beat().tick()
    job = Job.objects.get()
    assert (job.title, job.task_name, job.status) == ("Hourly", "jobs.testing_probe", "pending")
    assert job.started_by is None and job.dispatched_at is None
    row = fresh(row)
    assert row.total_run_count == 1 and timezone.now() - row.last_run_at < HOUR


def test_what_is_not_due_or_not_enabled_stays() -> None:
    due("early", hours=0.5)
    due("off", enabled=False)
    assert 0 < beat().tick() <= 5
    assert not Job.objects.exists()


def test_a_second_look_starts_nothing_twice() -> None:
    due()
    for scheduler in (beat(), beat()):
        scheduler.tick()
        scheduler.tick()
    assert Job.objects.count() == 1 and not JobLog.objects.exists()


def test_a_beat_that_was_down_catches_up_once_and_says_since_when() -> None:
    row = due(hours=72)
    beat().tick()
    end(Job.objects.get())
    beat().tick()
    line = JobLog.objects.get(job=Job.objects.get())
    assert line.message.startswith("Due since ") and fresh(row).total_run_count == 1


def test_the_next_look_is_when_the_next_is_due() -> None:
    due(hours=1 - 2 / 3600)
    assert 1 < beat().tick() <= 2


def test_a_clock_that_was_set_back_does_not_stop_a_task_for_that_long() -> None:
    row = due(hours=-24 * 400)
    beat().tick()
    assert not Job.objects.exists() and abs(fresh(row).last_run_at - timezone.now()) < HOUR
    again(row)
    beat().tick()
    assert Job.objects.count() == 1


@pytest.mark.contract("D10")
def test_what_is_still_at_it_is_skipped_and_its_log_counts_how_often() -> None:
    row = due()
    beat().tick()
    for _ in range(2):
        again(row)
        beat().tick()
    job = Job.objects.get()
    skips = JobLog.objects.filter(job=job, message__contains="came round again and was skipped")
    assert skips.count() == 2 and fresh(row).total_run_count == 3
    end(job)
    again(row)
    beat().tick()
    assert Job.objects.active().count() == 1


def test_a_task_for_once_runs_once_and_is_off_then() -> None:
    clock = ClockedSchedule.objects.create(clocked_time=timezone.now() - HOUR)
    row = due(interval=None, clocked=clock, one_off=True)
    beat().tick()
    beat().tick()
    assert Job.objects.count() == 1
    assert (fresh(row).enabled, fresh(row).total_run_count) == (False, 1)


def test_a_task_for_once_waits_for_the_end_of_the_same_work() -> None:
    row = due(one_off=True)
    PeriodicTask.objects.filter(pk=row.pk).update(
        last_run_at=None, date_changed=timezone.now() - 2 * HOUR
    )
    running = queued(dedup_key=f"periodic:{row.pk}")
    beat().tick()
    assert fresh(row).enabled and Job.objects.count() == 1
    end(running)
    beat().tick()
    assert not fresh(row).enabled and Job.objects.count() == 2


def test_a_task_past_its_end_is_off_and_did_not_run() -> None:
    row = due(expires=timezone.now() - HOUR)
    beat().tick()
    assert not fresh(row).enabled and not Job.objects.exists()


def test_work_of_no_use_later_carries_its_end() -> None:
    due(expire_seconds=60)
    beat().tick()
    assert Job.objects.get().expires_at - timezone.now() < timedelta(seconds=61)


# -- trouble -----------------------------------------------------------------------------------
BAD = [
    {"task": "jobs.nonsense"},
    {"task": "celery.backend_cleanup"},
    {"queue": "nowhere"},
    {"kwargs": "{broken"},
    {"kwargs": "[1]"},
    {"priority": 99},
    {"task": "solution_library.sync_documentation_source"},
    {"task": "solution_library.sync_documentation_source", "kwargs": '{"source_id": 99999}'},
    {"task": "solution_library.sync_documentation_source", "kwargs": '{"source_id": "x"}'},
]


@pytest.mark.parametrize("columns", BAD, ids=lambda c: json.dumps(c))
def test_a_bad_row_is_a_failed_job_with_its_reason_and_stops_no_other(
    columns: dict[str, Any],
) -> None:
    bad, good = due("A bad one", **columns), due("Good")
    beat().tick()
    failed = Job.objects.get(status=Status.FAILED)
    assert failed.title == "A bad one" and failed.last_error
    assert fresh(bad).total_run_count == fresh(good).total_run_count == 1
    assert Job.objects.active().get().title == "Good"


def test_the_same_trouble_is_one_failed_job_a_day() -> None:
    row = due(queue="nowhere")
    for _ in range(3):
        beat().tick()
        again(row)
    assert Job.objects.count() == 1
    Job.objects.update(created_at=timezone.now() - 25 * HOUR)
    beat().tick()
    assert Job.objects.count() == 2


def test_a_schedule_that_cannot_be_read_stops_no_other() -> None:
    bad = due("A bad one")
    PeriodicTask.objects.filter(pk=bad.pk).update(interval=None)
    due("Good")
    for _ in range(2):
        beat().tick()
    assert Job.objects.get(status=Status.FAILED).last_error.startswith("It has no schedule")
    assert Job.objects.active().get().title == "Good"


# -- several beats -----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("F27")
def test_beats_side_by_side_start_each_task_once() -> None:
    rows = [due(f"Task {n}") for n in range(12)]
    results = at_once(*[beat().tick] * 4)
    assert all(isinstance(wait, float) for wait in results)
    assert sorted(j.title for j in Job.objects.all()) == sorted(row.name for row in rows)
    assert {fresh(row).total_run_count for row in rows} == {1}
    assert not JobLog.objects.exists()  # nothing was even tried twice


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_left_for_the_next_look() -> None:
    held, free = due("Held"), due("Free")
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "SELECT 1 FROM django_celery_beat_periodictask WHERE id = %s FOR UPDATE", [held.pk]
        )
        (wait,) = at_once(beat().tick)
        cursor.execute("ROLLBACK")
    assert wait <= 5 and [j.title for j in Job.objects.all()] == [free.name]
    beat().tick()
    assert Job.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_beat_whose_session_is_ended_goes_on_with_the_next_turn() -> None:
    due()

    def ended() -> float:
        scheduler = beat()
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SET idle_session_timeout = 1; SELECT pg_sleep(0.01)")
        return min(scheduler.tick() for _ in range(3))

    (wait,) = at_once(ended)
    assert wait <= 5 and Job.objects.count() == 1


@pytest.mark.contract("F27")
def test_what_a_person_edits_meanwhile_is_not_overwritten() -> None:
    row = due()
    PeriodicTask.objects.filter(pk=row.pk).update(description="Edited", priority=3)
    beat().tick()
    assert (fresh(row).description, fresh(row).priority) == ("Edited", 3)


def test_nobody_is_notified_of_work_of_the_system() -> None:
    person()
    due(queue="nowhere")
    beat().tick()
    assert Job.objects.get().notifications.count() == 0
