"""Assignments: who answers what until when, told once, and taken back without a trace lost."""

from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from jobs.models import Notification
from rfp_manager.assigning import (
    AssignmentRefused,
    assign_questions,
    decline,
    unassign_questions,
)
from rfp_manager.due_assignments import reminders, waiting_for
from rfp_manager.models import RFP, Assignment
from rfp_manager.standing import standings_of
from solution_library.reminding import FINDERS
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 4)


@pytest.fixture
def rfp(alice: Any) -> RFP:
    return make_rfp(alice, questions=5)


def ids(rfp: RFP) -> list[int]:
    return list(rfp.questions.values_list("pk", flat=True))


def told(person: Any) -> list[str]:
    notes = Notification.objects.filter(user=person).order_by("pk")
    return list(notes.values_list("text", flat=True))


def test_one_notification_tells_of_all_questions_of_one_action(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    done = assign_questions(rfp, ids(rfp), assignee=bob, due_date=TODAY, note="Please", user=alice)
    assert done == 5
    assert told(bob) == ["alice assigned 5 questions of “Tender” to you, due on 4 May 2026."]
    assert set(Assignment.objects.values_list("note", "assigned_by")) == {("Please", alice.pk)}


def test_assigning_the_same_again_changes_nothing_and_tells_nobody(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    for expected in (5, 0):
        assert assign_questions(rfp, ids(rfp), assignee=bob, user=alice) == expected
    assert len(told(bob)) == 1


def test_a_question_that_goes_to_somebody_else_is_told_to_both(
    rfp: RFP, alice: Any, bob: Any, charlie: Any
) -> None:
    assign_questions(rfp, ids(rfp), assignee=bob, user=alice)
    assign_questions(rfp, ids(rfp)[:2], assignee=charlie, user=alice)
    assert told(charlie) == ["alice assigned 2 questions of “Tender” to you."]
    assert told(bob)[1:] == ["alice took 2 questions of “Tender” from you again."]
    assert Assignment.objects.filter(assignee=bob).count() == 3


def test_nobody_is_told_of_what_they_do_themselves(rfp: RFP, alice: Any) -> None:
    assign_questions(rfp, ids(rfp), assignee=alice, user=alice)
    assert unassign_questions(rfp, ids(rfp), user=alice) == 5
    assert told(alice) == []


def test_only_questions_of_the_rfp_are_assigned(rfp: RFP, alice: Any, bob: Any) -> None:
    other = make_rfp(bob, name="Not hers")
    assert assign_questions(rfp, ids(other), assignee=alice, user=alice) == 0
    assert not Assignment.objects.exists()


def test_who_does_not_work_on_the_rfp_assigns_nothing(rfp: RFP, alice: Any, bob: Any) -> None:
    assign_questions(rfp, ids(rfp), assignee=bob, user=alice)
    with pytest.raises(AssignmentRefused, match="whole RFP"):
        assign_questions(rfp, ids(rfp), assignee=bob, user=bob)
    with pytest.raises(AssignmentRefused, match="whole RFP"):
        unassign_questions(rfp, ids(rfp), user=bob)


def test_nothing_goes_to_people_who_have_left(rfp: RFP, alice: Any, bob: Any) -> None:
    bob.is_active = False
    with pytest.raises(AssignmentRefused, match="cannot sign in any more"):
        assign_questions(rfp, ids(rfp), assignee=bob, user=alice)
    with pytest.raises(AssignmentRefused, match="longer than 2,000"):
        assign_questions(rfp, ids(rfp), assignee=alice, note="n" * 2001, user=alice)


def test_a_declined_question_goes_back_to_who_assigned_it(rfp: RFP, alice: Any, bob: Any) -> None:
    assign_questions(rfp, ids(rfp)[:1], assignee=bob, user=alice)
    decline(question(rfp, 1), user=bob, reason=" Ask the \n network team ")
    assert told(alice) == ["bob says that Q1 of “Tender” is not theirs: Ask the network team"]
    assert not waiting_for(bob).exists()
    assert standings_of(rfp.pk)[0].assignee_id is None
    with pytest.raises(AssignmentRefused, match="not assigned to you"):
        decline(question(rfp, 1), user=bob, reason="again")


def test_a_declined_question_may_be_given_to_the_same_person_again(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    assign_questions(rfp, ids(rfp)[:1], assignee=bob, user=alice)
    decline(question(rfp, 1), user=bob, reason="no")
    assert assign_questions(rfp, ids(rfp)[:1], assignee=bob, user=alice) == 1
    assert Assignment.objects.get().declined_because == ""
    assert waiting_for(bob).count() == 1


@pytest.mark.parametrize(("reason", "said"), [("  ", "Say why"), ("r" * 501, "longer than 500")])
def test_declining_takes_a_reason_that_fits(rfp: RFP, alice: Any, reason: str, said: str) -> None:
    assign_questions(rfp, ids(rfp), assignee=alice, user=alice)
    with pytest.raises(AssignmentRefused, match=said):
        decline(question(rfp, 1), user=alice, reason=reason)


def test_any_number_of_questions_takes_the_same_queries(
    alice: Any, bob: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    large = make_rfp(alice, questions=200)
    with django_assert_max_num_queries(14):
        assign_questions(large, ids(large), assignee=bob, user=alice)


def test_each_person_hears_once_a_day_of_all_that_is_due(rfp: RFP, alice: Any, bob: Any) -> None:
    late, first, second, future, done = ids(rfp)
    days = {late: TODAY - timedelta(1), first: TODAY, second: TODAY, future: TODAY + timedelta(1)}
    for pk, day in {**days, done: TODAY}.items():
        assign_questions(rfp, [pk], assignee=bob, due_date=day, user=alice)
    make_answer(question(rfp, 5), state="in_review")
    (only,) = reminders(TODAY)
    assert only.text == "2 questions for you are due today and 1 question for you is overdue."
    assert (only.user_id, only.topic) == (bob.pk, "assignments:2026-05-04")
    assert reminders in FINDERS


def test_nothing_is_due_in_an_rfp_that_is_submitted(rfp: RFP, alice: Any, bob: Any) -> None:
    from django.utils import timezone

    assign_questions(rfp, ids(rfp), assignee=bob, due_date=TODAY, user=alice)
    RFP.objects.update(submitted_at=timezone.now())
    assert list(reminders(TODAY)) == []
    assert not waiting_for(bob).exists()
