"""Every run of a job has exactly one honest ending, whatever the work does."""

from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.utils import timezone

from jobs import transitions
from jobs.dispatch import enqueue
from jobs.errors import JobFailed, SliceOver
from jobs.models import ItemState, Job, JobAttempt, JobItem, Notification, Status
from jobs.run import JobRun
from solution_library.models import EmbeddingJob
from tests.jobs.engine import WORK, at_once, deliver, false_start, fresh, person, probe, queued

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def raises(error: Exception) -> Any:
    def work(run: JobRun) -> dict[str, Any]:
        raise error

    return work


def due_now(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(run_after=None)
    return fresh(job)


# -- success -------------------------------------------------------------------------------
@pytest.mark.contract("D3", "A5")
def test_a_job_that_worked_is_completed_with_its_result_and_one_notification() -> None:
    job = queued(lambda run: {"documents": 3}, started_by=person())
    assert deliver(job) == {"success": True, "job_id": job.pk, "documents": 3}
    job = fresh(job)
    assert (job.status, job.result, job.lease_token) == (Status.COMPLETED, {"documents": 3}, None)
    assert job.started_at and job.completed_at
    assert Notification.objects.get(job=job).text == "probe is finished"
    assert JobAttempt.objects.get(job=job).outcome == "Completed"


@pytest.mark.contract("F32")
def test_a_second_delivery_of_a_finished_job_does_nothing() -> None:
    runs: list[int] = []

    def work(run: JobRun) -> dict[str, Any]:
        runs.append(1)
        return {}

    job = queued(work, started_by=person())
    deliver(job)
    assert deliver(job)["skipped"]
    assert runs == [1] and Notification.objects.count() == 1


@pytest.mark.contract("C5")
def test_a_result_that_json_or_postgres_cannot_hold_is_kept_as_words() -> None:
    job = queued(lambda run: {"text": "a\x00b"})
    deliver(job)
    assert fresh(job).result == {"text": "ab"}
    job = queued(lambda run: {"when": timezone, "nan": float("nan")})
    deliver(job)
    assert fresh(job).status == Status.COMPLETED
    assert fresh(job).result["forced_json"] is True


def test_a_completed_job_wakes_the_one_that_depends_on_it() -> None:
    first = queued(title="first")
    second = queued(title="second", depends_on=first)
    assert not Job.objects.due().filter(pk=second.pk).exists()
    deliver(first)
    assert Job.objects.due().filter(pk=second.pk).exists()


# -- failure -------------------------------------------------------------------------------
@pytest.mark.contract("D3", "A7")
def test_a_failed_job_says_why_and_notifies_once() -> None:
    job = queued(raises(JobFailed("The source has no documents.")), started_by=person())
    result = deliver(job)
    assert result == {"success": False, "job_id": job.pk, "error": "The source has no documents."}
    assert fresh(job).status == Status.FAILED
    assert fresh(job).last_error == "The source has no documents."
    assert "no documents" in Notification.objects.get(job=job).text


def test_what_depends_on_a_failed_job_is_not_started_and_says_so() -> None:
    first = queued(raises(JobFailed("no")), title="first")
    second = queued(title="second", depends_on=first)
    deliver(first)
    assert fresh(second).status == Status.CANCELLED
    assert "“first” did not complete" in fresh(second).last_error


@pytest.mark.contract("A11")
def test_a_value_error_is_a_failure_and_is_not_tried_again() -> None:
    job = queued(raises(ValueError("bad\x00value")))
    assert deliver(job)["success"] is False
    assert (fresh(job).status, fresh(job).retries) == (Status.FAILED, 0)
    assert fresh(job).last_error == "badvalue"


@pytest.mark.contract("A14")
def test_the_soft_time_limit_fails_the_job_with_these_words() -> None:
    job = queued(raises(SoftTimeLimitExceeded()))
    assert deliver(job) == {"success": False, "job_id": job.pk, "error": "Time limit exceeded"}
    assert fresh(job).status == Status.FAILED and fresh(job).completed_at


def test_items_in_flight_at_the_end_are_not_left_running() -> None:
    def work(run: JobRun) -> dict[str, Any]:
        JobItem.objects.create(job_id=run.job.pk, key="1", state=ItemState.RUNNING)
        raise SoftTimeLimitExceeded

    job = queued(work)
    deliver(job)
    assert JobItem.objects.get(job=job).state == ItemState.PENDING


# -- the domain's hook ---------------------------------------------------------------------
@pytest.fixture
def bad_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook of one kind of job writes something and then fails."""

    def on_finished(job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(title="changed by the hook")
        raise RuntimeError("the hook failed")

    monkeypatch.setattr(EmbeddingJob, "on_finished", on_finished)


def hooked(work: Any = None) -> Job:
    WORK["probe"] = work or (lambda run: {})
    return enqueue(probe, job=EmbeddingJob(title="probe", started_by=person()))


@pytest.mark.usefixtures("bad_hook")
def test_when_the_hook_of_a_completed_job_fails_the_job_has_failed() -> None:
    job = hooked()
    assert deliver(job)["error"] == "the hook failed"
    job = fresh(job)
    assert (job.status, job.last_error) == (Status.FAILED, "the hook failed")
    assert job.title == "probe", "what the hook wrote is undone"
    assert list(Notification.objects.values_list("event", flat=True)) == ["failed"]


@pytest.mark.usefixtures("bad_hook")
def test_a_failing_hook_does_not_keep_a_failed_job_from_ending() -> None:
    job = hooked(raises(JobFailed("first reason")))
    deliver(job)
    assert (fresh(job).status, fresh(job).last_error) == (Status.FAILED, "first reason")


def test_a_kind_that_this_version_does_not_know_can_still_end() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(kind="gone.Kind")
    assert transitions.finish_unclaimed(fresh(job), Status.CANCELLED)
    assert fresh(job).status == Status.CANCELLED


# -- passing errors ------------------------------------------------------------------------
@pytest.mark.contract("A10", "F10")
def test_a_passing_error_puts_the_job_back_for_later() -> None:
    job = queued(raises(ConnectionError("refused")))
    before = timezone.now()
    deliver(job)
    job = fresh(job)
    assert job.status == Status.PROCESSING and job.lease_token is None and job.retries == 1
    assert job.run_after is not None and job.run_after <= before + timedelta(seconds=61)
    assert JobAttempt.objects.get(job=job).outcome == "ConnectionError: refused"


@pytest.mark.contract("A10", "B4")
def test_after_three_tries_more_a_passing_error_is_final() -> None:
    job = queued(raises(TimeoutError("slow")))
    for _ in range(3):
        deliver(job)
        assert due_now(job).is_active
    assert deliver(job)["error"] == "slow"
    assert (fresh(job).status, fresh(job).retries, fresh(job).attempt) == (Status.FAILED, 3, 4)


def test_eager_mode_tries_again_at_once(settings: Any) -> None:
    tries: list[int] = []

    def work(run: JobRun) -> dict[str, Any]:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("refused")
        return {}

    settings.CELERY_TASK_ALWAYS_EAGER = True
    job = queued(work)
    assert fresh(job).status == Status.COMPLETED and len(tries) == 3


# -- slices, cancels, lost leases ----------------------------------------------------------
@pytest.mark.contract("F2")
def test_a_slice_that_is_over_goes_on_later_without_blame() -> None:
    job = queued(raises(SliceOver()))
    assert deliver(job)["continues"] is True
    assert Job.objects.due().filter(pk=job.pk).exists() and fresh(job).crashes == 0


def test_work_that_looks_stops_when_its_slice_is_over(settings: Any) -> None:
    settings.JOBS_SLICE_SECONDS = -1

    def work(run: JobRun) -> dict[str, Any]:
        run.check()
        raise AssertionError("it should have stopped")

    assert deliver(queued(work))["continues"] is True


def test_a_cancel_is_seen_by_the_work_and_ends_the_job(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True  # the keeper then looks at every check

    def work(run: JobRun) -> dict[str, Any]:
        transitions.request_cancel(run.job)
        run.check()
        raise AssertionError("it should have stopped")

    job = queued(work, started_by=person())
    assert fresh(job).status == Status.CANCELLED
    assert Notification.objects.get(job=job).event == "cancelled"


def test_who_lost_the_lease_writes_no_ending() -> None:
    def work(run: JobRun) -> dict[str, Any]:
        transitions.worker_lost(run.job.pk, run.held.token, reason="taken for dead")
        return {"late": True}

    job = queued(work, started_by=person())
    assert deliver(job)["success"] is False
    assert fresh(job).is_active and fresh(job).result is None
    assert not Notification.objects.exists()


# -- the database --------------------------------------------------------------------------
def kill_my_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]

    def kill() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    at_once(kill)


def test_work_that_loses_the_database_is_put_back_without_blame() -> None:
    def work(run: JobRun) -> dict[str, Any]:
        kill_my_session()
        run.now("this cannot be written")
        return {}

    job = queued(work)
    assert "goes on" in deliver(job)["error"]
    job = fresh(job)
    assert job.is_active and job.lease_token is None and (job.crashes, job.retries) == (0, 0)


def test_an_ending_waits_for_a_database_that_was_lost_at_the_last_moment() -> None:
    def work(run: JobRun) -> dict[str, Any]:
        kill_my_session()
        return {"done": True}

    job = queued(work)
    assert deliver(job)["success"] is True
    assert fresh(job).status == Status.COMPLETED


def statement(sql: str) -> Any:
    def work(run: JobRun) -> dict[str, Any]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 20")
            cursor.execute(sql)
        return {}

    return work


def test_a_statement_that_always_times_out_is_not_tried_for_ever() -> None:
    job = queued(statement("SELECT pg_sleep(5)"))
    for _ in range(2):
        deliver(job)
        assert due_now(job).is_active
    deliver(job)
    assert fresh(job).status == Status.FAILED and "timeout" in fresh(job).last_error


def test_a_text_too_big_for_the_index_fails_the_job_and_is_not_taken_for_an_outage() -> None:
    words = "SELECT string_agg(md5(i::text), ' ') FROM generate_series(1, 40000) i"
    work = statement(f"SET LOCAL statement_timeout = 0; SELECT to_tsvector('simple', ({words}))")
    job = queued(work)
    assert deliver(job)["success"] is False
    assert fresh(job).status == Status.FAILED and "tsvector" in fresh(job).last_error


# -- crashes without items -----------------------------------------------------------------
def test_work_that_always_dies_at_the_same_place_is_given_up() -> None:
    def work(run: JobRun) -> dict[str, Any]:
        run.progress(5, 10, "page 5")
        transitions.worker_lost(run.job.pk, run.held.token, reason="out of memory")
        return {}

    job = queued(work)
    for _ in range(3):
        deliver(job)
    assert fresh(job).status == Status.FAILED and "died 3 times" in fresh(job).last_error


def test_work_that_comes_further_each_time_is_not_given_up() -> None:
    reached = iter([2, 4, 6, 8])

    def work(run: JobRun) -> dict[str, Any]:
        run.progress(next(reached), 10)
        transitions.worker_lost(run.job.pk, run.held.token, reason="killed")
        return {}

    job = queued(work)
    for _ in range(4):
        deliver(job)
    assert fresh(job).is_active and fresh(job).crashes == 1


@pytest.mark.parametrize(("done", "total", "failed"), [(12, 10, 0), (3, 10, 9), (-1, 10, 0)])
def test_progress_never_goes_out_of_bounds(done: int, total: int, failed: int) -> None:
    job = queued(lambda run: run.progress(done, total, failed=failed) or {})
    deliver(job)
    job = fresh(job)
    assert job.status == Status.COMPLETED
    assert 0 <= job.failed_items <= job.processed_items <= job.total_items


def test_a_task_that_fails_before_its_work_begins_is_given_up_with_the_reason() -> None:
    job = enqueue(false_start, job=Job(title="false", started_by=person()))
    for _ in range(transitions.MAX_CRASHES):
        assert fresh(job).status == Status.PENDING
        result = false_start.apply(kwargs=job.kwargs, task_id=job.celery_task_id).result
        assert result["success"] is False
    assert fresh(job).status == Status.FAILED
    assert "could not be started 3 times in a row: RuntimeError" in fresh(job).last_error
    assert job.notifications.count() == 1
