"""Approved answers are found by their questions: equal, the same in other words, or similar."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jobs.models import Job
from llm_manager.models import LLMModel
from solution_library.answers import questions
from solution_library.answers.errors import AnswerRefused
from solution_library.answers.filling import fill
from solution_library.answers.finding import AnswerScope, find_answers
from solution_library.answers.merging import merge_answers, undo_merge
from solution_library.answers.questions import AT_ONCE
from solution_library.answers.sameness import compare, rescaled
from solution_library.answers.texts import Content
from solution_library.answers.vectors import missing
from solution_library.answers.writing import content_now, edit_answer
from solution_library.indexing.indexes import active_index
from solution_library.models import (
    Collection,
    Document,
    EmbeddingIndex,
    LibraryAnswer,
    QuestionVector,
    Tag,
)
from tests.llm_manager.fake_llm import FakeLLM
from tests.solution_library import index_world
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


# -- what must not differ ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do you encrypt with AES-256?", "Do you encrypt with AES-128?"),
        ("Is TLS 1.2 supported?", "Is TLS 1.3 supported?"),
        ("Is SAML supported?", "Is LDAP supported?"),
        ("Do you share data?", "Do you not share data?"),
        ("Teilen Sie Daten?", "Teilen Sie keine Daten?"),
        ("Are logs kept for 30 days?", "Are logs kept for 90 days?"),
        ("Are logs kept for 90 days?", "Are logs kept?"),
        ("Do you have a SOC 2 Type I report?", "Do you have a SOC 2 Type II report?"),
    ],
)
def test_questions_that_differ_in_a_number_a_name_or_a_denial_are_never_the_same(
    one: str, other: str
) -> None:
    assert not compare(one, other, 0.99).is_same
    assert compare(one, other, 0.99).differences
    assert compare(other, one, 0.99).differences


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do you encrypt with AES-256?", "Is AES 256 encryption used?"),
        ("Is single sign-on (SSO) supported?", "Do you offer single sign-on?"),
        ("Are you ISO 27001 certified?", "Is the company certified to ISO 27001?"),
        ("How do you protect against malware?", "Which anti-malware measures are taken?"),
        ("Whether or not data is shared, who decides?", "Who decides about sharing data?"),
    ],
)
def test_other_words_for_the_same_thing_are_no_difference(one: str, other: str) -> None:
    assert compare(one, other, 0.9).is_same


def test_scores_of_unrelated_and_of_equal_questions_are_0_and_1_for_every_model() -> None:
    assert rescaled(0.79, 0.79) == 0
    assert rescaled(1.0, 0.79) == 1
    assert rescaled(0.05, 0.10) == 0


# -- finding -----------------------------------------------------------------------------------
def test_the_same_words_are_found_exactly_even_without_a_model(alice: User) -> None:
    answer = an_answer(alice, variants=("Are backups ciphered?",))
    for asked in ("do you encrypt backups", "Are backups ciphered??"):
        match = find_answers(asked, user=alice).matches[0]
        assert (match.answer, match.exactness, match.score) == (answer, "exact", 1.0)


def test_near_questions_are_found_best_first_and_unrelated_ones_not(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        near = an_answer(alice, "Do you encrypt all backups?")
        an_answer(alice, "Which colour has the office carpet?")
        exact = an_answer(alice, "Do you encrypt the backups?")
    found = find_answers("Do you encrypt the backups?", user=alice)
    assert [m.answer for m in found.matches] == [exact, near]
    assert [m.exactness for m in found.matches] == ["exact", "same"]
    assert not found.warning


def test_a_number_that_differs_is_said_and_makes_it_only_similar(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        an_answer(alice, "Are all logs of the system kept for 30 days?")
    match = find_answers("Are all logs of the system kept for 90 days?", user=alice).matches[0]
    assert match.exactness == "similar"
    assert match.differences == ("other numbers: 90 and 30",)


def test_expired_retired_unapproved_and_merged_answers_are_never_found_for_a_draft(
    alice: User,
) -> None:
    question = "Do you encrypt backups?"
    yesterday = timezone.localdate() - timedelta(days=1)
    an_answer(alice, question, until=yesterday)
    an_answer(alice, question, approve=False)
    Document.objects.filter(pk=an_answer(alice, question).document_id).update(
        review_status="archived"
    )
    good = an_answer(alice, question)
    merged = an_answer(alice, question)
    LibraryAnswer.objects.filter(pk=merged.pk).update(merged_into=good)
    assert [m.answer for m in find_answers(question, user=alice).matches] == [good]
    looked_after = find_answers(question, user=alice, scope=AnswerScope(any_state=True))
    assert len(looked_after.matches) == 4


def test_nobody_finds_an_answer_that_they_may_not_read(alice: User, bob: User) -> None:
    secret = Collection.objects.create(name="Secret", is_restricted=True)
    an_answer(alice, collections=[secret])
    asked = "Do you encrypt backups?"
    assert find_answers(asked, user=alice).matches  # she owns it
    assert not find_answers(asked, user=bob).matches
    secret.members.add(bob)
    assert find_answers(asked, user=bob).matches
    assert find_answers(asked, user=None).matches


def test_a_scope_of_collections_and_tags_is_kept(alice: User) -> None:
    group, tag = Collection.objects.create(name="EU"), Tag.objects.create(name="cloud")
    answer = an_answer(alice, collections=[group], tags=[tag])
    asked = "Do you encrypt backups?"
    assert find_answers(asked, user=alice, scope=AnswerScope([group.pk], [tag.pk])).matches
    assert not find_answers(asked, user=alice, scope=AnswerScope([0])).matches
    assert not find_answers(asked, user=alice, scope=AnswerScope(tags=[0])).matches
    assert not find_answers(asked, user=alice, scope=AnswerScope(excluded=(answer.pk,))).matches


def test_an_edited_question_is_no_longer_found_by_its_old_words(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        answer = an_answer(alice)
    assert find_answers("Do you encrypt the backups?", user=alice).matches
    with commit():
        edit_answer(answer, Content("Who cleans the carpet?", "Us."), user=alice, version=1)
    assert not find_answers("Do you encrypt the backups?", user=alice).matches
    assert find_answers("Who cleans the carpets?", user=alice).matches


def test_a_model_that_cannot_be_used_leaves_equal_words_and_a_warning(
    alice: User, small: LLMModel, llm: FakeLLM, commit: Commit
) -> None:
    with commit():
        answer = an_answer(alice)
    llm.always = lambda handler: handler.send_error(503)
    found = find_answers("Do you encrypt backups?", user=alice)
    assert [m.answer for m in found.matches] == [answer]
    assert "same words" in found.warning


def test_many_new_questions_are_left_to_a_job_that_makes_each_vector_once(
    alice: User, small: LLMModel, llm: FakeLLM, commit: Commit
) -> None:
    with commit():
        an_answer(alice)
    for number in range(AT_ONCE + 5):
        an_answer(alice, f"What is asked in number {number}?")
    found = find_answers("Do you encrypt the backups?", user=alice)
    assert "being done" in found.warning
    job = Job.objects.filter(task_name="solution_library.embed_answer_questions").latest("pk")
    assert job.is_active
    find_answers("Again, and no second job is started?", user=alice)
    from jobs.dispatch import run_inline

    run_inline(job.pk)
    index = active_index()
    assert index and not missing(index, 100)
    assert QuestionVector.objects.count() == LibraryAnswer.objects.count()


def test_when_the_time_of_somebody_who_waits_is_over_the_job_makes_the_rest(
    alice: User, small: LLMModel, llm: FakeLLM, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with commit():
        an_answer(alice)
    an_answer(alice, "Who cleans the carpets?")
    monkeypatch.setattr(questions, "AT_ONCE_SECONDS", -1.0)
    assert "being done" in find_answers("Is the floor kept clean?", user=alice).warning
    assert Job.objects.filter(task_name="solution_library.embed_answer_questions").exists()


def test_another_index_gets_vectors_of_its_own_model(
    alice: User, small: LLMModel, llm: FakeLLM, commit: Commit
) -> None:
    with commit():
        an_answer(alice)
    find_answers("Do you encrypt the backups?", user=alice)
    EmbeddingIndex.objects.update(state="retired")
    large = index_world.model(llm, "embed-large")
    index = EmbeddingIndex.objects.create(model=large, state="active", dimensions=768)
    assert find_answers("Do you encrypt the backups?", user=alice).matches
    assert QuestionVector.objects.filter(index=index).count() == 1
    assert fill  # the job fills whatever index is in use


# -- merging -----------------------------------------------------------------------------------
@pytest.fixture
def two(alice: User, small: LLMModel, commit: Commit) -> tuple[LibraryAnswer, LibraryAnswer]:
    with commit():
        first = an_answer(alice, "Do you encrypt all backups?", variants=("Ciphered backups?",))
        second = an_answer(alice, "Do you encrypt the backups?", "We do.")
    return first, second


def test_merging_keeps_one_text_and_every_way_to_ask(alice: User, two: Any, commit: Commit) -> None:
    kept, other = two
    with commit():
        merge_answers(kept, other, user=alice)
    kept, other = fresh(kept), fresh(other)
    assert content_now(kept).variants == ("Ciphered backups?", "Do you encrypt the backups?")
    assert kept.text == "Yes, with AES-256, every night."
    assert other.merged_into == kept
    assert document_of(other).review_status == "archived"
    found = find_answers("Do you encrypt the backups?", user=alice).matches
    assert [m.answer for m in found] == [kept]


def test_an_undone_merge_leaves_both_as_they_were(alice: User, two: Any, commit: Commit) -> None:
    kept, other = two
    before = content_now(kept)
    approved_at = kept.approved_at
    with commit():
        merge = merge_answers(kept, other, user=alice)
    with commit():
        undo_merge(merge, user=alice)
    assert content_now(fresh(kept)) == before
    assert fresh(kept).approved_at == approved_at
    assert fresh(other).merged_into is None
    assert document_of(other).review_status == "approved"
    with pytest.raises(AnswerRefused, match="undone already"):
        undo_merge(merge, user=alice)


def test_what_was_merged_before_follows_and_comes_back(alice: User, two: Any) -> None:
    first, second = two
    third = an_answer(alice, "Third?")
    inner = merge_answers(second, first, user=alice)
    outer = merge_answers(third, second, user=alice)
    assert fresh(first).merged_into == third
    with pytest.raises(AnswerRefused, match="merged itself"):
        undo_merge(inner, user=alice)
    undo_merge(outer, user=alice)
    assert fresh(first).merged_into == fresh(second)
    undo_merge(inner, user=alice)
    assert not LibraryAnswer.objects.exclude(merged_into=None).exists()


def test_merging_is_refused_where_it_would_mislead_or_open_what_is_closed(
    alice: User, bob: User, two: Any
) -> None:
    first, second = two
    with pytest.raises(AnswerRefused, match="two different"):
        merge_answers(first, first, user=alice)
    with pytest.raises(AnswerRefused, match="somebody else"):
        merge_answers(first, second, user=bob)
    document_of(second).collections.add(Collection.objects.create(name="S", is_restricted=True))
    with pytest.raises(AnswerRefused, match="restricted collection"):
        merge_answers(first, second, user=alice)
    merge_answers(second, first, user=alice)
    with pytest.raises(AnswerRefused, match="merged already"):
        merge_answers(second, first, user=alice)
