"""Pages about people: what an expert sees of an RFP, their own questions, and what is said."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rfp_manager.assigning import assign_questions
from rfp_manager.commenting import add_comment
from rfp_manager.models import RFP, Answer, Assignment, Question, QuestionComment, UnsavedEdit
from tests.rfp_manager.view_world import cite, make_answer, make_passage, make_rfp, question

pytestmark = pytest.mark.django_db
MINE = reverse("rfp_manager:mine")
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def rfp(alice: Any, charlie: Any) -> RFP:
    """Charlie is an expert who holds the first two questions of Alice's RFP."""
    found = make_rfp(alice, name="Harbour", questions=4)
    ids = [question(found, n).pk for n in (1, 2)]
    assign_questions(found, ids, assignee=charlie, note="You know this", user=alice)
    return found


@pytest.fixture
def expert(charlie: Any) -> Client:
    client = Client()
    client.force_login(charlie)
    return client


@pytest.fixture
def owner(alice: Any) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def send(client: Client, asked: Question, **data: object) -> Any:
    url = reverse("rfp_manager:mine_answer", args=[asked.pk])
    return client.post(url, {"version": 1, "do": "send"} | data, headers=FRAGMENT)


def at(name: str, asked: Question, *more: int) -> str:
    return reverse(f"rfp_manager:{name}", args=[asked.rfp_id, asked.pk, *more])


def test_an_expert_opens_just_their_questions_and_nothing_else(rfp: RFP, expert: Client) -> None:
    for number, code in ((1, 200), (2, 200), (3, 404)):
        assert expert.get(at("question", question(rfp, number))).status_code == code
    for name in ("detail", "questions", "coverage", "export", "original"):
        url = reverse(f"rfp_manager:{name}", args=[rfp.pk])
        assert expert.get(url).status_code in (404, 405), name
        assert expert.post(url).status_code in (404, 405), name
    assert "Harbour" not in expert.get(reverse("rfp_manager:list")).content.decode()


def test_an_experts_page_of_a_question_leads_to_their_own_questions_only(
    rfp: RFP, expert: Client
) -> None:
    page = expert.get(at("question", question(rfp, 2))).content.decode()
    assert f'href="{MINE}"' in page
    assert not re.search(rf'href="{rfp.get_absolute_url()}["?]', page)
    assert question(rfp, 1).get_absolute_url() in page
    assert question(rfp, 3).get_absolute_url() not in page
    assert 'value="approved"' not in page


def test_going_on_leads_an_expert_to_their_own_next_question(rfp: RFP, expert: Client) -> None:
    Assignment.objects.filter(question=question(rfp, 2)).delete()
    make_answer(question(rfp, 1))
    data = {"version": 1, "text": "Yes.", "then": "next"}
    answer = expert.post(at("answer_edit", question(rfp, 1)), data, headers=FRAGMENT)
    assert answer.status_code == 200


def test_my_questions_stand_in_the_order_of_their_days(rfp: RFP, expert: Client) -> None:
    today = timezone.localdate()
    for number, days in ((1, 3), (2, -1)):
        held = Assignment.objects.filter(question=question(rfp, number))
        held.update(due_date=today + timedelta(days))
    page = expert.get(MINE).content.decode()
    assert page.index(f"mine-{question(rfp, 2).pk}") < page.index(f"mine-{question(rfp, 1).pk}")
    assert "Overdue" in page and "You know this" in page
    assert "Question number 3" not in page


def test_the_navigation_says_how_many_wait(rfp: RFP, expert: Client, owner: Client) -> None:
    count = '<span>My questions</span><span class="count">2</span>'
    assert count in expert.get(MINE).content.decode()
    assert '<span>My questions</span><span class="count">' not in owner.get(MINE).content.decode()


def test_the_draft_with_its_evidence_stands_ready_and_is_sent_on_with_one_key(
    rfp: RFP, expert: Client
) -> None:
    answer = make_answer(question(rfp, 1), "With AES-256.")
    cite(answer, make_passage())
    page = expert.get(MINE).content.decode()
    assert "With AES-256." in page and "All backups are encrypted with AES-256" in page
    assert 'data-key="a"' in page
    response = send(expert, question(rfp, 1), text="With AES-256.")
    assert "Sent to review." in response.content.decode()
    answer.refresh_from_db()
    assert (answer.state, answer.version, answer.edited_by) == ("in_review", 1, None)
    assert "With AES-256." not in expert.get(MINE).content.decode()
    assert "With AES-256." in expert.get(f"{MINE}?show=done").content.decode()


def test_a_changed_draft_is_a_new_version_of_the_experts(
    rfp: RFP, expert: Client, charlie: Any
) -> None:
    answer = make_answer(question(rfp, 1))
    UnsavedEdit.objects.create(question=answer.question, user=charlie, text="No", base_version=1)
    send(expert, answer.question, text="No, never.")
    answer.refresh_from_db()
    assert (answer.text, answer.version, answer.edited_by) == ("No, never.", 2, charlie)
    assert answer.state == "in_review"
    assert not UnsavedEdit.objects.exists()


def test_a_question_without_a_draft_is_answered_in_place(rfp: RFP, expert: Client) -> None:
    send(expert, question(rfp, 1), text="Yes.", version=0)
    assert Answer.objects.get().text == "Yes."


def test_nothing_empty_is_sent_and_a_draft_may_wait(rfp: RFP, expert: Client) -> None:
    refused = send(expert, question(rfp, 1), text=" ", version=0)
    assert refused.status_code == 422
    assert "Write the answer first" in refused.content.decode()
    kept = send(expert, question(rfp, 1), text="Perhaps", version=0, do="save")
    assert "Kept as a draft" in kept.headers["HX-Trigger"]
    assert Answer.objects.get().state == "draft"


def test_what_somebody_else_wrote_meanwhile_is_shown_and_not_lost(
    rfp: RFP, expert: Client, alice: Any
) -> None:
    answer = make_answer(question(rfp, 1), "Theirs now.", version=7)
    both = send(expert, answer.question, text="Mine.", version=6)
    page = both.content.decode()
    assert both.status_code == 409
    assert "Theirs now." in page and "Mine." in page and 'value="7"' in page
    answer.refresh_from_db()
    assert answer.text == "Theirs now."
    send(expert, answer.question, text="Mine.", version=7)
    answer.refresh_from_db()
    assert answer.text == "Mine."


def test_not_mine_hands_it_back_and_closes_the_page(rfp: RFP, expert: Client) -> None:
    asked = question(rfp, 1)
    assert send(expert, asked, do="decline", reason="").status_code == 422
    assert "Handed back" in send(expert, asked, do="decline", reason="Ask Bob").content.decode()
    assert expert.get(at("question", asked)).status_code == 404
    assert send(expert, asked, text="Late").status_code == 404


def test_it_all_works_without_script(rfp: RFP, expert: Client) -> None:
    make_answer(question(rfp, 1))
    url = reverse("rfp_manager:mine_answer", args=[question(rfp, 1).pk])
    sent = expert.post(url, {"version": 1, "text": "Yes, with AES-256.", "do": "send"})
    assert (sent.status_code, sent["Location"]) == (303, MINE)
    old = expert.post(url, {"version": 9, "text": "x", "do": "send"})
    assert old.status_code == 409
    assert "Not sent yet" in old.content.decode()


def test_the_page_costs_the_same_queries_for_many_questions(
    alice: Any, django_assert_max_num_queries: DjangoAssertNumQueries, owner: Client
) -> None:
    large = make_rfp(alice, questions=30)
    chunk = make_passage()
    for asked in large.questions.all():
        cite(make_answer(asked), chunk)
    ids = large.questions.values_list("pk", flat=True)
    assign_questions(large, ids, assignee=alice, user=alice)
    with django_assert_max_num_queries(12):
        owner.get(MINE)


def test_a_question_is_assigned_and_taken_back_from_its_page(
    rfp: RFP, owner: Client, bob: Any
) -> None:
    asked = question(rfp, 4)
    data = {"do": "assign", "assignee": bob.pk, "due_date": "2030-01-31", "note": "soon"}
    page = owner.post(at("assign", asked), data, headers=FRAGMENT)
    assert "they see this question only" in page.headers["HX-Trigger"]
    assert "31 Jan 2030" in page.content.decode()
    owner.post(at("assign", asked), {"do": "unassign"}, headers=FRAGMENT)
    assert not Assignment.objects.filter(question=asked).exists()


def test_an_expert_assigns_nothing(rfp: RFP, expert: Client, charlie: Any) -> None:
    data = {"do": "assign", "assignee": charlie.pk}
    refused = expert.post(at("assign", question(rfp, 1)), data, headers=FRAGMENT)
    assert refused.status_code == 422
    assert "whole RFP" in refused.content.decode()


def test_an_expert_hands_back_from_the_questions_page(rfp: RFP, expert: Client) -> None:
    data = {"do": "decline", "reason": "Bob knows"}
    answer = expert.post(at("assign", question(rfp, 1)), data, headers=FRAGMENT)
    assert answer.headers["HX-Redirect"] == MINE


def test_hostile_words_are_shown_as_they_are(rfp: RFP, owner: Client, alice: Any) -> None:
    asked = question(rfp, 1)
    add_comment(asked, "<script>alert(1)</script> @charlie <b>", user=alice)
    page = owner.get(at("question", asked)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <b>@charlie</b> &lt;b&gt;" in page


def test_a_comment_that_is_too_long_is_refused_and_not_lost(rfp: RFP, owner: Client) -> None:
    url = at("comment", question(rfp, 1))
    refused = owner.post(url, {"comment": "word " * 2001}, headers=FRAGMENT)
    assert refused.status_code == 422
    assert "at most 10,000" in refused.content.decode()
    assert "word word" in refused.content.decode()


def test_a_comment_is_written_edited_resolved_and_opened_again(
    rfp: RFP, owner: Client, expert: Client
) -> None:
    asked = question(rfp, 1)
    expert.post(at("comment", asked), {"comment": "Which keys?"}, headers=FRAGMENT)
    said = QuestionComment.objects.get()
    change = at("comment_change", asked, said.pk)
    expert.post(change, {"do": "edit", "comment": "Which AES keys?"}, headers=FRAGMENT)
    refused = owner.post(change, {"do": "edit", "comment": "Mine"}, headers=FRAGMENT)
    assert refused.status_code == 422
    resolved = owner.post(change, {"do": "resolve"}, headers=FRAGMENT)
    assert "1 resolved" in resolved.content.decode()
    reopened = owner.post(change, {"do": "reopen"}, headers=FRAGMENT)
    assert "1 resolved" not in reopened.content.decode()
    said.refresh_from_db()
    assert said.text == "Which AES keys?"


def test_open_comments_are_counted_in_the_list(rfp: RFP, owner: Client, alice: Any) -> None:
    add_comment(question(rfp, 1), "One", user=alice)
    add_comment(question(rfp, 3), "Two", user=alice)
    rows = owner.get(rfp.get_absolute_url()).context["bench"].rows
    shown = {r.question.pk: (r.people.assignee, r.people.comments) for r in rows if r.people}
    first, second, third = (question(rfp, n).pk for n in (1, 2, 3))
    assert shown == {first: ("charlie", 1), second: ("charlie", 0), third: ("", 1)}


def test_many_are_assigned_and_taken_back_from_the_list(rfp: RFP, owner: Client, bob: Any) -> None:
    url = reverse("rfp_manager:bulk", args=[rfp.pk])
    ids = [f"{question(rfp, n).pk}:0" for n in (1, 2, 3)]
    given = owner.post(url, {"action": "assign", "assignee": bob.pk, "ids": ids}, follow=True)
    assert "3 assigned to bob, who sees nothing else of this RFP." in given.text
    taken = owner.post(
        url, {"action": "unassign", "ids": [*ids, f"{question(rfp, 4).pk}:0"]}, follow=True
    )
    assert "3 taken from who held them, 1 held by nobody." in taken.text
    assert not Assignment.objects.exists()


def test_enter_in_the_reason_never_sends_the_answer(rfp: RFP, expert: Client) -> None:
    page = expert.get(MINE).text
    form = page[page.rindex("<form", 0, page.index('name="reason"')) : page.index('name="reason"')]
    assert 'name="do" value="decline"' in form and 'value="send"' not in form
