"""Whatever a sheet looks like when it comes back, each thing it says is taken once or told."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rfp_manager.packets.columns import key_of, parse_key
from rfp_manager.packets.matching import FOREIGN, TWICE, UNKNOWN, Matched, match, says_something

TOKEN, OTHER = "a" * 32, "b" * 32
CONTENTS: dict[str, Any] = {
    "1": {"asked": "Do you encrypt?", "number": "1"},
    "2": {"asked": "Where is data kept?", "number": "2"},
    "3": {"asked": "Any comments?", "number": "A"},
    "4": {"asked": "Any comments?", "number": "B"},
}


def row(question: str = "", key: str = "", **said: str) -> dict[str, str]:
    blank = {"number": "", "right": "", "choice": "", "answer": "", "declined": ""}
    return {"at": "Questions!2", "question": question, "key": key} | blank | said


def only(*rows: dict[str, str]) -> Matched:
    (found,) = match(rows, CONTENTS, TOKEN)
    return found


def test_a_key_names_the_question_even_if_its_words_were_touched() -> None:
    assert only(row("Do you REALLY encrypt?", key_of(TOKEN, 1), answer="Yes.")).question == 1


def test_the_same_words_with_another_number_are_another_question() -> None:
    assert only(row("Any  comments?", number="B", answer="None.")).question == 4
    found = only(row("Any comments?", answer="None."))
    assert (found.question, found.why) == (None, UNKNOWN)


def test_a_row_of_another_sheet_is_not_taken_for_one_of_this() -> None:
    found = only(row("Do you encrypt?", key_of(OTHER, 1), answer="Yes."))
    assert (found.question, found.why) == (None, FOREIGN)


def test_of_a_copied_row_the_one_that_was_filled_in_counts() -> None:
    key = key_of(TOKEN, 2)
    assert only(row(key=key), row(key=key, answer="In Cork."), row(key=key)).row["answer"]


def test_what_is_no_key_is_none() -> None:
    for text in ("", "spelunker:", "spelunker:xyz:1", f"spelunker:{TOKEN}:", f"{TOKEN}:1",
                 f"spelunker:{TOKEN}:{'9' * 40}", f"spelunker:{TOKEN}:²"):  # fmt: skip
        assert parse_key(text) is None


KEYS = st.sampled_from(["", "junk", *(key_of(t, n) for t in (TOKEN, OTHER) for n in (1, 2, 9))])
TEXTS = st.sampled_from(["", "x", "no", "In Cork.", "=1+1"])
ROWS = st.builds(
    row,
    question=st.sampled_from(["", "New?", *(one["asked"] for one in CONTENTS.values())]),
    key=KEYS, number=st.sampled_from(["", "A", "2"]), right=TEXTS, choice=TEXTS, answer=TEXTS,
    declined=TEXTS,
)  # fmt: skip


@settings(max_examples=50)
@given(st.lists(ROWS, max_size=12))
def test_nothing_that_a_sheet_says_is_lost_and_no_question_is_answered_twice(
    rows: list[dict[str, str]],
) -> None:
    found = match(rows, CONTENTS, TOKEN)
    named = [one.question for one in found if one.question is not None]
    assert len(named) == len(set(named))
    told = [one.row for one in found]
    for said in filter(says_something, rows):
        same = {name: said[name] for name in ("right", "choice", "answer", "declined")}
        assert any(same.items() <= one.items() for one in told)
    assert all(one.why in ("", UNKNOWN, FOREIGN, TWICE) for one in found)
