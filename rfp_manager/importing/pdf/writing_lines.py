"""Lines to write on: underscores, rows of dots, and what is marked with "Answer:"."""

import re
from dataclasses import dataclass

from rfp_manager.importing.word.marks import is_prompt, mark_of, split_mark
from solution_library.parsing.pdf_lines import Box, TextLine, Word

_LEADER = re.compile(r"_{3,}|(?:_ ){3,}|\.{6,}|(?:\. ){6,}|…{3,}|-{12,}|‗{3,}")
_CONTENTS = re.compile(r"(?:\.{4,}|(?:\. ){4,}|…{2,})\s*\d{1,4}\s*$")
_NARROWEST = 20.0


@dataclass
class WrittenOn:
    """A line's text without what is only there to write on, and the place of that.

    `mark`: "answer" or "comment" when the line only says whose room it is; `written`: what
    stands behind such a mark.
    """

    text: str
    room: Box | None
    mark: str = ""
    written: str = ""


def read_line(line: TextLine, margin: float) -> WrittenOn:
    """`margin`: where lines end on this page."""
    whole = line.text
    room = None if is_contents(whole) else _leaders(line, margin)
    text = " ".join(_LEADER.sub(" ", whole).split()) if room else whole
    if room is None and is_prompt(whole):  # "Click or tap here to enter text."
        room, text = (line.left, max(margin, line.right), line.top, line.bottom), ""
    found = WrittenOn(text, room)
    head, rest = split_mark(text)
    if not head or not (mark := mark_of(head)):
        return found
    if rest.strip() or room or head.rstrip().endswith((":", "：")):
        found.mark, found.written = mark, "" if is_prompt(rest) else rest.strip()
    if found.mark and found.room is None and not found.written:
        right = max(margin, line.right + 40)
        found.room = (line.right + 3, right, line.top, line.bottom)
    return found


def is_contents(text: str) -> bool:
    """Whether it is a line of a table of contents."""
    return bool(_CONTENTS.search(text))


def _leaders(line: TextLine, margin: float) -> Box | None:
    """Around the words that hold leaders, and on to the margin where nothing follows them; a
    label may stick to the first of them."""
    if not _LEADER.search(line.text):
        return None
    held = [word for word in line.words if _LEADER.search(word.text)]
    held = held or [word for word in line.words if set(word.text) <= set("_.…‗-")]
    if not held:
        return None
    left = _begin(held[0])
    right = max(word.right for word in held)
    right = max(right, margin) if right >= line.right - 1 else right
    return (left, right, line.top, line.bottom) if right - left > _NARROWEST else None


def _begin(word: Word) -> float:
    """Where the leaders in a word like "name:____" begin."""
    before = re.split(r"[_.…‗-]{3,}", word.text, maxsplit=1)[0]
    share = len(before) / max(len(word.text), 1)
    return word.left + share * (word.right - word.left) + (1 if before else 0)
