"""An answer is as long as the form allows, and no sentence of it is cut in two."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfp_manager.lengths import Limit, characters_of, counter, fitted, too_long

TEXT = "Backups run nightly. They are kept for 35 days. The copies are in Frankfurt."


def test_what_fits_stays_as_it_is() -> None:
    assert fitted(TEXT, Limit(200, 40)) == TEXT
    assert fitted(TEXT, Limit()) == TEXT


@pytest.mark.parametrize("limit", [Limit(60), Limit(None, 10), Limit(75, 9)])
def test_the_last_sentences_are_left_out(limit: Limit) -> None:
    assert fitted(TEXT, limit) == "Backups run nightly. They are kept for 35 days."


@pytest.mark.parametrize(
    "last",
    [
        "However, log files are left out.",
        "Archives are not kept.",
        "Only customers in Europe get this.",
        "Das gilt nicht für Archive.",
        "Sauf les archives.",
        "This doesn't hold for archives.",
    ],
)
def test_a_sentence_that_takes_something_back_is_never_left_out(last: str) -> None:
    assert fitted(f"Backups run nightly. {last}", Limit(25)) is None


def test_one_sentence_that_is_too_long_is_left_to_a_person() -> None:
    assert fitted("Backups run nightly in three places.", Limit(10)) is None
    assert "longer than the asked 500 characters" in too_long(Limit(500))
    assert str(Limit(500, 80)) == "500 characters and 80 words"


def test_what_a_list_is_announced_by_is_not_left_alone() -> None:
    assert fitted("These are kept:\n- the customer database\n- uploaded files", Limit(16)) is None


@given(st.text(max_size=300), st.integers(1, 120), st.integers(1, 20))
def test_what_is_left_is_the_beginning_of_the_text_and_within_the_limit(
    text: str, characters: int, words: int
) -> None:
    limit = Limit(characters, words)
    found = fitted(text, limit)
    assert found is None or (text.startswith(found) and limit.holds(found))


def test_characters_count_as_a_spreadsheet_counts_them() -> None:
    assert characters_of("a😀") == 3


def test_an_editor_sees_how_much_room_is_left() -> None:
    question = SimpleNamespace(max_characters=20, max_words=None)
    shown = counter("Backups run nightly.", question)
    assert (shown.sentence, shown.is_over) == ("20 of 20 characters", False)
    assert counter("Backups run nightly..", question).is_over
    assert counter("any", SimpleNamespace(max_characters=None, max_words=None)).sentence == ""
