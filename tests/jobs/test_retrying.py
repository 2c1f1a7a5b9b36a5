"""What has ended stays as it is; running it again makes a new job that points back."""

from typing import Any

import pytest

from jobs.batch import Steps, add_items, work_items
from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.models import ItemState, Job, JobItem, Status
from jobs.retrying import CannotRetry, resume, retry, retry_failed_items
from jobs.run import JobRun
from jobs.transitions import finish_unclaimed
from rfp_manager.models import RFP, RFPBatchJob
from tests.jobs.engine import WORK, at_once, deliver, fresh, person, queued


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def ended(job: Job, status: Status = Status.FAILED) -> Job:
    finish_unclaimed(job, status, error="no")
    return fresh(job)


def batch_job() -> RFPBatchJob:
    owner = person("owner")
    rfp = RFP.objects.create(name="R", owner=owner, filename="r.xlsx", file_format="xlsx")
    job = RFPBatchJob(
        rfp=rfp, job_type="responder", started_by=owner, only_unanswered=False, title="Draft"
    )
    return enqueue(
        "rfp_manager.batch_generate_responder_answers", job=job, dedup_key="rfp:1", priority=3
    )


@pytest.mark.django_db
def test_a_retry_is_a_new_job_of_the_same_kind_with_its_own_columns() -> None:
    old, bob = batch_job(), person("bob")
    ended(old)
    new = retry(fresh(old), user=bob)
    assert isinstance(new, RFPBatchJob) and new.pk != old.pk
    assert (new.retry_of_id, new.started_by, new.title) == (old.pk, bob, "Draft")
    assert (new.rfp_id, new.job_type, new.only_unanswered) == (old.rfp_id, "responder", False)
    assert (new.dedup_key, new.priority, new.queue) == ("rfp:1", 3, "batch")
    assert new.kwargs == {"rfp_id": old.rfp_id, "user_id": bob.pk, "job_id": new.pk}
    assert fresh(old).status == Status.FAILED, "the old job stays as it was"


@pytest.mark.django_db
@pytest.mark.contract("C1")
def test_a_retry_runs_from_the_stored_arguments() -> None:
    old = ended(queued(overrides={"document_id": 7}))
    assert retry(old, user=None).kwargs["document_id"] == 7


@pytest.mark.django_db
def test_a_retry_does_not_take_along_how_the_last_run_went(monkeypatch: Any) -> None:
    monkeypatch.setattr(RFPBatchJob, "outcome_columns", ("only_unanswered",))
    old = batch_job()
    ended(old)
    again = retry(fresh(old), user=None)
    assert isinstance(again, RFPBatchJob) and again.only_unanswered is True


@pytest.mark.django_db
def test_an_unfinished_job_is_not_retried() -> None:
    with pytest.raises(CannotRetry, match="not finished"):
        retry(queued(), user=None)


@pytest.mark.django_db
def test_of_two_people_who_retry_the_second_is_told_that_it_runs() -> None:
    old = ended(queued(dedup_key="k"))
    first = retry(old, user=None)
    with pytest.raises(AlreadyRunning) as refused:
        retry(old, user=None)
    assert refused.value.existing == first


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_start_it_once() -> None:
    old = ended(queued())
    results = at_once(*[lambda: retry(fresh(old), user=None)] * 20)
    started = [result for result in results if isinstance(result, Job)]
    refused = [result for result in results if isinstance(result, AlreadyRunning)]
    assert (len(started), len(refused)) == (1, 19)
    assert {error.existing for error in refused} == set(started)


@pytest.mark.django_db
def test_a_kind_that_is_gone_is_refused_with_a_sentence() -> None:
    old = ended(queued())
    Job.objects.filter(pk=old.pk).update(kind="gone.Kind")
    with pytest.raises(CannotRetry, match="gone.Kind"):
        retry(fresh(old), user=None)


@pytest.mark.django_db
def test_a_task_that_is_gone_is_refused_with_a_sentence() -> None:
    old = ended(queued())
    Job.objects.filter(pk=old.pk).update(task_name="gone.task")
    with pytest.raises(CannotRetry, match="no task “gone.task”"):
        retry(fresh(old), user=None)
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_a_retry_waits_in_the_same_line_and_goes_to_the_same_queue() -> None:
    again = retry(ended(queued(serial_key="host:a", queue="embedding")), user=None)
    assert (again.serial_key, again.queue) == ("host:a", "embedding")


@pytest.mark.django_db
def test_a_queue_that_is_gone_gives_way_to_the_tasks_own() -> None:
    old = ended(queued())
    Job.objects.filter(pk=old.pk).update(queue="gone")
    assert retry(fresh(old), user=None).queue == old.queue


def over(*keys: str, fail: str = "", stop_at: str = "") -> Any:
    """Work on the items `keys`; one fails, and at one the whole job does."""

    def call(key: str) -> dict[str, Any]:
        if key == fail:
            raise ValueError("damaged")
        return {}

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, keys)
        if stop_at:
            JobItem.objects.filter(job=run.job, key__lt=stop_at).update(state=ItemState.DONE)
            raise RuntimeError("the rest was not reached")
        work_items(run, Steps(lambda item: item.key, call, lambda item, result: result))
        return {}

    return work


@pytest.mark.django_db(transaction=True)
def test_retrying_failed_items_does_only_those() -> None:
    old = queued(over("1", "2", "3", fail="2"))
    deliver(old)
    assert fresh(old).failed_items == 1
    again = retry_failed_items(fresh(old), user=None)
    assert list(again.items.values_list("key", flat=True)) == ["2"]
    WORK["probe"] = over("1", "2", "3")
    deliver(again)
    again = fresh(again)
    assert (again.status, again.total_items, again.successful_items) == (Status.COMPLETED, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_resuming_does_only_what_was_left_undone() -> None:
    old = queued(over("1", "2", "3", stop_at="2"))
    deliver(old)
    assert fresh(old).status == Status.FAILED
    again = resume(fresh(old), user=None)
    assert list(again.items.values_list("key", flat=True)) == ["2", "3"]
    WORK["probe"] = over("1", "2", "3")
    deliver(again)
    assert fresh(again).successful_items == 2


@pytest.mark.django_db
@pytest.mark.parametrize("again", [retry_failed_items, resume])
def test_where_nothing_failed_or_is_left_there_is_nothing_to_run_again(again: Any) -> None:
    with pytest.raises(CannotRetry, match="No items of this job"):
        again(ended(queued(), Status.COMPLETED), user=None)
