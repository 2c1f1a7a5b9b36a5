"""A citation quotes what really stands in a passage; what a model invents is no citation."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfp_manager.citing import MAX_CITATIONS, find_quote, verified
from solution_library.search import Hit

BACKUPS = (
    "All **backups** are encrypted with AES-256.\nKeys are rotated\nevery 90 days. "
    "Uptime is 99.95%."
)
ACCESS = "Access is granted by role. Reviews happen twice a year. Customer data is not shared."
SLA = "| Severity | Answer |\n|---|---|\n| Critical | 30 minutes |\n| Normal | 8 hours |"


def hit(number: int, text: str) -> Hit:
    return Hit(
        chunk_id=number, document_id=number, document="Policy", path="p.md", heading_path="",
        page=None, text=text, document_sha256="0" * 64, score=1.0, keyword_rank=1, dense_rank=1,
        keyword_score=1.0, dense_score=1.0,
    )  # fmt: skip


HITS = [hit(1, BACKUPS), hit(2, ACCESS), hit(3, SLA)]


def cite(quote: Any, passage: Any = 1, answer: str = "") -> list[tuple[int, str]]:
    claims = [{"passage": passage, "quote": quote}]
    return [(c.hit.chunk_id, c.quote) for c in verified(claims, answer, HITS)]


def test_a_verbatim_quote_is_cited_where_it_stands() -> None:
    assert cite("Uptime is 99.95%.") == [(1, "Uptime is 99.95%.")]


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Keys are rotated every 90 days.", "Keys are rotated\nevery 90 days."),
        ("keys are rotated  every\t90 days", "Keys are rotated\nevery 90 days"),
        ("“Keys are rotated every 90 days”", "Keys are rotated\nevery 90 days"),
        ("All backups are encrypted", "All **backups** are encrypted"),
        ("backups are encrypted with AES-256", "backups** are encrypted with AES-256"),
    ],
)
def test_white_space_markup_and_quotation_marks_do_not_matter_but_the_sources_words_are_kept(
    quote: str, found: str
) -> None:
    assert cite(quote) == [(1, found)]


def test_a_row_of_a_table_is_found_however_it_is_written() -> None:
    assert cite("Critical: 30 minutes", 3) == [(3, "Critical | 30 minutes")]


@pytest.mark.parametrize(
    "quote",
    [
        "All backups are encrypted with AES-128.",
        "Keys are rotated every 9 days.",
        "Keys are rotated every 90 days or never.",
        "Uptime is 99.9",
        "ptime is 99.95%",
        "Customer data is shared.",
        "We have never had an incident.",
        "",
        "   ",
        "...",
        None,
        7,
        ["Uptime is 99.95%."],
        {"text": "Uptime is 99.95%."},
    ],
)
def test_invented_and_changed_quotes_are_dropped(quote: Any) -> None:
    assert cite(quote) == []


@pytest.mark.parametrize("number", [2, 99, 0, -1, None, True, "x", 10**30, [1], 1.5e300])
def test_a_quote_with_a_wrong_number_is_cited_where_it_stands(number: Any) -> None:
    quote = "Keys are rotated every 90 days."
    assert cite(quote, number) == [(1, "Keys are rotated\nevery 90 days.")]


@pytest.mark.parametrize("number", ["1", "[1]", "passage 1", 1.0])
def test_a_number_may_come_as_text(number: Any) -> None:
    assert cite("AES-256", number) == [(1, "AES-256")]


def test_a_word_or_two_with_a_wrong_number_could_stand_anywhere_by_chance() -> None:
    assert cite("encrypted", 2) == []
    assert cite("encrypted", 1) == [(1, "encrypted")]


def test_of_a_quote_with_something_left_out_both_pieces_are_cited() -> None:
    assert cite("Access is granted by role. … Customer data is not shared.", 2) == [
        (2, "Access is granted by role."),
        (2, "Customer data is not shared."),
    ]


def test_a_sentence_without_a_citation_gets_the_passage_that_says_it() -> None:
    answer = "Reviews of access happen twice a year."
    assert cite("AES-256", 1, answer) == [(1, "AES-256"), (2, "Reviews happen twice a year.")]
    assert verified(None, "The moon is made of green cheese.", HITS) == []


def test_little_words_do_not_make_a_passage_say_something() -> None:
    assert verified([], "It is with all of the and by a not.", HITS) == []


def test_no_citation_stands_twice_or_inside_of_another() -> None:
    claims = [{"passage": 1, "quote": q} for q in ("AES-256", "encrypted with AES-256", "AES-256")]
    assert [c.quote for c in verified(claims, "", HITS)] == ["encrypted with AES-256"]


def test_citations_have_an_end() -> None:
    text = " ".join(f"Statement number {n} is true." for n in range(50))
    claims = [{"passage": 1, "quote": f"Statement number {n} is true."} for n in range(50)]
    assert len(verified(claims, "", [hit(1, text)])) == MAX_CITATIONS


@pytest.mark.parametrize("claims", [None, 7, "all", {}, [1, "x", None], [{"quote": "x"}], [[]]])
def test_claims_of_any_shape_raise_nothing(claims: Any) -> None:
    assert verified(claims, "", HITS) == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.data())
def test_what_is_cited_always_stands_in_the_passage(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    quote = data.draw(st.sampled_from([text[start : start + 40], text.upper(), text[::-1], "a b"]))
    span = find_quote(quote, text)
    if span is not None:
        assert 0 <= span[0] < span[1] <= len(text)
    for cited in verified([{"passage": 1, "quote": quote}], quote, [hit(1, text)]):
        assert cited.quote and cited.quote == text[cited.start : cited.end]


def test_a_long_passage_and_a_long_quote_do_not_stall() -> None:
    text = "word " * 20_000
    assert find_quote("word " * 399 + "end", text) is None
    assert find_quote("other " * 100_000, text) is None
