"""Serial work: jobs of one key run one at a time, whoever starts, crashes or waits."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs import sweep, transitions
from jobs.models import Job, Status
from jobs.relay import _next_due
from tests.jobs.engine import at_once, fresh, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def elsewhere(settings: object) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False  # type: ignore[attr-defined]


def in_line(count: int = 2, **options: object) -> list[Job]:
    return [queued(title=f"n{n}", serial_key="books", **options) for n in range(count)]


def claim(job: Job) -> transitions.Claim | None:
    return transitions.claim(job.pk, worker="w")


@pytest.mark.contract("E2")
def test_only_the_first_in_line_is_sent_to_the_broker() -> None:
    first, second = in_line()
    assert _next_due() == [first.pk]
    held = claim(first)
    assert held is not None and _next_due() == []
    transitions.finish(held, Status.COMPLETED)
    assert _next_due() == [second.pk]


def test_a_message_that_comes_too_early_starts_nothing_and_is_sent_again_later() -> None:
    first, second = in_line()
    held = claim(first)
    Job.objects.filter(pk=second.pk).update(dispatched_at=timezone.now())
    assert claim(second) is None
    assert fresh(second).dispatched_at is None
    transitions.finish(held, Status.FAILED)
    assert claim(second) is not None


def test_the_line_waits_between_the_slices_of_the_one_in_front() -> None:
    first, second = in_line()
    transitions.release(claim(first), outcome="slice over")
    assert _next_due() == [first.pk]
    assert claim(second) is None


def test_the_more_urgent_goes_first_and_does_not_interrupt() -> None:
    first, second = in_line()
    urgent = queued(title="urgent", serial_key="books", priority=1)
    assert _next_due() == [urgent.pk]
    held = claim(urgent)
    assert claim(first) is None and claim(second) is None
    transitions.finish(held, Status.COMPLETED)
    assert _next_due() == [first.pk]


def test_the_more_urgent_waits_for_the_next_slice_of_the_one_in_front_too() -> None:
    first, _ = in_line()
    transitions.release(claim(first), outcome="slice over")
    urgent = queued(title="urgent", serial_key="books", priority=1)
    assert claim(urgent) is None
    assert _next_due() == [first.pk] and claim(first) is not None


def test_lines_of_other_keys_and_work_without_one_do_not_wait() -> None:
    first, _ = in_line()
    other, free = queued(title="a", serial_key="other"), queued(title="b")
    claim(first)
    assert claim(other) is not None and claim(free) is not None


def test_who_waits_for_a_later_time_or_another_job_holds_up_nobody() -> None:
    queued(title="later", serial_key="books", run_after=timezone.now() + timedelta(hours=1))
    queued(title="after", serial_key="books", depends_on=queued(title="before"))
    now = queued(title="now", serial_key="books")
    assert claim(now) is not None


@pytest.mark.contract("D10")
def test_a_crash_of_the_one_in_front_does_not_hold_the_line_for_ever() -> None:
    first, second = in_line()
    claim(first)
    for _ in range(transitions.MAX_CRASHES):
        Job.objects.filter(pk=first.pk).update(
            lease_expires_at=timezone.now() - timedelta(seconds=1)
        )
        sweep.sweep()
        claim(first)
    assert fresh(first).status == Status.FAILED
    assert claim(second) is not None


def test_a_cancelled_job_leaves_the_line() -> None:
    first, second, third = in_line(3)
    transitions.request_cancel(second)
    transitions.finish(claim(first), Status.COMPLETED)
    assert _next_due() == [third.pk]


@pytest.mark.contract("D10", "E2")
def test_the_database_itself_refuses_two_at_a_time() -> None:
    first, second = in_line()
    claim(first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=second.pk).update(status=Status.PROCESSING)


@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("E2")
def test_of_many_claims_at_once_one_wins() -> None:
    line = in_line(6)
    won = at_once(*[lambda job=job: claim(job) for job in line])
    assert [type(held) for held in won if held is not None] == [transitions.Claim]
    assert won[0] is not None, "the first in line"
