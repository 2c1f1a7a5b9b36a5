"""Part C of the task contract: enough is on record to run things again, now or later."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from celery import Celery, current_app
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from jobs import transitions
from jobs.dispatch import queue_of
from jobs.models import Job, JobItem, Notification, Status
from jobs.relay import Relay
from jobs.retrying import retry
from jobs.run import JobRun
from tests.jobs.engine import deliver, fresh, person, queued
from tests.jobs.test_relay import broker, messages, relay

__all__ = ["broker", "relay"]
SOON = timedelta(seconds=30)
pytestmark = pytest.mark.django_db(transaction=True)


def command(name: str, *arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    out = StringIO()
    try:
        call_command(name, *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def ago(job: Job, **columns: timedelta) -> Job:
    moments = {name: timezone.now() - span for name, span in columns.items()}
    Job.objects.filter(pk=job.pk).update(**moments)
    return fresh(job)


# -- C1, C2, C4, C5 ------------------------------------------------------------------------
def test_c1_enough_is_stored_to_send_a_job_again(elsewhere: None) -> None:
    job = queued(overrides={"document_id": 7})
    transitions.finish_unclaimed(job, Status.FAILED)
    again = retry(fresh(job), user=None)
    assert (again.task_name, again.queue) == (job.task_name, job.queue)
    assert again.kwargs["document_id"] == 7


def test_c1_and_f13_a_call_by_hand_stores_its_arguments_too() -> None:
    task = current_app.tasks["jobs.testing_probe"]
    result = task.apply(kwargs={"notification_id": 7}).result
    job = Job.objects.get(pk=result["job_id"])
    assert job.kwargs == {"job_id": job.pk, "notification_id": 7}


def test_c2_a_row_is_pending_from_the_moment_of_queueing(elsewhere: None) -> None:
    assert fresh(queued()).status == "pending"


def test_c4_retry_in_the_admin_sends_a_copy_by_the_usual_way(
    elsewhere: None, admin_client: Client, admin_user: Any, relay: Relay, broker: Celery
) -> None:
    job = queued(overrides={"document_id": 7})
    transitions.finish_unclaimed(job, Status.FAILED)
    chosen = {"action": "retry", "_selected_action": [job.pk]}
    admin_client.post(reverse("admin:jobs_job_changelist"), chosen)
    again = Job.objects.exclude(pk=job.pk).get()
    assert (again.retry_of_id, again.started_by) == (job.pk, admin_user)
    assert again.queue == queue_of(job.task_name) and again.celery_task_id != job.celery_task_id
    relay.publish_due()
    (message,) = messages(broker, again.queue)
    assert message.headers["id"] == again.celery_task_id


def test_c5_a_result_that_is_no_json_is_kept_as_words_and_marked(elsewhere: None) -> None:
    job = queued(lambda run: {"moment": timedelta(hours=1)})
    deliver(job)
    text = str({"moment": timedelta(hours=1)})
    assert fresh(job).result == {"value": text, "forced_json": True}


# -- C3, C8 --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["find_stale_jobs", "find_stale_tasks"])
def test_c3_and_f32_unfinished_work_is_listed_as_created_id_and_task(
    name: str, elsewhere: None
) -> None:
    assert command(name, "--hours", "2") == (0, "")
    job = ago(queued(), updated_at=timedelta(hours=3))
    line = f"{job.created_at.isoformat()} - {job.pk}: {job.task_name}\n"
    assert command(name, "--hours", "2") == (1, line)


@pytest.mark.parametrize("name", ["find_stale_scheduled_jobs", "find_stale_scheduled_tasks"])
def test_c8_and_f32_work_for_later_that_got_stuck_is_listed(name: str, elsewhere: None) -> None:
    due = ago(queued(), run_after=timedelta(hours=3))
    queued(run_after=timezone.now() + timedelta(hours=1))
    code, text = command(name, "--hours", "2")
    assert code == 1 and text.splitlines() == [
        f"{due.created_at.isoformat()} - {due.pk}: {due.task_name}"
    ]


# -- C6 ------------------------------------------------------------------------------------
def test_c6_scheduled_work_is_started_by_hand_with_its_wishes_and_the_persons_name(
    elsewhere: None, admin_client: Client, admin_user: Any
) -> None:
    every_day = CrontabSchedule.objects.create(minute="17", hour="2")
    row = PeriodicTask.objects.create(
        name="Nightly", task="solution_library.sync_all_documentation_sources",
        crontab=every_day, queue="batch", priority=3, expire_seconds=600, enabled=False,
    )  # fmt: skip
    chosen = {"action": "run_selected", "_selected_action": [row.pk]}
    admin_client.post(reverse("admin:django_celery_beat_periodictask_changelist"), chosen)
    job = Job.objects.get()
    assert (job.task_name, job.status, job.started_by) == (row.task, "pending", admin_user)
    assert (job.queue, job.priority) == ("batch", 3)
    assert job.expires_at == pytest.approx(job.created_at + timedelta(minutes=10), abs=SOON)


# -- C7, C9 --------------------------------------------------------------------------------
def test_c7_and_f31_work_for_later_waits_in_the_table_and_is_sent_without_a_time(
    elsewhere: None, relay: Relay, broker: Celery
) -> None:
    job = queued(run_after=timezone.now() + timedelta(minutes=5))
    relay.publish_due()
    assert messages(broker) == [] and fresh(job).dispatched_at is None
    ago(job, run_after=timedelta(seconds=1))
    relay.publish_due()
    (message,) = messages(broker)
    assert message.headers["eta"] is None and message.headers["expires"] is None
    assert message.headers["id"] == job.celery_task_id


def test_c7_a_job_is_never_started_before_its_time(elsewhere: None) -> None:
    job = queued(run_after=timezone.now() + timedelta(minutes=5))
    assert not Job.objects.due().filter(pk=job.pk).exists()
    assert transitions.claim(job.pk, worker="w") is None


def test_c7_and_f32_work_for_later_is_done_once_however_often_it_is_delivered(
    elsewhere: None,
) -> None:
    runs: list[int] = []
    job = queued(lambda run: runs.append(1) or {}, run_after=timezone.now())  # type: ignore[func-returns-value]
    for _ in range(3):
        deliver(job)
    assert runs == [1]


@pytest.fixture
def world(settings: Any) -> Iterator[Any]:
    """Runs one batch in a mode and says what it left behind."""

    def left_by(*, eager: bool) -> dict[str, Any]:
        settings.CELERY_TASK_ALWAYS_EAGER = eager
        job = queued(_three_items, started_by=person(f"eager-{eager}"))
        if not eager:
            deliver(job)
        job = fresh(job)
        return {
            "job": (job.status, job.total_items, job.successful_items, job.failed_items),
            "errors": job.errors,
            "result": job.result,
            "items": list(JobItem.objects.filter(job=job).values_list("key", "state", "attempts")),
            "attempts": list(job.attempts.values_list("number", "outcome")),
            "told": list(Notification.objects.filter(job=job).values_list("event", "text")),
            "log": list(job.log_lines.values_list("level", "message")),
        }

    yield left_by


def _three_items(run: JobRun) -> dict[str, Any]:
    from jobs.batch import Steps, add_items, work_items

    def call(key: str) -> None:
        if key == "b":
            raise ValueError("b is odd")

    add_items(run, "abc")
    work_items(run, Steps(lambda item: str(item.key), call, lambda item, result: None))
    return {"done": True}


def test_c9_and_f32_with_workers_a_job_leaves_the_same_rows_as_in_eager_mode(world: Any) -> None:
    assert world(eager=False) == world(eager=True)
