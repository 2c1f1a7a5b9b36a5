"""The page of queues: staff see what each is for and does; nobody else knows that it exists."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from jobs import readers
from jobs.models import Status
from jobs.queue_rows import queue_rows, seconds_words
from jobs.queues import QUEUES
from tests.jobs.queue_world import ago, canary, ignored_canary, ran, running, waiting

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
URL = "/jobs/queues/"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.queue_rows.READERS", readers.KeptReaders())


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_user("staff", is_staff=True))
    return client


def text(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def poll(client: Client, **headers: str) -> Any:
    return client.get(URL, headers=HTMX | headers)


def row(queue: str = "batch") -> Any:
    return next(row for row in queue_rows() if row.spec.name == queue)


# -- who sees it ---------------------------------------------------------------------------------
def test_for_others_it_does_not_exist(client: Client, alice: Any) -> None:
    client.force_login(alice)
    assert client.get(reverse("jobs:queues")).status_code == 404
    assert poll(client).status_code == 404


def test_nobody_sees_it_without_signing_in(client: Client) -> None:
    assert client.get(URL).status_code == 302


def test_the_list_of_jobs_leads_staff_to_it_and_nobody_else(staff: Client, alice: Any) -> None:
    assert URL in text(staff.get(reverse("jobs:list")))
    staff.force_login(alice)
    assert URL not in text(staff.get(reverse("jobs:list")))


# -- what it shows -------------------------------------------------------------------------------
def test_an_idle_installation_shows_every_queue_with_its_target_and_use(staff: Client) -> None:
    page = text(staff.get(URL))
    for spec in QUEUES.values():
        assert spec.usage[1:] in page and spec.why[1:] in page
    assert [shown.word for shown in queue_rows()] == ["OK"] * 3
    assert "none in 24 h" in page and "none in the last hour" in page


def test_the_numbers_of_a_busy_queue(staff: Client) -> None:
    ran(waited=0.3, took=4)
    ran(waited=100, took=4)
    running()
    waiting(since=20)
    waiting(since=9, run_after=ago(-600))
    shown = row()
    assert (shown.load.waiting, shown.load.later, shown.load.running) == (1, 1, 1)
    hour, day = shown.hour, shown.day
    assert (hour.count, hour.median, hour.longest, hour.in_time) == (
        3,
        "0.3 s",
        "1 min 40 s",
        "66 %",
    )
    assert day.count == 3
    assert shown.run_time == "p50 4 s, p95 4 s"
    assert "+ 1 later" in text(staff.get(URL))


def test_a_late_queue_says_so_and_that_it_passes(staff: Client) -> None:
    running()
    waiting(since=200)
    page = text(staff.get(URL))
    assert "Batch: late, the oldest job has waited for 3 min 20 s" in page
    assert "so this passes" in page and "tone-warning" in page


def test_a_blocked_queue_says_what_to_do(staff: Client) -> None:
    waiting(since=200)
    page = text(staff.get(URL))
    assert "no worker takes it" in page and "docker compose restart worker-batch" in page
    assert "tone-error" in page


def test_a_queue_that_nobody_reads_is_paused(
    staff: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"default": 1, "embedding": 2, "batch": 0}
    monkeypatch.setattr(readers, "queue_readers", lambda: counts)
    page = text(staff.get(URL))
    assert "Batch: no worker reads this queue" in page
    assert [shown.workers for shown in queue_rows()] == ["1", "2", "0"]


def test_the_last_canary_is_told_with_how_soon_it_started(staff: Client) -> None:
    canary("batch", sent=30, status=Status.COMPLETED, started_at=ago(30), completed_at=ago(29),
           waited_seconds=0.24)  # fmt: skip
    canary("default", sent=3)
    ignored_canary("embedding", sent=400)
    assert row("batch").canary.endswith("started in 0.2 s")
    assert row("default").canary.endswith("waits")
    assert row("embedding").canary.endswith("nobody took it")


def test_each_queue_leads_to_its_jobs(staff: Client) -> None:
    mine = waiting("batch", since=20, title="Drafting answers")
    waiting("default", since=5, title="Reading a source")
    page = text(staff.get(row().unfinished_url))
    assert mine.title in page and "Reading a source" not in page


def test_people_who_are_no_staff_cannot_filter_by_queue(client: Client, alice: Any) -> None:
    client.force_login(alice)
    waiting("batch", since=20, title="Drafting answers", started_by=alice)
    page = text(client.get(reverse("jobs:list"), {"queue": "default"}))
    assert "Drafting answers" in page and "All queues" not in page


# -- how it stays fresh --------------------------------------------------------------------------
def test_it_refreshes_by_one_request_that_is_empty_while_nothing_changes(staff: Client) -> None:
    first = poll(staff)
    page = text(first)
    assert page.count("hx-get") == 1 and "<html" not in page
    assert poll(staff, **{"If-None-Match": first["ETag"]}).status_code == 304
    waiting(since=20)
    assert poll(staff, **{"If-None-Match": first["ETag"]}).status_code == 200


def test_the_page_works_without_script_and_holds_the_same(staff: Client) -> None:
    assert text(poll(staff)) in text(staff.get(URL))


def test_more_jobs_ask_no_more_queries(staff: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        waiting(since=5)
        ran(waited=1)
    with django_assert_max_num_queries(10):
        staff.get(URL)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (0, "0 s"), (0.04, "0 s"), (0.06, "0.1 s"), (0.349, "0.3 s"), (9.94, "9.9 s"),
        (9.96, "10 s"), (10, "10 s"), (75, "1 min 15 s"), (7300, "2 h 1 min"),
    ],
)  # fmt: skip
def test_seconds_are_told_as_exactly_as_they_matter(seconds: float | None, words: str) -> None:
    assert seconds_words(seconds) == words
