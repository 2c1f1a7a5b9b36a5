"""Texts cut into pieces: marks, citations, differences."""

from hypothesis import given
from hypothesis import strategies as st

from rfp_manager.presenting.texts import Unsupported, answer_pieces, difference, unsupported_words

TEXTS = st.text(alphabet="ab .,[1]2é\n\u4e2d", max_size=60)
STORED = st.lists(
    st.one_of(
        TEXTS,
        st.integers(),
        st.none(),
        st.fixed_dictionaries(
            {"kind": st.just("number"), "words": TEXTS},
            optional={"start": st.integers(-5, 70), "end": st.integers(-5, 70)},
        ),
    ),
    max_size=6,
)


@given(TEXTS, STORED, st.integers(0, 3))
def test_pieces_joined_are_always_the_text(text: str, stored: list[object], cited: int) -> None:
    pieces = answer_pieces(text, unsupported=unsupported_words(stored), citations=cited)
    assert "".join(piece.text for piece in pieces) == text


@given(TEXTS, TEXTS)
def test_a_difference_holds_both_texts_whole(old: str, new: str) -> None:
    pieces = difference(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


def test_words_are_marked_as_whole_words_in_any_case() -> None:
    pieces = answer_pieces("Daily, not dailyish; DAILY.", unsupported=[Unsupported("daily")])
    assert [piece.text for piece in pieces if piece.kind] == ["Daily", "DAILY"]


def test_a_known_place_marks_that_place_only() -> None:
    finding = Unsupported("12", "number", 5, 7)
    pieces = answer_pieces("12 or12 12", unsupported=[finding])
    assert [(piece.text, piece.kind) for piece in pieces] == [
        ("12 or", ""), ("12", "unsupported"), (" 12", ""),
    ]  # fmt: skip


def test_only_citations_that_exist_become_links() -> None:
    pieces = answer_pieces("A [1], B [3], C [0].", citations=2)
    assert [piece.number for piece in pieces if piece.kind == "cite"] == [1]


def test_what_is_stored_in_another_shape_marks_nothing() -> None:
    assert unsupported_words(None) == [] and unsupported_words({"words": "x"}) == []
    assert unsupported_words([{}, {"words": None}, " ", 7, None]) == []


def test_very_long_texts_are_compared_by_line_in_good_time() -> None:
    old = "\n".join(f"Line {n} of a long answer." for n in range(2000))
    pieces = difference(old, old.replace("Line 7 ", "Row 7 "))
    assert [piece.kind for piece in pieces if piece.kind] == ["removed", "added"]
