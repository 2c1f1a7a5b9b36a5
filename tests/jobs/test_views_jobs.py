"""The pages of background work, seen by Alice (it is hers), Charlie (a stranger) and nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.dispatch import Step, enqueue_chain
from jobs.models import Job, JobItem, Status
from jobs.transitions import claim, request_cancel, worker_lost
from tests.jobs.engine import probe, queued
from tests.jobs.page_world import HTMX, finish, running, signed_in, text, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(alice: Any) -> Client:
    return signed_in(alice)


@pytest.fixture
def stranger(charlie: Any) -> Client:
    return signed_in(charlie)


@pytest.fixture
def staff(bob: Any) -> Client:
    bob.is_staff = True
    bob.save()
    return signed_in(bob)


@pytest.fixture
def job(alice: Any) -> Job:
    return running(alice)


def listed(client: Client, query: str = "") -> str:
    return text(client.get(f"{reverse('jobs:list')}?{query}"))


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
        ("since=today", True), ("since=7", True), ("since=30", True), ("q=ANSWERS", True),
        ("q=export", False), ("since=range&last=2001-05-09", False),
        ("since=range&first=2001-05-09", True), ("first=2001-05-09&last=2001-05-10", False),
        ("status=nonsense&kind=%00&since=x&page=zzz&q=%00&first=x&last=9999-12-31", True),
        ("person=system", True), ("kind=jobs.canary", True),
    ],
)  # fmt: skip
def test_filters_narrow_the_list_and_nonsense_is_left_out(
    query: str, found: bool, job: Job, pages: Client
) -> None:
    answer = pages.get(f"{reverse('jobs:list')}?{query}")
    assert answer.status_code == 200
    assert ("Draft answers" in text(answer)) is found


def test_housekeeping_is_listed_only_for_staff_who_ask_for_it(
    alice: Any, pages: Client, staff: Client
) -> None:
    for person in (alice, None):
        Job.objects.create(title="Tweet", task_name="jobs.canary", started_by=person)
    assert "Tweet" not in listed(pages)
    assert "Tweet" not in listed(staff)
    assert "Tweet" not in text(staff.get(reverse("home")))
    assert listed(staff, "kind=jobs.canary").count("Tweet</a>") == 2
    assert "Canary" not in listed(pages, "kind=jobs.canary")


def test_staff_see_the_jobs_of_one_person(job: Job, staff: Client, bob: Any) -> None:
    running(bob, title="Own")
    running(None, title="Nightly")
    found = {
        who: [t for t in ("Draft answers", "Own", "Nightly") if f"{t}</a>" in listed(staff, f"person={who}")]
        for who in ("me", "system", str(job.started_by_id), "")
    }  # fmt: skip
    assert found == {
        "me": ["Own"], "system": ["Nightly"], str(job.started_by_id): ["Draft answers"],
        "": ["Draft answers", "Own", "Nightly"],
    }  # fmt: skip


def test_days_are_counted_whole_and_a_range_may_be_given_backwards(
    alice: Any, pages: Client
) -> None:
    old = running(alice, title="Old")
    Job.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=6))
    day = timezone.localdate() - timedelta(days=6)
    later = day + timedelta(days=1)
    assert "Old</a>" in listed(pages, "since=7")
    assert "Old</a>" not in listed(pages, "since=today")
    assert "Old</a>" in listed(pages, f"since=range&first={day}&last={day}")
    assert "Old</a>" in listed(pages, f"since=range&first={later}&last={day}")
    assert "Old</a>" not in listed(pages, f"since=range&first={later}")


def test_the_days_are_asked_for_only_when_a_range_is_wanted(pages: Client) -> None:
    assert 'type="date"' not in listed(pages)
    assert listed(pages, "since=range").count('type="date"') == 2


def test_a_job_is_found_by_its_number(job: Job, pages: Client) -> None:
    assert "Draft answers" in listed(pages, f"q=%23{job.pk}")
    assert "No job fits" in listed(pages, "q=" + "9" * 40)


def test_the_pages_of_a_list_keep_its_filters(alice: Any, pages: Client) -> None:
    for number in range(30):
        running(alice, title=f"Sync {number:02}")
    second = listed(pages, "q=sync&page=2")
    assert "Sync 00" in second and "Sync 29" not in second
    assert "q=sync&amp;page=1" in second


def test_a_list_whose_last_job_has_gone_says_so_in_place(job: Job, pages: Client) -> None:
    finish(job)
    answer = pages.get(f"{reverse('jobs:list')}?status=unfinished", headers=HTMX)
    assert "No job fits" in text(answer) and "hx-trigger" not in text(answer)


def test_a_longer_list_asks_no_more_queries(
    alice: Any, pages: Client, django_assert_max_num_queries: Any
) -> None:
    before = Job.objects.create(title="one", task_name="x.y", started_by=alice)
    for number in range(20):
        Job.objects.create(
            title=f"job {number}", task_name="x.y", started_by=alice, depends_on=before
        )
        Job.objects.create(
            title=f"line {number}", task_name="x.y", started_by=alice, serial_key="k"
        )
    Job.objects.update(created_at=timezone.now() - timedelta(hours=1))
    with django_assert_max_num_queries(6):
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


def test_a_job_in_line_says_which_place_it_has(alice: Any, pages: Client) -> None:
    for number in range(3):
        last = running(
            alice, title=f"Sync {number}", serial_key="k", status=Status.PENDING, started_at=None
        )
    assert "Third in line behind “Sync 0”" in text(pages.get(last.get_absolute_url()))


def test_a_job_says_until_when_it_may_start_and_how_long_it_waited(
    alice: Any, pages: Client
) -> None:
    soon = timezone.now() + timedelta(hours=1)
    waiting = running(alice, status=Status.PENDING, started_at=None, expires_at=soon)
    page = text(pages.get(waiting.get_absolute_url()))
    assert "Will not start after" in page and "Not to start after" in page
    Job.objects.filter(pk=waiting.pk).update(started_at=timezone.now(), waited_seconds=0.31)
    assert "it waited 0.3 s for a worker" in text(pages.get(waiting.get_absolute_url()))


@pytest.mark.contract("D4")
def test_a_chain_is_shown_from_each_of_its_links(alice: Any, pages: Client, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    names = ("Draft", "Review", "Export")
    chain = enqueue_chain(*(Step(probe, Job(title=name, started_by=alice)) for name in names))
    middle = text(pages.get(chain[1].get_absolute_url()))
    assert "Waits for" in middle and f'href="{chain[0].get_absolute_url()}">Draft</a>' in middle
    assert "Then comes" in middle and f'href="{chain[2].get_absolute_url()}">Export</a>' in middle
    finish(chain[0])
    assert "Came after" in text(pages.get(chain[1].get_absolute_url()))


def test_the_forerunner_of_somebody_else_is_not_named(
    alice: Any, charlie: Any, pages: Client
) -> None:
    before = running(charlie, title="Secret merger")
    mine = running(alice, status=Status.PENDING, started_at=None, depends_on=before)
    page = text(pages.get(mine.get_absolute_url()))
    assert "Secret merger" not in page and before.get_absolute_url() not in page
    assert "another job" in page


def test_a_job_that_had_to_be_stopped_by_force_says_so(
    alice: Any, pages: Client, settings: Any
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    job = queued(started_by=alice)
    held = claim(job.pk, worker="w")
    assert held is not None
    request_cancel(job)
    worker_lost(job.pk, held.token, reason="its process was ended")
    assert "Cancelled by force" in text(pages.get(url_of(job, "detail")))
