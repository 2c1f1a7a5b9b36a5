"""The job row is the outbox: it exists if and only if the caller's transaction does."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from jobs.dispatch import OUTBOX_CHANNEL, enqueue
from jobs.errors import AlreadyRunning, ImpossibleMessage
from jobs.models import Job, Status
from jobs.transitions import finish_unclaimed
from tests.jobs.engine import at_once, deliver, fresh, person, probe, queued


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.mark.django_db
def test_a_row_has_its_celery_id_and_arguments_from_the_start() -> None:
    job = fresh(queued())
    assert job.status == Status.PENDING and job.celery_task_id
    assert job.kwargs == {"job_id": job.pk}
    assert (job.kind, job.queue, job.dispatched_at) == ("jobs.Job", "default", None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("A24", "A39")
def test_what_is_rolled_back_was_never_queued() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queued()
        raise RuntimeError
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("A39", "F21")
def test_the_relay_is_woken_at_commit_and_not_before() -> None:
    parameters = connection.get_connection_params()
    dsn = {k: v for k, v in parameters.items() if k not in ("cursor_factory", "context")}
    with psycopg.connect(**dsn, autocommit=True) as listener:
        listener.execute(f"LISTEN {OUTBOX_CHANNEL}")
        with transaction.atomic():
            queued()
            assert not list(listener.notifies(timeout=0.1, stop_after=1))
        assert len(list(listener.notifies(timeout=2, stop_after=1))) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("F15")
def test_of_many_who_click_at_once_one_wins_and_the_others_learn_of_it() -> None:
    results = at_once(*[lambda: queued(dedup_key="rfp:1:responder")] * 6)
    winners = [r for r in results if isinstance(r, Job)]
    losers = [r for r in results if isinstance(r, AlreadyRunning)]
    assert (len(winners), len(losers)) == (1, 5)
    assert {loser.existing for loser in losers} == {winners[0]}
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_free_again_when_its_job_has_ended() -> None:
    first = queued(dedup_key="k")
    finish_unclaimed(first, Status.CANCELLED)
    assert queued(dedup_key="k").pk != first.pk


@pytest.mark.django_db
def test_jobs_without_a_key_never_stand_in_each_others_way() -> None:
    assert queued().pk != queued().pk


@pytest.mark.django_db
@pytest.mark.parametrize("priority", [0, 10, -1])
@pytest.mark.contract("D6")
def test_priorities_that_are_reserved_or_unknown_are_refused(priority: int) -> None:
    with pytest.raises(ValueError, match="priority"):
        queued(priority=priority)


@pytest.mark.django_db
def test_a_task_that_no_worker_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no task"):
        enqueue("jobs.misspelt", job=Job())


@pytest.mark.django_db
def test_a_saved_job_is_not_queued_a_second_time() -> None:
    with pytest.raises(ValueError, match="new row"):
        enqueue(probe, job=queued())


@pytest.mark.django_db
@pytest.mark.contract("A9")
def test_a_model_instance_among_the_arguments_is_refused_and_leaves_no_row() -> None:
    with pytest.raises(ImpossibleMessage, match="ids, not objects"):
        queued(overrides={"user": person()})
    assert not Job.objects.exists()


@pytest.mark.django_db
@pytest.mark.contract("E3")
def test_arguments_too_big_for_a_message_are_refused() -> None:
    with pytest.raises(ImpossibleMessage, match="2048"):
        queued(overrides={"document_ids": list(range(1000))})


@pytest.mark.django_db(transaction=True)
def test_eager_mode_runs_the_work_at_commit(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with transaction.atomic():
        job = queued(lambda run: {"answer": 42})
        assert fresh(job).status == Status.PENDING
    assert (fresh(job).status, fresh(job).result) == (Status.COMPLETED, {"answer": 42})


@pytest.mark.django_db(transaction=True)
def test_eager_mode_does_not_run_what_is_for_later(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    job = queued(run_after=timezone.now() + timedelta(hours=1))
    assert fresh(job).status == Status.PENDING


@pytest.mark.django_db(transaction=True)
def test_eager_mode_runs_a_dependant_after_its_forerunner(settings: Any) -> None:
    first = queued(title="first")
    settings.CELERY_TASK_ALWAYS_EAGER = True
    second = queued(title="second", depends_on=first)
    assert fresh(second).status == Status.PENDING
    deliver(first)
    assert fresh(second).status == Status.COMPLETED
