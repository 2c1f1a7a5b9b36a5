"""Many answers at once: what is done is counted exactly, and what must be read first is left."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import formats
from rfp_manager.bulk import MOST, BulkRefused, Outcome, foreseen, set_states
from rfp_manager.editing import edit_answer
from rfp_manager.models import RFP, Answer, Contradiction, Question
from rfp_manager.presenting.filters import QuestionFilter, selected
from rfp_manager.standing import standings_of, why_not_unseen
from solution_library.models import Document
from tests.rfp_manager.view_world import (
    cite,
    make_answer,
    make_passage,
    make_rfp,
    question,
    review,
)

pytestmark = pytest.mark.django_db


def seen(rfp: RFP) -> dict[int, int]:
    return {standing.pk: standing.version for standing in standings_of(rfp.pk)}


@pytest.fixture
def rfp(alice: Any) -> RFP:
    """Question 1 may be approved unseen; each of the others must be read for another reason."""
    found = make_rfp(alice, questions=8)
    make_answer(question(found, 1))
    make_answer(question(found, 2), "", outcome="no_evidence", confidence=None)
    make_answer(question(found, 3), "None.", outcome="no_evidence")
    make_answer(question(found, 4), unsupported=["AES-256"])
    review(make_answer(question(found, 5)), "unsupported")
    older, newer = make_answer(question(found, 6)), make_answer(question(found, 7))
    Contradiction.objects.create(
        rfp=found, answer=newer, other=older, answer_version=1, other_version=1, topic="t",
        words="a", other_words="b",
    )  # fmt: skip
    return found


def test_only_what_may_be_approved_unseen_is_approved_and_the_rest_is_counted(
    rfp: RFP, alice: Any
) -> None:
    outcome = set_states(rfp, seen(rfp), "approve", user=alice)
    assert outcome.changed == [question(rfp, 1).pk]
    assert outcome.sentence == (
        "1 approved, 7 left: 2 contradicted by another answer, 1 empty, 1 no evidence, "
        "1 words that the cited passages do not hold, 1 doubted by the reviewer, 1 no answer yet."
    )
    approved = Answer.objects.get(state="approved")
    assert (approved.approved_by, approved.question) == (alice, question(rfp, 1))
    assert approved.approved_at is not None


def test_an_answer_longer_than_asked_is_not_approved_unseen(rfp: RFP, alice: Any) -> None:
    Question.objects.filter(pk=question(rfp, 1).pk).update(max_characters=5)
    assert set_states(rfp, seen(rfp), "approve", user=alice).changed == []


def test_a_dismissed_or_outdated_contradiction_holds_nothing_up(rfp: RFP, alice: Any) -> None:
    Contradiction.objects.update(dismissed_at=timezone.now())
    assert len(set_states(rfp, seen(rfp), "approve", user=alice).changed) == 3


def test_what_has_changed_since_it_was_seen_is_left(rfp: RFP, alice: Any, bob: Any) -> None:
    before = seen(rfp)
    edit_answer(question(rfp, 1).answer, text="Other words.", user=bob, version=1)
    make_answer(question(rfp, 8))
    outcome = set_states(rfp, before, "approve", user=alice)
    reasons = [outcome.left[question(rfp, number).pk] for number in (1, 8)]
    assert outcome.changed == [] and reasons == ["changed meanwhile"] * 2
    assert not Answer.objects.filter(state="approved").exists()


def test_what_is_foreseen_is_what_is_done(rfp: RFP, alice: Any) -> None:
    for action in ("approve", "review", "draft"):
        told = foreseen(rfp, seen(rfp), action, user=alice)
        assert set_states(rfp, seen(rfp), action, user=alice).changed == told.changed
        assert told.left == foreseen(rfp, seen(rfp), action, user=alice).left


def test_doing_it_twice_changes_nothing_more(rfp: RFP, alice: Any, bob: Any) -> None:
    rfp.members.add(bob)
    set_states(rfp, seen(rfp), "approve", user=alice)
    again = set_states(rfp, seen(rfp), "approve", user=bob)
    assert (again.changed, len(again.unchanged)) == ([], 1)
    assert again.sentence.startswith("0 approved, 1 approved before, 7 left: ")
    assert Answer.objects.get(state="approved").approved_by == alice


def test_back_to_draft_forgets_who_approved(rfp: RFP, alice: Any) -> None:
    set_states(rfp, seen(rfp), "approve", user=alice)
    outcome = set_states(rfp, seen(rfp), "draft", user=alice)
    assert (len(outcome.changed), len(outcome.unchanged)) == (1, 6)
    assert not Answer.objects.exclude(approved_by=None, approved_at=None, state="draft").exists()


def test_approved_and_empty_answers_are_not_sent_to_review(rfp: RFP, alice: Any) -> None:
    set_states(rfp, seen(rfp), "approve", user=alice)
    outcome = set_states(rfp, seen(rfp), "review", user=alice)
    assert outcome.left[question(rfp, 1).pk].startswith("approved")
    assert Answer.objects.get(question=question(rfp, 1)).state == "approved"
    assert len(outcome.changed) == 5


def test_questions_of_another_rfp_are_never_touched(rfp: RFP, alice: Any) -> None:
    other = make_rfp(alice)
    strange = make_answer(question(other, 1))
    outcome = set_states(rfp, {strange.question_id: 1}, "approve", user=alice)
    assert outcome.sentence == "0 approved, 1 left: 1 no longer in this RFP."
    assert Answer.objects.get(pk=strange.pk).state == "draft"


def test_a_stranger_approves_nothing(rfp: RFP, charlie: Any) -> None:
    with pytest.raises(BulkRefused, match="reviewers and managers"):
        set_states(rfp, seen(rfp), "approve", user=charlie)


@pytest.mark.parametrize(
    ("chosen", "action", "why"),
    [({}, "approve", "Choose"), ({1: 1}, "publish", "no such action"),
     ({n: 1 for n in range(MOST + 1)}, "approve", "20,000")],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_words(
    rfp: RFP, alice: Any, chosen: dict[int, int], action: str, why: str
) -> None:
    with pytest.raises(BulkRefused, match=why):
        set_states(rfp, chosen, action, user=alice)


def test_a_thousand_cost_the_same_queries_as_one(
    alice: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rfp = make_rfp(alice, questions=1000)
    Answer.objects.bulk_create(
        Answer(question=asked, text="Yes.", outcome="answered") for asked in rfp.questions.all()
    )
    chosen = seen(rfp)
    with django_assert_max_num_queries(14):
        outcome = set_states(rfp, chosen, "approve", user=alice)
    assert outcome.sentence == "1,000 approved."


def test_every_reason_has_words_and_none_is_given_for_a_sound_answer(rfp: RFP) -> None:
    reasons = [why_not_unseen(standing) for standing in standings_of(rfp.pk)]
    assert reasons[0] == "" and all(reasons[1:])


def test_an_answer_beyond_its_words_is_not_approved_unseen(alice: Any) -> None:
    rfp = make_rfp(alice, questions=2)
    asked = question(rfp, 1)
    type(asked).objects.filter(pk=asked.pk).update(max_words=2)
    make_answer(asked, "Three whole words.")
    make_answer(question(rfp, 2))
    outcome = set_states(rfp, seen(rfp), "approve", user=alice)
    assert outcome.sentence == "1 approved, 1 left: 1 longer than asked."


def test_a_promise_that_is_over_is_not_approved_unseen(alice: Any) -> None:
    rfp = make_rfp(alice, questions=1)
    make_answer(question(rfp, 1), "Our ISO/IEC 27001 certificate is valid until 31 March 2020.")
    outcome = set_states(rfp, seen(rfp), "approve", user=alice)
    assert outcome.sentence == "0 approved, 1 left: 1 promises what has ended."


def test_an_answer_whose_source_was_withdrawn_is_found_and_not_approved_unseen(alice: Any) -> None:
    rfp, passage = make_rfp(alice, questions=2), make_passage()
    for number in (1, 2):
        make_answer(question(rfp, number))
    cite(question(rfp, 2).answer, passage)
    Document.objects.update(review_status="rejected")
    chosen = QuestionFilter.from_query({"has": "outdated"}, alice)
    assert [standing.ordinal for standing in selected(rfp.pk, chosen)] == [2]
    outcome = set_states(rfp, seen(rfp), "approve", user=alice)
    assert outcome.sentence == "1 approved, 1 left: 1 a cited passage has changed."


def test_the_counts_are_written_as_the_person_reads_numbers() -> None:
    outcome = Outcome(
        "approved", changed=list(range(1234)), left=dict.fromkeys(range(2000), "empty")
    )
    held = formats.CHOSEN.set(formats.Chosen(numbers=formats.NUMBER_STYLES["comma"]))
    try:
        assert outcome.sentence == "1.234 approved, 2.000 left: 2.000 empty."
    finally:
        formats.CHOSEN.reset(held)
