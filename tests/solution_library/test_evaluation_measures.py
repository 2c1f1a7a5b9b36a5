"""What the measures of retrieval mean, and how sure they are."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solution_library.evaluating.confidence import compare, estimate, resampled
from solution_library.evaluating.labelled import Labelled, Relevant
from solution_library.evaluating.matching import Names, Question, prepare
from solution_library.evaluating.metrics import NAMES, found_at, measure
from solution_library.hits import Copy, Hit

NAMED = Names.of(
    [
        (1, "policies/backup.md", "Backup policy", ""),
        (2, "policies/keys.md", "Keys", "https://docs.example/keys"),
        (3, "other/keys.md", "Other keys", ""),
    ]
)


def hit(document_id: int, text: str = "", **values: Any) -> Hit:
    fields: dict[str, Any] = {
        "chunk_id": document_id, "document_id": document_id, "document": "", "path": "",
        "heading_path": "", "page": None, "text": text, "document_sha256": "", "score": 1.0,
        "keyword_rank": 1, "dense_rank": None, "keyword_score": 1.0, "dense_score": 0.0,
    }  # fmt: skip
    return Hit(**fields | values)


def question(*relevant: Relevant) -> Question:
    (found,) = prepare([Labelled("1", "q", relevant)], NAMED)
    return found


def met(relevant: Relevant, *hits: Hit) -> list[bool]:
    (target,) = question(relevant).targets
    return [target.is_met_by(each) for each in hits]


# -- what is meant -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("policies/backup.md", {1}), ("Backup Policy", {1}), ("./Policies/Backup.md", {1}),
        ("backup.md", {1}), ("https://docs.example/keys", {2}), ("https://docs.example/keys/", {2}),
        ("policies/keys.md", {2}), ("policies%2Fkeys.md", {2}),
    ],
)  # fmt: skip
def test_a_document_is_known_by_path_title_address_or_the_end_of_its_path(
    name: str, documents: set[int]
) -> None:
    (target,) = question(Relevant(name)).targets
    assert target.documents == documents


def test_an_end_that_several_paths_have_names_none_of_them() -> None:
    found = question(Relevant("keys.md"), Relevant("backup.md"))
    assert found.unknown == ("keys.md",) and len(found.targets) == 1


def test_a_link_to_a_heading_means_the_passages_below_it() -> None:
    under = hit(1, heading_path="Operations > Off-site copies")
    assert met(Relevant("backup.md#off-site-copies"), under, hit(1)) == [True, False]


def test_page_and_number_and_text_narrow_a_document_down() -> None:
    assert met(Relevant("backup.md", page=2), hit(1, page=2), hit(1, page=3)) == [True, False]
    assert met(Relevant("backup.md", chunk=1), hit(1, ordinal=1), hit(1)) == [True, False]
    quote = Relevant("backup.md", quote="Copies are  ENCRYPTED, always")
    assert met(quote, hit(1, "All copies are encrypted always."), hit(1, "No."), hit(2)) == [
        True, False, False,
    ]  # fmt: skip


def test_a_sentence_that_names_no_document_is_looked_for_as_a_text() -> None:
    said = Relevant("Copies are kept for 35 days in another region.")
    assert met(said, hit(9, "They say: copies are kept for 35 days in another region"), hit(9)) == [
        True, False,
    ]  # fmt: skip


def test_a_passage_cut_out_of_a_long_quote_is_relevant() -> None:
    quote = " ".join(f"word{n}" for n in range(300))
    part = " ".join(f"word{n}" for n in range(100, 180))
    assert met(Relevant("", quote=quote), hit(1, part), hit(1, "word1 and other things")) == [
        True, False,
    ]  # fmt: skip


def test_a_passage_stands_for_its_copies_in_other_documents() -> None:
    copies = (Copy(50, 1, "Backup policy", "policies/backup.md"),)
    assert met(Relevant("backup.md"), hit(3, copies=copies)) == [True]


# -- measures ------------------------------------------------------------------------------
def measured(hits: list[Hit], *relevant: Relevant, by_document: bool = True) -> dict[str, float]:
    values = measure(hits, question(*relevant).targets, by_document=by_document)
    return dict(zip(NAMES, values.tolist(), strict=True))


def test_the_measures_of_an_order_are_what_the_books_say() -> None:
    found = measured([hit(3), hit(2), hit(1)], Relevant("backup.md"), Relevant("policies/keys.md"))
    assert found == pytest.approx(
        {
            "recall@1": 0.0, "recall@5": 1.0, "recall@10": 1.0, "mrr@10": 0.5,
            "ndcg@10": (1 / math.log2(3) + 1 / math.log2(4)) / (1 + 1 / math.log2(3)),
        }
    )  # fmt: skip


def test_a_higher_grade_gains_more_where_it_stands_high() -> None:
    entries = (Relevant("backup.md", grade=3), Relevant("policies/keys.md", grade=1))
    high = measured([hit(1), hit(2)], *entries)["ndcg@10"]
    assert high == pytest.approx(1.0)
    assert measured([hit(2), hit(1)], *entries)["ndcg@10"] < high


def test_counted_by_documents_several_passages_of_one_take_one_place() -> None:
    hits = [hit(3) for _ in range(5)] + [hit(1)]
    (target,) = question(Relevant("backup.md")).targets
    assert found_at(hits, [target], by_document=True) == [1]
    assert found_at(hits, [target], by_document=False) == [5]


def test_nothing_found_is_0_in_every_measure() -> None:
    assert set(measured([], Relevant("backup.md")).values()) == {0.0}


@given(st.lists(st.sampled_from([1, 2, 3, 9]), max_size=30))
def test_measures_lie_between_0_and_1_and_recall_grows_with_depth(order: list[int]) -> None:
    entries = (Relevant("backup.md", grade=2), Relevant("policies/keys.md"))
    found = measured([hit(number) for number in order], *entries, by_document=False)
    assert all(0 <= value <= 1.000001 for value in found.values())
    assert found["recall@1"] <= found["recall@5"] <= found["recall@10"]


# -- how sure ------------------------------------------------------------------------------
def test_an_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    few, many = np.tile([0.0, 1.0], 10), np.tile([0.0, 1.0], 200)
    widths = []
    for values in (few, many):
        found = estimate(values, resampled(values.reshape(-1, 1))[:, 0])
        assert found.low < found.value == 0.5 < found.high
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 3


def test_measuring_twice_gives_the_same_intervals() -> None:
    values = np.linspace(0, 1, 30).reshape(-1, 1)
    assert (resampled(values) == resampled(values)).all()


def test_a_way_that_is_never_worse_is_worse_in_no_draw() -> None:
    change = np.array([0.0, 0.0, 1.0, 0.0, 0.5])
    found = compare("keyword", change, resampled(change.reshape(-1, 1))[:, 0])
    assert (found.below, found.better, found.worse) == (0.0, 2, 0)
    worse = compare("keyword", -change, resampled(-change.reshape(-1, 1))[:, 0])
    assert worse.below > 0.8 and worse.difference.value < 0


def test_one_question_has_an_interval_of_one_point() -> None:
    values = np.array([0.5])
    found = estimate(values, resampled(values.reshape(-1, 1))[:, 0])
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)
