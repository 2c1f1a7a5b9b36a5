"""Part A of the task contract: the records and how runs change them (A15-A28, F)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from jobs import transitions
from jobs.models import Job, Status
from llm_manager.models import LLMApi, ValidationJob
from llm_manager.tasks import validate_all_llm_apis
from rfp_manager.models import RFP, RFPBatchJob
from solution_library.ingest import receive
from solution_library.models import Document, DocumentationSource, EmbeddingJob, SyncJob
from solution_library.syncing import start_sync
from solution_library.tasks import sync_all_documentation_sources
from tests.jobs.engine import deliver, fresh, person, queued

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere(settings: Any) -> None:
    """Work is only queued: the workers are other processes."""
    settings.CELERY_TASK_ALWAYS_EAGER = False


# -- A15-A21 -------------------------------------------------------------------------------
def test_a15_there_are_exactly_five_statuses() -> None:
    words = ["pending", "processing", "completed", "failed", "cancelled"]
    assert Status.values == words
    assert [getattr(Job, f"STATUS_{w.upper()}") for w in words] == words
    field = Job._meta.get_field("status")
    assert (field.max_length, field.default) == (20, "pending")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(task_name="x.y", status="running")


def test_a16_the_fields_of_a_job() -> None:
    fields = {f.name: f for f in Job._meta.concrete_fields}
    assert fields["celery_task_id"].max_length == 255 and fields["celery_task_id"].blank
    assert fields["started_at"].null and fields["completed_at"].null
    user = fields["started_by"]
    assert user.remote_field.on_delete is models.PROTECT and user.null  # F20
    assert user.remote_field.related_name == "+"
    assert fields["created_at"].auto_now_add and fields["updated_at"].auto_now
    assert fields["errors"].default is list
    indexed = [index.fields for index in Job._meta.indexes]
    assert ["celery_task_id"] in indexed and ["-created_at"] in indexed


@pytest.mark.parametrize("kind", [Job, RFPBatchJob, SyncJob, EmbeddingJob, ValidationJob])
def test_a17_every_kind_counts_its_items_from_zero(kind: type[Job]) -> None:
    job = kind()
    counts = (job.total_items, job.processed_items, job.successful_items, job.failed_items)
    assert counts == (0, 0, 0, 0) and isinstance(job, Job)


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(0, 0, 0), (0, 3, 0), (1, 3, 33), (2, 3, 66), (3, 3, 100)]
)
def test_a18_progress_is_the_whole_percent(done: int, total: int, percent: int) -> None:
    assert Job(processed_items=done, total_items=total).get_progress_percentage() == percent


@pytest.mark.parametrize(
    ("status", "minutes", "stale"),
    [("pending", 31, True), ("processing", 31, True), ("processing", 29, False),
     ("completed", 99, False), ("failed", 99, False), ("cancelled", 99, False)],
)  # fmt: skip
def test_a19_only_an_unfinished_job_without_updates_is_stale(
    status: str, minutes: int, stale: bool
) -> None:
    updated = timezone.now() - timedelta(minutes=minutes)
    assert Job(status=status, updated_at=updated).is_stale() is stale
    assert Job(status=status, updated_at=updated).is_stale(200) is False


def test_a20_a_batch_job_knows_its_rfp_its_type_and_counts_questions() -> None:
    job = RFPBatchJob(processed_items=3, successful_items=2, total_items=4, failed_items=1)
    assert (RFPBatchJob.JOB_TYPE_RESPONDER, RFPBatchJob.JOB_TYPE_REVIEWER) == (
        "responder", "reviewer",
    )  # fmt: skip
    assert (job.processed_questions, job.successful_questions) == (3, 2)
    with pytest.raises(AttributeError):
        job.processed_questions = 4  # type: ignore[misc]


def test_a20_add_error_keeps_what_others_added_meanwhile(elsewhere: None) -> None:
    first = queued()
    second = fresh(first)
    first.add_error(7, "no\x00 text")
    second.add_error(8, "too long")
    assert fresh(first).errors == [
        {"item": "7", "error": "no text"}, {"item": "8", "error": "too long"},
    ]  # fmt: skip
    assert fresh(first).last_error == "too long"


def test_a21_a_sync_job_counts_documents() -> None:
    job = SyncJob()
    counts = (job.documents_created, job.documents_updated, job.documents_skipped)
    assert counts == (0, 0, 0)


# -- A22-A25 -------------------------------------------------------------------------------
def upload(name: str = "a.md") -> Document:
    content = ContentFile(b"# Backups\n\nBackups are made every night.", name)
    return receive(content, filename=name, user=None).document


def test_a22_a_new_document_queues_its_reading_and_a_change_does_not(elsewhere: None) -> None:
    document = upload()
    job = EmbeddingJob.objects.get(document=document)
    assert job.task_name == "solution_library.embed_document"
    wanted = {"document_id": document.pk, "embedding_model_id": None, "user_id": None}
    assert wanted.items() <= job.kwargs.items()
    document.title = "other"
    document.save()
    assert EmbeddingJob.objects.count() == 1


def test_a22_reading_can_be_switched_off(elsewhere: None, settings: Any) -> None:
    settings.AUTO_EMBED_DOCUMENTS = False
    Document.objects.create(title="a", path="a", sha256="0" * 64)
    assert not EmbeddingJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a25_a_run_sets_status_times_and_celery_id_and_goes_on_after_an_error(
    elsewhere: None,
) -> None:
    job = queued()
    deliver(job)
    job = fresh(job)
    assert job.status == "completed" and job.started_at and job.completed_at
    assert job.celery_task_id and job.updated_at >= job.started_at


# -- A27, A28 ------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a27_validate_all_takes_active_apis_only_and_says_how_each_began(elsewhere: None) -> None:
    LLMApi.objects.create(name="off", kind="openai", is_active=False)
    LLMApi.objects.create(name="on", kind="openai", base_url="http://127.0.0.1:9/v1")
    active = LLMApi.objects.filter(is_active=True).count()
    result = validate_all_llm_apis.apply().result
    assert result["success"] is True  # F6
    assert (result["tested"], result["failed"], len(result["details"])) == (active, 0, active)
    assert "off" not in [detail["name"] for detail in result["details"]]


@pytest.mark.django_db(transaction=True)
def test_a28_sync_all_skips_what_is_being_synced_and_what_is_switched_off(
    elsewhere: None,
) -> None:
    for name, active in (("one", True), ("two", True), ("off", False)):
        DocumentationSource.objects.create(
            name=name, kind="folder", location="/tmp/x", is_active=active
        )
    start_sync(DocumentationSource.objects.get(name="one"), None)
    result = sync_all_documentation_sources.apply().result
    assert result["success"] is True and (result["queued"], result["skipped"]) == (1, 1)
    assert SyncJob.objects.exclude(source=None).filter(started_by=None).count() == 2  # F20


# -- F -------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_f13_a_direct_call_without_a_celery_id_has_a_row_and_an_id() -> None:
    from tests.jobs.engine import probe

    result = probe()
    job = Job.objects.get(pk=result["job_id"])
    assert job.status == "completed" and job.celery_task_id


@pytest.mark.django_db(transaction=True)
def test_f13_a_message_that_beat_sent_twice_has_one_row() -> None:
    from tests.jobs.engine import probe

    results = [probe.apply(task_id="beat-1").result for _ in range(2)]
    assert results[0]["job_id"] == results[1]["job_id"] and results[1]["skipped"]
    assert Job.objects.count() == 1


def test_f14_the_celery_id_is_stored_before_anything_is_published(elsewhere: None) -> None:
    job = fresh(queued())
    assert job.celery_task_id and job.dispatched_at is None


def test_f15_two_active_jobs_with_one_key_cannot_exist() -> None:
    Job.objects.create(task_name="x.y", dedup_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(task_name="x.y", dedup_key="k")


def test_f18_counters_past_the_total_cannot_exist() -> None:
    for bad in ({"processed_items": 2, "successful_items": 2, "total_items": 1},
                {"processed_items": 1, "total_items": 1}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.create(task_name="x.y", **bad)


def test_f19_and_a37_a_review_waits_for_the_drafting_of_its_rfp(elsewhere: None) -> None:
    from rfp_manager.batches import start_responder, start_reviewer

    rfp = RFP.objects.create(name="R", owner=person(), filename="r.csv", file_format="csv")
    first = start_responder(rfp, rfp.owner)
    second = start_reviewer(rfp, rfp.owner)
    assert second.pk != first.pk and second.depends_on_id == first.pk
    assert transitions.claim(second.pk, worker="w") is None
    transitions.finish_unclaimed(first, Status.FAILED, error="no")
    assert fresh(second).status == "cancelled"


def test_f28_a_job_is_pending_until_a_worker_has_it(elsewhere: None) -> None:
    job = queued()
    assert (fresh(job).status, fresh(job).started_at) == ("pending", None)
    assert transitions.claim(job.pk, worker="w")
    assert fresh(job).status == "processing" and fresh(job).started_at


def test_c7_a_job_is_never_started_before_its_time(elsewhere: None) -> None:
    job = queued(run_after=timezone.now() + timedelta(minutes=5))
    assert not Job.objects.due().filter(pk=job.pk).exists()
    assert transitions.claim(job.pk, worker="w") is None
