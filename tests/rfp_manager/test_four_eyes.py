"""Where an RFP asks for four eyes, whoever wrote an answer does not approve it; and whoever asked
for an answer learns that it waits for a review."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from jobs.models import Notification
from rfp_manager import editing
from rfp_manager.assigning import assign_questions
from rfp_manager.bulk import foreseen, set_states
from rfp_manager.editing import ApprovalRefused, edit_answer, set_state
from rfp_manager.models import RFP, Answer, AnswerState
from rfp_manager.standing import standings_of
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db
APPROVED, REVIEW = AnswerState.APPROVED, AnswerState.IN_REVIEW


@pytest.fixture
def rfp(alice: Any, bob: Any) -> RFP:
    """Alice wrote the answer to question 1; the one to question 2 is a draft of the model."""
    found = make_rfp(alice, questions=2)
    RFP.objects.filter(pk=found.pk).update(four_eyes=True)
    found.members.add(bob, through_defaults={"role": "reviewer"})
    for number in (1, 2):
        make_answer(question(found, number))
    edit_answer(question(found, 1).answer, text="By hand.", user=alice, version=1)
    return RFP.objects.get(pk=found.pk)


def answer(rfp: RFP, number: int = 1) -> Answer:
    return question(rfp, number).answer


def test_who_wrote_an_answer_does_not_approve_it_and_others_do(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    with pytest.raises(ApprovalRefused, match="somebody else approves it"):
        set_state(answer(rfp), APPROVED, alice)
    assert set_state(answer(rfp), APPROVED, bob).approved_by == bob
    assert set_state(answer(rfp, 2), APPROVED, alice).approved_by == alice


def test_the_database_decides_where_the_rule_came_while_the_page_was_open(
    rfp: RFP, alice: Any
) -> None:
    RFP.objects.update(four_eyes=False)
    seen = Answer.objects.select_related("question__rfp").get(question=question(rfp, 1))
    assert not seen.question.rfp.four_eyes
    RFP.objects.update(four_eyes=True)
    with pytest.raises(ApprovalRefused, match="somebody else approves it"):
        set_state(seen, APPROVED, alice)
    assert answer(rfp).state == AnswerState.DRAFT


def test_an_answer_changed_meanwhile_is_told_from_one_of_ones_own(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    seen = answer(rfp)
    edit_answer(answer(rfp), text="By Bob.", user=bob, version=2)
    with pytest.raises(ApprovalRefused) as refusal:
        set_state(seen, APPROVED, bob)
    assert str(refusal.value) == editing.CHANGED


def test_of_many_at_once_ones_own_are_left_and_counted(rfp: RFP, alice: Any, bob: Any) -> None:
    seen = {standing.pk: standing.version for standing in standings_of(rfp.pk)}
    told = foreseen(rfp, seen, "approve", user=alice)
    outcome = set_states(rfp, seen, "approve", user=alice)
    assert outcome.left == told.left == {question(rfp, 1).pk: "written by you"}
    assert outcome.changed == [question(rfp, 2).pk]
    assert set_states(rfp, seen, "approve", user=bob).changed == [question(rfp, 1).pk]


def test_without_the_rule_people_approve_what_they_wrote(rfp: RFP, alice: Any) -> None:
    RFP.objects.update(four_eyes=False)
    seen = {question(rfp, 1).pk: 2}
    assert set_states(rfp, seen, "approve", user=alice).changed == [question(rfp, 1).pk]


def test_the_page_of_ones_own_answer_says_who_approves_it(rfp: RFP, alice: Any) -> None:
    pages = Client()
    pages.force_login(alice)
    own = pages.get(question(rfp, 1).get_absolute_url()).content.decode()
    drafted = pages.get(question(rfp, 2).get_absolute_url()).content.decode()
    assert "somebody else approves it" in own and 'data-key="a"' not in own
    assert "somebody else approves it" not in drafted and 'data-key="a"' in drafted


def test_a_manager_of_the_rfp_sets_the_rule_and_that_is_written_down(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    pages, url = Client(), reverse("rfp_manager:edit", args=[rfp.pk])
    pages.force_login(alice)
    form = pages.get(url).context["form"]
    assert form["four_eyes"].value() is True
    pages.post(url, {"name": rfp.name, "seen": form["seen"].value(), "approval_required": "on"})
    rfp.refresh_from_db()
    assert (rfp.four_eyes, rfp.approval_required) == (False, True)
    assert (
        AuditEntry.objects.filter(action="rfp.four_eyes_changed", actor_name="alice").count() == 1
    )
    pages.force_login(bob)
    assert pages.get(url).status_code in (403, 404)


def test_a_new_rfp_has_the_rule_of_the_house(settings: Any, alice: Any) -> None:
    pages = Client()
    pages.force_login(alice)
    for default in (True, False):
        settings.RFP_FOUR_EYES = default
        form = pages.get(reverse("rfp_manager:new")).context["form"]
        assert form["four_eyes"].value() is default


# -- review asked --------------------------------------------------------------------------
def test_who_asked_for_answers_learns_once_a_day_that_they_wait_for_review(
    rfp: RFP, alice: Any, bob: Any, charlie: Any
) -> None:
    ids = [question(rfp, number).pk for number in (1, 2)]
    assign_questions(rfp, ids, assignee=charlie, user=bob)
    Notification.objects.all().delete()
    set_state(answer(rfp), REVIEW, charlie)
    set_states(rfp, {ids[1]: 1}, "review", user=charlie)
    note = Notification.objects.get()
    assert note.user == bob and "charlie sends answers" in note.text
    assert note.url.endswith("?state=in_review")


def test_where_nobody_asked_the_owner_learns_it_and_never_who_sent_them(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    set_state(answer(rfp), REVIEW, bob)
    set_state(answer(rfp, 2), REVIEW, alice)
    assert [note.user for note in Notification.objects.all()] == [alice]


def test_of_answers_sent_together_the_owner_learns_of_those_that_nobody_asked_for(
    rfp: RFP, alice: Any, bob: Any, charlie: Any
) -> None:
    asked, unasked = (question(rfp, number).pk for number in (1, 2))
    assign_questions(rfp, [asked], assignee=charlie, user=bob)
    Notification.objects.all().delete()
    set_states(rfp, {asked: 2, unasked: 1}, "review", user=charlie)
    assert {note.user for note in Notification.objects.all()} == {alice, bob}
