"""A38 and A42 of the task contract: the tests it asks for by name."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from jobs.models import Job
from llm_manager.models import LLMModel
from rfp_manager.batches import start_responder
from rfp_manager.models import RFPBatchJob
from solution_library.ingest import receive
from solution_library.models import Document, EmbeddingJob
from solution_library.tasks import embed_document
from tests.rfp_manager.view_world import make_rfp

pytestmark = pytest.mark.django_db
TEXT = b"# Backups\n\nBackups are made every night and kept for 30 days.\n"


def unread_document(name: str = "backups.md") -> Document:
    content = ContentFile(TEXT, name)
    return receive(content, filename=name, user=None, embed=False).document


@pytest.mark.model
def test_a42_embed_document_happy_path() -> None:
    document = unread_document()
    result = embed_document.apply(kwargs={"document_id": document.pk}).result
    assert result["success"] is True and result["document_id"] == document.pk
    assert result["chunks_created"] > 0
    document.refresh_from_db()
    assert document.review_status == "pending"


@pytest.mark.model
def test_a8_embedding_twice_leaves_the_same_rows() -> None:
    document = unread_document()
    first = embed_document.apply(kwargs={"document_id": document.pk}).result
    second = embed_document.apply(kwargs={"document_id": document.pk}).result
    assert second["success"] is True
    document.refresh_from_db()
    assert document.current_version is not None
    assert document.current_version.chunks.count() == first["chunks_created"]


def test_a42_and_f4_an_unknown_document_is_not_found() -> None:
    result = embed_document.apply(kwargs={"document_id": 999999}).result
    assert result["success"] is False and result["error"] == "Document 999999 not found"
    assert not Job.objects.exists()


def test_a42_and_f3_without_a_default_model_the_document_is_not_read_and_says_why() -> None:
    LLMModel.objects.filter(kind="embedding").update(is_system_default=False)
    document = unread_document()
    result = embed_document.apply(kwargs={"document_id": document.pk}).result
    assert result["success"] is False and "default embedding model" in result["error"]
    document.refresh_from_db()
    assert document.review_status == "pending", "F3: it is not left “processing”"
    assert EmbeddingJob.objects.get().status == "failed"


@pytest.mark.model
def test_a42_and_a41_a_batch_reaches_completed_when_tasks_run_inline(
    alice: Any, django_capture_on_commit_callbacks: Any
) -> None:
    rfp = make_rfp(alice, questions=3)
    with django_capture_on_commit_callbacks(execute=True):
        job = start_responder(rfp, alice)
    job = RFPBatchJob.objects.get(pk=job.pk)
    assert job.status == "completed" and job.get_progress_percentage() == 100
    assert job.processed_questions == job.total_questions == 3
    assert rfp.questions.filter(answer=None).count() == 0


@pytest.mark.parametrize("name", ["start_responder", "start_reviewer"])
def test_a38_and_f15_a_second_post_is_rejected(
    name: str, alice: Any, client: Client, settings: Any
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    client.force_login(alice)
    url = reverse(f"rfp_manager:{name}", args=[make_rfp(alice).pk])
    assert client.post(url).status_code in (200, 202, 302, 303)
    second = client.post(url)
    assert second.status_code == 400 and b"already running" in second.content
    assert RFPBatchJob.objects.count() == 1
