"""Two lists become one: neither is lost, and the words count as far as they can be trusted."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solution_library.fusing import alone, fuse, reach_of
from solution_library.hits import Ranked, Worded

SCORES = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


def ranked(*rows: tuple[int, float]) -> list[Ranked]:
    return [Ranked(chunk_id, score, "english") for chunk_id, score in rows]


def worded(*rows: tuple[int, float], possible: float = 0.0) -> Worded:
    return Worded(ranked(*rows), "english", possible={"english": possible} if possible else {})


def order(words: Worded, meaning: list[Ranked]) -> list[int]:
    return [row.chunk_id for row in fuse(words, meaning).ranked]


def test_a_passage_that_both_lists_have_comes_before_the_best_of_either() -> None:
    words = worded((1, 10.0), (2, 9.0), possible=10.0)
    assert order(words, ranked((3, 0.9), (2, 0.89), (4, 0.7)))[0] == 2


def test_without_the_meaning_the_order_of_the_words_stays() -> None:
    assert order(worded((5, 3.0), (1, 2.0), (9, 1.0)), []) == [5, 1, 9]


def test_without_shared_words_the_order_by_meaning_stays() -> None:
    assert order(Worded(), ranked((5, 0.9), (1, 0.8), (9, 0.7))) == [5, 1, 9]


def test_nothing_found_is_nothing_and_says_nothing() -> None:
    found = fuse(Worded(), [])
    assert found.ranked == [] and found.balance.sentence == ""


def test_words_that_reach_little_of_what_they_could_score_do_not_outvote_the_meaning() -> None:
    """As where the question is in another language: only a name is shared."""
    meaning = ranked((1, 0.9), (2, 0.8), (3, 0.7))
    assert order(worded((3, 2.0), possible=200.0), meaning)[0] == 1
    assert order(worded((3, 190.0), possible=200.0), ranked((1, 0.9), (3, 0.8), (2, 0.7)))[0] == 3


def test_the_reach_is_taken_from_the_language_of_the_best_passage() -> None:
    words = Worded([Ranked(1, 5.0, "german")], "english", possible={"english": 50, "german": 10})
    assert reach_of(words) == 0.5


@pytest.mark.parametrize("possible", [{}, {"english": 0.0}, {"english": math.nan}])
def test_an_unknown_reach_leaves_the_usual_trust(possible: dict[str, float]) -> None:
    words = Worded(ranked((1, 5.0)), "english", possible=possible)
    assert reach_of(words) is None
    assert 0.3 < fuse(words, ranked((2, 0.5))).balance.words < 0.5


def test_the_balance_says_in_words_how_the_lists_counted() -> None:
    even = fuse(worded((1, 4.0), possible=10.0), ranked((2, 0.9), (1, 0.8))).balance
    assert even.sentence == (
        "The question's words count about as much as its meaning (44%): the best passage reaches 40% of "
        "what the words of the question could score."
    )
    little = fuse(worded((1, 1.0), possible=50.0), ranked((2, 0.9), (1, 0.8))).balance
    assert "count less than its meaning" in little.sentence and "2%" in little.sentence
    only = fuse(worded((1, 1.0), possible=50.0), []).balance
    assert only.sentence == "Only the words of the question found passages."


@given(
    st.dictionaries(st.integers(1, 30), st.floats(0.001, 1e6), max_size=20),
    st.dictionaries(st.integers(1, 30), SCORES, max_size=20),
    st.floats(0, 1e7),
)
def test_every_passage_of_either_list_is_in_the_fused_one_once_with_a_finite_score(
    words: dict[int, float], meaning: dict[int, float], possible: float
) -> None:
    by_words = ranked(*sorted(words.items(), key=lambda row: -row[1]))
    by_meaning = ranked(*sorted(meaning.items(), key=lambda row: -row[1]))
    found = fuse(Worded(by_words, "english", possible={"english": possible}), by_meaning).ranked
    assert sorted(row.chunk_id for row in found) == sorted(words.keys() | meaning.keys())
    assert all(math.isfinite(row.score) and 0 <= row.score <= 1.000001 for row in found)
    assert [row.score for row in found] == sorted((row.score for row in found), reverse=True)
    for row in found:
        assert row.score == row.words.part + row.meaning.part


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20, unique=True))
def test_a_list_alone_keeps_its_order(scores: list[float]) -> None:
    rows = ranked(*enumerate(sorted(scores, reverse=True), 1))
    assert [row.chunk_id for row in alone(words=rows).ranked] == [row.chunk_id for row in rows]
    assert [row.chunk_id for row in alone(meaning=rows).ranked] == [row.chunk_id for row in rows]


@given(st.permutations(list(range(1, 9))))
def test_a_passage_that_leads_both_lists_leads(others: list[int]) -> None:
    words = worded((99, 10.0), *((n, 5.0 / place) for place, n in enumerate(others, 1)))
    meaning = ranked((99, 0.9), *((n, 0.8 - n / 100) for n in sorted(others)))
    assert order(words, meaning)[0] == 99


def test_passages_that_are_all_equally_near_do_not_crowd_out_the_one_that_has_the_words() -> None:
    words = worded((1, 5.0), possible=10.0)
    equally = ranked(*((n, 0.8) for n in range(2, 100)))
    nearly = ranked(*((n, 0.8 - n * 1e-7) for n in range(2, 100)))
    assert fuse(words, equally).ranked[0].chunk_id == 1
    assert fuse(words, nearly).ranked[0].chunk_id == 1
