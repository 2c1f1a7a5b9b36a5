"""Documentation sources: added with a look at them first, synced at a click, never twice."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from jobs.models import Job, Status
from solution_library.models import DocumentationSource, SyncJob

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
NEW = "/library/sources/new/"


@pytest.fixture
def pages(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    (tmp_path / "keys.md").write_text("# Keys")
    return tmp_path


@pytest.fixture
def source(folder: Path) -> DocumentationSource:
    return DocumentationSource.objects.create(
        name="Handbook", kind="folder", location=str(folder), config={"path": str(folder)}
    )


def form(folder: Path, **fields: Any) -> dict[str, Any]:
    return {"name": "Handbook", "kind": "folder", "location": str(folder)} | fields


def text(response: Any) -> str:
    return str(response.content.decode())


def test_without_sources_the_page_says_what_they_are_for(pages: Client) -> None:
    assert "No sources yet" in text(pages.get(reverse("solution_library:sources")))


def test_a_new_source_is_stored_with_its_settings_and_synced_at_once(
    folder: Path, pages: Client, alice: User
) -> None:
    answer = pages.post(NEW, form(folder, include="*.md", max_pages="7"))
    added = DocumentationSource.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, added.get_absolute_url())
    assert (added.location, added.config) == (str(folder), {"include": "*.md"})
    assert added.created_by == alice
    assert added.sync_jobs.count() == 1


def test_a_folder_that_is_not_allowed_is_refused_at_its_field_and_nothing_is_lost(
    folder: Path, pages: Client
) -> None:
    answer = pages.post(NEW, form(Path("/etc")))
    assert answer.status_code == 422
    assert "not below one of the folders" in text(answer)
    assert 'value="Handbook"' in text(answer)
    assert not DocumentationSource.objects.exists()


def test_a_preview_lists_the_first_documents_and_adds_nothing(folder: Path, pages: Client) -> None:
    assert "keys.md" in text(pages.post(NEW, form(folder, preview="1")))
    by_script = pages.post(
        reverse("solution_library:source_preview"), form(folder, name=""), headers=HTMX
    )
    assert "keys.md" in text(by_script)
    assert "<html" not in text(by_script)
    assert not DocumentationSource.objects.exists()


def test_a_preview_that_finds_nothing_says_so(folder: Path, pages: Client) -> None:
    (folder / "keys.md").unlink()
    assert "No document was found" in text(pages.post(NEW, form(folder, preview="1")))


def test_the_same_name_twice_is_refused_in_words(
    folder: Path, source: DocumentationSource, pages: Client
) -> None:
    assert "already exists" in text(pages.post(NEW, form(folder)))


def test_a_sync_that_is_running_is_not_started_again(
    source: DocumentationSource, pages: Client, alice: User, bob: User
) -> None:
    SyncJob.objects.create(
        source=source, task_name="x.y", title="Sync", started_by=alice,
        dedup_key=f"source:{source.pk}", status=Status.PENDING,
    )  # fmt: skip
    url = reverse("solution_library:source_sync", args=[source.pk])
    own = pages.post(url, headers=HTMX)
    assert own.status_code == 400
    assert "already running" in text(own)
    pages.force_login(bob)
    theirs = pages.post(url)
    assert theirs.status_code == 400
    assert "Somebody else has started it" in text(theirs)
    assert SyncJob.objects.count() == 1


def test_the_page_of_a_source_shows_its_syncs_and_what_they_brought(
    source: DocumentationSource, pages: Client
) -> None:
    pages.post(reverse("solution_library:source_sync", args=[source.pk]))
    SyncJob.objects.update(documents_created=41)
    page = text(pages.get(source.get_absolute_url()))
    assert '<td data-label="New" class="num">41</td>' in page


def test_more_sources_and_syncs_ask_no_more_queries(
    source: DocumentationSource, pages: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        DocumentationSource.objects.create(name=f"s{number}", kind="folder", location="/x")
        job = SyncJob.objects.create(source=source, task_name="x.y", started_by=alice)
        Job.objects.filter(pk=job.pk).update(status="failed", completed_at=job.created_at)
    with django_assert_max_num_queries(14):
        pages.get(reverse("solution_library:sources"))
    with django_assert_max_num_queries(18):
        pages.get(source.get_absolute_url())


def test_a_source_that_does_not_exist_is_a_404(pages: Client) -> None:
    assert pages.get(reverse("solution_library:source", args=[999])).status_code == 404


def test_a_token_is_stored_apart_from_the_settings_and_never_shown_again(
    pages: Client, settings: Any
) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1:9"]
    sent = {"name": "Code", "kind": "git", "location": "http://127.0.0.1:9/x.git",
            "token": "ghp-secret", "branch": "main"}  # fmt: skip
    answer = pages.post(NEW, sent)
    assert answer.status_code == 303, text(answer)
    added = DocumentationSource.objects.get()
    assert "ghp-secret" not in str(added.config)
    assert added.credentials.reveal() == "ghp-secret"
    assert "ghp-secret" not in text(pages.get(added.get_absolute_url()))
    refused = pages.post(NEW, sent | {"name": ""})
    assert "ghp-secret" not in text(refused)
