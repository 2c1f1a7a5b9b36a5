"""Sentences as exact places in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_manager.sentences import LONGEST_SENTENCE, split_sentences


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "We use TLS 1.2 or later.",
        "Availability was 99.95 % in 2025.",
        "Dr. Smith, our CISO, signs it (e.g. Monday).",
        "See No. 5 and Fig. 3 of the annex.",
        "Acme Inc. runs version 2.5.1 in production.",
        "Das gilt z.B. für alle Kunden usw. ohne Ausnahme.",
        "J. R. Smith wrote it.",
    ],
)
def test_a_period_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert pieces(text) == [text]


def test_sentences_end_at_their_marks() -> None:
    assert pieces('It is on. Is it? "Yes!" Then… Go.') == [
        "It is on.",
        "Is it?",
        '"Yes!"',
        "Then…",
        "Go.",
    ]


def test_a_wrapped_line_goes_on_and_a_blank_line_ends() -> None:
    text = "Keys are kept in a\nhardware module.\n\nNext paragraph"
    assert pieces(text) == ["Keys are kept in a\nhardware module.", "Next paragraph"]


def test_list_items_and_headings_are_sentences_of_their_own_without_their_marks() -> None:
    text = "# Controls\n- first item\n- second item. It has two.\n1. numbered\n(a) lettered"
    assert pieces(text) == [
        "Controls", "first item", "second item.", "It has two.", "numbered", "lettered",
    ]  # fmt: skip


def test_table_rows_stay_whole_and_rulers_vanish() -> None:
    assert pieces("| Key | Bits. |\n|---|---|\n| AES | 256 |") == [
        "| Key | Bits. |",
        "| AES | 256 |",
    ]


def test_languages_without_spaces_are_split_at_their_own_marks() -> None:
    assert pieces("日本語です。暗号化します！終わり") == [
        "日本語です。",
        "暗号化します！",
        "終わり",
    ]


def test_code_blocks_are_split_by_lines() -> None:
    assert pieces("Run:\n```\nmake one\nmake two\n```\nDone.") == [
        "Run:",
        "make one",
        "make two",
        "Done.",
    ]


def test_text_without_an_end_is_cut_into_bounded_pieces() -> None:
    found = pieces("word " * 2000)
    assert max(map(len, found)) <= LONGEST_SENTENCE
    assert "".join(found).replace(" ", "") == "word" * 2000


@given(st.text(alphabet=st.sampled_from('aB1.!? \n\r\t-*#|`。)("\u2028\ud7ff'), max_size=200))
def test_spans_are_in_order_apart_and_trimmed(text: str) -> None:
    last = 0
    for start, end in split_sentences(text):
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        last = end


@given(st.text(alphabet=st.sampled_from("abC19.!? \n,"), max_size=200))
def test_no_word_is_lost(text: str) -> None:
    covered = {place for start, end in split_sentences(text) for place in range(start, end)}
    lost = {p for p, char in enumerate(text) if char.isalpha()} - covered
    # A single letter or short number with a period in front of a line is a list mark ("a. ").
    assert all(text[p + 1 : p + 2] in (".", ")") for p in lost)
