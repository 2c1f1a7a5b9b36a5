"""The statements of a text that are looked at one by one: sentences, list items, table rows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llm_manager.providers.builtin.facts import MONTHS
from llm_manager.sentences import split_sentences

#: A statement so short is a label, whose value stands in the next line.
LABEL = 80
#: What is longer is a dump and no statement; it is cut, so that nobody waits for it.
LONGEST = 1000
#: “12. März” and “2 p.m. Eastern time” go on behind their dots.
_TITLE = re.compile(r"(?![-*•–>|]\s).*[^\W\d_]{3}[^|\t]*[^\s.:;,!?|]")
_COLUMN = re.compile(r"\A[^:|]{1,60}:(?:\s+|\Z)")
_DAY = re.compile(r"\b\d{1,2}\.\Z")
_HALF_DAY = re.compile(r"\b[ap]\.\s?m\.\Z", re.IGNORECASE)
_NEXT = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Unit:
    """`text[start:end]` of a passage. `before` is the line above it where that may be its label,
    `headings` what the passage stands under."""

    text: str
    start: int
    end: int
    before: str
    headings: str

    @property
    def words(self) -> str:
        return self.text[self.start : self.end]


def units_of(text: str, headings: str) -> Iterator[Unit]:
    """The statements of a passage in order. Of short sections that share a passage each has its
    own heading, which stands there as a line of its own."""
    above, within, start = "", headings, 0
    lines = text.splitlines(keepends=True)
    for n, line in enumerate(lines):
        if _is_heading(lines, n):
            within = f"{headings} > {line.strip()}"
        for place, (a, b) in enumerate(_sentences(line)):
            yield Unit(text, start + a, start + b, "" if place else above, within)
        if line.strip():
            above = line.strip() if len(line.strip()) <= LABEL else ""
        start += len(line)


def _is_heading(lines: Sequence[str], n: int) -> bool:
    line = lines[n].strip()
    if not line or len(line) > LABEL or not _TITLE.fullmatch(line):
        return False
    opens = n == 0 or not lines[n - 1].strip()
    return opens and n + 1 < len(lines) and bool(lines[n + 1].strip())


def _sentences(line: str) -> Iterator[tuple[int, int]]:
    """A table's row is one statement, however many sentences its cells hold."""
    if "|" in line or "\t" in line.strip():
        begin = len(line) - len(line.lstrip())
        if line.strip():
            yield begin, min(len(line.rstrip()), begin + 2 * LONGEST)
        return
    held: tuple[int, int] | None = None
    for begin, end in split_sentences(line):
        if held and end - held[0] <= LONGEST and _goes_on(line[held[0] : held[1]], line[begin:]):
            held = held[0], end
            continue
        if held:
            yield held
        held = begin, end
    if held:
        yield held


def _goes_on(before: str, after: str) -> bool:
    following = _NEXT.match(after)
    word = following[0] if following else ""
    return bool(_HALF_DAY.search(before)) or bool(_DAY.search(before) and word.casefold() in MONTHS)


def cells_of(words: str) -> list[str]:
    """The cells of a table's row that hold something, without the names of their columns, which a
    row of a table begins each cell with; other text is one cell."""
    cells = [cell.strip() for cell in words.replace("\t", "|").split("|") if cell.strip(" -:|")]
    if len(cells) > 1:
        cells = [_COLUMN.sub("", cell) for cell in cells]
    return [cell for cell in cells if cell]
