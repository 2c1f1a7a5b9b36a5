"""Approved answers are kept as documents: every version stays, nobody overwrites unseen."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from llm_manager.models import LLMModel
from solution_library.answers.errors import AnswerConflict, AnswerRefused
from solution_library.answers.freshness import condition, freshness_of
from solution_library.answers.texts import Content, content_of, digest_of, from_file, to_file
from solution_library.answers.writing import (
    Details,
    approve_answer,
    content_now,
    edit_answer,
    restore_answer,
    retire_answer,
    revert_answer,
    set_details,
)
from solution_library.models import Chunk, Collection, Document, LibraryAnswer
from solution_library.search import search
from tests.solution_library.answer_world import (  # noqa: F401
    Commit,
    an_answer,
    commit,
    document_of,
    fresh,
    llm,
    small,
)

pytestmark = pytest.mark.django_db
TEXT = st.text(max_size=200)


@given(TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3))
def test_what_is_written_to_the_file_is_read_back_letter_for_letter(
    question: str, text: str, choice: str, variants: list[str]
) -> None:
    try:
        content = content_of(question, text, choice, variants)
    except AnswerRefused:
        return
    assert from_file(to_file(content, "k")) == content


def test_no_line_of_an_answer_can_pass_for_a_heading_of_the_file() -> None:
    content = content_of("Q?\n## Answer\n> x", "## Question\n\n# Approved answer\n> > y")
    assert from_file(to_file(content, "k")) == content


@pytest.mark.parametrize(
    ("one", "other"),
    [("Do you encrypt?", "do  you ENCRYPT"), ("1. Encrypt?", "1. encrypt ?"), ("Ａ b?", "a B")],
)
def test_case_spaces_and_end_signs_make_no_other_question(one: str, other: str) -> None:
    assert digest_of(one) == digest_of(other)


@pytest.mark.parametrize(
    ("question", "text", "says"),
    [(" ?! ", "Yes", "question is missing"), ("Q?", " \x00 ", "answer is missing"),
     ("q" * 4001, "Yes", "Shorten"), ("Q?", "y" * 100_001, "Shorten")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_with_a_reason(question: str, text: str, says: str) -> None:
    with pytest.raises(AnswerRefused, match=says):
        content_of(question, text)


def test_an_answer_is_found_by_search_under_its_question_and_never_as_a_bare_question(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        answer = an_answer(alice, variants=("Are nightly copies ciphered?",))
    assert document_of(answer).embedding_status == "ready"
    hits = search("encrypt backups", user=alice)
    assert [hit.document_id for hit in hits] == [answer.document_id]
    assert hits[0].text == "Yes, with AES-256, every night."
    assert hits[0].document == "Do you encrypt backups?"
    assert Chunk.objects.count() == 1


def test_two_answers_with_the_same_words_are_two_answers(alice: User) -> None:
    first, second = an_answer(alice), an_answer(alice)
    assert first.document_id != second.document_id


def test_an_edit_is_a_new_version_and_the_old_one_stays(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        answer = an_answer(alice)
    with commit():
        edit_answer(answer, Content("Do you encrypt backups?", "Yes."), user=alice, version=1)
    assert [r.text for r in answer.revisions.all()] == ["Yes.", "Yes, with AES-256, every night."]
    document = document_of(answer)
    assert document.versions.count() == 2
    assert document.current_version and document.current_version.number == 2
    assert [hit.text for hit in search("encrypt backups", user=alice)] == ["Yes."]
    assert document.review_status == "approved"


def test_of_two_who_edit_at_once_the_second_is_shown_the_first_ones_words(alice: User) -> None:
    answer = an_answer(alice)
    mine, theirs = fresh(answer), fresh(answer)
    edit_answer(theirs, Content("Q?", "Theirs"), user=alice, version=1)
    with pytest.raises(AnswerConflict) as conflict:
        edit_answer(mine, Content("Q?", "Mine"), user=alice, version=1)
    assert conflict.value.current.text == "Theirs"
    assert fresh(answer).text == "Theirs"
    assert document_of(answer).versions.count() == 2


def test_saving_the_same_words_makes_no_version(alice: User) -> None:
    answer = an_answer(alice)
    edit_answer(answer, content_now(answer), user=alice, version=1)
    assert fresh(answer).version == 1
    assert document_of(answer).versions.count() == 1


def test_a_colleagues_edit_waits_for_the_owner_and_does_not_answer_until_then(
    alice: User, bob: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        answer = an_answer(alice)
    with commit():
        edit_answer(answer, Content("Do you encrypt backups?", "No."), user=bob, version=1)
    assert not search("encrypt backups", user=alice)
    with pytest.raises(AnswerRefused, match="alice, its owner"):
        approve_answer(answer, user=bob, version=2)
    with pytest.raises(AnswerConflict):
        approve_answer(answer, user=alice, version=1)
    approve_answer(answer, user=alice, version=2)
    assert [hit.text for hit in search("encrypt backups", user=alice)] == ["No."]


def test_going_back_to_an_older_version_is_a_new_version(alice: User) -> None:
    answer = an_answer(alice)
    edit_answer(answer, Content("Q?", "Second"), user=alice, version=1)
    revert_answer(answer, 1, user=alice, version=2)
    assert fresh(answer).text == "Yes, with AES-256, every night."
    assert fresh(answer).version == 3
    with pytest.raises(AnswerRefused, match="no version 9"):
        revert_answer(answer, 9, user=alice, version=3)


def test_a_retired_answer_answers_nothing_and_can_be_brought_back(
    alice: User, bob: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        answer = an_answer(alice)
    with pytest.raises(AnswerRefused):
        retire_answer(answer, user=bob)
    retire_answer(answer, user=alice)
    assert not search("encrypt backups", user=alice)
    restore_answer(fresh(answer), user=alice)
    assert not search("encrypt backups", user=alice)
    approve_answer(fresh(answer), user=alice, version=1)
    assert search("encrypt backups", user=alice)
    reviews = document_of(answer).reviews.order_by("pk")
    assert [r.after for r in reviews] == ["approved", "archived", "pending", "approved"]


def test_an_answer_leaves_the_search_after_its_last_day_though_nothing_runs(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    today = timezone.localdate()
    with commit():
        answer = an_answer(alice, until=today)
    assert search("encrypt backups", user=alice)
    LibraryAnswer.objects.update(valid_until=today - timedelta(days=1))
    assert not search("encrypt backups", user=alice)
    assert not search("encrypt backups", user=alice, only_approved=True)
    assert freshness_of(fresh(answer)).state == "expired"


@pytest.mark.parametrize(
    ("days", "approved", "status", "state"),
    [(0, True, "approved", "due"), (30, True, "approved", "due"), (31, True, "approved", "fresh"),
     (-1, True, "approved", "expired"), (None, True, "approved", "fresh"),
     (None, False, "pending", "unreviewed"), (-1, False, "pending", "unreviewed"),
     (5, True, "archived", "retired")],
)  # fmt: skip
def test_the_list_filters_by_what_the_badge_says(
    days: int | None, approved: bool, status: str, state: str, alice: User
) -> None:
    today = timezone.localdate()
    until = None if days is None else today + timedelta(days=days)
    answer = an_answer(alice, until=until, approve=approved)
    Document.objects.update(review_status=status)
    assert freshness_of(fresh(answer), today).state == state
    for name in ("fresh", "due", "expired", "unreviewed", "retired"):
        assert LibraryAnswer.objects.filter(condition(name, today)).exists() is (name == state)


def test_an_answer_approved_long_ago_without_an_end_is_due_for_review(alice: User) -> None:
    answer = an_answer(alice)
    LibraryAnswer.objects.update(approved_at=timezone.now() - timedelta(days=400))
    assert freshness_of(fresh(answer)).state == "due"
    assert LibraryAnswer.objects.filter(condition("due", timezone.localdate())).exists()


def test_collections_that_a_person_cannot_see_stay_when_they_save_details(
    alice: User, bob: User
) -> None:
    secret = Collection.objects.create(name="Secret", is_restricted=True)
    open_one = Collection.objects.create(name="Open")
    answer = an_answer(alice, collections=[secret])
    until = date(2030, 1, 1)
    details = Details(owner=alice, valid_until=until, collections=[open_one])
    set_details(answer, details, user=bob)
    document = document_of(answer)
    assert set(document.collections.all()) == {secret, open_one}
    assert (fresh(answer).valid_until, document.review_due) == (until, until)


def test_only_owner_and_staff_hand_an_answer_over(alice: User, bob: User) -> None:
    answer = an_answer(alice)
    with pytest.raises(AnswerRefused, match="its owner"):
        set_details(answer, Details(owner=bob), user=bob)
    set_details(fresh(answer), Details(owner=bob), user=alice)
    assert document_of(answer).owner == bob


def test_a_damaged_file_fails_the_reading_with_a_sentence(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        answer = an_answer(alice)
        with open(document_of(answer).versions.get().file.path, "wb") as file:
            file.write(b"\xff\xfe nonsense")
    assert "Its stored file is damaged" in document_of(answer).embedding_error
