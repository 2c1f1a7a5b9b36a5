"""People's edits: nothing overwritten unseen, every version kept, every figure checked again."""

from typing import Any

import pytest

from rfp_manager.editing import (
    MAX_CHARACTERS,
    ApprovalRefused,
    EditConflict,
    EditRefused,
    answer_for,
    edit_answer,
    set_state,
)
from rfp_manager.models import Answer, AnswerState, AnswerVersion, Question
from tests.rfp_manager.view_world import PASSAGE, cite, make_answer, make_passage, make_rfp

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(alice: Any) -> Question:
    found: Question = make_rfp(alice).questions.get(ordinal=1)
    return found


@pytest.fixture
def answer(question: Question) -> Answer:
    return make_answer(question, text=PASSAGE)


def test_an_edit_is_a_new_version_by_its_author(answer: Answer, bob: Any) -> None:
    saved = edit_answer(
        answer, text="  Ours.\r\nTwo lines.\x00 ", comment=" See A. ", user=bob, version=1
    )
    assert (saved.text, saved.comment, saved.version) == ("Ours.\nTwo lines.", "See A.", 2)
    assert (saved.edited_by, saved.state, saved.outcome) == (bob, AnswerState.DRAFT, "answered")
    newest, first = AnswerVersion.objects.filter(answer=answer)
    assert (newest.number, newest.text, newest.made_by) == (2, "Ours.\nTwo lines.", bob)
    assert (first.number, first.text, first.made_by) == (1, PASSAGE, None)


def test_an_edit_over_another_edit_is_refused_and_shows_it(
    answer: Answer, alice: Any, bob: Any
) -> None:
    theirs = Answer.objects.get(pk=answer.pk)
    edit_answer(answer, text="Alice's.", user=alice, version=1)
    with pytest.raises(EditConflict) as caught:
        edit_answer(theirs, text="Bob's.", user=bob, version=1)
    assert caught.value.current.text == "Alice's."
    assert Answer.objects.get().text == "Alice's."
    assert AnswerVersion.objects.count() == 2


def test_an_approved_answer_that_is_edited_is_a_draft_again(answer: Answer, alice: Any) -> None:
    set_state(answer, AnswerState.APPROVED, alice)
    assert edit_answer(answer, text="New.", user=alice, version=1).state == AnswerState.DRAFT


def test_an_emptied_answer_says_that_there_is_none(answer: Answer, alice: Any) -> None:
    saved = edit_answer(answer, text=" ", user=alice, version=1)
    assert (saved.text, saved.outcome) == ("", "no_evidence")


def test_an_answer_longer_than_any_cell_is_refused(answer: Answer, alice: Any) -> None:
    with pytest.raises(EditRefused, match="longer than 100,000"):
        edit_answer(answer, text="x" * (MAX_CHARACTERS + 1), user=alice, version=1)
    assert Answer.objects.get().version == 1


def test_only_choices_of_the_questionnaire_are_taken(answer: Answer, alice: Any) -> None:
    Question.objects.filter(pk=answer.question_id).update(allowed_choices=["Yes", "No"])
    answer.refresh_from_db()
    with pytest.raises(EditRefused, match="Yes, No"):
        edit_answer(answer, text="", choice="Maybe", user=alice, version=1)
    assert edit_answer(answer, text="", choice=" yes", user=alice, version=1).choice == "Yes"


def test_what_the_cited_passages_do_not_hold_is_marked_again(answer: Answer, alice: Any) -> None:
    cite(answer, make_passage())
    text = "All backups are encrypted with AES-128. Keys are rotated every year."
    saved = edit_answer(answer, text=text, user=alice, version=1)
    [found] = saved.unsupported
    assert (found["kind"], text[found["start"] : found["end"]]) == ("name", "AES-128")
    assert edit_answer(saved, text=PASSAGE, user=alice, version=2).unsupported == []


def test_without_citations_a_persons_word_is_taken(answer: Answer, alice: Any) -> None:
    assert edit_answer(answer, text="We have 77 offices.", user=alice, version=1).unsupported == []


def test_an_empty_answer_is_not_approved(question: Question, alice: Any) -> None:
    with pytest.raises(ApprovalRefused, match="empty"):
        set_state(answer_for(question, alice), AnswerState.APPROVED, alice)


def test_a_state_that_is_none_is_refused(answer: Answer, alice: Any) -> None:
    with pytest.raises(ApprovalRefused, match="no such state"):
        set_state(answer, "published", alice)


def test_what_was_changed_meanwhile_is_not_approved_unseen(answer: Answer, alice: Any) -> None:
    seen = Answer.objects.get(pk=answer.pk)
    edit_answer(answer, text="Changed.", user=alice, version=1)
    with pytest.raises(ApprovalRefused, match="meanwhile"):
        set_state(seen, AnswerState.APPROVED, alice)
    assert Answer.objects.get().state == AnswerState.DRAFT


def test_a_question_has_one_answer_however_often_it_is_opened(
    question: Question, alice: Any
) -> None:
    assert answer_for(question, alice) == answer_for(question, alice)
    assert Answer.objects.count() == 1
