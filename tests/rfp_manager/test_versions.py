"""The history of an answer: written down whole, and taken back with what it rested on."""

from typing import Any

import pytest

from rfp_manager.editing import edit_answer, set_state
from rfp_manager.models import Answer, AnswerState, AnswerVersion, Question
from rfp_manager.versions import RestoreRefused, citations_now, record_version, restore_version
from solution_library.models import Chunk, DocumentVersion
from tests.rfp_manager.view_world import PASSAGE, cite, make_passage, make_rfp

pytestmark = pytest.mark.django_db


@pytest.fixture
def passage() -> Chunk:
    return make_passage()


@pytest.fixture
def answer(alice: Any, passage: Chunk) -> Answer:
    """Cited, drafted, then replaced by a person: versions 1 and 2."""
    asked: Question = make_rfp(alice).questions.get(ordinal=1)
    drafted = Answer.objects.create(question=asked, text=PASSAGE, outcome="answered")
    cite(drafted, passage)
    record_version(drafted)
    return edit_answer(drafted, text="We keep 12 giraffes.", comment="c", user=alice, version=1)


def restore(answer: Answer, number: int, user: Any) -> Answer:
    return restore_version(answer, number, user=user, version=answer.version).answer


def test_a_version_keeps_comment_marks_and_citations(answer: Answer) -> None:
    newest, first = AnswerVersion.objects.filter(answer=answer)
    assert newest.comment == "c" and "12" in [mark["words"] for mark in newest.unsupported]
    assert newest.citations == first.citations == citations_now(answer)
    assert first.citations[0]["quote"] == PASSAGE[:38]


def test_a_restored_version_is_a_new_one_and_says_where_it_came_from(
    answer: Answer, bob: Any
) -> None:
    restored = restore(answer, 1, bob)
    assert (restored.text, restored.comment, restored.version) == (PASSAGE, "", 3)
    assert (restored.edited_by, restored.unsupported) == (bob, [])
    newest = AnswerVersion.objects.filter(answer=answer).first()
    assert newest is not None and (newest.number, newest.restored_from) == (3, 1)
    assert restore(restored, 2, bob).text == "We keep 12 giraffes."


def test_an_approved_answer_that_is_restored_is_a_draft_again(answer: Answer, alice: Any) -> None:
    set_state(answer, AnswerState.APPROVED, alice)
    restored = restore(answer, 1, alice)
    assert (restored.state, restored.approved_by, restored.approved_at) == ("draft", None, None)


def test_citations_come_back_with_the_version(answer: Answer, alice: Any) -> None:
    answer.citations.all().delete()
    restored = restore(answer, 1, alice)
    assert [c.quote for c in restored.citations.all()] == [PASSAGE[:38]]


def test_a_quote_is_found_again_in_a_passage_that_was_cut_anew(
    answer: Answer, alice: Any, passage: Chunk
) -> None:
    answer.citations.all().delete()
    document = passage.version.document
    newer = DocumentVersion.objects.create(
        document=document, number=2, file="b.md", filename="b.md", sha256="2" * 64, size=9
    )
    document.current_version = newer
    document.save()
    there = Chunk.objects.create(version=newer, ordinal=1, text=f"New words first. {PASSAGE}")
    passage.delete()
    [cited] = restore(answer, 1, alice).citations.all()
    assert (cited.chunk, cited.start, cited.document_sha256) == (there, 17, "2" * 64)
    assert there.text[cited.start : cited.end] == cited.quote == PASSAGE[:38]


def test_citations_that_are_gone_are_told_and_their_facts_marked(
    answer: Answer, alice: Any, passage: Chunk
) -> None:
    answer.citations.all().delete()
    passage.delete()
    found = restore_version(answer, 1, user=alice, version=2)
    assert found.lost == 1 and not found.answer.citations.exists()
    assert found.answer.outcome == "partly" and "gone" in found.answer.explanation
    assert "AES-256" in [mark["words"] for mark in found.answer.unsupported]


def test_a_restore_over_somebody_elses_change_is_refused(answer: Answer, alice: Any) -> None:
    edit_answer(answer, text="Newer.", user=alice, version=2)
    with pytest.raises(RestoreRefused, match="meanwhile"):
        restore_version(answer, 1, user=alice, version=2)
    assert Answer.objects.get().text == "Newer." and answer.citations.count() == 1


@pytest.mark.parametrize(
    ("number", "why"), [(9, "no version 9"), (2, "says now"), (0, "no version")]
)
def test_what_cannot_be_restored_is_refused_in_words(
    answer: Answer, alice: Any, number: int, why: str
) -> None:
    with pytest.raises(RestoreRefused, match=why):
        restore(answer, number, alice)
    assert Answer.objects.get().version == 2
