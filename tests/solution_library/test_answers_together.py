"""People who change, merge and part the same answers at the same moment, in real transactions."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs.models import Job
from solution_library.answers.errors import AnswerConflict, AnswerRefused
from solution_library.answers.merging import merge_answers, undo_merge
from solution_library.answers.texts import Content
from solution_library.answers.writing import approve_answer, content_now, edit_answer
from solution_library.models import (
    AnswerMerge,
    AnswerRevision,
    DocumentVersion,
    LibraryAnswer,
)
from tests.jobs.engine import at_once
from tests.solution_library.answer_world import an_answer, document_of, fresh

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROUNDS = 4


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> Iterator[None]:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    yield


def pair(alice: User, number: int = 0) -> tuple[LibraryAnswer, LibraryAnswer]:
    first = an_answer(alice, f"Do you encrypt backups of site {number}?", "First.")
    return first, an_answer(alice, f"Are the backups of site {number} encrypted?", "Second.")


def answered(outcomes: list[Any]) -> list[Any]:
    """Those that went well; the others were refused in words, not by the database."""
    failed = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, AnswerRefused | AnswerConflict) for one in failed), failed
    return [one for one in outcomes if one not in failed]


def assert_sound() -> None:
    """Each answer's history ends with what it says, and every version of it is a file."""
    for answer in LibraryAnswer.objects.all():
        numbers = list(answer.revisions.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, answer.version + 1))
        last = AnswerRevision.objects.get(answer=answer, number=answer.version)
        now = content_now(answer)
        assert (last.text, tuple(last.variants)) == (now.text, now.variants)
        versions = DocumentVersion.objects.filter(document=answer.document_id)
        assert versions.count() == answer.version


def test_two_answers_merged_crosswise_at_once_leave_exactly_one(alice: User) -> None:
    for number in range(ROUNDS):
        one, two = pair(alice, number)
        done = answered(at_once(
            lambda one=one, two=two: merge_answers(one, two, user=alice),  # type: ignore[misc]
            lambda one=one, two=two: merge_answers(two, one, user=alice),  # type: ignore[misc]
        ))  # fmt: skip
        assert len(done) == 1
        assert LibraryAnswer.objects.current().filter(pk__in=(one.pk, two.pk)).count() == 1
    assert AnswerMerge.objects.count() == ROUNDS
    assert_sound()


def test_a_ring_of_merges_leaves_one_answer_that_all_others_lead_to(alice: User) -> None:
    one, two = pair(alice, 1)
    three = an_answer(alice, "Is every backup encrypted?", "Third.")
    ring = ((one, two), (two, three), (three, one))
    steps: list[Callable[[], Any]] = [
        lambda kept=kept, other=other: merge_answers(kept, other, user=alice)  # type: ignore[misc]
        for kept, other in ring
    ]
    done = answered(at_once(*steps))
    left = LibraryAnswer.objects.current()
    assert left.count() == 3 - len(done) >= 1
    for merged in LibraryAnswer.objects.exclude(merged_into=None):
        assert merged.merged_into_id in set(left.values_list("pk", flat=True))
    assert_sound()


def test_an_edit_and_a_merge_at_once_lose_neither_text_nor_question(alice: User) -> None:
    for number in range(ROUNDS):
        kept, other = pair(alice, number)
        words = Content(kept.question, f"Edited {number}.")
        edit, merge = at_once(
            lambda kept=kept, words=words: edit_answer(  # type: ignore[misc]
                fresh(kept), words, user=alice, version=1
            ),
            lambda kept=kept, other=other: merge_answers(kept, other, user=alice),  # type: ignore[misc]
        )
        assert answered([edit, merge])
        now = content_now(fresh(kept))
        merged = not isinstance(merge, Exception)
        assert merged == (other.question in now.variants)
        assert (now.text == words.text) == (not isinstance(edit, Exception))
        assert (fresh(other).merged_into_id == kept.pk) == merged
    assert_sound()


def test_an_edit_of_the_answer_that_goes_is_kept_in_its_history(alice: User) -> None:
    for number in range(ROUNDS):
        kept, other = pair(alice, number)
        words = Content(f"Which site is number {number}?", "Edited.")
        edit, merge = at_once(
            lambda other=other, words=words: edit_answer(  # type: ignore[misc]
                fresh(other), words, user=alice, version=1
            ),
            lambda kept=kept, other=other: merge_answers(kept, other, user=alice),  # type: ignore[misc]
        )
        assert not isinstance(merge, Exception)
        said = words.question if not isinstance(edit, Exception) else other.question
        assert said in content_now(fresh(kept)).questions
        assert fresh(other).question == said
    assert_sound()


def test_an_answer_that_was_merged_meanwhile_is_not_edited(alice: User) -> None:
    kept, other = pair(alice)
    stale = fresh(other)
    merge_answers(kept, other, user=alice)
    with pytest.raises(AnswerRefused, match="merged into"):
        edit_answer(stale, Content("Lost?", "Lost."), user=alice, version=1)
    with pytest.raises(AnswerRefused, match="merged into"):
        approve_answer(stale, user=alice, version=1)
    assert fresh(other).text == "Second."


def test_an_undo_clicked_twice_is_done_once(alice: User) -> None:
    for number in range(ROUNDS):
        kept, other = pair(alice, number)
        merge = merge_answers(kept, other, user=alice)
        done = answered(at_once(*[lambda merge=merge: undo_merge(merge, user=alice)] * 2))  # type: ignore[misc]
        assert len(done) == 1
        assert other.question not in content_now(fresh(kept)).variants
        assert fresh(other).merged_into_id is None
        assert document_of(other).review_status == "approved"
    assert_sound()


def test_an_undo_and_a_new_merge_at_once_end_in_one_of_the_two(alice: User) -> None:
    kept, other = pair(alice)
    third = an_answer(alice, "Is every backup encrypted?", "Third.")
    merge = merge_answers(kept, other, user=alice)
    outcomes = at_once(
        lambda: undo_merge(merge, user=alice),
        lambda: merge_answers(third, kept, user=alice),
    )
    assert answered(outcomes)
    if isinstance(outcomes[0], Exception):
        assert fresh(other).merged_into_id == third.pk
    else:
        assert fresh(other).merged_into_id is None
    assert_sound()


def test_the_same_edit_from_ten_people_is_saved_once_and_told_to_the_others(alice: User) -> None:
    answer = an_answer(alice, "Q?", "A")
    steps: list[Callable[[], Any]] = [
        lambda n=n: edit_answer(fresh(answer), Content("Q?", f"A{n}"), user=alice, version=1)  # type: ignore[misc]
        for n in range(10)
    ]
    assert len(answered(at_once(*steps))) == 1
    assert fresh(answer).version == 2
    assert_sound()


def test_many_edits_at_once_queue_one_comparison(alice: User) -> None:
    at_once(*[lambda n=n: an_answer(alice, f"Question {n}?") for n in range(6)])  # type: ignore[misc]
    assert LibraryAnswer.objects.count() == 6
    assert Job.objects.filter(task_name="solution_library.embed_answer_questions").count() == 1
