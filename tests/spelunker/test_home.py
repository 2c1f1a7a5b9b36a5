"""The start page: first what to do, then what goes on and what was worked on last."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Profile
from jobs.models import Job
from rfp_manager.models import RFP, Answer, Question, Section
from solution_library.models import Document

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def pages(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def an_rfp(owner: User, questions: int = 2, answered: int = 0) -> RFP:
    rfp = RFP.objects.create(
        name=f"RFP {RFP.objects.count()}", owner=owner, filename="q.xlsx", file_format="xlsx"
    )
    section = Section.objects.create(rfp=rfp, ordinal=1)
    for n in range(questions):
        question = Question.objects.create(
            rfp=rfp, section=section, ordinal=n, text="?", row=n, column=1, answer_row=n,
            answer_column=2,
        )  # fmt: skip
        if n < answered:
            Answer.objects.create(question=question, text="Yes", outcome="answered")
    return rfp


@pytest.fixture
def document(settings: Any) -> Document:
    settings.AUTO_EMBED_DOCUMENTS = False
    return Document.objects.create(title="d", path="d", sha256="0", embedding_status="ready")


def test_a_newcomer_is_led_to_the_first_document(pages: Client) -> None:
    page = text(pages.get("/"))
    assert "Welcome to Spelunker" in page
    assert page.index("btn-primary") < page.index("Create an RFP from")


def test_a_reader_to_whom_nothing_is_shared_is_told_so_and_led_to_their_questions(
    pages: Client, alice: User
) -> None:
    Profile.objects.filter(user=alice).update(role="reader")
    for path, more in (("/", True), (reverse("rfp_manager:list"), False)):
        page = text(pages.get(path))
        assert "No RFP is shared with you" in page and "New RFP" not in page
        assert f'href="{reverse("rfp_manager:mine")}">My questions' in page
        assert ("Search the library" in page) == more


def test_the_steps_follow_what_is_done_and_leave_when_all_is(
    pages: Client, alice: User, document: Document
) -> None:
    an_rfp(alice)
    assert "Start drafting" in text(pages.get("/"))
    an_rfp(alice, answered=1)
    page = text(pages.get("/"))
    assert "Welcome" not in page
    assert "1 of 2 questions" in page


def test_foreign_rfps_and_jobs_are_not_shown(pages: Client, charlie: User) -> None:
    an_rfp(charlie)
    Job.objects.create(title="Charlies drafts", task_name="x.y", started_by=charlie)
    page = text(pages.get("/"))
    assert "RFP 0" not in page
    assert "Charlies drafts" not in page


def test_running_jobs_are_polled_by_one_request_and_then_the_page_is_refreshed(
    pages: Client, alice: User
) -> None:
    for number in range(3):
        Job.objects.create(title=f"Drafts {number}", task_name="x.y", started_by=alice)
    assert text(pages.get("/")).count('hx-trigger="every') == 1
    fragment = pages.get("/", headers=HTMX)
    assert "Drafts 2" in text(fragment)
    assert "<html" not in text(fragment)
    Job.objects.update(status="completed", completed_at=timezone.now())
    last = pages.get("/", headers=HTMX)
    assert (last.status_code, last["HX-Refresh"]) == (286, "true")


def test_more_rfps_and_jobs_ask_no_more_queries(
    pages: Client, alice: User, document: Document, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        an_rfp(alice, questions=5, answered=2)
        Job.objects.create(title="Drafts", task_name="x.y", started_by=alice)
    with django_assert_max_num_queries(16):
        pages.get("/")


def test_the_start_page_needs_a_sign_in_and_the_sign_in_leads_there(alice: User) -> None:
    client = Client()
    assert "/login/" in client.get("/")["Location"]
    answer = client.post("/login/", {"username": "alice", "password": "pw"})
    assert answer["Location"] == "/"
    assert client.post("/logout/")["Location"] == "/login/"
