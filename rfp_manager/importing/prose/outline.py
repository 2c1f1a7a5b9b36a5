"""The headings of a running text, also those made by hand, and what stands under each."""

import re
from collections import Counter

from rfp_manager.importing.prose.asking import direct
from rfp_manager.importing.prose.lines import Item, Line
from rfp_manager.importing.texts import (
    asks,
    is_heading,
    is_prefix_of,
    is_shouted,
    names_section,
    split_number,
)

BY_HAND = 10  # level of a heading without a heading's style; below all that have one
MAX_LEVEL = 30
MAX_TITLE_WORDS = 14
MIN_ASKING = 2  # headings of a level make it one of questions

_HOW_TO = re.compile(r"^\W*([\d.]+\s+)?(how to|who we are|what we|why |what is this|about )", re.I)
_CONTENTS_LINE = re.compile(r"(\.{4,}|\t|…{2,}|\s{3,})\s*[\divxlc]{1,4}$", re.IGNORECASE)

Path = tuple[str, ...]


class Outline:
    """`headings`: rows that title a part; `paths`: for each item the headings above it."""

    def __init__(self, items: list[Item], forced: dict[int, str]) -> None:
        self.headings: set[int] = set()
        self.titles: set[int] = set()
        self.paths: list[Path] = []
        self._stack: list[tuple[int, str]] = []
        self._numbered: dict[str, int] = {}
        lines = [item for item in items if isinstance(item, Line) and not item.empty]
        below = {line.row: lines[n + 1 : n + 4] for n, line in enumerate(lines)}
        self._asking = _asking_levels(lines)
        self._bold_is_rare = sum(line.bold for line in lines) * 2 < len(lines)
        for item in items:
            self.paths.append(tuple(text for _, text in self._stack))
            if isinstance(item, Line):
                self._meet(item, below.get(item.row, []), forced.get(item.row))

    def _meet(self, line: Line, below: list[Line], forced: str | None) -> None:
        level = self._level(line, below) if forced is None else 0
        if forced == "section":
            level = line.level or BY_HAND
        if level < 0:
            self.titles.add(line.row)
        elif level:
            self.headings.add(line.row)
            while self._stack and self._stack[-1][0] >= level:
                self._stack.pop()
            self._stack.append((level, full_title(line)))

    def _level(self, line: Line, below: list[Line]) -> int:
        """0 for no heading, -1 for the title of the whole document."""
        if line.empty or line.contents or line.mark or line.choices or line.field:
            return 0
        if line.title and not direct(line.text):
            return -1
        if line.level:
            return 0 if asks_although_heading(line) or self._demands(line, below) else line.level
        return self._by_hand(line, below)

    def _demands(self, line: Line, below: list[Line]) -> bool:
        """Whether it is a whole sentence in the style of the headings that ask, over nothing."""
        whole = line.text.rstrip().endswith((".", "。")) and asks(line.text)
        bare = not below or 0 < below[0].level <= line.level
        return line.level in self._asking and whole and bare

    def _by_hand(self, line: Line, below: list[Line]) -> int:
        text = line.text
        if not is_heading(text) or len(text.split()) > MAX_TITLE_WORDS or text.endswith((":", ",")):
            return 0
        number = line.number or split_number(text)[0]
        if line.listed and not number:
            return 0
        following = below[0] if below else None
        if following is None:
            return 0
        parent = number and any(is_prefix_of(number, _number(other)) for other in below)
        deeper = line.listed and following.listed and (following.depth or 0) > (line.depth or 0)
        bold = line.bold and self._bold_is_rare and not following.mark
        if (
            bold
            or is_shouted(text)
            or names_section(text)
            or (parent and number)
            or (deeper and following.number)
        ):
            return min(BY_HAND + number.strip(".").count("."), MAX_LEVEL)
        return 0


def _asking_levels(lines: list[Line]) -> set[int]:
    """The levels at which several headings ask."""
    asking = Counter(line.level for line in lines if line.level and asks_although_heading(line))
    return {level for level, count in asking.items() if count >= MIN_ASKING}


def asks_although_heading(line: Line) -> bool:
    """Some forms give each question a heading's style, to number it."""
    words = [word for word in line.text.split() if word[0].isalpha()]
    capital = sum(word[0].isupper() for word in words)
    if not direct(line.text) or len(words) < 4 or _HOW_TO.match(line.text):
        return False
    # "Supply Chain Management and Governance" only sounds like an order.
    return line.text.rstrip().endswith("?") or capital * 2 < len(words)


def full_title(line: Line) -> str:
    """The heading with the number that is shown before it."""
    text = " ".join(line.text.split())
    return f"{line.number} {text}".strip() if not text.startswith(line.number) else text


def is_contents_line(text: str) -> bool:
    """ "3.1 Security ........ 12" """
    return len(text) < 200 and bool(_CONTENTS_LINE.search(text))


def _number(line: Line) -> str:
    return line.number or split_number(line.text)[0]
