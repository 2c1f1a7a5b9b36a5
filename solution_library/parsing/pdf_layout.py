"""From lines with places on a page to headings, paragraphs and list items.

A PDF knows neither; both are inferred from line heights, gaps and the right margin. When
in doubt a paragraph is ended: half a paragraph can still be found and cited, two unrelated
ones joined cannot be told apart again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from solution_library.parsing.text import join_lines
from solution_library.parsing.types import Block, BlockKind

_BULLET = re.compile(r"([•‣▪●◦○■□–—\-*\uf0b7\uf0a7])\s+(\S.*)")
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]\s+\S")
_SECTION_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,3}){0,4}\.?|[A-Z]\.|Appendix \w+)\s+\S")
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.)?\s*[-–|]?\s*\d{1,5}\s*(?:(?:of|von|/)\s*\d{1,5})?\s*[-–|]?", re.I
)
_SENTENCE_END = (".", "!", "?", ":", ";", "。", "！", "？")
_LONGEST_HEADING = 120
_HEADING_FACTOR = 1.12
_EDGE_LINES = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; the places are in points, counted from the lower left corner."""

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    wraps_word: bool = False

    @property
    def height(self) -> float:
        return abs(self.top - self.bottom)


def blocks_of(pages: Sequence[Sequence[Line]]) -> list[Block]:
    lines = _without_running_titles(pages)
    if not lines:
        return []
    body = _body_height(lines)
    levels = _heading_levels(lines, body)
    margin = {page: max(line.right for line in page_lines) for page, page_lines in _by_page(lines)}
    blocks: list[Block] = []
    for group in _groups(lines, body, margin):
        blocks.append(_block(group, body, levels))
    return blocks


def _by_page(lines: Iterable[Line]) -> list[tuple[int, list[Line]]]:
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    return list(pages.items())


def _without_running_titles(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """Page numbers, and lines that most pages repeat at an edge; their first showing stays."""
    edges = [_edge_lines(page) for page in pages]
    seen = Counter(name for page in edges for name in {_unnumbered(line) for line in page})
    often = max(3, sum(1 for page in pages if page) / 2)
    kept: list[Line] = []
    shown: set[str] = set()
    for page, edge in zip(pages, edges, strict=True):
        for line in page:
            name = _unnumbered(line)
            at_edge = line in edge
            if at_edge and len(page) > 1 and _PAGE_NUMBER.fullmatch(line.text):
                continue
            if at_edge and seen[name] >= often:
                if name in shown:
                    continue
                shown.add(name)
            kept.append(line)
    return kept


def _edge_lines(page: Sequence[Line]) -> list[Line]:
    by_height = sorted(page, key=lambda line: line.top)
    return by_height[:_EDGE_LINES] + by_height[-_EDGE_LINES:]


def _unnumbered(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _body_height(lines: Sequence[Line]) -> float:
    """The line height in which most of the text is set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.height * 2) / 2] += len(line.text)
    return max(sizes.most_common(1)[0][0], 1.0)


def _heading_levels(lines: Sequence[Line], body: float) -> dict[float, int]:
    """Larger means higher; sizes within half a point count as one."""
    sizes = {round(line.height * 2) / 2 for line in lines if _is_large(line, body)}
    return {size: min(level, 4) for level, size in enumerate(sorted(sizes, reverse=True), start=1)}


def _is_large(line: Line, body: float) -> bool:
    return line.height > body * _HEADING_FACTOR and _could_be_heading(line.text)


def _could_be_heading(text: str) -> bool:
    return (
        len(text) <= _LONGEST_HEADING
        and any(character.isalpha() for character in text)
        and not text.endswith((".", ",", ";"))
    )


def _groups(lines: Sequence[Line], body: float, margin: dict[int, float]) -> Iterable[list[Line]]:
    usual_gap = _usual_gap(lines)
    group: list[Line] = [lines[0]]
    for line in lines[1:]:
        if _starts_anew(group[-1], line, body, margin, usual_gap):
            yield group
            group = []
        group.append(line)
    yield group


def _usual_gap(lines: Sequence[Line]) -> float:
    gaps = [
        upper.bottom - lower.top
        for upper, lower in zip(lines, lines[1:], strict=False)
        if upper.page == lower.page and upper.top > lower.top
    ]
    return sorted(gaps)[len(gaps) // 2] if gaps else 0.0


def _starts_anew(
    before: Line, line: Line, body: float, margin: dict[int, float], usual_gap: float
) -> bool:
    if before.wraps_word:
        return False
    if abs(before.height - line.height) > 0.15 * max(before.height, line.height):
        return True
    if _BULLET.match(line.text) or _NUMBERED.match(line.text):
        return True
    ended = before.text.endswith(_SENTENCE_END)
    if before.page != line.page or line.bottom > before.top:  # next page, next column
        return ended or not line.text[:1].islower()
    gap = before.bottom - line.top
    if gap > usual_gap + 0.35 * body:
        return True
    is_short = before.right < margin[before.page] - 0.2 * (margin[before.page] - before.left)
    return is_short and (ended or not line.text[:1].islower())


def _block(group: list[Line], body: float, levels: dict[float, int]) -> Block:
    first = group[0]
    text = _joined(group)
    kind: BlockKind = "paragraph"
    level = 0
    if _is_large(first, body) and len(group) <= 3:
        kind, level = "heading", levels.get(round(first.height * 2) / 2, 1)
    elif len(group) == 1 and _SECTION_NUMBER.match(text) and _is_short_title(text):
        kind, level = "heading", min(9, len(levels) + 1 + text.split()[0].rstrip(".").count("."))
    elif bullet := _BULLET.match(text):
        kind, text = "list_item", bullet.group(2)
    elif _NUMBERED.match(text):
        kind = "list_item"
    return Block(kind, text, level, first.page)


def _is_short_title(text: str) -> bool:
    words = text.split()[1:]
    return (
        _could_be_heading(text)
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
