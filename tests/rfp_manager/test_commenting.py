"""Comments: said once, told to those they concern, and nobody else."""

from typing import Any

import pytest

from jobs.models import Notification
from rfp_manager.assigning import assign_questions
from rfp_manager.commenting import (
    CommentRefused,
    add_comment,
    edit_comment,
    mentions,
    reopen_comment,
    resolve_comment,
)
from rfp_manager.models import RFP, Question, QuestionComment
from tests.rfp_manager.view_world import make_rfp, question

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(alice: Any, bob: Any) -> Question:
    """Of Alice's RFP, on which Bob works too."""
    rfp: RFP = make_rfp(alice)
    rfp.members.add(bob)
    return question(rfp, 1)


def told(person: Any) -> list[str]:
    notes = Notification.objects.filter(user=person, topic__startswith="comment:").order_by("pk")
    return list(notes.values_list("text", flat=True))


def test_who_is_mentioned_is_told_in_the_words_of_the_comment(
    asked: Question, alice: Any, bob: Any
) -> None:
    comment = add_comment(asked, "Do you know, @Bob?\r\nIt is urgent.", user=alice)
    assert comment.text == "Do you know, @Bob?\nIt is urgent."
    assert told(bob) == ["alice mentioned you on Q1: Do you know, @Bob? It is urgent."]
    assert list(comment.mentioned.all()) == [bob]
    assert told(alice) == []


def test_strangers_are_neither_mentioned_nor_told(
    asked: Question, alice: Any, charlie: Any
) -> None:
    comment = add_comment(asked, "@charlie knows", user=alice)
    assert not comment.mentioned.exists()
    assert told(charlie) == []


def test_the_expert_who_holds_the_question_and_earlier_speakers_are_told(
    asked: Question, alice: Any, bob: Any, charlie: Any
) -> None:
    assign_questions(asked.rfp, [asked.pk], assignee=charlie, user=alice)
    add_comment(asked, "First.", user=alice)
    add_comment(asked, "Second.", user=charlie)
    assert told(charlie) == ["alice commented on Q1: First."]
    assert told(alice) == ["charlie commented on Q1: Second."]
    assert told(bob) == []


def test_the_same_words_twice_in_a_row_are_one_comment(asked: Question, alice: Any) -> None:
    first = add_comment(asked, "Twice.", user=alice)
    assert add_comment(asked, "Twice. ", user=alice) == first
    assert QuestionComment.objects.count() == 1


def test_only_the_author_changes_a_comment_and_only_the_newly_mentioned_are_told(
    asked: Question, alice: Any, bob: Any
) -> None:
    comment = add_comment(asked, "Hm.", user=alice)
    with pytest.raises(CommentRefused, match="Only its author"):
        edit_comment(comment, "Mine!", user=bob)
    edit_comment(comment, "Hm, @bob.", user=alice)
    edit_comment(comment, "Hm, @bob!", user=alice)
    assert len(told(bob)) == 1
    assert comment.edited_at is not None


def test_a_comment_is_resolved_by_who_is_first_and_can_be_opened_again(
    asked: Question, alice: Any, bob: Any
) -> None:
    comment = add_comment(asked, "Open.", user=alice)
    resolve_comment(comment, user=bob)
    resolve_comment(comment, user=alice)
    comment.refresh_from_db()
    assert comment.resolved_by == bob
    reopen_comment(comment)
    comment.refresh_from_db()
    assert (comment.resolved_by, comment.resolved_at) == (None, None)


@pytest.mark.parametrize(
    ("text", "said"), [(" \x00\n", "Write something"), ("x" * 10_001, "at most 10,000")]
)
def test_a_comment_says_something_and_not_too_much(
    asked: Question, alice: Any, text: str, said: str
) -> None:
    with pytest.raises(CommentRefused, match=said):
        add_comment(asked, text, user=alice)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@alice", True), ("(@alice)", True), ("ask @alice.", True), ("@alice, please", True),
        ("mail x@alice.example", False), ("@alicebob", False), ("alice", False), ("@@alice", False),
        ("@ALICE?", True),
    ],
)  # fmt: skip
def test_a_mention_is_a_whole_name_after_an_at_sign(text: str, found: bool, alice: Any) -> None:
    assert (mentions(text, [alice]) == [alice]) is found
