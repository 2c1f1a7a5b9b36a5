"""Marking words and quotes: nothing of the text is lost, whatever it is."""

from hypothesis import given
from hypothesis import strategies as st

from solution_library.highlighting import excerpt_pieces, quote_pieces, word_pieces


def marked(pieces: list[object]) -> list[str]:
    return [piece.text for piece in pieces if piece.marked]  # type: ignore[attr-defined]


@given(st.text(), st.integers(-5, 50), st.integers(-5, 50))
def test_a_marked_quote_leaves_the_text_whole(text: str, start: int, end: int) -> None:
    assert "".join(piece.text for piece in quote_pieces(text, start, end)) == text


@given(st.text(), st.text())
def test_marked_words_leave_the_text_whole(text: str, query: str) -> None:
    assert "".join(piece.text for piece in word_pieces(text, query)) == text


@given(st.text(max_size=900), st.text(max_size=30))
def test_an_excerpt_is_never_long(text: str, query: str) -> None:
    assert sum(len(piece.text) for piece in excerpt_pieces(text, query, 100)) <= 170


def test_inflected_words_are_marked_and_words_that_say_nothing_are_not() -> None:
    text = "The keys are encrypted with AES-256 and the data is not."
    query = "Is the data encrypting a key with AES-256?"
    assert marked(word_pieces(text, query)) == ["keys", "encrypted", "AES", "256", "data"]


def test_an_excerpt_shows_where_the_words_are() -> None:
    text = "Nothing here. " * 80 + "Backups are encrypted nightly. " + "Nothing there. " * 80
    pieces = excerpt_pieces(text, "encrypted backups", 200)
    assert marked(pieces) == ["Backups", "encrypted"]
    assert pieces[0].text == "… "
    assert pieces[-1].text == " …"
