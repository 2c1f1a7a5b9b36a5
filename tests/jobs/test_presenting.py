"""A job's state in words: what the five statuses leave out."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from jobs.models import Job, JobItem, Status
from jobs.presenting import (
    poll_seconds,
    present,
    progress_etag,
    shown_percent,
    tag_of_many,
    tags_in,
)
from jobs.sentences import place_in_line, state_sentence
from jobs.words import (
    duration_words,
    eta_words,
    kind_words,
    ordinal_words,
    rate_words,
    short_words,
)

NOW = timezone.now()


def a_job(**fields: object) -> Job:
    job = Job(title="Drafts", task_name="x.y", kind="jobs.Job", **fields)
    job.created_at = fields.get("created_at", NOW - timedelta(hours=1))  # type: ignore[assignment]
    job.updated_at = NOW
    return job


def ago(seconds: float) -> object:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"created_at": ago(2)}, "Queued"),
        ({"dispatched_at": ago(5)}, "Waiting for a worker"),
        ({"created_at": ago(20)}, "Queued; workers unreachable since"),
        ({"run_after": NOW + timedelta(hours=1)}, "Waiting until"),
        ({"cancel_requested_at": NOW, "dispatched_at": NOW}, "Stopping…"),
        ({"cancel_requested_at": ago(60), "lease_token": uuid4()}, "Stopping by force…"),
        ({"dispatched_at": NOW, "expires_at": NOW + timedelta(hours=1)},
         "Waiting for a worker. Will not start after"),
        ({"dispatched_at": NOW, "expires_at": ago(1)}, "Too late to start"),
        ({"dispatched_at": NOW, "expires_at": ago(1), "started_at": ago(9)},
         "Waiting for a worker"),
        (
            {"status": "processing", "attempt": 2, "crashes": 1, "dispatched_at": NOW},
            "Worker lost, taking it up again",
        ),
        (
            {"status": "processing", "attempt": 1, "lease_token": uuid4(),
             "lease_expires_at": ago(1)},
            "Worker lost, taking it up again",
        ),
        ({"status": "processing", "attempt": 1}, "Goes on in a moment"),
        ({"status": "failed", "last_error": "The disk is full.", "completed_at": NOW},
         "The disk is full."),
        ({"status": "completed", "started_at": ago(200), "completed_at": NOW},
         "Finished in 3 min 20 s"),
    ],
)  # fmt: skip
def test_says_in_a_sentence_what_the_status_does_not(fields: dict[str, object], words: str) -> None:
    assert state_sentence(a_job(**fields), NOW).startswith(words)


def test_is_silent_while_a_worker_is_at_it() -> None:
    job = a_job(
        status="processing", lease_token=uuid4(), lease_expires_at=NOW + timedelta(seconds=60)
    )
    assert state_sentence(job, NOW) == ""


def test_names_the_job_that_is_waited_for() -> None:
    job = a_job(depends_on=a_job())
    assert state_sentence(job, NOW) == "Waiting for “Drafts”"


@pytest.mark.django_db
def test_after_a_night_of_waiting_for_another_job_the_queue_is_not_called_unreachable() -> None:
    before = a_job(status="completed", completed_at=ago(3))
    assert state_sentence(a_job(depends_on=before), NOW) == "Queued"


@pytest.mark.parametrize(
    ("fields", "percent"),
    [
        ({"status": "processing", "total_items": 3, "processed_items": 3}, 99),
        ({"status": "processing"}, None),
        ({"status": "pending"}, 0),
        ({"status": "completed"}, 100),
        ({"status": "failed", "total_items": 4, "processed_items": 1}, 25),
    ],
)
@pytest.mark.contract("B8")
def test_a_hundred_percent_is_shown_only_of_what_is_completed(
    fields: dict[str, object], percent: int | None
) -> None:
    assert shown_percent(a_job(**fields)) == percent


def test_words_are_rounded_as_people_speak() -> None:
    assert [eta_words(s) for s in (4, 40, 200, 5400)] == [
        "a few seconds", "less than a minute", "about 3 min", "about 1.5 h",
    ]  # fmt: skip
    assert [rate_words(r) for r in (44.7, 2.5, 2.0, 0.2)] == [
        "45 a minute", "2.5 a minute", "2 a minute", "12 an hour",
    ]  # fmt: skip
    spans = (8, 200, 7500, 100_000)
    assert [duration_words(timedelta(seconds=s)) for s in spans] == [
        "8 s", "3 min 20 s", "2 h 5 min", "1 day 3 h",
    ]  # fmt: skip
    assert kind_words("rfp_manager.RFPBatchJob") == "RFP batch"
    assert [short_words(s) for s in (0.04, 0.3, 75)] == ["0.0 s", "0.3 s", "1 min 15 s"]
    assert [ordinal_words(n) for n in (1, 3, 9, 10, 11, 21, 112)] == [
        "first", "third", "ninth", "10th", "11th", "21st", "112th",
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_rate_is_that_of_the_last_minutes_not_of_a_night_without_workers() -> None:
    now = timezone.now()
    job = Job.objects.create(
        title="Drafts", task_name="x.y", status=Status.PROCESSING, total_items=40,
        processed_items=20, successful_items=20, started_at=now - timedelta(hours=9),
    )  # fmt: skip
    minute_ago = now - timedelta(minutes=1)
    JobItem.objects.bulk_create(
        JobItem(job=job, key=str(n), state="done", started_at=minute_ago, finished_at=now)
        for n in range(10)
    )
    shown = present(job, now)
    assert shown.rate == "10 a minute"
    assert shown.left_words == "20 left, about 2 min"


@pytest.mark.django_db
def test_the_etag_moves_with_the_work_and_rests_with_it() -> None:
    job = Job.objects.create(title="Drafts", task_name="x.y", total_items=5)
    now = job.created_at
    tag = progress_etag(job, now)
    assert progress_etag(job, now + timedelta(seconds=5)) == tag
    job.log_lines.create(at=now, message="hello")
    assert progress_etag(job, now) != tag


@pytest.mark.django_db
def test_polls_slow_down_when_nothing_moves() -> None:
    job = Job.objects.create(title="Drafts", task_name="x.y")
    moments = [job.created_at + timedelta(seconds=s) for s in (1, 30, 90, 999)]
    pauses = [poll_seconds(job, moment) for moment in moments]
    assert pauses == [1, 3, 5, 10]


def test_long_work_is_asked_for_every_second_only_at_its_beginning_and_its_end() -> None:
    def pause(began: float, done: int) -> int:
        job = a_job(
            status="processing", started_at=ago(began), total_items=1000, processed_items=done
        )
        return poll_seconds(job, NOW)

    assert [pause(5, 10), pause(300, 500), pause(300, 900)] == [1, 2, 1]


@pytest.mark.django_db
def test_a_job_beyond_the_brokers_window_waits_behind_others_and_says_so(settings: Any) -> None:
    settings.JOBS_BROKER_WINDOW = 1
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.create(task_name="x.y", dispatched_at=long_ago)
    waiting = Job.objects.create(task_name="x.y")
    later = timezone.now() + timedelta(minutes=1)
    assert state_sentence(waiting, later) == "Queued behind 1 others"


@pytest.mark.django_db
def test_a_job_in_line_says_behind_whom_and_how_many_are_ahead(alice: Any) -> None:
    first, second, third = (
        Job.objects.create(
            title=title, task_name="x.y", serial_key="k", started_by=alice, ready_at=NOW
        )
        for title in ("Sync A", "Sync B", "Sync C")
    )
    assert state_sentence(first, NOW).startswith("Queued") and place_in_line(first) == ""
    assert state_sentence(second, NOW) == "Waiting for “Sync A” to end"
    assert state_sentence(third, NOW) == "Waiting for “Sync A” to end (2 ahead)"
    assert place_in_line(third) == "Third in line behind “Sync A”"


@pytest.mark.django_db
def test_a_job_that_has_begun_keeps_its_turn_and_says_so(alice: Any) -> None:
    begun, urgent = (
        Job.objects.create(
            title="Sync", task_name="x.y", serial_key="k", started_by=alice, priority=priority
        )
        for priority in (5, 1)
    )
    Job.objects.filter(pk=begun.pk).update(status=Status.PROCESSING, updated_at=NOW)
    assert state_sentence(Job.objects.get(pk=begun.pk), NOW) == "Goes on in a moment"
    assert state_sentence(urgent, NOW) == "Waiting for “Sync” to end"


@pytest.mark.django_db
def test_jobs_of_other_people_are_not_named_but_to_staff(alice: Any, bob: Any) -> None:
    for who in (alice, bob):
        mine = Job.objects.create(title="Mine", task_name="x.y", serial_key="k", started_by=who)
    assert state_sentence(mine, NOW) == "Waiting for another job to end"
    assert state_sentence(mine, NOW, bob) == "Waiting for another job to end"
    assert place_in_line(mine, alice) == "Second in line behind “Mine”"
    bob.is_staff = True
    assert state_sentence(mine, NOW, bob) == "Waiting for “Mine” to end"


def test_the_tag_of_many_is_read_again_into_the_tags_of_each() -> None:
    tags = {7: "ab12", 3: "cd34"}
    assert tag_of_many(tags) == '"3-cd34.7-ab12"'
    assert tags_in(tag_of_many(tags)) == tags
    assert tags_in('W/"3-cd34.x-1.²-2.9"') == {3: "cd34", 9: ""}
