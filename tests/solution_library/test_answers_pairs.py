"""Questions of the library are compared by a job; the page of pairs only reads, and is right."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from llm_manager.models import LLMModel
from solution_library.answers import comparing
from solution_library.answers.filling import start_filling
from solution_library.answers.merging import keep_apart, merge_answers, undo_merge
from solution_library.answers.pairs import Pair, loaded, open_pairs, unfinished
from solution_library.answers.texts import Content
from solution_library.answers.writing import edit_answer, restore_answer, retire_answer
from solution_library.indexing.indexes import active_index
from solution_library.models import (
    Collection,
    EmbeddingIndex,
    LibraryAnswer,
    QuestionPair,
    QuestionVector,
)
from solution_library.removal import remove
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


def shown(user: Any) -> list[Pair]:
    return list(loaded(open_pairs(user)))


def questions(user: Any) -> list[set[str]]:
    return [{pair.first.question, pair.second.question} for pair in shown(user)]


@pytest.fixture
def two(alice: User, small: LLMModel, commit: Commit) -> tuple[LibraryAnswer, LibraryAnswer]:
    with commit():
        first = an_answer(alice, "Do you encrypt all backups?", variants=("Ciphered backups?",))
        second = an_answer(alice, "Do you encrypt the backups?", "We do.")
    return first, second


def test_a_pair_is_listed_until_somebody_decides(alice: User, two: Any) -> None:
    first, second = two
    (pair,) = shown(alice)
    assert {pair.first, pair.second} == {first, second}
    assert pair.score > 0.5
    keep_apart(second, first, user=alice)
    assert not shown(alice)


def test_questions_that_differ_in_numbers_names_or_denial_are_no_pairs_however_many(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        for number in range(4):
            an_answer(alice, f"Are the logs of the system kept for {number} days?")
        for name in ("SAML", "LDAP"):
            an_answer(alice, f"Is the sign-in of the product possible with {name}?")
        an_answer(alice, "Do you share the data of customers?")
        an_answer(alice, "Do you not share the data of customers?")
        an_answer(alice, "Do you share the data of the customers?")
    assert questions(alice) == [
        {"Do you share the data of customers?", "Do you share the data of the customers?"}
    ]


def test_a_pair_is_shown_only_to_who_may_read_both(alice: User, bob: User, two: Any) -> None:
    assert shown(bob)
    document_of(two[0]).collections.add(Collection.objects.create(name="S", is_restricted=True))
    assert not shown(bob)
    assert shown(alice)


def test_an_edit_takes_its_pairs_along_and_brings_those_of_the_new_words(
    alice: User, two: Any, commit: Commit
) -> None:
    first, second = two
    with commit():
        third = an_answer(alice, "Which colour has the office carpet?")
    with commit():
        words = Content("Which colour has the carpet?", second.text)
        edit_answer(fresh(second), words, user=alice, version=1)
    assert questions(alice) == [{"Which colour has the carpet?", third.question}]
    with commit():
        edit_answer(fresh(second), Content("Ciphered backups, are they?", "We do."),
                    user=alice, version=2)  # fmt: skip
    assert [{p.first, p.second} for p in shown(alice)] == [{first, second}]


def test_other_capitals_are_read_anew(alice: User, small: LLMModel, commit: Commit) -> None:
    with commit():
        answer = an_answer(alice, "Is saml supported?", variants=("Can we sign in by saml?",))
    before = set(QuestionVector.objects.values_list("pk", flat=True))
    with commit():
        words = Content("Is SAML supported?", answer.text, "", ("Can we sign in by SAML?",))
        edit_answer(fresh(answer), words, user=alice, version=1)
    after = set(QuestionVector.objects.values_list("pk", flat=True))
    assert (len(after), after & before) == (2, set())


def test_retired_and_merged_and_removed_answers_have_no_pairs_and_come_back_with_them(
    alice: User, two: Any, commit: Commit
) -> None:
    first, second = two
    retire_answer(first, user=alice)
    assert not shown(alice)
    restore_answer(fresh(first), user=alice)
    assert len(shown(alice)) == 1
    with commit():
        merge = merge_answers(first, second, user=alice)
    assert not shown(alice)
    assert not QuestionVector.objects.filter(answer=second).exists()
    with commit():
        undo_merge(merge, user=alice)
    assert len(shown(alice)) == 1
    remove(document_of(second))
    assert not QuestionPair.objects.exists()


def test_a_merge_brings_up_the_pairs_of_the_question_that_moved(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    with commit():
        kept = an_answer(alice, "Which colour has the office carpet?")
        other = an_answer(alice, "Do you encrypt the backups?")
        third = an_answer(alice, "Do you encrypt all backups?")
    with commit():
        merge_answers(kept, other, user=alice)
    assert [{p.first, p.second} for p in shown(alice)] == [{kept, third}]


def test_the_page_computes_nothing_and_asks_a_constant_number_of_queries(
    alice: User, small: LLMModel, llm: FakeLLM, commit: Commit, client: Client
) -> None:
    client.force_login(alice)
    url = reverse("solution_library:answer_pairs")

    def asked() -> tuple[int, int]:
        calls = len(llm.requests)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        assert answer.status_code == 200
        return len(queries), len(llm.requests) - calls

    with commit():
        for sign in ("the", "all"):
            an_answer(alice, f"Do you encrypt {sign} backups?")
    asked()
    few = asked()
    with commit():
        for sign in ("our", "those", "many", "some"):
            an_answer(alice, f"Do you encrypt {sign} backups?")
    assert len(shown(alice)) > 5
    assert asked() == few == (few[0], 0)


def test_what_is_not_compared_yet_is_said_and_started_by_looking(
    alice: User, small: LLMModel, commit: Commit, two: Any
) -> None:
    assert unfinished() == ""
    QuestionPair.objects.all().delete()
    QuestionVector.objects.update(compared=0)
    with commit():
        assert "being done" in unfinished()
    assert unfinished() == ""
    assert len(shown(alice)) == 1


def test_a_comparison_done_twice_leaves_the_same_pairs(
    alice: User, two: Any, commit: Commit
) -> None:
    before = list(QuestionPair.objects.values_list("one", "two", "score"))
    QuestionVector.objects.update(compared=0, kind="")
    with commit():
        start_filling()
    assert list(QuestionPair.objects.values_list("one", "two", "score")) == before


def test_groups_and_blocks_of_any_size_find_the_same_pairs(
    alice: User, small: LLMModel, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with commit():
        for sign in ("the", "all", "our", "some"):
            an_answer(alice, f"Do you encrypt {sign} backups?")
    whole = set(QuestionPair.objects.values_list("one", "two"))
    assert len(whole) == 6
    for group, block in ((1, 1), (3, 2), (2, 100)):
        QuestionPair.objects.all().delete()
        QuestionVector.objects.update(compared=0, kind="")
        monkeypatch.setattr(comparing, "GROUP", group)
        monkeypatch.setattr(comparing, "BLOCK", block)
        with commit():
            start_filling()
        assert set(QuestionPair.objects.values_list("one", "two")) == whole


def test_pairs_of_another_index_are_not_shown_and_the_one_in_use_gets_its_own(
    alice: User, two: Any, llm: FakeLLM, commit: Commit
) -> None:
    EmbeddingIndex.objects.update(state="retired")
    large = index_world.model(llm, "embed-large")
    other = EmbeddingIndex.objects.create(model=large, state="active", dimensions=768)
    assert not shown(alice)
    with commit():
        assert unfinished()
    assert QuestionVector.objects.filter(index=other, compared=comparing.RULES).count() == 3
    assert len(shown(alice)) == 1


def test_a_pair_whose_wording_went_while_it_was_compared_is_not_shown_and_swept(
    alice: User, two: Any, commit: Commit
) -> None:
    pair = QuestionPair.objects.get()
    QuestionVector.objects.filter(pk=pair.one_id)._raw_delete("default")
    assert not shown(alice)
    with commit():
        start_filling()
    assert not QuestionPair.objects.filter(pk=pair.pk).exists()
    assert len(shown(alice)) == 1


def test_vectors_that_come_too_late_for_an_edit_are_not_kept(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    from solution_library.answers.vectors import make_vectors, missing

    with commit():
        answer = an_answer(alice, "Do you encrypt all backups?")
    index = active_index()
    assert index is not None
    QuestionVector.objects.all().delete()
    rows = missing(index, 10)
    words = Content("Where is the data?", answer.text)
    edit_answer(answer, words, user=alice, version=fresh(answer).version)
    assert make_vectors(index, rows) == 0
    assert [question for _, _, question in missing(index, 10)] == ["Where is the data?"]
