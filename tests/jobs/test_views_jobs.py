"""The pages of background work, seen by Alice (it is hers), Charlie (a stranger) and nobody."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job, JobArtifact, JobItem, Notification, Status

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice() -> Any:
    return get_user_model().objects.create_user("alice", password="x")


@pytest.fixture
def pages(alice: Any, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def stranger() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_user("charlie", password="x"))
    return client


@pytest.fixture
def job(alice: Any) -> Job:
    return Job.objects.create(
        title="Draft answers", task_name="x.y", started_by=alice, status=Status.PROCESSING,
        started_at=timezone.now(), total_items=4, processed_items=1, successful_items=1,
        now_doing="Question 2",
    )  # fmt: skip


def finish(job: Job, status: Status = Status.COMPLETED, **fields: Any) -> None:
    Job.objects.filter(pk=job.pk).update(
        status=status, completed_at=timezone.now(), lease_token=None, **fields
    )


def text(response: Any) -> str:
    return str(response.content.decode())


def progress_url(job: Job) -> str:
    return reverse("jobs:progress", args=[job.pk])


# -- who sees what -------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["detail", "progress", "cancel", "retry"])
def test_a_job_of_somebody_else_does_not_exist(name: str, job: Job, stranger: Client) -> None:
    url = reverse(f"jobs:{name}", args=[job.pk])
    answer = stranger.post(url) if name in {"cancel", "retry"} else stranger.get(url)
    assert answer.status_code == 404


def test_nobody_sees_jobs_without_signing_in(job: Job) -> None:
    answer = Client().get(job.get_absolute_url())
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_the_list_shows_own_jobs_only_and_staff_see_all(
    job: Job, pages: Client, stranger: Client
) -> None:
    Job.objects.create(title="Nightly sync", task_name="x.y")
    assert "Draft answers" in text(pages.get(reverse("jobs:list")))
    theirs = text(stranger.get(reverse("jobs:list")))
    assert "Draft answers" not in theirs
    assert "Nightly sync" not in theirs


# -- the list --------------------------------------------------------------------------------
def test_the_list_polls_by_one_request_only_while_something_is_unfinished(
    job: Job, pages: Client
) -> None:
    assert text(pages.get(reverse("jobs:list"))).count('hx-trigger="every') == 1
    finish(job)
    assert 'hx-trigger="every' not in text(pages.get(reverse("jobs:list")))


def test_an_unchanged_list_costs_an_empty_answer(job: Job, pages: Client) -> None:
    url = reverse("jobs:list")
    first = pages.get(url, headers=HTMX)
    again = pages.get(url, headers=HTMX | {"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert "<html" not in text(first)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=unfinished", True), ("status=failed", False), ("kind=jobs.Job", True),
        ("person=me", True), ("person=system", False), ("since=1", True),
        ("status=nonsense&kind=%00&since=x&page=zzz", True),
    ],
)  # fmt: skip
def test_filters_narrow_the_list_and_nonsense_is_left_out(
    query: str, found: bool, job: Job, pages: Client
) -> None:
    answer = pages.get(f"{reverse('jobs:list')}?{query}")
    assert answer.status_code == 200
    assert ("Draft answers" in text(answer)) is found


def test_a_longer_list_asks_no_more_queries(
    alice: Any, pages: Client, django_assert_max_num_queries: Any
) -> None:
    before = Job.objects.create(title="one", task_name="x.y", started_by=alice)
    for number in range(20):
        Job.objects.create(
            title=f"job {number}", task_name="x.y", started_by=alice, depends_on=before
        )
    with django_assert_max_num_queries(16):
        pages.get(reverse("jobs:list"))


# -- one job ---------------------------------------------------------------------------------
def test_the_page_shows_failed_items_first_and_escapes_what_they_say(
    job: Job, pages: Client
) -> None:
    JobItem.objects.create(job=job, key="good", ordinal=1, state="done")
    JobItem.objects.create(job=job, key="bad", ordinal=2, state="failed", error="<b>boom</b>")
    page = text(pages.get(job.get_absolute_url()))
    assert page.index(">bad<") < page.index(">good<")
    assert "&lt;b&gt;boom&lt;/b&gt;" in page
    assert "<b>boom" not in page


def test_more_items_ask_no_more_queries(
    job: Job, pages: Client, django_assert_max_num_queries: Any
) -> None:
    JobItem.objects.bulk_create(JobItem(job=job, key=str(n), ordinal=n) for n in range(120))
    with django_assert_max_num_queries(24):
        page = text(pages.get(job.get_absolute_url()))
    assert page.count("data-row ") + page.count("data-row>") == 50


def test_a_long_log_is_cut_and_can_be_had_whole(job: Job, pages: Client) -> None:
    for number in range(205):
        job.log_lines.create(at=timezone.now(), message=f"line {number:03}")
    short = text(pages.get(job.get_absolute_url()))
    assert "line 004" not in short
    assert "line 204" in short
    assert "line 000" in text(pages.get(f"{job.get_absolute_url()}?log=all"))


def test_without_script_the_page_reloads_itself_while_unfinished(job: Job, pages: Client) -> None:
    assert 'http-equiv="refresh"' in text(pages.get(job.get_absolute_url()))
    finish(job)
    assert 'http-equiv="refresh"' not in text(pages.get(job.get_absolute_url()))


# -- progress --------------------------------------------------------------------------------
def test_progress_says_how_far_what_and_how_much_is_left(job: Job, pages: Client) -> None:
    fragment = text(pages.get(progress_url(job), headers=HTMX))
    for words in ("25&nbsp;%", "Question 2", "1 of 4 items", "3 left"):
        assert words in fragment


def test_progress_answers_304_until_something_moves(
    job: Job, pages: Client, django_assert_max_num_queries: Any
) -> None:
    fragment = text(pages.get(progress_url(job), headers=HTMX))
    tag = fragment.split('data-etag="&quot;')[1].split("&quot;")[0]
    headers = HTMX | {"If-None-Match": f'"{tag}"'}
    with django_assert_max_num_queries(5):
        assert pages.get(progress_url(job), headers=headers).status_code == 304
    Job.objects.filter(pk=job.pk).update(processed_items=2, successful_items=2)
    assert pages.get(progress_url(job), headers=headers).status_code == 200


def test_progress_stops_by_itself_and_tells_the_page(job: Job, pages: Client) -> None:
    finish(job)
    answer = pages.get(progress_url(job), headers=HTMX)
    assert answer.status_code == 286
    assert "job-finished" in answer["HX-Trigger"]
    assert "hx-trigger" not in text(answer)


def test_progress_is_json_for_programs_and_the_page_for_people(job: Job, pages: Client) -> None:
    body = pages.get(progress_url(job), headers={"Accept": "application/json"}).json()
    assert (body["status"], body["done"], body["total"]) == ("processing", 1, 4)
    assert pages.get(progress_url(job))["Location"] == job.get_absolute_url()


# -- cancel, retry ---------------------------------------------------------------------------
def test_stop_ends_a_job_that_nobody_works_on_at_once(job: Job, pages: Client) -> None:
    answer = pages.post(reverse("jobs:cancel", args=[job.pk]))
    assert (answer.status_code, answer["Location"]) == (303, job.get_absolute_url())
    job.refresh_from_db()
    assert job.status == Status.CANCELLED


def test_stop_by_htmx_answers_with_the_new_state_in_place(job: Job, pages: Client) -> None:
    answer = pages.post(reverse("jobs:cancel", args=[job.pk]), headers=HTMX)
    assert answer.status_code == 202
    assert answer["HX-Retarget"] == f"#job-{job.pk}-bar"


def test_stop_is_never_a_get_and_needs_a_token(job: Job, alice: Any) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice)
    url = reverse("jobs:cancel", args=[job.pk])
    assert careful.get(url).status_code == 405
    assert careful.post(url).status_code == 403


def test_a_form_cannot_send_people_to_another_site(job: Job, pages: Client) -> None:
    url = reverse("jobs:cancel", args=[job.pk])
    assert pages.post(url, {"next": "//evil.example/"})["Location"] == job.get_absolute_url()


# -- files -----------------------------------------------------------------------------------
@pytest.fixture
def artifact(job: Job, alice: Any, settings: Any, tmp_path: Path) -> JobArtifact:
    settings.MEDIA_ROOT = str(tmp_path)
    return JobArtifact.objects.create(
        job=job, name='Größe "1".html', sha256="0" * 64, size=3, owner=alice,
        media_type="text/html", file=ContentFile(b"<b>", name="x"),
    )  # fmt: skip


def test_a_file_is_always_saved_never_shown(artifact: JobArtifact, pages: Client) -> None:
    answer = pages.get(reverse("jobs:artifact", args=[artifact.pk]))
    assert b"".join(answer.streaming_content) == b"<b>"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Gr")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_file_is_its_owners_only(artifact: JobArtifact, stranger: Client) -> None:
    assert stranger.get(reverse("jobs:artifact", args=[artifact.pk])).status_code == 404


def test_a_file_whose_time_is_over_or_that_is_missing_is_no_server_error(
    artifact: JobArtifact, pages: Client
) -> None:
    url = reverse("jobs:artifact", args=[artifact.pk])
    Path(artifact.file.path).unlink()
    assert pages.get(url).status_code == 410
    JobArtifact.objects.update(expires_at=timezone.now())
    assert pages.get(url).status_code == 404


# -- notifications -----------------------------------------------------------------------------
@pytest.fixture
def note(job: Job, alice: Any) -> Notification:
    return Notification.objects.create(user=alice, job=job, event="completed", text="It is done")


def test_notifications_are_read_one_by_one_or_all_at_once(
    note: Notification, pages: Client
) -> None:
    url = reverse("jobs:notifications")
    assert "1 unread" in text(pages.get(url))
    assert pages.post(url, {"notification": str(note.pk)}).status_code == 303
    assert "Everything is read" in text(pages.get(url))
    Notification.objects.update(read_at=None)
    pages.post(url)
    assert Notification.objects.unread().count() == 0


def test_nobody_marks_the_notifications_of_somebody_else(
    note: Notification, stranger: Client
) -> None:
    stranger.post(reverse("jobs:notifications"), {"notification": str(note.pk)})
    note.refresh_from_db()
    assert note.read_at is None
