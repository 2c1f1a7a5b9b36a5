"""Progress that polls itself: cheap while nothing moves, and over when the work is."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.crowd import CROWD
from jobs.models import Job, Status
from rfp_manager.models import RFP, ExportJob
from tests.jobs.page_world import (
    HTMX,
    JSON,
    finish,
    queries_of,
    running,
    signed_in,
    tag_shown,
    text,
    url_of,
)

pytestmark = pytest.mark.django_db
#: The pause of a fragment that polls; those of other kinds have no decimals.
PAUSE = re.compile(r'(?<=hx-trigger="every )\d+\.\d(?=s)')


@pytest.fixture
def pages(alice: Any) -> Client:
    return signed_in(alice)


@pytest.fixture
def job(alice: Any) -> Job:
    return running(alice)


def many_url(*jobs: Job) -> str:
    return f"{reverse('jobs:progress_many')}?ids={','.join(str(job.pk) for job in jobs)}"


# -- one job -------------------------------------------------------------------------------
@pytest.mark.contract("E11")
def test_it_says_how_far_what_and_how_much_is_left(job: Job, pages: Client) -> None:
    fragment = text(pages.get(url_of(job), headers=HTMX))
    for words in ("25&nbsp;%", "Question 2", "1 of 4 items", "3 left"):
        assert words in fragment


def test_it_answers_304_until_something_moves(job: Job, pages: Client) -> None:
    tag = tag_shown(text(pages.get(url_of(job), headers=HTMX)))
    headers = HTMX | {"If-None-Match": tag}
    assert pages.get(url_of(job), headers=headers).status_code == 304
    Job.objects.filter(pk=job.pk).update(processed_items=2, successful_items=2)
    assert pages.get(url_of(job), headers=headers).status_code == 200


def test_a_new_line_of_the_log_moves_it(job: Job, pages: Client) -> None:
    tag = tag_shown(text(pages.get(url_of(job), headers=HTMX)))
    job.log_lines.create(at=timezone.now(), message="hello")
    answer = pages.get(url_of(job), headers=HTMX | {"If-None-Match": tag})
    assert (answer.status_code, "hello" in text(answer)) == (200, True)


@pytest.mark.parametrize(
    "state",
    [
        {"status": Status.PROCESSING},
        {"status": Status.PENDING, "created_at": timezone.now() - timedelta(hours=1)},
        {"status": Status.PENDING, "serial_key": "line"},
        {"status": Status.PENDING, "depends_on": True},
    ],
    ids=["runs", "unsent", "in line", "waits for another"],
)
def test_a_poll_in_which_nothing_moved_costs_one_query(
    state: dict[str, Any], alice: Any, job: Job, pages: Client
) -> None:
    Job.objects.filter(pk=job.pk).update(serial_key="line")
    if state.pop("depends_on", False):
        state["depends_on_id"] = job.pk
    waiting = running(alice, total_items=0, processed_items=0, successful_items=0)
    Job.objects.filter(pk=waiting.pk).update(**({"started_at": None} | state))
    waiting.log_lines.create(at=timezone.now(), message="hello")
    tag = tag_shown(text(pages.get(url_of(waiting), headers=HTMX)))
    headers = HTMX | {"If-None-Match": tag}
    assert pages.get(url_of(waiting), headers=headers).status_code == 304
    assert len(queries_of(pages, url_of(waiting), **headers)) == 1


def test_it_stops_by_itself_and_tells_the_page(job: Job, pages: Client) -> None:
    finish(job)
    answer = pages.get(url_of(job), headers=HTMX)
    assert answer.status_code == 286
    assert "job-finished" in answer["HX-Trigger"]
    assert "hx-trigger" not in text(answer)


def test_it_is_json_for_programs_and_the_page_for_people(job: Job, pages: Client) -> None:
    body = pages.get(url_of(job), headers=JSON).json()
    assert (body["status"], body["done"], body["total"]) == ("processing", 1, 4)
    assert pages.get(url_of(job))["Location"] == job.get_absolute_url()


def test_the_title_of_a_strangers_job_in_front_is_not_told(
    alice: Any, charlie: Any, pages: Client
) -> None:
    running(charlie, title="Secret merger", serial_key="line")
    mine = running(alice, status=Status.PENDING, started_at=None, serial_key="line")
    for url in (url_of(mine), url_of(mine, "detail")):
        shown = text(pages.get(url, headers=HTMX))
        assert "Waiting for another job to end" in shown
        assert "Secret merger" not in shown


def test_a_colleague_sees_the_progress_of_shared_work_and_a_stranger_does_not(
    alice: Any, bob: Any, charlie: Any
) -> None:
    rfp = RFP.objects.create(name="R", owner=alice, filename="r.xlsx", file_format="xlsx")
    rfp.members.add(bob)
    job = ExportJob.objects.create(
        rfp=rfp, title="Export", task_name="x.y", started_by=alice, status=Status.PROCESSING
    )
    seen = [signed_in(who).get(url_of(job), headers=HTMX).status_code for who in (bob, charlie)]
    assert seen == [200, 404]


def test_work_of_a_kind_that_is_gone_is_no_server_error(job: Job, charlie: Any) -> None:
    Job.objects.filter(pk=job.pk).update(kind="gone.Kind")
    assert signed_in(charlie).get(url_of(job)).status_code == 404


# -- when to ask again, and many who look on --------------------------------------------------
@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred tabs are open. What they are shown may be older than any test takes."""
    monkeypatch.setattr("jobs.crowd.LAG_SECONDS", 1000)
    for _ in range(200):
        CROWD.pace(1)


def told(answer: Any) -> float:
    return float(answer["Poll-After"])


def test_every_answer_says_when_to_ask_again_also_one_without_contents(
    job: Job, pages: Client
) -> None:
    first = pages.get(url_of(job), headers=HTMX)
    same = pages.get(url_of(job), headers=HTMX | {"If-None-Match": tag_shown(text(first))})
    assert same.status_code == 304
    assert 0.9 <= told(first) <= 1.1 and 0.9 <= told(same) <= 1.1


def test_in_a_crowd_a_tab_is_told_to_come_later_and_the_tag_stays(job: Job, pages: Client) -> None:
    tag = tag_shown(text(pages.get(url_of(job), headers=HTMX)))
    for _ in range(200):
        CROWD.pace(1)
    answer = pages.get(url_of(job), headers=HTMX | {"If-None-Match": tag})
    assert answer.status_code == 304
    assert told(answer) >= 9


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("alone", [True, False], ids=["one job", "several"])
def test_a_page_opened_in_a_crowd_asks_late_from_its_first_poll_on(
    alone: bool, alice: Any, job: Job, pages: Client
) -> None:
    if alone:
        url = job.get_absolute_url()
    else:
        rfp = RFP.objects.create(name="R", owner=alice, filename="r.xlsx", file_format="xlsx")
        rfp.batch_jobs.create(
            job_type="responder", title="R", task_name="x.y", started_by=alice,
            status=Status.PROCESSING,
        )  # fmt: skip
        url = rfp.get_absolute_url()
    found = PAUSE.findall(text(pages.get(url)))
    assert len(found) == 1 and float(found[0]) >= 9


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("url_for", [url_of, many_url], ids=["one job", "several"])
def test_in_a_crowd_what_one_tab_was_sent_serves_the_next_for_a_moment(
    url_for: Any, job: Job, pages: Client
) -> None:
    first = text(pages.get(url_for(job), headers=HTMX))
    Job.objects.filter(pk=job.pk).update(processed_items=2, successful_items=2)
    second = pages.get(url_for(job), headers=HTMX)
    assert "1 of 4 items" in text(second)
    assert tag_shown(text(second)) == tag_shown(first)  # so its next poll gets the news


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("url_for", [url_of, many_url], ids=["one job", "several"])
def test_in_a_crowd_too_a_stop_and_the_end_are_told_at_once(
    url_for: Any, job: Job, pages: Client
) -> None:
    pages.get(url_for(job), headers=HTMX)
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    assert "Stopping" in text(pages.get(url_for(job), headers=HTMX))
    finish(job)
    ended = pages.get(url_for(job), headers=HTMX)
    assert ended.status_code == 286 and "Poll-After" not in ended


@pytest.mark.usefixtures("crowd")
def test_in_a_crowd_too_nobody_reads_what_is_not_for_them(
    alice: Any, charlie: Any, bob: Any
) -> None:
    bob.is_staff = True
    bob.save()
    running(charlie, title="Secret merger", serial_key="line")
    mine = running(alice, status=Status.PENDING, started_at=None, serial_key="line")
    shown = [text(signed_in(who).get(url_of(mine), headers=HTMX)) for who in (bob, alice)]
    assert ["Secret merger" in html for html in shown] == [True, False]
    assert signed_in(charlie).get(url_of(mine), headers=HTMX).status_code == 404


# -- several jobs of a page ----------------------------------------------------------------
def test_several_jobs_are_polled_by_one_request_and_only_what_moved_is_sent(
    alice: Any, job: Job, pages: Client
) -> None:
    other = running(alice, title="Export")
    url = many_url(job, other)
    first = text(pages.get(url, headers=HTMX))
    assert first.count('hx-trigger="every') == 1
    headers = HTMX | {"If-None-Match": tag_shown(first)}
    assert pages.get(url, headers=headers).status_code == 304
    Job.objects.filter(pk=other.pk).update(now_doing="Writing")
    moved = text(pages.get(url, headers=headers))
    assert f'id="job-{other.pk}-bar" hx-swap-oob="true"' in moved
    assert f"job-{job.pk}-bar" not in moved


def test_what_was_put_together_for_one_reader_serves_the_next_as_it_is(
    alice: Any, job: Job, bob: Any
) -> None:
    Job.objects.filter(pk=job.pk).update(now_doing="<b>Question 3</b>")
    bob.is_staff = True
    bob.save()
    readers = [signed_in(alice), signed_in(bob)]
    for url in (url_of(job), many_url(job)):
        first, second = (text(reader.get(url, headers=HTMX)) for reader in readers)
        assert PAUSE.sub("", first) == PAUSE.sub("", second)
        assert "<div class=" in second and "&lt;b&gt;Question 3" in second
        assert "csrfmiddlewaretoken" not in second


def test_a_poll_for_ten_jobs_in_which_nothing_moved_costs_one_query(
    alice: Any, pages: Client
) -> None:
    url = many_url(*(running(alice, title=f"job {n}") for n in range(10)))
    headers = HTMX | {"If-None-Match": tag_shown(text(pages.get(url, headers=HTMX)))}
    assert pages.get(url, headers=headers).status_code == 304
    assert len(queries_of(pages, url, **headers)) == 1


def test_what_has_ended_is_told_once_and_not_asked_for_again(
    alice: Any, job: Job, pages: Client
) -> None:
    other = running(alice, title="Export")
    finish(job)
    answer = pages.get(many_url(job, other), headers=HTMX)
    assert answer.status_code == 200
    assert f'"ids": [{job.pk}]' in answer["HX-Trigger"]
    assert f"?ids={other.pk}&quot;" not in text(answer)
    assert f'?ids={other.pk}"' in text(answer)


def test_when_all_have_ended_the_poll_stops(job: Job, pages: Client) -> None:
    finish(job)
    answer = pages.get(many_url(job), headers=HTMX)
    assert answer.status_code == 286
    assert "hx-get" not in text(answer)


def test_jobs_of_strangers_are_left_out(job: Job, charlie: Any) -> None:
    body = signed_in(charlie).get(many_url(job), headers=JSON).json()
    assert body == {"jobs": []}


@pytest.mark.parametrize("ids", ["", "x,,-1", "9" * 40, "%00", "²"])
def test_nonsense_is_no_server_error(ids: str, pages: Client) -> None:
    url = f"{reverse('jobs:progress_many')}?ids={ids}"
    strange = {"If-None-Match": '"²-x.9.--"'}
    assert pages.get(url, headers=HTMX | strange).status_code == 286


def test_the_page_of_an_rfp_polls_its_own_work_by_one_request(alice: Any, pages: Client) -> None:
    rfp = RFP.objects.create(name="R", owner=alice, filename="r.xlsx", file_format="xlsx")
    for kind in ("responder", "reviewer"):
        rfp.batch_jobs.create(
            job_type=kind, title=kind, task_name="x.y", started_by=alice,
            status=Status.PROCESSING,
        )  # fmt: skip
    page = text(pages.get(rfp.get_absolute_url()))
    assert page.count("/progress/?ids=") == 1
    assert 'hx-get="/jobs/' in page and page.count('hx-get="/jobs/') == 1
