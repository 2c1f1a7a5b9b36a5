"""Result files: saved and never shown, listed for who owns them, in words when they are gone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job, JobArtifact
from tests.jobs.page_world import HTMX, finish, running, signed_in, text, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(alice: Any) -> Client:
    return signed_in(alice)


@pytest.fixture
def job(alice: Any) -> Job:
    job = running(alice)
    finish(job)
    return job


def made(job: Job, name: str = "answers.xlsx", **fields: Any) -> JobArtifact:
    values: dict[str, Any] = {
        "sha256": "0" * 64, "size": 3, "owner": job.started_by, "media_type": "text/html",
        "file": ContentFile(b"<b>", name="x"),
    }  # fmt: skip
    return JobArtifact.objects.create(job=job, name=name, **(values | fields))


def file_url(artifact: JobArtifact, name: str = "artifact") -> str:
    return reverse(f"jobs:{name}", args=[artifact.pk])


def past() -> Any:
    return timezone.now() - timedelta(seconds=1)


def test_a_file_is_always_saved_never_shown(job: Job, pages: Client) -> None:
    answer = pages.get(file_url(made(job, 'Größe "1".html')))
    assert b"".join(answer.streaming_content) == b"<b>"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Gr")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.contract("E9")
def test_a_file_is_its_owners_only(expired: bool, job: Job, charlie: Any) -> None:
    file = made(job, expires_at=past() if expired else None)
    assert signed_in(charlie).get(file_url(file)).status_code == 404
    assert signed_in(charlie).post(file_url(file, "artifact_delete")).status_code == 404


@pytest.mark.contract("E9")
def test_a_file_whose_time_is_over_says_so(job: Job, pages: Client) -> None:
    answer = pages.get(file_url(made(job, expires_at=past())))
    assert answer.status_code == 410
    assert "was kept until" in text(answer) and job.get_absolute_url() in text(answer)


def test_a_file_whose_bytes_are_missing_is_no_server_error(job: Job, pages: Client) -> None:
    file = made(job)
    Path(file.file.path).unlink()
    answer = pages.get(file_url(file))
    assert answer.status_code == 410
    assert "Tell your administrator" in text(answer)


def test_the_list_says_how_big_how_old_and_how_much_longer(job: Job, pages: Client) -> None:
    made(job, expires_at=timezone.now() + timedelta(days=13, minutes=5))
    made(job, "old.xlsx", expires_at=past())
    page = text(pages.get(reverse("jobs:files")))
    for words in ("answers.xlsx", "3\xa0bytes", "13 days more", "Expired", "Draft answers"):
        assert words in page


def test_the_list_holds_nobody_elses_files(job: Job, charlie: Any) -> None:
    made(job)
    page = text(signed_in(charlie).get(reverse("jobs:files")))
    assert "answers.xlsx" not in page and "No files yet" in page


def test_more_files_ask_no_more_queries(
    job: Job, pages: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        made(job, f"{number}.xlsx")
    with django_assert_max_num_queries(8):
        pages.get(reverse("jobs:files"))


def test_a_file_is_deleted_by_its_owner(
    job: Job, pages: Client, django_capture_on_commit_callbacks: Any
) -> None:
    file = made(job)
    with django_capture_on_commit_callbacks(execute=True):
        answer = pages.post(file_url(file, "artifact_delete"))
    assert (answer.status_code, answer["Location"]) == (303, reverse("jobs:files"))
    assert (JobArtifact.objects.count(), Path(file.file.path).exists()) == (0, False)
    assert pages.get(file_url(file, "artifact_delete")).status_code == 405


def test_the_job_offers_its_files_and_says_how_long(job: Job, pages: Client) -> None:
    file = made(job, expires_at=timezone.now() + timedelta(days=3))
    made(job, "old.xlsx", expires_at=past())
    assert file_url(file) in text(pages.get(url_of(job), headers=HTMX))
    page = text(pages.get(job.get_absolute_url()))
    assert "kept until" in page and "Expired" in page


def test_a_file_that_is_not_kept_any_more_can_be_made_again(job: Job, pages: Client) -> None:
    file = made(job)
    assert "Make the file again" not in text(pages.get(url_of(job), headers=HTMX))
    JobArtifact.objects.filter(pk=file.pk).update(expires_at=past())
    assert "Make the file again" in text(pages.get(url_of(job), headers=HTMX))
