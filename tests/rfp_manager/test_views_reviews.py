"""Suggestions are taken or dismissed once, contradictions are settled, reviewers are measured."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from jobs.models import Status
from rfp_manager.contradictions import contradictions_of, keep
from rfp_manager.models import (
    RFP,
    Answer,
    Contradiction,
    Review,
    ReviewerMeasure,
    ReviewerTestJob,
)
from tests.rfp_manager.view_world import make_answer, make_rfp, question, review

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
BETTER = "All backups are encrypted with AES-256."


@pytest.fixture
def client(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.fixture
def rfp(alice: User) -> RFP:
    return make_rfp(alice)


@pytest.fixture
def suggested(rfp: RFP) -> Review:
    answer = make_answer(question(rfp, 1), "All backups are encrypted with AES-128.")
    return review(
        answer,
        "partly",
        suggestion=BETTER,
        suggestion_state="open",
        scores={"correctness": 0.5, "completeness": 1.0, "tone": 1.0},
        findings=[{"kind": "name", "words": "AES-128", "sentence": "It is AES-256."}],
    )


def url_of(name: str, *args: Any) -> str:
    return reverse(f"rfp_manager:{name}", args=args)


def decide(client: Client, found: Review, do: str, **more: str) -> Any:
    asked = found.answer.question
    data = {"review": str(found.pk), "do": do, "version": str(found.answer_version), **more}
    return client.post(url_of("suggestion", asked.rfp_id, asked.pk), data)


# -- suggestions ---------------------------------------------------------------------------
def test_the_question_shows_scores_findings_and_the_suggestion(
    client: Client, suggested: Review
) -> None:
    page = client.get(suggested.answer.question.get_absolute_url()).text
    assert "It is AES-256." in page and "Suggested instead" in page and 'data-key="s"' in page
    assert "has not been measured" not in page  # nobody knows which model it was


def test_an_accepted_suggestion_is_the_answer_as_an_edit_of_this_person(
    client: Client, suggested: Review, alice: User
) -> None:
    assert decide(client, suggested, "accept").status_code == 303
    answer = Answer.objects.get()
    assert (answer.text, answer.edited_by, answer.version) == (BETTER, alice, 2)
    suggested.refresh_from_db()
    assert suggested.suggestion_state == "accepted"


def test_it_can_be_decided_on_once(client: Client, suggested: Review) -> None:
    decide(client, suggested, "dismiss")
    assert decide(client, suggested, "accept").status_code == 409
    assert Answer.objects.get().version == 1


def test_a_suggestion_for_an_older_version_is_neither_shown_nor_taken(
    client: Client, suggested: Review
) -> None:
    Answer.objects.update(version=2)
    page = client.get(suggested.answer.question.get_absolute_url()).text
    assert "Suggested instead" not in page
    for version in ("1", "2", "", "x" * 50):
        assert decide(client, suggested, "accept", version=version).status_code == 409
    suggested.refresh_from_db()
    assert suggested.suggestion_state == "open"


@pytest.mark.parametrize("data", [{}, {"do": "accept"}, {"review": "9" * 40, "do": "accept"}])
def test_odd_requests_change_nothing(client: Client, suggested: Review, data: Any) -> None:
    asked = suggested.answer.question
    assert client.post(url_of("suggestion", asked.rfp_id, asked.pk), data).status_code == 409
    assert Answer.objects.get().version == 1


def test_htmx_gets_the_question_anew(client: Client, suggested: Review) -> None:
    asked = suggested.answer.question
    data = {"review": str(suggested.pk), "do": "accept", "version": "1"}
    page = client.post(url_of("suggestion", asked.rfp_id, asked.pk), data, headers=HTMX)
    assert page.status_code == 200 and "<html" not in page.text
    assert "toast" in page["HX-Trigger"]


def test_a_measured_reviewer_says_so_next_to_its_verdict(
    client: Client, suggested: Review, rfp: RFP
) -> None:
    from llm_manager.models import LLMModel

    model = LLMModel.objects.filter(kind="chat")[0]
    Review.objects.update(model=model)
    page = client.get(suggested.answer.question.get_absolute_url()).text
    assert "has not been measured" in page
    ReviewerMeasure.objects.create(
        model=model, planted=50, caught=41, caught_by_model=30, sound=50, false_alarms=2
    )
    page = client.get(suggested.answer.question.get_absolute_url()).text
    assert "found 41 of 50 planted errors, with 2 false alarms on 50 sound answers" in page
    assert "found 41 of 50" in client.get(rfp.get_absolute_url()).text


# -- contradictions ------------------------------------------------------------------------
@pytest.fixture
def contradiction(rfp: RFP) -> Contradiction:
    make_answer(question(rfp, 1), "Backups are kept for 35 days.")
    make_answer(question(rfp, 2), "Backups are kept for 90 days.")
    keep(rfp, contradictions_of(rfp))
    return Contradiction.objects.get()


def test_both_questions_and_the_rfp_show_a_contradiction(
    client: Client, rfp: RFP, contradiction: Contradiction
) -> None:
    for number in (1, 2):
        page = client.get(question(rfp, number).get_absolute_url()).text
        assert "kept for 35 days" in page and "kept for 90 days" in page
    assert url_of("contradictions", rfp.pk) in client.get(rfp.get_absolute_url()).text
    listed = client.get(url_of("contradictions", rfp.pk)).text
    assert "Retention" in listed and "Q1" in listed and "Q2" in listed


def test_it_is_dismissed_and_brought_back(
    client: Client, rfp: RFP, contradiction: Contradiction, alice: User
) -> None:
    url = url_of("contradiction", rfp.pk, contradiction.pk)
    assert client.post(url, {"do": "dismiss"})["Location"] == url_of("contradictions", rfp.pk)
    assert "kept for 90" not in client.get(url_of("contradictions", rfp.pk)).text
    shown = client.get(url_of("contradictions", rfp.pk) + "?show=dismissed").text
    assert "Dismissed by alice" in shown
    client.post(url, {"do": "back"})
    assert "kept for 90" in client.get(url_of("contradictions", rfp.pk)).text


def test_after_dismissing_one_goes_back_to_a_page_of_ours_only(
    client: Client, rfp: RFP, contradiction: Contradiction
) -> None:
    url = url_of("contradiction", rfp.pk, contradiction.pk)
    here = question(rfp, 1).get_absolute_url()
    assert client.post(url, {"do": "dismiss", "next": here})["Location"] == here
    away = client.post(url, {"do": "back", "next": "https://example.com/"})
    assert away["Location"] == url_of("contradictions", rfp.pk)


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    client: Client, rfp: RFP, contradiction: Contradiction, django_assert_max_num_queries: Any
) -> None:
    client.get(url_of("contradictions", rfp.pk))
    make_answer(question(rfp, 3), "Backups are kept for 60 days.")
    keep(rfp, contradictions_of(rfp))
    with django_assert_max_num_queries(10):
        assert client.get(url_of("contradictions", rfp.pk)).text.count("Both may be said") == 3


# -- how good the reviewer is --------------------------------------------------------------
def test_a_test_without_anything_to_test_says_why(client: Client, rfp: RFP) -> None:
    plain = client.get(url_of("reviewer_test", rfp.pk))
    found = re.search(r'hx-get="(\?counted=1)"', plain.text)
    assert found and "Draft answers first" not in plain.text  # the page comes before the answers
    for headers in ({}, HTMX):
        page = client.get(url_of("reviewer_test", rfp.pk) + found[1], headers=headers)
        assert page.status_code == 200 and "Draft answers first" in page.text
    refused = client.post(url_of("reviewer_test", rfp.pk))
    assert refused.status_code == 422 and "Draft answers first" in refused.text
    assert not ReviewerTestJob.objects.exists()


def test_a_stranger_sees_and_starts_nothing(
    rfp: RFP, contradiction: Contradiction, charlie: User
) -> None:
    stranger = Client()
    stranger.force_login(charlie)
    first = question(rfp, 1)
    for url in (
        url_of("contradictions", rfp.pk), url_of("reviewer_test", rfp.pk),
    ):  # fmt: skip
        assert stranger.get(url).status_code == 404
    for url in (
        url_of("contradiction", rfp.pk, contradiction.pk), url_of("reviewer_test", rfp.pk),
        url_of("suggestion", rfp.pk, first.pk),
    ):  # fmt: skip
        assert stranger.post(url, {"do": "dismiss"}).status_code == 404


def test_a_start_shows_the_page_with_the_progress_and_a_second_is_refused(
    client: Client, rfp: RFP
) -> None:
    from tests.rfp_manager.view_world import cite, make_passage

    passage = make_passage()
    cite(make_answer(question(rfp, 1), "All backups are encrypted with AES-256."), passage)
    url = url_of("reviewer_test", rfp.pk)
    assert client.post(url)["Location"] == url
    assert ReviewerTestJob.objects.get().status == Status.PENDING
    assert "/jobs/" in client.get(url).text
    assert client.post(url).status_code == 400
