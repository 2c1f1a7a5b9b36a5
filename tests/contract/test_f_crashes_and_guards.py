"""Part F of the task contract: crashes, duplicates, counters, endings (F1-F4, F10-F23)."""

import ast
import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from billiard.pool import soft_timeout_sighandler
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from jobs import transitions
from jobs.batch import Steps, add_items, work_items
from jobs.errors import AlreadyRunning, LeaseLost
from jobs.execution import retry_delay
from jobs.models import Job, JobItem, Status
from jobs.run import JobRun
from jobs.sweep import sweep
from jobs.worker_signals import child_lost
from rfp_manager.batches import start_responder, start_reviewer
from rfp_manager.models import RFP
from solution_library import embedding
from solution_library.ingest import start_embedding
from solution_library.models import Document
from tests.contract.test_a_tasks import sources
from tests.jobs.engine import at_once, deliver, fresh, person, probe, queued
from tests.llm_manager.fake_llm import FakeLLM

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("elsewhere")]


def claimed(job: Job) -> transitions.Claim:
    held = transitions.claim(job.pk, worker="w")
    assert held is not None
    return held


def killed(job: Job) -> None:
    """A worker takes the job, and its process is killed."""
    claimed(job)
    child_lost(fresh(job).celery_task_id, "killed", died_alone=True)


def ago(job: Job, **columns: timedelta) -> Job:
    moments = {name: timezone.now() - span for name, span in columns.items()}
    Job.objects.filter(pk=job.pk).update(**moments)
    return fresh(job)


# -- F1-F3 ---------------------------------------------------------------------------------
def test_f1_a_killed_child_gives_its_job_back_at_once_and_three_times_at_most() -> None:
    job = queued()
    for crashes in (1, 2):
        killed(job)
        assert Job.objects.due().filter(pk=job.pk).exists() and fresh(job).crashes == crashes
    killed(job)
    assert fresh(job).status == "failed" and "died 3 times" in fresh(job).last_error


def test_f2_a_second_delivery_beside_the_first_does_nothing() -> None:
    runs: list[int] = []

    def work(run: JobRun) -> dict[str, Any]:
        runs.append(1)
        assert deliver(run.job)["skipped"]
        return {}

    deliver(queued(work))
    assert runs == [1]


def test_f2_no_slice_and_no_task_outlasts_the_brokers_patience() -> None:
    conf = (ROOT / "docker" / "rabbitmq.conf").read_text()
    patience = int(re.findall(r"^consumer_timeout = (\d+)$", conf, re.MULTILINE)[0]) / 1000
    assert django_settings.JOBS_SLICE_SECONDS <= 600
    assert patience > django_settings.CELERY_TASK_TIME_LIMIT


def test_f3_a_lost_worker_gives_a_document_its_review_status_back(llm: FakeLLM) -> None:
    document = Document.objects.create(title="a", path="a", sha256="0" * 64)
    document.review_status, document.embedding_status = "processing", "running"
    document.save()
    job = Job.objects.active().get()
    for _ in range(3):
        killed(job)
    document.refresh_from_db()
    assert (document.review_status, document.embedding_status) == ("pending", "failed")
    assert "died 3 times" in document.embedding_error
    assert start_embedding(document, None).pk != job.pk


def test_f3_a_failure_gives_a_document_its_review_status_back() -> None:
    document = Document.objects.create(title="a", path="a", sha256="0" * 64)
    Document.objects.filter(pk=document.pk).update(review_status="processing")
    embedding.mark_failed(document.pk, "not readable")
    document.refresh_from_db()
    assert (document.review_status, document.embedding_status) == ("pending", "failed")


# -- F10-F12 -------------------------------------------------------------------------------
def test_f10_and_a10_a_passing_error_is_tried_again_before_it_becomes_a_dict() -> None:
    def work(run: JobRun) -> dict[str, Any]:
        raise ConnectionError("reset")

    job = queued(work)
    assert not isinstance(deliver(job), dict)
    job = fresh(job)
    assert (job.status, job.retries, job.lease_token) == ("processing", 1, None)
    for _ in range(3):
        Job.objects.filter(pk=job.pk).update(run_after=None)
        last = deliver(job)
    assert last == {"success": False, "job_id": job.pk, "error": "reset"}
    assert fresh(job).status == "failed"


def test_a12_a_batch_is_not_tried_again_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "autoretry_for", ())
    monkeypatch.setattr(probe, "max_retries", 0)

    def work(run: JobRun) -> dict[str, Any]:
        raise ConnectionError("reset")

    job = queued(work)
    deliver(job)
    assert (fresh(job).status, fresh(job).retries) == ("failed", 0)


def struck() -> None:
    """The soft limit as it reaches a child of the pool: a signal in the middle of its work."""
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(5)


@pytest.fixture
def limit() -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, soft_timeout_sighandler)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("limit")
@pytest.mark.parametrize("where", ["prepare", "call", "record"])
def test_f11_and_a14_no_item_swallows_the_soft_time_limit(where: str) -> None:
    def at(place: str) -> None:
        if place == where:
            struck() if place != "call" else os.kill(os.getpid(), signal.SIGUSR1)

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, "abc")
        work_items(run, Steps(
            lambda item: at("prepare"), lambda _: (at("call"), time.sleep(0.2)),
            lambda item, result: at("record"),
        ))  # fmt: skip
        return {}

    job = queued(work)
    assert deliver(job)["error"] == "Time limit exceeded"
    assert fresh(job).status == "failed" and not job.items.filter(state="failed").exists()


#: Handlers of everything that need not let the limit pass, and why.
NEVER_IN_A_TASK = {
    "jobs/beat.py": "a process without limits",
    "jobs/readers.py": "runs in the relay and the web server",
    "jobs/relay.py": "a process without limits",
    "jobs/sweep.py": "runs in the relay, or by hand",
    "jobs/worker_signals.py": "runs in a thread of the worker's parent",
    "llm_manager/providers/transport.py": "raises all of it again, without its frames",
    "solution_library/parsing/child.py": "the program of another process",
    "rfp_manager/importing/pdf/opening.py": "only called in the sandbox's process",
    "rfp_manager/importing/pdf/fields.py": "only called in the sandbox's process",
    "solution_library/fetching/addresses.py": "runs in a thread of its own",
    "spelunker/health.py": "runs in the web server",
    "api/guard.py": "runs in the web server",
    "spelunker/embedded/supervisor.py": "a process without limits",
    "jobs/transitions.py": "the job is at its end in this very transaction",
    "jobs/execution.py": "hands every error on to `_ending_for`, which knows the limit",
    "llm_manager/providers/builtin/embedding.py": "loads files; the job fails either way",
}


def test_f11_whoever_catches_everything_lets_the_soft_time_limit_pass_first() -> None:
    assert issubclass(SoftTimeLimitExceeded, Exception), "else all this were not needed"
    for path, tree in sources():
        for attempt in [n for n in ast.walk(tree) if isinstance(n, ast.Try)]:
            if str(path) not in NEVER_IN_A_TASK:
                assert _lets_the_limit_pass(attempt), f"{path}:{attempt.lineno}"


def _lets_the_limit_pass(attempt: ast.Try) -> bool:
    passed = False
    for handler in attempt.handlers:
        named = ast.unparse(handler.type) if handler.type else "Exception"
        raises = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
        if "SoftTimeLimitExceeded" in named and isinstance(handler.body[-1], ast.Raise):
            passed = True
        if re.search(r"\b(Base)?Exception\b", named) and not passed and not raises:
            return False
    return True


def test_f12_a_failed_job_is_a_success_for_celery_and_the_row_is_the_truth() -> None:
    def work(run: JobRun) -> dict[str, Any]:
        raise ValueError("no")

    job = queued(work)
    outcome = probe.apply(kwargs=job.kwargs, task_id=job.celery_task_id)
    assert outcome.state == "SUCCESS" and outcome.result["success"] is False
    assert fresh(job).status == "failed"
    manual = (ROOT / "docs" / "operators" / "compose.md").read_text()
    assert "the record of the job is the truth" in " ".join(manual.split())


# -- F13-F16 -------------------------------------------------------------------------------
def test_f13_a_direct_call_without_a_celery_id_has_a_row_and_an_id() -> None:
    result = probe()
    job = Job.objects.get(pk=result["job_id"])
    assert job.status == "completed" and job.celery_task_id


def test_f13_and_f36_a_message_that_came_twice_without_a_row_has_one_row() -> None:
    results = [probe.apply(task_id="from-outside").result for _ in range(2)]
    assert results[0]["job_id"] == results[1]["job_id"] and results[1]["skipped"]
    assert Job.objects.count() == 1


def test_f14_the_celery_id_is_stored_before_anything_is_published() -> None:
    with transaction.atomic():
        job = fresh(queued())
        assert job.celery_task_id and job.dispatched_at is None


def test_f15_two_active_jobs_with_one_key_cannot_exist() -> None:
    Job.objects.create(task_name="x.y", dedup_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(task_name="x.y", dedup_key="k")


def test_f15_of_many_who_click_at_once_one_wins_and_the_rest_are_told() -> None:
    rfp = RFP.objects.create(name="R", owner=person(), filename="r.csv", file_format="csv")
    results = at_once(*[lambda: start_responder(rfp, rfp.owner)] * 6)
    refused = [r for r in results if isinstance(r, AlreadyRunning)]
    (job,) = Job.objects.all()
    assert len(refused) == 5 and all(r.existing == job for r in refused)


def test_f16_a_crashed_job_does_not_block_the_next_one_for_ever() -> None:
    job = queued(dedup_key="rfp:1")
    for _ in range(3):
        claimed(job)
        ago(job, lease_expires_at=timedelta(seconds=1))
        with pytest.raises(AlreadyRunning):
            queued(dedup_key="rfp:1")
        sweep()
    assert fresh(job).status == "failed"
    assert queued(dedup_key="rfp:1").pk != job.pk


# -- F17, F18 ------------------------------------------------------------------------------
def test_f17_who_waits_long_is_stale_by_the_clock_and_not_lost() -> None:
    job = ago(queued(), updated_at=timedelta(hours=2), dispatched_at=timedelta(hours=2))
    assert job.is_stale()
    sweep()
    assert (fresh(job).status, fresh(job).crashes, fresh(job).last_error) == ("pending", 0, "")


def test_f17_who_works_long_is_stale_by_the_clock_and_not_lost() -> None:
    job = queued()
    held = claimed(job)
    assert ago(job, updated_at=timedelta(hours=2)).is_stale()
    assert sweep().lost == [] and fresh(job).lease_token == held.token
    ago(job, lease_expires_at=timedelta(seconds=1))
    assert sweep().lost == [job.pk]


def test_f18_counters_past_the_total_cannot_exist() -> None:
    for bad in ({"processed_items": 2, "successful_items": 2, "total_items": 1},
                {"processed_items": 1, "total_items": 1}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.create(task_name="x.y", **bad)


def test_f18_work_that_is_delivered_again_after_a_crash_counts_nothing_twice() -> None:
    calls: list[str] = []

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, "abc")
        work_items(run, Steps(lambda item: str(item.key), calls.append, lambda *_: None))
        return {}

    job = queued(work)
    held = claimed(job)
    JobItem.objects.create(job=job, key="a", state="done", ordinal=1)
    Job.objects.filter(pk=job.pk).update(total_items=1, processed_items=1, successful_items=1)
    transitions.worker_lost(job.pk, held.token, reason="killed")
    deliver(job)
    assert calls == ["b", "c"]
    job = fresh(job)
    assert (job.total_items, job.processed_items, job.progress) == (3, 3, 100)


def test_f18_a_cancel_is_not_overwritten_by_the_end_of_the_work() -> None:
    job = queued()
    held = claimed(job)
    ago(job, lease_expires_at=timedelta(seconds=1))
    transitions.finish_unclaimed(job, Status.CANCELLED, error="Cancelled by alice.")
    with pytest.raises(LeaseLost):
        transitions.finish(held, Status.COMPLETED)
    assert (fresh(job).status, fresh(job).last_error) == ("cancelled", "Cancelled by alice.")


# -- F19-F23 -------------------------------------------------------------------------------
def test_f19_and_a37_a_review_waits_for_the_drafting_of_its_rfp() -> None:
    rfp = RFP.objects.create(name="R", owner=person(), filename="r.csv", file_format="csv")
    first = start_responder(rfp, rfp.owner)
    second = start_reviewer(rfp, rfp.owner)
    assert second.pk != first.pk and second.depends_on_id == first.pk
    assert transitions.claim(second.pk, worker="w") is None
    transitions.finish(claimed(first), Status.COMPLETED)
    assert transitions.claim(second.pk, worker="w")


def test_f19_a_review_is_not_started_after_a_drafting_that_failed() -> None:
    rfp = RFP.objects.create(name="R", owner=person(), filename="r.csv", file_format="csv")
    first, second = start_responder(rfp, rfp.owner), start_reviewer(rfp, rfp.owner)
    transitions.finish_unclaimed(first, Status.FAILED, error="no")
    assert fresh(second).status == "cancelled" and "did not complete" in fresh(second).last_error


def test_f20_who_started_a_job_cannot_be_deleted_and_the_system_needs_nobody() -> None:
    user = person()
    job = queued(started_by=user)
    with pytest.raises(ProtectedError):
        user.delete()
    assert fresh(job).started_by == user
    deliver(alone := queued(started_by=None))
    assert fresh(alone).status == "completed"


@pytest.mark.parametrize("retries", range(12))
def test_f22_and_a10_a_pause_with_jitter_keeps_its_upper_bound(retries: int) -> None:
    pauses = [retry_delay(probe, retries) for _ in range(50)]
    assert min(pauses) >= 0 and max(pauses) <= min(600, 60 * 2**retries)
    assert len(set(pauses)) > 1, "all workers would come back at the same moment"


def test_f23_a_death_that_is_reported_twice_counts_once() -> None:
    job = queued()
    killed(job)
    child_lost(fresh(job).celery_task_id, "killed", died_alone=True)
    assert fresh(job).crashes == 1 and fresh(job).is_active


def test_f28_a_job_is_pending_until_a_worker_has_it() -> None:
    job = queued()
    assert (fresh(job).status, fresh(job).started_at) == ("pending", None)
    claimed(job)
    assert fresh(job).status == "processing" and fresh(job).started_at
