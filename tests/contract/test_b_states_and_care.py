"""Part B of the task contract: states, progress, and care with resources."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs import transitions
from jobs.batch import Steps, add_items, work_items
from jobs.models import Job, JobItem, Status
from jobs.presenting import present
from jobs.responses import status_body
from jobs.run import JobRun
from jobs.sweep import sweep
from tests.contract.test_a_tasks import OURS
from tests.jobs.engine import deliver, fresh, queued

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("elsewhere")]


def raises(error: Exception) -> Any:
    def work(run: JobRun) -> dict[str, Any]:
        raise error

    return work


# -- B1-B5 ---------------------------------------------------------------------------------
def test_b1_that_a_job_has_started_is_seen_from_elsewhere_while_it_works() -> None:
    seen: list[Job] = []

    def work(run: JobRun) -> dict[str, Any]:
        seen.append(fresh(run.job))
        return {}

    job = queued(work)
    assert job.started_at is None
    deliver(job)
    assert seen[0].status == "processing" and seen[0].started_at


def test_b3_a_missing_row_is_logged_and_not_tried_again(caplog: Any) -> None:
    job = queued(lambda run: {"title": Job.objects.get(pk=0).title})
    assert deliver(job)["success"] is False
    assert (fresh(job).status, fresh(job).retries) == ("failed", 0)
    assert any(r.levelname == "ERROR" and "DoesNotExist" in r.getMessage() for r in caplog.records)


def test_b4_and_a10_after_three_more_tries_the_job_has_failed_and_says_why() -> None:
    job, tries = queued(raises(TimeoutError("no answer"))), 0
    while fresh(job).is_active:
        Job.objects.filter(pk=job.pk).update(run_after=None)
        deliver(job)
        tries += 1
    assert tries == 4
    assert (fresh(job).status, fresh(job).last_error) == ("failed", "no answer")


def test_b5_work_can_be_queued_for_later_with_an_expiry_and_a_priority() -> None:
    later = timezone.now() + timedelta(hours=1)
    over = timezone.now() - timedelta(seconds=1)
    job = queued(run_after=later, expires_at=later + timedelta(hours=1), priority=2)
    stored = fresh(job)
    assert (stored.run_after, stored.expires_at) == (later, later + timedelta(hours=1))
    assert stored.priority == 2
    late = queued(expires_at=over)
    assert not Job.objects.due().exists()
    assert transitions.claim(late.pk, worker="w") is None
    sweep()
    assert fresh(late).status == "cancelled" and fresh(job).status == "pending"


# -- B7-B9 ---------------------------------------------------------------------------------
def test_b7_and_f26_a_record_says_what_it_is_how_far_and_what_came_of_it(
    rfp: Any,
) -> None:
    from rfp_manager.models import RFPBatchJob

    job = RFPBatchJob(title="Draft", rfp=rfp, task_name="x.y", total_items=4, processed_items=1)
    assert (str(job), job.progress, job.result, job.last_error) == ("Draft (pending)", 25, None, "")
    assert str(Job(task_name="x.y")) == "x.y (pending)"
    assert job.subject_url() == rfp.get_absolute_url()


def test_b8_progress_says_100_only_of_what_is_completed() -> None:
    said: list[Any] = []

    def work(run: JobRun) -> dict[str, Any]:
        run.progress(3, 3)
        job = fresh(run.job)
        said.extend([job.progress, status_body(job)["progress"], present(job).percent])
        return {}

    job = queued(work)
    deliver(job)
    assert all(percent == 99 for percent in said)
    assert fresh(job).progress == 100 == present(fresh(job)).percent


def test_b9_and_f29_an_exception_leaves_failed_and_its_message_and_the_task_a_dict() -> None:
    job = queued(raises(KeyError("lost")))
    assert deliver(job) == {"success": False, "job_id": job.pk, "error": "'lost'"}
    assert (fresh(job).status, fresh(job).last_error) == ("failed", "'lost'")


# -- B11, B12 ------------------------------------------------------------------------------
def queries_to_add(count: int) -> int:
    numbers: list[int] = []

    def work(run: JobRun) -> dict[str, Any]:
        with CaptureQueriesContext(connection) as captured:
            add_items(run, [str(n) for n in range(count)])
        numbers.append(len(captured))
        return {}

    deliver(queued(work))
    return numbers[0]


def test_b11_items_are_written_in_bulk() -> None:
    assert queries_to_add(500) == queries_to_add(5)


def test_b11_and_e6_and_f2_a_long_batch_is_cut_into_slices_that_queue_themselves_again(
    settings: Any,
) -> None:
    assert settings.JOBS_SLICE_SECONDS <= 600
    done: list[str] = []

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, "abc")
        work_items(run, Steps(lambda item: str(item.key), done.append, lambda *_: None))
        return {}

    job, whole = queued(work), settings.JOBS_SLICE_SECONDS
    settings.JOBS_SLICE_SECONDS = 0
    assert deliver(job)["continues"] and (done, fresh(job).crashes) == ([], 0)
    assert Job.objects.due().filter(pk=job.pk).exists()
    settings.JOBS_SLICE_SECONDS = whole
    deliver(job)
    assert done == ["a", "b", "c"] and fresh(job).status == "completed"


def test_b11_the_size_of_every_queue_is_watched(client: Client) -> None:
    queued(priority=9)
    queues = client.get(reverse("readyz")).json()["queues"]
    assert set(queues) >= {"default", "embedding", "batch"}
    assert queues["default"]["waiting"] == 1


def test_b12_processor_memory_and_time_of_a_task_are_limited(settings: Any) -> None:
    assert all(task.time_limit for task in OURS)
    assert settings.CELERY_WORKER_MAX_MEMORY_PER_CHILD > 0
    assert settings.CELERY_WORKER_MAX_TASKS_PER_CHILD > 0


# -- B13-B15 -------------------------------------------------------------------------------
def test_b13_a_cancel_outlives_every_worker_because_it_is_in_the_row() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    assert deliver(job)["skipped"] and fresh(job).status == "pending"
    sweep()
    assert fresh(job).status == "cancelled"


def test_b14_flower_and_metrics_are_there_and_sentry_only_where_it_is_asked_for(
    client: Client, settings: Any
) -> None:
    assert "# TYPE spelunker_" in client.get("/metrics").content.decode()
    flower = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["flower"]
    assert flower["command"] == ["flower"] and "5555" in flower["ports"][0]
    assert "--port=5555" in (ROOT / "docker" / "entrypoint.sh").read_text()
    assert "flower" in (ROOT / "requirements.in").read_text()
    assert "sentry-sdk" in (ROOT / "requirements.in").read_text()
    assert settings.SENTRY_DSN == ""


def test_b15_an_items_effect_its_state_and_the_counters_are_one_transaction() -> None:
    def record(item: JobItem, result: None) -> dict[str, Any]:
        Job.objects.create(task_name="jobs.canary", title="effect")
        raise ValueError("after the effect")

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, "a")
        work_items(run, Steps(lambda item: None, lambda _: None, record))
        return {}

    job = queued(work)
    deliver(job)
    assert not Job.objects.filter(title="effect").exists()
    assert job.items.get().state == Status.FAILED and fresh(job).failed_items == 1
