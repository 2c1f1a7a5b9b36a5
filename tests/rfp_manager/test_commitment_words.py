"""Promises are found in the words of an answer, with their places and last days."""

from collections import Counter
from datetime import date

import pytest

from rfp_manager.commitments.days import days_in
from rfp_manager.commitments.promises import promises_in
from tests.rfp_manager.labelled_promises import LABELLED


def found_in(sentence: str) -> set[tuple[str, str]]:
    return {(promise.kind, promise.value) for promise in promises_in(sentence)}


def _hits(found: set[tuple[str, str]], wanted: set[tuple[str, str]]) -> int:
    return sum(any(k == kind and words in value for kind, value in found) for k, words in wanted)


def test_of_the_labelled_promises_nearly_all_are_found_and_little_else(capsys: object) -> None:
    right = expected = given = 0
    missed: Counter[str] = Counter()
    for sentence, wanted in LABELLED:
        found = found_in(sentence)
        hits = _hits(found, wanted)
        right, expected, given = right + hits, expected + len(wanted), given + len(found)
        if hits != len(wanted) or len(found) != len(wanted):
            missed[f"{sentence}\n    wanted {wanted}\n    found {found}"] += 1
    recall, precision = right / expected, right / given
    print(f"{len(LABELLED)} sentences: recall {recall:.3f}, precision {precision:.3f}")
    print("\n".join(missed))
    assert len(LABELLED) >= 80
    assert recall >= 0.95 and precision >= 0.95


def test_the_place_of_a_promise_is_where_its_words_stand() -> None:
    text = "Yes.\n\n- Data is kept for 30 days.\n- We notify you within 72 hours. Thank you."
    for promise in promises_in(text):
        assert text[promise.start : promise.end] == promise.words
        assert promise.value in promise.words
    assert len(promises_in(text)) == 2


def test_two_promises_of_a_kind_in_one_sentence_have_places_of_their_own() -> None:
    found = promises_in("We hold ISO 9001 and ISO 14001 certificates.")
    assert len({(p.start, p.end) for p in found}) == 2


def test_one_certificate_has_one_name_however_it_is_written() -> None:
    forms = ("ISO/IEC 27001:2022", "ISO 27001", "ISO27001", "ISO-27001:2013")
    names = {promises_in(f"We are certified to {form}.")[0].subject for form in forms}
    assert names == {"ISO 27001"}


@pytest.mark.parametrize(
    ("words", "last"),
    [
        ("31 March 2027", date(2027, 3, 31)), ("March 31, 2027", date(2027, 3, 31)),
        ("2027-03-31", date(2027, 3, 31)), ("31.03.2027", date(2027, 3, 31)),
        ("04/13/2027", date(2027, 4, 13)), ("13/04/2027", date(2027, 4, 13)),
        ("March 2027", date(2027, 3, 31)), ("Februar 2028", date(2028, 2, 29)),
        ("Q3 2027", date(2027, 9, 30)), ("3. Quartal 2027", date(2027, 9, 30)),
        ("T3 2027", date(2027, 9, 30)), ("third quarter of 2027", date(2027, 9, 30)),
        ("troisième trimestre 2027", date(2027, 9, 30)), ("H1 2027", date(2027, 6, 30)),
        ("end of 2027", date(2027, 12, 31)), ("Ende 2027", date(2027, 12, 31)),
        ("1er mars 2027", date(2027, 3, 1)), ("1 de septiembre de 2027", date(2027, 9, 1)),
    ],
)  # fmt: skip
def test_a_time_is_read_as_its_last_day(words: str, last: date) -> None:
    assert [named.last for named in days_in(f"It will be done by {words}.")] == [last]


@pytest.mark.parametrize("words", ["31 February 2027", "99.99.2027", "2027-13-40", "ISO 27001"])
def test_what_is_no_day_is_none(words: str) -> None:
    assert days_in(words) == []


@pytest.mark.parametrize("text", ["", "\n", "x" * 100_000, "a. " * 20_000, "99.9 % " * 5000])
def test_any_text_is_read_in_a_moment(text: str) -> None:
    promises_in(text)
