"""Answers that cannot both be true are found, what may both be said is not, and what a person has
dismissed stays away until one of the two changes."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from benchmarks.contradictions import found_in
from rfp_manager.contradictions import contradictions_of, dismiss, keep, visible
from rfp_manager.editing import edit_answer, set_state
from rfp_manager.models import RFP, Answer, Contradiction
from tests.rfp_manager.view_world import make_answer, make_rfp, question

PAIRS = Path(__file__).parents[2] / "benchmarks" / "data" / "contradictions.jsonl"
LABELLED = [json.loads(line) for line in PAIRS.read_text().splitlines()]
KEPT = "Backups are kept for {} days."


# -- pure ----------------------------------------------------------------------------------
@pytest.mark.parametrize("pair", LABELLED, ids=lambda pair: pair["one"][1][:40])
def test_the_labelled_pairs_are_told_apart(pair: dict[str, Any]) -> None:
    assert bool(found_in([tuple(pair["one"]), tuple(pair["other"])])) == pair["contradicts"]


def test_what_is_found_quotes_both_and_names_the_topic() -> None:
    [found] = found_in([("", KEPT.format(35)), ("", "Yes. We retain backups for 90 days.")])
    assert found.topic == "Retention"
    assert {found.words, found.other_words} == {KEPT.format(35), "We retain backups for 90 days."}


def test_a_pair_is_found_once_however_often_it_contradicts() -> None:
    both = "{} The recovery point objective is {} minutes."
    answers = [("", both.format(KEPT.format(35), 15)), ("", both.format(KEPT.format(90), 30))]
    assert len(found_in(answers)) == 1


def test_an_answer_does_not_contradict_itself() -> None:
    assert found_in([("", f"{KEPT.format(35)} {KEPT.format(90)}")]) == []


def test_a_short_reply_takes_its_topic_from_the_question() -> None:
    asked = "How long are backups retained?"
    assert found_in([(asked, "35 days."), ("", KEPT.format(90))])
    assert not found_in([("How long are audit logs retained?", "35 days."), ("", KEPT.format(90))])


def test_many_answers_that_agree_are_compared_in_no_time() -> None:
    texts = [f"Room {n} is cleaned by company {n} and its keys are held by team {n}."
             for n in range(300)]  # fmt: skip
    assert found_in([("", text) for text in texts]) == []


# -- in an RFP -----------------------------------------------------------------------------
@pytest.fixture
def rfp(alice: User) -> RFP:
    rfp = make_rfp(alice)
    RFP.objects.filter(pk=rfp.pk).update(customer="Wexmoor plc")
    return RFP.objects.get(pk=rfp.pk)


def look(rfp: RFP) -> int:
    return keep(rfp, contradictions_of(rfp))


def contradicting(rfp: RFP) -> tuple[Answer, Answer]:
    return (
        make_answer(question(rfp, 1), KEPT.format(35)),
        make_answer(question(rfp, 2), KEPT.format(90)),
    )


pytestmark = pytest.mark.django_db


def test_each_contradiction_is_kept_once_however_often_it_is_found(rfp: RFP, alice: User) -> None:
    older, newer = contradicting(rfp)
    assert (look(rfp), look(rfp)) == (1, 0)
    [found] = visible(alice)
    assert (found.answer, found.other) == (newer, older)


def test_a_dismissed_one_comes_back_only_when_an_answer_has_changed(rfp: RFP, alice: User) -> None:
    older, newer = contradicting(rfp)
    look(rfp)
    assert dismiss(visible(alice).get(), alice) and not dismiss(visible(alice).get(), alice)
    look(rfp)
    assert not visible(alice).filter(dismissed_at=None).exists()
    edit_answer(newer, text=f"{KEPT.format(90)} In Germany.", user=alice, version=1)
    assert not visible(alice).exists()
    look(rfp)
    assert visible(alice).get().dismissed_at is None


def test_an_answer_without_evidence_contradicts_nothing(rfp: RFP, alice: User) -> None:
    make_answer(question(rfp, 1), "Yes.", choice="Yes")
    make_answer(question(rfp, 2), "", outcome="no_evidence")
    assert look(rfp) == 0


def test_what_the_same_customer_was_told_before_counts_once_it_was_approved(
    rfp: RFP, alice: User
) -> None:
    before = make_rfp(alice, name="Last year")
    RFP.objects.filter(pk=before.pk).update(customer=" WEXMOOR PLC ".strip())
    told = make_answer(question(before, 1), KEPT.format(90))
    make_answer(question(rfp, 1), KEPT.format(35))
    assert look(rfp) == 0
    set_state(told, "approved", alice)
    assert look(rfp) == 1
    assert visible(alice).get().other == told


def test_another_customer_may_be_told_something_else(rfp: RFP, alice: User) -> None:
    other = make_rfp(alice, name="Other")
    RFP.objects.filter(pk=other.pk).update(customer="Somebody else")
    set_state(make_answer(question(other, 1), KEPT.format(90)), "approved", alice)
    make_answer(question(rfp, 1), KEPT.format(35))
    assert look(rfp) == 0


def test_who_may_not_see_the_other_rfp_does_not_learn_of_it(
    rfp: RFP, alice: User, bob: User
) -> None:
    rfp.members.add(bob)
    before = make_rfp(alice, name="Secret")
    RFP.objects.filter(pk=before.pk).update(customer="Wexmoor plc")
    set_state(make_answer(question(before, 1), KEPT.format(90)), "approved", alice)
    make_answer(question(rfp, 1), KEPT.format(35))
    look(rfp)
    assert Contradiction.objects.count() == 1
    assert visible(alice).count() == 1 and visible(bob).count() == 0
