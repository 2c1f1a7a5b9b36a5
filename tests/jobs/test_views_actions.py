"""What people do to a job: stop it, run all of it again, only what failed, or what was left."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.dispatch import enqueue
from jobs.models import ItemState, Job, JobItem, Status
from tests.jobs.engine import probe
from tests.jobs.page_world import HTMX, JSON, finish, running, signed_in, text, url_of

pytestmark = pytest.mark.django_db
AGAIN = ("retry", "retry_failed", "resume")


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture
def pages(alice: Any) -> Client:
    return signed_in(alice)


@pytest.fixture
def job(alice: Any) -> Job:
    return running(alice)


@pytest.fixture
def ended(alice: Any) -> Job:
    """A batch that stopped half-way: two done, one failed, two not come to."""
    job = enqueue(probe, job=Job(title="Draft", started_by=alice), dedup_key="rfp:1")
    states = [ItemState.DONE, ItemState.DONE, ItemState.FAILED, *[ItemState.PENDING] * 2]
    JobItem.objects.bulk_create(
        JobItem(job=job, key=str(n), ordinal=n, state=s) for n, s in enumerate(states, 1)
    )
    finish(
        job, Status.FAILED, total_items=5, processed_items=3, successful_items=2, failed_items=1,
        last_error="The disk is full.",
    )  # fmt: skip
    return job


# -- stopping ------------------------------------------------------------------------------
def test_stop_ends_a_job_that_nobody_works_on_at_once(job: Job, pages: Client) -> None:
    answer = pages.post(url_of(job, "cancel"))
    assert (answer.status_code, answer["Location"]) == (303, job.get_absolute_url())
    job.refresh_from_db()
    assert job.status == Status.CANCELLED


def test_stop_by_htmx_answers_with_the_new_state_in_place(job: Job, pages: Client) -> None:
    answer = pages.post(url_of(job, "cancel"), headers=HTMX)
    assert answer.status_code == 202
    assert answer["HX-Reswap"] == "none"
    assert text(answer).count('hx-swap-oob="true"') >= 3


def test_stop_is_never_a_get_and_needs_a_token(job: Job, alice: Any) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice)
    assert careful.get(url_of(job, "cancel")).status_code == 405
    assert careful.post(url_of(job, "cancel")).status_code == 403


def test_a_form_cannot_send_people_to_another_site(job: Job, pages: Client) -> None:
    answer = pages.post(url_of(job, "cancel"), {"next": "//evil.example/"})
    assert answer["Location"] == job.get_absolute_url()


# -- running again ---------------------------------------------------------------------------
def test_each_way_of_running_again_is_offered_with_what_it_does(ended: Job, pages: Client) -> None:
    fragment = text(pages.get(url_of(ended), headers=HTMX))
    for words in ("Go on with the 2 left", "Only the 1 failed", "Do all of it again"):
        assert words in fragment


def test_where_nothing_is_left_or_failed_only_all_of_it_is_offered(
    ended: Job, pages: Client
) -> None:
    ended.items.all().delete()
    fragment = text(pages.get(url_of(ended), headers=HTMX))
    assert "Try again" in fragment and "left</button>" not in fragment


def test_what_went_well_is_not_offered_to_be_done_again(job: Job, pages: Client) -> None:
    finish(job)
    assert "again" not in text(pages.get(url_of(job), headers=HTMX))


@pytest.mark.parametrize(
    ("way", "keys"), [("retry", []), ("retry_failed", ["3"]), ("resume", ["4", "5"])]
)
def test_it_runs_again_as_a_new_job_of_the_same_person(
    way: str, keys: list[str], ended: Job, pages: Client, alice: Any
) -> None:
    answer = pages.post(url_of(ended, way))
    again = Job.objects.get(retry_of=ended)
    assert (answer.status_code, answer["Location"]) == (303, again.get_absolute_url())
    assert list(again.items.values_list("key", flat=True)) == keys
    assert again.started_by == alice


@pytest.mark.parametrize("way", AGAIN)
def test_a_program_and_a_fragment_are_told_of_the_new_job(
    way: str, ended: Job, pages: Client
) -> None:
    body = pages.post(url_of(ended, way), headers=JSON)
    again = Job.objects.get(retry_of=ended)
    assert (body.status_code, body.json()["id"]) == (202, again.pk)
    finish(again, Status.CANCELLED)
    fragment = pages.post(url_of(ended, way), headers=HTMX)
    assert fragment.status_code == 202
    assert 'hx-trigger="every' in text(fragment)


@pytest.mark.parametrize("way", AGAIN)
def test_a_second_click_on_what_may_run_twice_otherwise_starts_nothing_either(
    way: str, ended: Job, pages: Client
) -> None:
    Job.objects.filter(pk=ended.pk).update(dedup_key="")
    answers = [pages.post(url_of(ended, way), headers=JSON).status_code for _ in range(2)]
    assert answers == [202, 400]
    assert Job.objects.filter(retry_of=ended).count() == 1


@pytest.mark.parametrize("way", AGAIN)
def test_a_second_click_starts_nothing_and_says_so_beside_the_job(
    way: str, ended: Job, pages: Client
) -> None:
    pages.post(url_of(ended, way), headers=HTMX)
    second = pages.post(url_of(ended, way), headers=HTMX)
    assert (second.status_code, second["HX-Retarget"]) == (400, f"#job-{ended.pk}-note")
    assert "already running" in text(second)
    assert Job.objects.filter(retry_of=ended).count() == 1


def test_what_cannot_be_run_again_is_refused_in_words(job: Job, pages: Client) -> None:
    url = url_of(job, "retry")
    assert "not finished" in text(pages.post(url, headers=HTMX))
    assert "not finished" in pages.post(url, headers=JSON).json()["error"]
    assert "not finished" in text(pages.post(url, follow=True))


@pytest.mark.parametrize("way", ["cancel", *AGAIN])
def test_nobody_steers_the_work_of_somebody_else(way: str, ended: Job, charlie: Any) -> None:
    assert signed_in(charlie).post(url_of(ended, way)).status_code == 404
    assert not Job.objects.filter(retry_of=ended).exists()


def test_buttons_that_would_be_refused_are_not_shown(alice: Any) -> None:
    from accounts.models import Profile

    going, ended = running(alice), running(alice)
    finish(ended, Status.FAILED)
    places = [(going, "jobs:cancel"), (ended, "jobs:retry")]

    def shown() -> list[bool]:
        client = signed_in(alice)
        pages = [text(client.get(job.get_absolute_url())) for job, _ in places]
        return [reverse(way, args=[job.pk]) in page
                for (job, way), page in zip(places, pages, strict=True)]  # fmt: skip

    assert shown() == [True, True]
    Profile.objects.filter(user=alice).update(role="reader")
    assert shown() == [False, False], "readers watch"
