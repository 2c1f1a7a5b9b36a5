"""What a poll reads in one query is what it would read by the ordinary way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs import watching
from jobs.models import Job, Status
from jobs.presenting import progress_tag
from jobs.sentences import state_sentence
from jobs.watching import watched, with_surroundings
from tests.jobs.page_world import finish, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs(alice: Any) -> list[Job]:
    """A job in every state that a sentence tells of something else than the job itself."""
    first = running(alice, title="Sync", serial_key="k")
    first.log_lines.create(at=timezone.now(), message="hello")
    waiting: dict[str, Any] = {"status": Status.PENDING, "started_at": None}
    rest = [
        running(alice, title="In line", serial_key="k", **waiting),
        running(alice, title="After", depends_on=first, **waiting),
        running(alice, title="Sent", dispatched_at=timezone.now(), **waiting),
        running(alice, title="Unsent", **waiting),
    ]
    ended = running(alice, title="Ended")
    finish(ended, last_error="no")
    rest.append(running(alice, title="After the end", depends_on=ended, **waiting))
    Job.objects.update(created_at=timezone.now() - timedelta(hours=1))
    return [first, *rest, ended]


def test_the_short_way_tells_the_same_as_the_ordinary_one(jobs: list[Job]) -> None:
    now = timezone.now()
    ids = [job.pk for job in jobs]
    ordinary = with_surroundings(Job.objects.filter(pk__in=ids)).order_by("pk")
    assert [state_sentence(job, now) for job in watched(ids)] == [
        state_sentence(job, now) for job in ordinary
    ]
    assert [progress_tag(job, now) for job in watched(ids)] == [
        progress_tag(job, now) for job in ordinary
    ]
    assert len({state_sentence(job, now) for job in watched(ids)}) == len(jobs)


def test_however_many_jobs_are_watched_it_is_one_query(jobs: list[Job]) -> None:
    with CaptureQueriesContext(connection) as caught:
        for job in watched([job.pk for job in jobs]):
            progress_tag(job, timezone.now())
    assert len(caught) == 1


def test_the_query_is_put_together_once_and_no_moment_is_frozen_in_it(jobs: list[Job]) -> None:
    _, params = watching._statement(2)
    assert all(isinstance(value, int | str) for value in params)
    assert sorted(value for value in params if isinstance(value, int) and value < 0) == [-2, -1]


def test_nothing_is_asked_for_no_jobs() -> None:
    with CaptureQueriesContext(connection) as caught:
        assert watched([]) == []
    assert len(caught) == 0
