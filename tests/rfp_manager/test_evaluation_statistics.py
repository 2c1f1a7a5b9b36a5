"""The intervals of a comparison hold what they promise, also for few questions."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfp_manager.evaluating.comparing import BY_KEY, is_worse, objections
from rfp_manager.evaluating.statistics import difference

Rows = list[tuple[float, float, float, float]]


def shares(before: list[int], after: list[int]) -> Rows:
    return [(b, 1, a, 1) for b, a in zip(before, after, strict=True)]


def test_a_difference_is_that_of_the_pooled_shares() -> None:
    rows: Rows = [(1, 2, 2, 2), (3, 3, 0, 2), (0, 0, 1, 1)]
    found = difference(rows, binary=False)
    assert (found.baseline, found.candidate) == (4 / 5, 3 / 5)
    assert found.value == pytest.approx(-0.2)
    assert (found.higher, found.lower) == (1, 1)


def test_where_nothing_is_measured_nothing_is_claimed() -> None:
    found = difference([(0, 0, 1, 1)], binary=False)
    assert (found.baseline, found.value, found.low, found.high) == (None, None, None, None)
    assert difference([], binary=True).candidate is None


def test_no_change_among_few_questions_proves_nothing() -> None:
    few = difference(shares([1] * 5, [1] * 5), binary=True)
    many = difference(shares([1] * 500, [1] * 500), binary=True)
    assert few.low is not None and few.low < -0.3
    assert many.low is not None and many.low > -0.01


@pytest.mark.parametrize("binary", [True, False])
def test_a_real_difference_is_within_its_interval_in_about_19_of_20_draws(binary: bool) -> None:
    source, inside, draws = random.Random(1), 0, 120
    for _ in range(draws):
        before = [int(source.random() < 0.8) for _ in range(60)]
        after = [int(source.random() < (0.75 if b else 0.2)) for b in before]
        found = difference(shares(before, after), binary=binary)
        assert found.low is not None and found.high is not None
        inside += found.low <= (0.8 * 0.75 + 0.2 * 0.2) - 0.8 <= found.high
    assert 0.9 <= inside / draws <= 1.0


def test_the_same_results_give_the_same_figures() -> None:
    rows: Rows = [(n % 3, 3, n % 4, 4) for n in range(40)]
    assert difference(rows, binary=False) == difference(rows, binary=False)


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 4), max_size=12), st.booleans())
def test_no_results_break_it(numbers: list[tuple[int, ...]], binary: bool) -> None:
    rows: Rows = [
        (min(a, b), b, min(c, d), d) if not binary else (a % 2, 1, c % 2, 1)
        for a, b, c, d in numbers
    ]
    found = difference(rows, binary=binary)
    if found.low is not None and found.high is not None:
        assert math.isfinite(found.high - found.low) and found.low <= found.high


def entry(key: str, before: float | None, after: float | None) -> dict[str, object]:
    change = None if before is None or after is None else after - before
    return {"key": key, "baseline": before, "candidate": after, "difference": change, "n": 50}


def test_a_candidate_may_be_a_little_worse_and_not_more() -> None:
    assert not is_worse(BY_KEY["held"], -0.05) and is_worse(BY_KEY["held"], -0.06)
    assert not is_worse(BY_KEY["refused"], 0.10) and is_worse(BY_KEY["refused"], 0.11)
    assert not is_worse(BY_KEY["refused"], -0.5) and not is_worse(BY_KEY["latency"], 100.0)


def test_what_cannot_be_told_speaks_against_the_candidate() -> None:
    whole = {"questions": 40, "metrics": [entry("held", 0.9, 0.9)]}
    assert objections("chat", whole) == []
    assert "names no relevant documents" in objections("embedding", whole)[0]
    [sentence] = objections("chat", {"questions": 40, "metrics": [entry("held", 0.9, None)]})
    assert sentence == "Citations that hold: the candidate gave nothing to measure."
    [sentence] = objections("chat", {"questions": 19, "metrics": []})
    assert sentence.startswith("Only 19 questions")
