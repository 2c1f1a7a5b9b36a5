"""Starting drafts, reviews and exports from the pages, and watching them."""

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import JobArtifact
from rfp_manager.models import RFP, Answer, ExportJob, RFPBatchJob
from tests.rfp_manager.view_world import end_job, make_answer, make_rfp, question

# Outside an on_commit there is no worker: the jobs of these tests stay pending.
pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
STARTS = ("start_responder", "start_reviewer", "export")


@pytest.fixture
def client(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.fixture
def rfp(alice: User) -> RFP:
    return make_rfp(alice)


def url_of(name: str, rfp: RFP) -> str:
    return reverse(f"rfp_manager:{name}", args=[rfp.pk])


@pytest.mark.parametrize("name", STARTS)
def test_a_form_is_sent_back_to_the_page_that_shows_the_progress(
    client: Client, rfp: RFP, name: str
) -> None:
    answer = client.post(url_of(name, rfp))
    assert answer.status_code == 303
    assert answer["Location"] == f"{rfp.get_absolute_url()}#work"


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.contract("B6")
def test_htmx_and_programs_get_202_with_the_state(client: Client, rfp: RFP, name: str) -> None:
    answer = client.post(url_of(name, rfp), headers=HTMX)
    assert answer.status_code == 202 and "jobs/" in answer.text and "<html" not in answer.text
    other = make_rfp(rfp.owner)
    answer = client.post(url_of(name, other), headers={"Accept": "application/json"})
    assert answer.status_code == 202 and answer.json()["status"] == "pending"


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.contract("A38")
def test_a_second_start_is_refused_with_a_link_to_the_first(
    client: Client, rfp: RFP, name: str
) -> None:
    first = client.post(url_of(name, rfp), headers={"Accept": "application/json"}).json()
    page = client.post(url_of(name, rfp))
    assert page.status_code == 400
    assert "already running" in page.text and first["url"] in page.text
    fragment = client.post(url_of(name, rfp), headers=HTMX)
    assert fragment.status_code == 400 and "already running" in fragment.text
    assert fragment["HX-Retarget"] == "#work-note"
    program = client.post(url_of(name, rfp), headers={"Accept": "application/json"})
    assert program.status_code == 400 and program.json()["url"] == first["url"]


@pytest.mark.parametrize("name", STARTS)
def test_a_stranger_and_a_link_start_nothing(rfp: RFP, charlie: User, name: str) -> None:
    stranger = Client()
    assert stranger.post(url_of(name, rfp))["Location"].startswith(reverse("login"))
    stranger.force_login(charlie)
    assert stranger.post(url_of(name, rfp)).status_code == 404
    assert stranger.get(url_of(name, rfp)).status_code == 405
    assert not RFPBatchJob.objects.exists() and not ExportJob.objects.exists()


def test_drafting_takes_the_unanswered_ones_unless_asked_for_all(client: Client, rfp: RFP) -> None:
    client.post(url_of("start_responder", rfp))
    assert RFPBatchJob.objects.get().only_unanswered
    end_job(RFPBatchJob.objects.get())
    client.post(url_of("start_responder", rfp), {"everything": "on"})
    assert not RFPBatchJob.objects.latest("pk").only_unanswered


@pytest.mark.parametrize("model", ["999999", "x", "9" * 40])
def test_a_model_that_is_gone_is_refused_in_words(client: Client, rfp: RFP, model: str) -> None:
    for headers in ({}, HTMX):
        answer = client.post(url_of("start_responder", rfp), {"model": model}, headers=headers)
        assert answer.status_code == 422 and "Choose another" in answer.text
    assert not RFPBatchJob.objects.exists()


def test_the_work_panel_watches_while_a_job_runs_and_rests_when_it_has_ended(
    client: Client, rfp: RFP
) -> None:
    url, target = rfp.get_absolute_url(), {"HX-Target": "work", **HTMX}
    client.post(url_of("start_responder", rfp))
    panel = client.get(url, headers=target).text
    assert panel.strip().startswith("<section id=") and "Drafting…" in panel
    assert f"{reverse('jobs:progress_many')}?ids={RFPBatchJob.objects.get().pk}" in panel
    end_job(RFPBatchJob.objects.get())
    panel = client.get(url, headers=target).text
    assert "every" not in panel and "Drafting of 0 questions ended" in panel


def test_a_colleague_watches_a_job_that_only_its_starter_may_stop(
    client: Client, rfp: RFP, bob: User
) -> None:
    rfp.members.add(bob)
    client.post(url_of("start_responder", rfp))
    colleague = Client()
    colleague.force_login(bob)
    page = colleague.get(rfp.get_absolute_url()).text
    job = RFPBatchJob.objects.get()
    assert "Started by alice" in page
    assert reverse("jobs:progress", args=[job.pk]) not in page
    assert reverse("jobs:progress_many") not in page
    assert reverse("jobs:cancel", args=[job.pk]) not in page


# -- the export's proof ------------------------------------------------------------------
REPORT = {
    "format": "xlsx",
    "answers_written": 160,
    "parts_compared": 31,
    "cells_compared": 4212,
    "untouched": True,
    "problems": ["One cell was protected."],
    "notes": ["A note."],
    "kept": ["Sheet1 C14"],
    "overflow": [{"place": {"sheet": "A", "row": 3, "column": 2}, "shown": 1, "text": "x" * 40000}],
    "changed": [
        {"place": {"sheet": "", "row": 3, "column": 2}, "character": "\u0b95", "written": "?"}
    ],
}


def exported(rfp: RFP, user: User, report: dict[str, object]) -> ExportJob:
    now = timezone.now()
    job = ExportJob.objects.create(
        rfp=rfp, started_by=user, report=report, status="completed", started_at=now,
        completed_at=now, task_name="x",
    )  # fmt: skip
    JobArtifact.objects.create(
        job=job, name="tender - answered.xlsx", file=ContentFile(b"x", name="x"), owner=user,
        sha256="0" * 64, size=1,
    )  # fmt: skip
    return job


def test_an_export_shows_its_file_and_its_proof_in_words(
    client: Client, rfp: RFP, alice: User
) -> None:
    job = exported(rfp, alice, REPORT)
    page = client.get(rfp.get_absolute_url()).text
    for shown in (
        "Only answer cells were written.",
        "160 answers written, 4,212 other cells compared, 31 parts of the file compared",
        "One cell was protected.",
        "A!B3: an answer of 40,000 characters is longer than a cell can hold",
        "row 3, column B: &#x27;\u0b95&#x27; was written as “?”",
        "1 cell kept the text",
        reverse("jobs:artifact", args=[job.artifacts.get().pk]),
    ):
        assert shown in page


def test_an_export_that_touched_more_says_so_and_odd_reports_do_no_harm(
    client: Client, rfp: RFP, alice: User
) -> None:
    exported(rfp, alice, {"untouched": False})
    assert "More than the answer cells differs" in client.get(rfp.get_absolute_url()).text
    for odd in ({}, {"overflow": ["x"], "changed": [3], "problems": None, "cells_compared": "x"}):
        exported(rfp, alice, odd)
        assert client.get(rfp.get_absolute_url()).status_code == 200


def test_an_export_is_called_outdated_once_an_answer_changes(
    client: Client, rfp: RFP, alice: User
) -> None:
    answer = make_answer(question(rfp, 1))
    exported(rfp, alice, REPORT)
    assert "Answers have changed since" not in client.get(rfp.get_absolute_url()).text
    Answer.objects.filter(pk=answer.pk).update(updated_at=timezone.now())
    assert "Answers have changed since" in client.get(rfp.get_absolute_url()).text


def test_a_colleague_sees_the_proof_but_not_the_file_of_another(
    rfp: RFP, alice: User, bob: User
) -> None:
    rfp.members.add(bob)
    job = exported(rfp, alice, REPORT)
    colleague = Client()
    colleague.force_login(bob)
    page = colleague.get(rfp.get_absolute_url()).text
    assert "Only answer cells were written." in page
    assert reverse("jobs:artifact", args=[job.artifacts.get().pk]) not in page
    assert "Export yourself to download the file." in page
