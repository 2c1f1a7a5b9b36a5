"""What starts which task, and that it starts nothing else (A4, A22, A24, B6, D1)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from jobs.models import Job
from llm_manager.models import LLMApi
from rfp_manager.models import RFP, InformationDocument
from solution_library.ingest import receive
from solution_library.models import Document, DocumentationSource, EmbeddingJob
from tests.llm_manager.fake_llm import FakeLLM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("elsewhere")]


@pytest.fixture
def things(rfp: RFP, llm: FakeLLM) -> dict[str, Any]:
    document = Document.objects.exclude(current_version=None)[0]
    return {
        "rfp": rfp,
        "document": document,
        "information": InformationDocument.objects.create(rfp=rfp, document=document, title="T"),
        "source": DocumentationSource.objects.create(
            name="Handbook", kind="folder", location="/nowhere", config={}
        ),
        "api": LLMApi.objects.latest("pk"),
    }


def page(name: str, thing: str) -> Callable[[Client, dict[str, Any]], Any]:
    return lambda client, things: client.post(reverse(name, args=[things[thing].pk]))


def action(label: str, name: str, thing: str) -> Callable[[Client, dict[str, Any]], Any]:
    address = reverse(f"admin:{label}_changelist")
    return lambda client, things: client.post(
        address, {"action": name, "_selected_action": [things[thing].pk]}
    )


def upload(client: Client, things: dict[str, Any]) -> Any:
    file = SimpleUploadedFile("new.md", b"# New\n\nSomething new.\n")
    return client.post(reverse("solution_library:upload"), {"files": file})


TRIGGERS = {
    "an upload": ("solution_library.embed_document", upload),
    "admin, each": (
        "solution_library.embed_document",
        action("solution_library_document", "embed_each", "document"),
    ),
    "admin, batch": (
        "solution_library.embed_documents_batch",
        action("solution_library_document", "embed_as_batch", "document"),
    ),
    "the page of a source": (
        "solution_library.sync_documentation_source",
        page("solution_library:source_sync", "source"),
    ),
    "admin, sources": (
        "solution_library.sync_documentation_source",
        action("solution_library_documentationsource", "sync_selected", "source"),
    ),
    "admin, information": (
        "rfp_manager.summarize_information_document",
        action("rfp_manager_informationdocument", "summarize", "information"),
    ),
    "the page of an RFP, draft": (
        "rfp_manager.batch_generate_responder_answers",
        page("rfp_manager:start_responder", "rfp"),
    ),
    "the page of an RFP, review": (
        "rfp_manager.batch_generate_reviewer_answers",
        page("rfp_manager:start_reviewer", "rfp"),
    ),
    "the page of models": (
        "llm_manager.validate_single_api",
        page("llm_manager:test_api", "api"),
    ),
    "admin, APIs": (
        "llm_manager.validate_single_api",
        action("llm_manager_llmapi", "validate_selected", "api"),
    ),
}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a4_and_d1_a_trigger_queues_its_task_and_does_none_of_the_work(
    trigger: str, things: dict[str, Any], admin_client: Client, admin_user: Any, llm: FakeLLM
) -> None:
    task, pull = TRIGGERS[trigger]
    llm.requests.clear()
    response = pull(admin_client, things)
    assert response.status_code in (200, 202, 302, 303)
    job = Job.objects.get()
    assert (job.task_name, job.status, job.started_by) == (task, "pending", admin_user)
    assert llm.requests == [], "the request itself asked the model"


@pytest.mark.parametrize(
    "task", ["solution_library.sync_all_documentation_sources", "llm_manager.validate_all_llm_apis"]
)
def test_a4_and_a32_beat_syncs_and_checks_all(task: str) -> None:
    assert PeriodicTask.objects.filter(task=task, enabled=True).exclude(crontab=None).exists()


# -- A22 -----------------------------------------------------------------------------------
def new_document(name: str = "a.md") -> Document:
    content = ContentFile(b"# Backups\n\nBackups are made every night.", name)
    return receive(content, filename=name, user=None).document


def test_a22_a_new_document_queues_its_reading_and_a_change_does_not() -> None:
    document = new_document()
    job = EmbeddingJob.objects.get(document=document)
    assert job.task_name == "solution_library.embed_document"
    wanted = {"document_id": document.pk, "embedding_model_id": None, "user_id": None}
    assert wanted.items() <= job.kwargs.items()
    document.title = "other"
    document.save()
    assert EmbeddingJob.objects.count() == 1


def test_a22_reading_can_be_switched_off(settings: Any) -> None:
    settings.AUTO_EMBED_DOCUMENTS = False
    Document.objects.create(title="a", path="a", sha256="0" * 64)
    assert not EmbeddingJob.objects.exists()


def test_a22_a_document_that_is_not_saved_after_all_queues_nothing() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        new_document()
        raise ZeroDivisionError
    assert not Job.objects.exists()


def test_a22_being_unable_to_queue_does_not_break_the_save(caplog: Any) -> None:
    """The table of jobs is taken away, as a failed migration would."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE solution_library_embeddingjob RENAME TO away")
    document = Document.objects.create(title="a", path="a", sha256="0" * 64)
    assert Document.objects.filter(pk=document.pk).exists()
    assert f"Could not queue the reading of document {document.pk}" in caplog.text


# -- A24, B6 -------------------------------------------------------------------------------
def test_a24_the_view_stores_the_celery_id_and_the_ids_of_rfp_user_and_job(
    rfp: RFP, alice: Any, client: Client
) -> None:
    client.force_login(alice)
    client.post(reverse("rfp_manager:start_responder", args=[rfp.pk]))
    job = Job.objects.get()
    assert job.kwargs == {"rfp_id": rfp.pk, "user_id": alice.pk, "job_id": job.pk}
    assert job.celery_task_id and job.started_by == alice


def test_b6_a_request_that_starts_work_answers_202_with_its_state(
    rfp: RFP, alice: Any, client: Client
) -> None:
    client.force_login(alice)
    address, accept = reverse("rfp_manager:start_responder", args=[rfp.pk]), "application/json"
    response = client.post(address, headers={"Accept": accept})
    job = Job.objects.get()
    assert response.status_code == 202
    state = response.json()
    assert (state["id"], state["status"], state["progress"]) == (job.pk, "pending", 0)
    progress = client.get(state["progress_url"], headers={"Accept": accept})
    assert progress.json()["status"] == "pending"
