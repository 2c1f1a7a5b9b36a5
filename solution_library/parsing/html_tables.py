"""Tables of a web page: those that hold data, as rows of cells; those that lay out, not at all."""

from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from solution_library.parsing.grids import Grid
from solution_library.parsing.html_noise import is_hidden, is_noise, text_inside
from solution_library.parsing.tables import table_blocks
from solution_library.parsing.types import Block

if TYPE_CHECKING:
    from lxml.etree import _Element

_LAYOUT_SIGNS = (".//table", ".//h1", ".//h2", ".//h3", ".//pre", ".//form")


def is_data_table(table: "_Element") -> bool:
    """At least two rows and two columns, and nothing inside that only a page layout has."""
    if any(table.find(sign) is not None for sign in _LAYOUT_SIGNS):
        return False
    widths = [sum(1 for _ in _cells(row)) for row in _rows(table)]
    return sum(width >= 2 for width in widths) >= 2 or (
        len(widths) >= 2 and table.find(".//th") is not None
    )


def blocks_of(table: "_Element", *, navigation: bool) -> list[Block]:
    grid = Grid()
    concealed: list[str] = []
    for row in _rows(table):
        grid.new_row()
        for cell in _cells(row):
            grid.add(
                _text(cell, navigation, concealed),
                columns=_span(cell, "colspan"),
                rows=_span(cell, "rowspan"),
            )
    caption = table.find("caption")
    title = " ".join("".join(caption.itertext()).split()) if caption is not None else ""
    blocks = table_blocks(grid.rows(), header_rows=_header_rows(table) or None, title=title)
    return blocks + [Block("paragraph", text, hidden=True) for text in concealed if text]


def _header_rows(table: "_Element") -> int:
    """Rows at the top that hold header cells and nothing else."""
    heads = (all(cell.tag == "th" for cell in _cells(row)) for row in _rows(table))
    return sum(1 for _ in takewhile(bool, heads))


def _rows(table: "_Element") -> Iterator["_Element"]:
    return (row for row in table.iter("tr"))


def _cells(row: "_Element") -> Iterator["_Element"]:
    return (cell for cell in row if cell.tag in ("td", "th"))


def _span(cell: "_Element", name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return int(value) if value.isdecimal() and len(value) < 5 else 1


def _parent(cell: "_Element") -> "_Element":
    row = cell.getparent()
    return cell if row is None else row


def _text(cell: "_Element", navigation: bool, concealed: list[str]) -> str:
    from lxml import etree

    pieces: list[str] = []
    walker = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if is_noise(tag, element, navigation=navigation, nested=True):
                walker.skip_subtree()
            elif is_hidden(element) or (element is cell and is_hidden(_parent(cell))):
                concealed.append(text_inside(element))
                walker.skip_subtree()
            else:
                pieces.append(element.text or "")
        elif element is not cell:
            inline = tag in ("a", "b", "i", "em", "strong", "code", "span", "sup", "sub", "tt", "u")
            pieces.append(("" if inline else " ") + (element.tail or ""))
    return "".join(pieces)
