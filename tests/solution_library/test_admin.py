"""Administrators' actions on documents and sources start the right work, and show no secret."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jobs.models import Status
from solution_library.ingest import receive
from solution_library.models import (
    Chunk,
    Document,
    DocumentationSource,
    EmbeddingJob,
    EmbeddingStatus,
    SyncJob,
)
from tests.llm_manager import fake_models
from tests.llm_manager.fake_llm import FakeLLM

pytestmark = pytest.mark.django_db
DOCUMENTS = "/admin/solution_library/document/"
SOURCES = "/admin/solution_library/documentationsource/"


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        fake_models.use(fake)
        yield fake


def make_document(folder: Path, name: str, text: str = "All backups are encrypted.") -> Document:
    file = folder / name
    file.write_text(f"# {name}\n\n{text}\n")
    return receive(file, filename=name, user=None, embed=False).document


def run(client: Client, url: str, action: str, *objects: Any) -> str:
    chosen = {"action": action, "_selected_action": [o.pk for o in objects]}
    response = client.post(url, chosen, follow=True)
    assert response.status_code == 200
    return " ".join(str(m) for m in response.context["messages"])


@pytest.mark.contract("A4")
def test_selected_documents_are_read_each_by_a_job(
    admin_client: Client, admin_user: Any, llm: FakeLLM, tmp_path: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    documents = [make_document(tmp_path, name, f"{name}: encrypted.") for name in ("a.md", "b.md")]
    with django_capture_on_commit_callbacks(execute=True):
        said = run(admin_client, DOCUMENTS, "embed_each", *documents)
    assert "2 jobs started" in said
    jobs = list(EmbeddingJob.objects.all())
    assert {job.task_name for job in jobs} == {"solution_library.embed_document"}
    assert {job.document_id for job in jobs} == {d.pk for d in documents}
    assert {(job.status, job.started_by) for job in jobs} == {(Status.COMPLETED, admin_user)}
    assert Chunk.objects.exclude(vectors=None).count() == Chunk.objects.count() >= 2


@pytest.mark.contract("A4")
def test_selected_documents_are_read_as_one_batch(
    admin_client: Client, llm: FakeLLM, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    documents = [make_document(tmp_path, name, f"{name}: encrypted.") for name in ("a.md", "b.md")]
    with django_capture_on_commit_callbacks(execute=True):
        run(admin_client, DOCUMENTS, "embed_as_batch", *documents)
    job = EmbeddingJob.objects.get()
    assert job.task_name == "solution_library.embed_documents_batch"
    assert (job.status, job.total_items, job.successful_items) == (Status.COMPLETED, 2, 2)
    ready = Document.objects.filter(embedding_status=EmbeddingStatus.READY)
    assert ready.count() == 2


def test_a_document_that_is_being_read_is_not_read_twice(
    admin_client: Client, llm: FakeLLM, tmp_path: Path
) -> None:
    document = make_document(tmp_path, "a.md")
    run(admin_client, DOCUMENTS, "embed_each", document)
    assert "already running" in run(admin_client, DOCUMENTS, "embed_each", document)
    assert EmbeddingJob.objects.count() == 1


def test_the_pages_of_documents_open_and_nothing_is_added_past_the_upload(
    admin_client: Client, tmp_path: Path
) -> None:
    document = make_document(tmp_path, "<b>a.md", "<script>x</script>")
    for url in (DOCUMENTS, f"{DOCUMENTS}?q=a", f"{DOCUMENTS}{document.pk}/change/"):
        response = admin_client.get(url)
        assert response.status_code == 200
        assert "<b>a" not in response.content.decode()
    assert admin_client.get(f"{DOCUMENTS}add/").status_code == 403


def test_a_deleted_document_takes_its_file_along(
    admin_client: Client, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    document = make_document(tmp_path, "a.md")
    stored = Path(document.versions.get().file.path)
    assert stored.exists()
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(f"{DOCUMENTS}{document.pk}/delete/", {"post": "yes"})
    assert not Document.objects.filter(pk=document.pk).exists()
    assert not stored.exists()


@pytest.fixture
def source(tmp_path: Path, settings: Any) -> DocumentationSource:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nAll backups are encrypted.\n")
    return DocumentationSource.objects.create(
        name="Docs", kind="folder", location=str(tmp_path / "docs"), credentials="tok-CANARY-123"
    )


@pytest.mark.contract("A4")
def test_selected_sources_are_synced(
    admin_client: Client, llm: FakeLLM, source: DocumentationSource,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    DocumentationSource.objects.update(credentials="")  # a folder takes none
    with django_capture_on_commit_callbacks(execute=True):
        said = run(admin_client, SOURCES, "sync_selected", source)
    assert "1 job started" in said
    job = SyncJob.objects.get()
    assert (job.task_name, job.source_id) == (
        "solution_library.sync_documentation_source",
        source.pk,
    )
    assert (job.last_error, job.status, job.documents_created) == ("", Status.COMPLETED, 1)


def test_no_page_of_a_source_shows_its_credentials(
    admin_client: Client, source: DocumentationSource
) -> None:
    url = f"{SOURCES}{source.pk}/"
    for page in (SOURCES, f"{url}change/", f"{url}history/", f"{url}delete/", DOCUMENTS):
        response = admin_client.get(page)
        assert response.status_code == 200
        assert "CANARY" not in response.content.decode()
    admin_client.post(f"{url}change/", {"name": "Renamed", "is_active": "on", "collection": ""})
    source.refresh_from_db()
    assert (source.name, source.credentials.reveal()) == ("Renamed", "tok-CANARY-123")
