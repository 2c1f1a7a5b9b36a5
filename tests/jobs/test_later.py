"""Work for later, scattered, chained, or of no use after a time; and how long a start took."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import sweep, transitions
from jobs.dispatch import Step, enqueue_chain
from jobs.models import Job, Status
from tests.jobs.engine import fresh, person, probe, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def elsewhere(settings: object) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False  # type: ignore[attr-defined]


@pytest.mark.contract("D8", "E7")
def test_scattered_jobs_lie_all_over_their_window_and_never_outside() -> None:
    start = timezone.now()
    moments = [queued(title=f"s{n}", spread=600).run_after for n in range(40)]
    assert all(m and start <= m <= start + timedelta(seconds=601) for m in moments)
    assert len({m.replace(second=0, microsecond=0) for m in moments if m}) > 5


def test_a_window_begins_at_the_time_that_was_asked_for() -> None:
    tonight = timezone.now() + timedelta(hours=5)
    job = queued(run_after=tonight, spread=60)
    assert tonight <= job.run_after <= tonight + timedelta(seconds=60)


@pytest.mark.parametrize("spread", [-1, 86_401])
def test_a_window_of_nonsense_is_refused(spread: float) -> None:
    with pytest.raises(ValueError, match="spread"):
        queued(spread=spread)


def test_a_queue_that_nobody_reads_is_refused() -> None:
    with pytest.raises(ValueError, match="No worker reads"):
        queued(queue="nowhere")


def test_a_queue_can_be_chosen() -> None:
    assert fresh(queued(queue="batch")).queue == "batch"


@pytest.mark.contract("B5")
def test_a_job_that_did_not_start_in_time_never_starts_and_says_so() -> None:
    job = queued(expires_at=timezone.now() - timedelta(seconds=1), started_by=person())
    assert transitions.claim(job.pk, worker="w") is None
    assert sweep.sweep().expired == [job.pk]
    assert fresh(job).status == Status.CANCELLED and "No worker was free" in fresh(job).last_error
    assert job.notifications.count() == 1


def test_a_job_that_started_in_time_goes_on_after_it() -> None:
    job = queued(expires_at=timezone.now() + timedelta(hours=1))
    held = transitions.claim(job.pk, worker="w")
    transitions.release(held, outcome="slice over")
    Job.objects.filter(pk=job.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sweep.sweep().expired == []
    assert transitions.claim(job.pk, worker="w") is not None


@pytest.mark.contract("D4")
def test_a_chain_runs_in_order_each_after_the_one_before() -> None:
    first, second, third = enqueue_chain(*[Step(probe, Job(title=t)) for t in "abc"])
    assert [j.pk for j in Job.objects.due()] == [first.pk]
    transitions.finish(transitions.claim(first.pk, worker="w"), Status.COMPLETED)
    assert [j.pk for j in Job.objects.due()] == [second.pk]
    assert fresh(third).ready_at is None


@pytest.mark.contract("D4")
def test_a_chain_that_breaks_ends_with_the_reason_at_every_link() -> None:
    first, second, third = enqueue_chain(*[Step(probe, Job(title=t)) for t in "abc"])
    transitions.finish(transitions.claim(first.pk, worker="w"), Status.FAILED, error="no")
    assert [fresh(j).status for j in (second, third)] == [Status.CANCELLED] * 2
    assert "“a” did not complete" in fresh(second).last_error
    assert "“b” did not complete" in fresh(third).last_error


@pytest.mark.contract("E5", "E8")
def test_the_time_to_start_counts_from_when_only_a_worker_was_missing() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(
        created_at=timezone.now() - timedelta(hours=2),
        ready_at=timezone.now() - timedelta(seconds=10),
    )
    held = transitions.claim(job.pk, worker="w")
    waited = fresh(job).waited_seconds
    assert waited is not None and 10 <= waited < 60
    transitions.release(held, outcome="slice over")
    transitions.claim(job.pk, worker="w")
    assert fresh(job).waited_seconds == waited, "the first start counts"


def test_a_clock_that_is_behind_makes_no_negative_wait() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(ready_at=timezone.now() + timedelta(seconds=5))
    transitions.claim(job.pk, worker="w")
    assert fresh(job).waited_seconds == 0


def test_who_waited_for_another_is_ready_when_that_one_is_done() -> None:
    first = queued(title="first")
    second = queued(title="second", depends_on=first)
    assert second.ready_at is None
    transitions.finish(transitions.claim(first.pk, worker="w"), Status.COMPLETED)
    assert fresh(second).ready_at is not None
