"""Part A of the task contract: the records and how runs change them (A15-A28)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from jobs.batch import Steps, add_items, work_items
from jobs.models import Job, JobItem, Status
from jobs.run import JobRun
from llm_manager.models import LLMApi, ValidationJob
from llm_manager.tasks import validate_all_llm_apis
from rfp_manager.models import RFPBatchJob
from solution_library import embedding
from solution_library.ingest import receive
from solution_library.models import Document, DocumentationSource, EmbeddingJob, SyncJob
from solution_library.syncing import start_sync, sync_documentation_source
from solution_library.tasks import embed_document, sync_all_documentation_sources
from tests.jobs.engine import fresh, probe, queued
from tests.llm_manager.fake_llm import FakeLLM

pytestmark = pytest.mark.django_db


# -- A15-A21 -------------------------------------------------------------------------------
def test_a15_and_f26_there_are_exactly_five_statuses() -> None:
    words = ["pending", "processing", "completed", "failed", "cancelled"]
    assert Status.values == words
    assert [getattr(Job, f"STATUS_{w.upper()}") for w in words] == words
    field = Job._meta.get_field("status")
    assert (field.max_length, field.default) == (20, "pending")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(task_name="x.y", status="running")


def test_a16_and_f20_the_fields_of_a_job() -> None:
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


def test_a20_and_f25_a_batch_job_knows_its_rfp_its_type_and_counts_questions() -> None:
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


def test_a21_and_f25_a_sync_job_counts_documents() -> None:
    job = SyncJob()
    counts = (job.documents_created, job.documents_updated, job.documents_skipped)
    assert counts == (0, 0, 0)


# -- A23, A25, A26 -------------------------------------------------------------------------
def unread_document() -> Document:
    content = ContentFile(b"# Backups\n\nBackups are made every night.", "a.md")
    return receive(content, filename="a.md", user=None, embed=False).document


def test_a23_a_document_is_processing_while_it_is_read_and_pending_afterwards(
    llm: FakeLLM,
) -> None:
    document = unread_document()
    embedding.prepare(document.pk)
    document.refresh_from_db()
    assert (document.review_status, document.embedding_status) == ("processing", "running")
    result = embed_document.apply(kwargs={"document_id": document.pk}).result
    assert set(result) >= {"success", "document_id", "chunks_created"}
    document.refresh_from_db()
    assert (document.review_status, document.embedding_status) == ("pending", "ready")


@pytest.mark.django_db(transaction=True)
def test_a25_a_run_goes_on_after_an_items_error_and_saves_item_by_item(elsewhere: None) -> None:
    seen: list[tuple[str, int, bool]] = []

    def prepare(item: JobItem) -> str:
        job = fresh(queued_job)
        seen.append((job.status, job.processed_items, job.updated_at >= job.created_at))
        return str(item.key)

    def call(key: str) -> None:
        if key == "b":
            raise ValueError("b is odd")

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, "abc")
        work_items(run, Steps(prepare, call, lambda item, result: None))
        return {}

    queued_job = queued(work)
    result = probe.apply(kwargs=queued_job.kwargs, task_id="of-the-delivery").result
    assert seen == [("processing", n, True) for n in range(3)]
    assert result == {"success": True, "job_id": queued_job.pk}
    job = fresh(queued_job)
    assert (job.status, job.celery_task_id) == ("completed", "of-the-delivery")
    assert (job.processed_items, job.successful_items, job.failed_items) == (3, 2, 1)
    assert job.errors == [{"item": "b", "error": "b is odd"}]
    assert job.started_at and job.completed_at and job.started_at <= job.completed_at


@pytest.fixture
def source(llm: FakeLLM, tmp_path: Path, settings: Any) -> DocumentationSource:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    (tmp_path / "a.md").write_text("# Backups\n\nBackups are made every night.")
    return DocumentationSource.objects.create(
        name="Handbook", kind="folder", location=str(tmp_path), config={}
    )


def test_a26_a_sync_reports_five_numbers_as_it_goes(source: DocumentationSource) -> None:
    told: list[tuple[int, ...]] = []
    result = sync_documentation_source(
        source.pk, None, progress_callback=lambda *numbers: told.append(numbers)
    )
    assert result.status == "completed"
    assert told == [(1, 0, 0, 1, 1)], "created, updated, skipped, processed, total"


@pytest.mark.parametrize(("text", "status"), [(b"# A\n\nText.", "completed"), (b"", "failed")])
def test_a26_and_f25_the_job_completes_only_if_the_sync_did(
    source: DocumentationSource, tmp_path: Path, commit: Any, text: bytes, status: str
) -> None:
    (tmp_path / "a.md").unlink()
    (tmp_path / "b.md").write_bytes(text or b"%PDF-1.7 broken")
    if not text:
        (tmp_path / "b.md").rename(tmp_path / "b.pdf")
    with commit():
        job = start_sync(source, None)
    job.refresh_from_db()
    assert job.status == status, job.last_error
    assert (job.documents_created, job.processed_items) == ((1, 1) if text else (0, 1))


# -- A27, A28 ------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a27_and_f6_validate_all_takes_active_apis_only_and_starts_a_task_for_each(
    elsewhere: None,
) -> None:
    LLMApi.objects.create(name="off", kind="openai", is_active=False)
    LLMApi.objects.create(name="on", kind="openai", base_url="http://127.0.0.1:9/v1")
    active = LLMApi.objects.filter(is_active=True).count()
    result = validate_all_llm_apis.apply().result
    assert result["success"] is True
    assert ValidationJob.objects.exclude(api=None).filter(status="pending").count() == active
    assert (result["tested"], result["failed"], len(result["details"])) == (active, 0, active)
    assert "off" not in [detail["name"] for detail in result["details"]]


@pytest.mark.django_db(transaction=True)
def test_a28_and_f5_and_f20_sync_all_skips_what_is_being_synced_and_what_is_switched_off(
    elsewhere: None,
) -> None:
    for name, active in (("one", True), ("two", True), ("off", False)):
        DocumentationSource.objects.create(
            name=name, kind="folder", location="/tmp/x", is_active=active
        )
    start_sync(DocumentationSource.objects.get(name="one"), None)
    result = sync_all_documentation_sources.apply().result
    assert result["success"] is True and (result["queued"], result["skipped"]) == (1, 1)
    assert SyncJob.objects.exclude(source=None).filter(started_by=None).count() == 2
