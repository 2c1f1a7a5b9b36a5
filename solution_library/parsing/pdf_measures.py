"""What the lines of a whole document say about each other: sizes, gaps, repeated lines.

Counted page by page, so that it does not matter by how many children the pages were read.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from solution_library.parsing.pdf_page import Line, Page

LONGEST_HEADING = 120
HEADING_FACTOR = 1.12
_EDGE_LINES = 2
#: Share of the sheet's height, from its upper or lower edge.
_MARGIN = 0.13
_SHORT = 80
_MOST_BODY_LINES = 20_000
_DIGITS = str.maketrans("", "", "0123456789")
_OFTEN = 12


@dataclass
class Measures:
    """`sizes`: line height to number of characters; `headings`: heights of lines that could be
    headings; `gaps`: white between lines to how often; `edges`: a text at a place near the top or
    bottom of pages to how many pages have it, the first and the last; `body_lines`: short lines
    elsewhere, without their digits. Half points all."""

    sizes: Counter[int] = field(default_factory=Counter)
    headings: Counter[int] = field(default_factory=Counter)
    gaps: Counter[int] = field(default_factory=Counter)
    edges: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    pages: int = 0
    body_lines: Counter[str] = field(default_factory=Counter)

    def add(self, page: Page) -> None:
        lines = [line for line in page.lines if not line.hidden]
        if not lines:
            return
        self.pages += 1
        edges = edge_lines(lines, page)
        self._note_body(lines, edges)
        for name in {edge_name(line) for line in edges}:
            count, first, last = self.edges.get(name, (0, page.number, page.number))
            # A page may come late: its text was recognised when the others had been read.
            self.edges[name] = (count + 1, min(first, page.number), max(last, page.number))
        for line in lines:
            size = half_points(line.height)
            self.sizes[size] += len(line.text)
            if could_be_heading(line.text):
                self.headings[size] += 1
        for upper, lower in zip(lines, lines[1:], strict=False):
            if upper.top > lower.top:
                self.gaps[half_points(upper.bottom - lower.top)] += 1

    def _note_body(self, lines: list[Line], edges: list[Line]) -> None:
        """Short lines elsewhere on the page; those that come once are forgotten in time."""
        at_edge = {id(line) for line in edges}
        for line in lines:
            if len(line.text) <= _SHORT and id(line) not in at_edge:
                self.body_lines[line.text.translate(_DIGITS)] += 1
        if len(self.body_lines) > _MOST_BODY_LINES:
            self.body_lines = Counter({k: n for k, n in self.body_lines.items() if n > 1})

    def to_dict(self) -> dict[str, Any]:
        """Edges that are rare are left out: nothing is decided by them."""
        return {
            "sizes": list(self.sizes.items()),
            "headings": list(self.headings.items()),
            "gaps": list(self.gaps.items()),
            "edges": [name for name in self.edges if self.is_running_title(name)],
            "pages": self.pages,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Measures":
        sizes, headings, gaps = (
            Counter({int(key): int(count) for key, count in data[name]})
            for name in ("sizes", "headings", "gaps")
        )
        pages = int(data["pages"])
        edges = dict.fromkeys(data["edges"], (pages, 1, pages))
        return cls(sizes, headings, gaps, edges, pages)

    def is_running_title(self, name: str) -> bool:
        """Many pages have it at the same place, and most of those in between as well.

        An answer that stands at the end of a dozen pages by chance is none; it stands in the
        middle of others as well.
        """
        count, first, last = self.edges.get(name, (0, 0, 0))
        return (
            count >= max(3, min(self.pages / 2, _OFTEN))
            and count >= 0.4 * (last - first + 1)
            and self.body_lines[name.partition(" ")[2]] * 2 <= count
        )

    @property
    def body(self) -> float:
        """The line height in which most of the text is set."""
        return max(self.sizes.most_common(1)[0][0] / 2, 1.0) if self.sizes else 1.0

    @property
    def usual_gap(self) -> float:
        middle, seen = sum(self.gaps.values()) // 2, 0
        for gap, count in sorted(self.gaps.items()):
            seen += count
            if seen > middle:
                return gap / 2
        return 0.0

    def heading_levels(self) -> dict[int, int]:
        """Larger means higher; sizes within half a point count as one."""
        large = (size for size in self.headings if size / 2 > self.body * HEADING_FACTOR)
        return {size: min(level, 4) for level, size in enumerate(sorted(large, reverse=True), 1)}


def half_points(length: float) -> int:
    return round(length * 2)


def could_be_heading(text: str) -> bool:
    return (
        len(text) <= LONGEST_HEADING
        and not text.endswith((".", ",", ";"))
        and any(character.isalpha() for character in text)
    )


def edge_lines(lines: Iterable[Line], page: Page) -> list[Line]:
    """The lowest and the highest lines if they stand in the margins, and those aside."""
    by_height = sorted(lines, key=lambda line: line.top)
    margin = _MARGIN * (page.top - page.bottom)
    return [
        *(line for line in by_height[:_EDGE_LINES] if line.top <= page.bottom + margin),
        *(line for line in by_height[-_EDGE_LINES:] if line.bottom >= page.top - margin),
        *(line for line in by_height if line.aside),
    ]


def edge_name(line: Line) -> str:
    """The same for a running title on all its pages, whatever number it ends with."""
    return f"{round(line.top / 2)} " + line.text.translate(_DIGITS)[:200]
