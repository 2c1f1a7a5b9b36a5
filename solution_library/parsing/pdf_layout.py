"""From lines with places on a page to headings, paragraphs, list items and tables.

A PDF knows none of them; they are inferred from line heights, gaps and the margins. When
in doubt a paragraph is ended: half a paragraph can still be found and cited, two unrelated
ones joined cannot be told apart again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solution_library.parsing.pdf_measures import (
    HEADING_FACTOR,
    Measures,
    could_be_heading,
    edge_lines,
    edge_name,
    half_points,
)
from solution_library.parsing.pdf_page import Line, Page, Table, line_from_list, line_to_list
from solution_library.parsing.pdf_running_tables import TableJoiner
from solution_library.parsing.text import join_lines
from solution_library.parsing.types import Block, BlockKind

_BULLET = re.compile(r"([•‣▪●◦○■□–—\-*\uf0b7\uf0a7])\s+(\S.*)")
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]\s+\S")
_SECTION_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,3}){0,4}\.?|[A-Z]\.|Appendix \w+)\s+\S")
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.)?\s*[-–|]?\s*\d{1,5}\s*(?:(?:of|von|/)\s*\d{1,5})?\s*[-–|]?", re.I
)
_SENTENCE_END = (".", "!", "?", ":", ";", "。", "！", "？", "؟", "۔")
#: Lines that begin this near to each other, as a share of the text's width, share a margin.
_SAME_COLUMN = 0.15
#: In body heights: the white between lines that are set with double spacing.
_WIDEST_GAP = 1.2


def blocks_of(pages: Sequence[Page]) -> list[Block]:
    measures = Measures()
    for page in pages:
        measures.add(page)
    composer = Composer(measures)
    return [block for page in pages for block in composer.feed(page)] + composer.finish()


@dataclass
class Composer:
    """Takes the pages one after the other; a paragraph may go on from one to the next.

    `state` and `restore` let another process go on where this one stops.
    """

    measures: Measures
    _open: list[Line] = field(default_factory=list)
    _ends: tuple[float, float] = (0.0, 0.0)  # where the open paragraph's lines could reach
    _shown: set[str] = field(default_factory=set)
    _tables: TableJoiner = field(default_factory=TableJoiner)

    def __post_init__(self) -> None:
        self._body = self.measures.body
        self._levels = self.measures.heading_levels()
        # Some pages have hardly a line that follows another.
        self._usual_gap = min(self.measures.usual_gap, _WIDEST_GAP * self._body)

    def feed(self, page: Page) -> list[Block]:
        """The blocks that are complete now, in reading order."""
        blocks: list[Block] = []
        dropped = self._running_titles(page)
        lines = [line for line in page.lines if line not in dropped]
        margins = _margins(lines)
        self._tables.begin_page(page, lines)
        for item in page.items:
            if isinstance(item, Table):
                blocks += self._close()
                blocks += self._tables.blocks(item)
            elif item not in dropped:
                ends = margins(item)
                if self._open and self._starts_anew(self._open[-1], item):
                    blocks += self._close()
                self._open.append(item)
                self._ends = ends
        return blocks

    def finish(self) -> list[Block]:
        return self._close()

    def state(self) -> dict[str, Any]:
        return {
            "open": [[line.page, line_to_list(line)] for line in self._open],
            "ends": list(self._ends),
            "shown": sorted(self._shown),
            "tables": self._tables.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._open = [line_from_list(raw, page) for page, raw in state["open"]]
        self._ends = (state["ends"][0], state["ends"][1])
        self._shown = set(state["shown"])
        self._tables.restore(state["tables"])

    def _close(self) -> list[Block]:
        group, self._open = self._open, []
        return [self._block(group)] if group else []

    def _running_titles(self, page: Page) -> set[Line]:
        """Page numbers, and lines that many pages repeat at an edge; their first showing stays."""
        lines = [line for line in page.lines if not line.hidden]
        dropped: set[Line] = set()
        for line in edge_lines(lines, page) if len(lines) > 1 else ():
            name = edge_name(line)
            if _PAGE_NUMBER.fullmatch(line.text):
                dropped.add(line)
            elif self.measures.is_running_title(name):
                if name in self._shown:
                    dropped.add(line)
                self._shown.add(name)
        return dropped

    def _starts_anew(self, before: Line, line: Line) -> bool:
        if before.hidden is not line.hidden or before.aside is not line.aside:
            return True
        if before.wraps_word:
            return False
        if abs(before.height - line.height) > 0.15 * max(before.height, line.height):
            return True
        if _BULLET.match(line.text) or _NUMBERED.match(line.text):
            return True
        ended = before.text.endswith(_SENTENCE_END)
        begins = not _could_go_on(line.text)
        if before.page != line.page or line.bottom > before.top:  # next page, next column
            return ended or begins
        if before.bottom - line.top > self._usual_gap + 0.35 * self._body:
            return True
        return self._is_short(before) and (ended or begins)

    def _is_short(self, line: Line) -> bool:
        """It ends well before the margin, on the side where lines of its script end."""
        left, right = self._ends
        spare = line.left - left if line.right_to_left else right - line.right
        width = right - line.left if not line.right_to_left else line.right - left
        return spare > 0.2 * width

    def _block(self, group: list[Line]) -> Block:
        first = group[0]
        text = _joined(group)
        kind: BlockKind = "paragraph"
        level = 0
        if first.hidden or first.aside:
            return Block("paragraph", text, 0, first.page, hidden=first.hidden)
        if self._is_large(first) and len(group) <= 3:
            kind, level = "heading", self._levels.get(half_points(first.height), 1)
        elif len(group) == 1 and _SECTION_NUMBER.match(text) and _is_short_title(text):
            depth = text.split()[0].rstrip(".").count(".")
            kind, level = "heading", min(9, len(self._levels) + 1 + depth)
        elif bullet := _BULLET.match(text):
            kind, text = "list_item", bullet.group(2)
        elif _NUMBERED.match(text):
            kind = "list_item"
        return Block(kind, text, level, first.page)

    def _is_large(self, line: Line) -> bool:
        return line.height > self._body * HEADING_FACTOR and could_be_heading(line.text)


def _could_go_on(text: str) -> bool:
    """A small letter, or a script that has no capitals to begin a sentence with."""
    first = text[:1]
    return first.islower() or (first.isalpha() and not first.isupper())


class _margins:  # noqa: N801 - called like the function that it is
    """Where the lines beside this one end: on a page with columns not all at the same place."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = [line for line in lines if not line.aside and not line.hidden]
        self._left = min((line.left for line in self._lines), default=0.0)
        self._right = max((line.right for line in self._lines), default=0.0)
        middle = (self._left + self._right) / 2
        self._several = sum(line.left >= middle for line in self._lines) > 3
        self._known: dict[float, tuple[float, float]] = {}

    def __call__(self, line: Line) -> tuple[float, float]:
        if not self._several:
            return self._left, self._right
        if line.left not in self._known:
            self._known[line.left] = self._of_column(line)
        return self._known[line.left]

    def _of_column(self, line: Line) -> tuple[float, float]:
        reach = _SAME_COLUMN * (self._right - self._left)
        beside = [other for other in self._lines if abs(other.left - line.left) <= reach]
        rights = sorted(other.right for other in beside)
        # Not the last: a title may reach over all columns.
        right = rights[max(0, int(len(rights) * 0.9) - 1)] if rights else self._right
        return min((other.left for other in beside), default=self._left), right


def _is_short_title(text: str) -> bool:
    words = text.split()[1:]
    return (
        could_be_heading(text)
        and 1 <= len(words) <= 8
        and words[0][:1].isupper()
        and not text.endswith(("?", ":", "!"))
        and not re.search(r"\d", " ".join(words))
    )


def _joined(group: Sequence[Line]) -> str:
    """Undo wrapping; a word that the line end cut is put together again."""
    pieces: list[str] = []
    glue_next = False
    for line in group:
        if pieces and (glue_next or _continues_compound(pieces[-1], line.text)):
            pieces[-1] += line.text
        else:
            pieces.append(line.text)
        glue_next = line.wraps_word
    return join_lines(pieces)


def _continues_compound(before: str, text: str) -> bool:
    """ "multi-" and "factor": the hyphen is the word's own and stays."""
    return len(before) > 1 and before[-1] == "-" and before[-2].isalpha() and text[:1].islower()
