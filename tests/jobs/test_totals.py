"""Totals only grow, whatever becomes of the rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from jobs import totals, transitions
from jobs.measuring import CANARY_TASK
from jobs.models import Job, Status
from jobs.sweep import sweep
from jobs.totals import Total, incidents
from tests.jobs.engine import at_once, queued
from tests.jobs.queue_world import ago, ran, row, running, waiting

pytestmark = pytest.mark.django_db


def total() -> Total:
    [found] = totals.totals()
    return found


def test_an_installation_without_jobs_has_no_totals() -> None:
    assert totals.totals() == []


def test_deleting_jobs_takes_nothing_away_from_the_totals() -> None:
    for _ in range(3):
        ran(waited=2.0, total_items=5, processed_items=5, successful_items=4, failed_items=1)
    before = total()
    assert before == Total("batch", "jobs.Job", "completed", 3, 3, 3, 6.0, 12, 3)
    Job.objects.first().delete()  # type: ignore[union-attr]
    assert total().kept == 2
    Job.objects.all().delete()
    after = total()
    assert (after.kept, after.jobs, after.starts, after.waited_seconds) == (0, 3, 3, 6.0)
    assert (after.successful_items, after.failed_items) == (12, 3)


def test_each_queue_kind_and_status_has_its_own() -> None:
    ran("batch", waited=1)
    ran("default", waited=1)
    row("default", status=Status.FAILED, completed_at=ago(1))
    Job.objects.all().delete()
    found = {(entry.queue, entry.status): entry.jobs for entry in totals.totals()}
    assert found == {
        ("batch", "completed"): 1, ("default", "completed"): 1, ("default", "failed"): 1,
    }  # fmt: skip


def test_canaries_are_no_work() -> None:
    ran(waited=1, task_name=CANARY_TASK)
    assert totals.totals() == []
    Job.objects.all().delete()
    assert totals.totals() == []


def test_a_deletion_that_is_rolled_back_was_none() -> None:
    ran(waited=1)
    with pytest.raises(RuntimeError), transaction.atomic():
        Job.objects.all().delete()
        raise RuntimeError
    assert (total().kept, total().jobs) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_purges_at_once_neither_lose_a_job_nor_lock_each_other_out() -> None:
    ids = [ran(queue, waited=1).pk for queue in ("batch", "default", "embedding") * 8]

    def purge(part: list[int]) -> Callable[[], Any]:
        return lambda: Job.objects.filter(pk__in=part).delete()

    results = at_once(purge(ids[:12]), purge(ids[12:][::-1]))
    assert not [result for result in results if isinstance(result, Exception)]
    assert [entry.jobs for entry in totals.totals()] == [8, 8, 8]


# -- incidents ----------------------------------------------------------------------------------
def counted(act: Callable[[], Any], capture: Any) -> dict[str, int]:
    """The incidents that were counted when what `act` did was committed."""
    with capture(execute=True):
        act()
    return {name: times for name, times in incidents().items() if times}


def test_nothing_has_happened_at_first_and_every_incident_is_named() -> None:
    assert incidents() == dict.fromkeys(totals.INCIDENTS, 0)


def test_an_unknown_incident_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no incident"):
        totals.count("typo")


def test_incidents_add_up(django_capture_on_commit_callbacks: Any) -> None:
    def act() -> None:
        totals.count("crash", 2)
        totals.count("crash")
        totals.count("message_resent", 0)

    assert counted(act, django_capture_on_commit_callbacks) == {"crash": 3}


def test_a_worker_that_went_silent_is_counted(
    django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    running(lease_expires_at=ago(1))
    assert counted(sweep, django_capture_on_commit_callbacks) == {"crash": 1}


def test_a_job_that_ran_too_long_is_counted(django_capture_on_commit_callbacks: Any) -> None:
    job = running()

    def act() -> None:
        transitions.ran_too_long(job.pk, job.lease_token, reason="too long")  # type: ignore[arg-type]

    assert counted(act, django_capture_on_commit_callbacks) == {"hard_time_limit": 1}


def test_a_lost_delivery_is_counted(django_capture_on_commit_callbacks: Any, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    job = queued()
    Job.objects.filter(pk=job.pk).update(dispatched_at=ago(1))

    def act() -> None:
        transitions.delivery_lost(job.pk, reason="killed")

    assert counted(act, django_capture_on_commit_callbacks) == {"delivery_lost": 1}


def test_a_message_sent_again_is_counted_and_one_that_only_would_be_is_not(
    django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    for _ in range(2):
        waiting(since=600, updated_at=ago(600))
    assert counted(lambda: sweep(dry_run=True), django_capture_on_commit_callbacks) == {}
    assert counted(sweep, django_capture_on_commit_callbacks) == {"message_resent": 2}


def test_counting_that_fails_stops_nobody(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "_add", lambda *_: connection.no_such_thing)
    assert counted(lambda: totals.count("crash"), django_capture_on_commit_callbacks) == {}
