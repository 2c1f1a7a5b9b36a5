"""What the columns of an expert's sheet are called, and how its rows are known again."""

import re
import unicodedata
from enum import StrEnum


class Column(StrEnum):
    """In the order of the sheet, by the heads that people see and that the sheet is read by."""

    NUMBER = "No."
    SECTION = "Section"
    QUESTION = "Question"
    NOTE = "Note to you"
    DRAFT_CHOICE = "Drafted choice"
    DRAFT = "Draft"
    EVIDENCE = "Evidence"
    RIGHT = "Draft is right (x)"
    CHOICE = "Your choice"
    ANSWER = "Your answer"
    DECLINED = "Not mine (why, or who knows)"
    KEY = "Key (please leave)"


COLUMNS = tuple(Column)
#: Free to write in; all others are locked, without a password.
WRITTEN = frozenset({Column.RIGHT, Column.CHOICE, Column.ANSWER, Column.DECLINED})
_KEY = re.compile(r"\s*spelunker:([0-9a-f]{32}):([0-9]{1,18})\s*")
_NO = frozenset({"", "-", "0", "n", "no", "false", "nein", "non", "nee"})


def key_of(token: str, question: int) -> str:
    return f"spelunker:{token}:{question}"


def parse_key(text: str) -> tuple[str, int] | None:
    """(token of the packet, question), or None for what is no key."""
    match = _KEY.fullmatch(text)
    return (match[1], int(match[2])) if match else None


def same_words(text: str) -> str:
    """What two texts share that differ in spaces, case and kinds of quotes at most; programs
    change those when they save a sheet."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def is_ticked(text: str) -> bool:
    """Whatever is written there means yes, except the words for no."""
    return same_words(text) not in _NO
