"""A documentation source and the library stay in step, through the real task and job."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from jobs.models import Job, Status
from solution_library import tasks  # noqa: F401 - registers what is queued by name
from solution_library.models import Chunk, Document, DocumentationSource, ReviewStatus, SyncJob
from solution_library.search import search
from solution_library.syncing import start_all, start_sync

pytestmark = [pytest.mark.django_db, pytest.mark.model]
BACKUPS = "# Backups\n\nBackups are taken every six hours and kept for 35 days in another region.\n"
KEYS = "# Keys\n\nMaster keys are kept in hardware modules and replaced once a year.\n"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    place = tmp_path / "docs"
    place.mkdir()
    (place / "backups.md").write_text(BACKUPS)
    (place / "keys.md").write_text(KEYS)
    return place


@pytest.fixture
def source(folder: Path) -> DocumentationSource:
    return DocumentationSource.objects.create(
        name="Handbook", kind="folder", location=str(folder), config={}
    )


@pytest.fixture
def sync(django_capture_on_commit_callbacks: Any) -> Iterator[Any]:
    def run(source: DocumentationSource) -> SyncJob:
        with django_capture_on_commit_callbacks(execute=True):
            job = start_sync(source, None)
        job.refresh_from_db()
        return job

    yield run


def counts(job: SyncJob) -> tuple[int, int, int]:
    return job.documents_created, job.documents_updated, job.documents_skipped


def test_a_folder_becomes_searchable_documents(source: Any, sync: Any) -> None:
    job = sync(source)
    assert (job.status, counts(job)) == (Status.COMPLETED, (2, 0, 0))
    assert search("How long are backups kept?", limit=1)[0].document == "Backups"


@pytest.mark.contract("A8")
def test_a_second_sync_changes_nothing(source: Any, sync: Any) -> None:
    sync(source)
    before = set(Chunk.objects.values_list("pk", flat=True))
    assert counts(sync(source)) == (0, 0, 2)
    assert set(Chunk.objects.values_list("pk", flat=True)) == before


def test_a_changed_file_is_a_new_version_and_the_old_one_stays(
    source: Any, sync: Any, folder: Path
) -> None:
    sync(source)
    (folder / "backups.md").write_text(BACKUPS.replace("35 days", "90 days"))
    assert counts(sync(source)) == (0, 1, 1)
    document = Document.objects.get(source_key="backups.md")
    assert [v.number for v in document.versions.all()] == [2, 1]
    assert "90 days" in search("How long are backups kept?", limit=1)[0].text
    assert Chunk.objects.filter(text__contains="35 days").exists()


def test_a_file_that_is_missing_twice_no_longer_answers(
    source: Any, sync: Any, folder: Path
) -> None:
    sync(source)
    (folder / "keys.md").unlink()
    sync(source)
    document = Document.objects.get(source_key="keys.md")
    assert document.review_status != ReviewStatus.ARCHIVED
    sync(source)
    document.refresh_from_db()
    assert document.review_status == ReviewStatus.ARCHIVED
    assert all(hit.document != "Keys" for hit in search("Where are master keys kept?"))


@pytest.mark.contract("A26")
def test_one_unreadable_file_does_not_stop_the_others(source: Any, sync: Any, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    job = sync(source)
    assert (job.status, job.documents_created, job.documents_failed) == (Status.COMPLETED, 2, 1)
    source.refresh_from_db()
    assert source.stale_since is None, "the source itself was read to its end"
    assert Document.objects.get(source_key="broken.pdf").embedding_error


def test_a_folder_outside_the_allowed_roots_is_refused_in_a_sentence(
    source: Any, sync: Any, settings: Any
) -> None:
    settings.SOURCE_FOLDER_ROOTS = []
    job = sync(source)
    assert job.status == Status.FAILED
    assert "SOURCE_FOLDER_ROOTS" in job.last_error


def test_a_website_becomes_searchable_documents(sync: Any, settings: Any) -> None:
    from tests.solution_library.local_site import serve

    with serve() as site:
        settings.FETCH_ALLOWED_HOSTS = [site.host_port]
        site.page(
            "/",
            "<title>Home</title><h1>Home</h1><p>Welcome to the handbook.</p>"
            '<a href="/backups.html">Backups</a>',
        )
        site.page(
            "/backups.html",
            "<title>Backups</title><h1>Backups</h1>"
            "<p>Backups are kept for 35 days in another region.</p>",
        )
        source = DocumentationSource.objects.create(
            name="Site", kind="website", location=f"{site.base}/", config={"delay": 0}
        )
        job = sync(source)
    assert (job.status, job.documents_created) == (Status.COMPLETED, 2)
    hit = search("How long are backups kept?", limit=1)[0]
    assert hit.path.endswith("/backups.html")


def test_sources_of_one_host_are_synced_one_after_the_other(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    pages = [f"https://docs.example.com/{n}/" for n in range(2)]
    jobs = [
        start_sync(DocumentationSource.objects.create(name=p, kind="website", location=p), None)
        for p in [*pages, "https://other.example.com/"]
    ]
    due = set(Job.objects.due().values_list("pk", flat=True))
    assert due == {jobs[0].pk, jobs[2].pk}


def test_a_nightly_round_of_many_sources_starts_scattered(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    for n in range(30):
        place = f"https://h{n}.example.com/"
        DocumentationSource.objects.create(name=place, kind="website", location=place)
    start, found = timezone.now(), start_all()
    starts = [job.run_after for job in SyncJob.objects.all()]
    assert found == {"queued": 30, "skipped": 0}
    assert all(start <= s <= start + timedelta(seconds=151) for s in starts)
    assert len({int((s - start).total_seconds() / 15) for s in starts}) > 3
