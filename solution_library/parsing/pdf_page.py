"""What a page of a PDF is turned into before paragraphs are made: lines and tables with places.

It also leaves the child as JSON, because pages of one document may be read by several children.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solution_library.parsing.grids import Cell, Row

_WRAPS, _HIDDEN, _ASIDE, _RIGHT_TO_LEFT = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; the places are in points, counted from the lower left corner.

    `wraps_word`: a hyphen at its end was only the line's. `aside`: not written in the page's
    direction (a watermark, a label at the margin).
    """

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    wraps_word: bool = False
    hidden: bool = False
    aside: bool = False
    right_to_left: bool = False

    @property
    def height(self) -> float:
        return abs(self.top - self.bottom)


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` as in `grids`: a cell over several places stands at each of them."""

    page: int
    rows: list[Row]
    left: float
    right: float
    top: float
    bottom: float


Item = Line | Table


@dataclass(slots=True)
class Page:
    """`picture`: the share of the page that images cover (0 to 1), drawings not counted.
    `top`, `bottom`: the edges of the sheet, in points like its lines."""

    number: int
    items: list[Item] = field(default_factory=list)
    picture: float = 0.0
    is_damaged: bool = False
    top: float = 0.0
    bottom: float = 0.0

    @property
    def lines(self) -> list[Line]:
        return [item for item in self.items if isinstance(item, Line)]

    @property
    def characters(self) -> int:
        """How much text can be seen; a table counts as a page full."""
        tables = sum(1000 for item in self.items if isinstance(item, Table))
        return tables + sum(len(line.text) for line in self.lines if not line.hidden)


def page_to_dict(page: Page) -> dict[str, Any]:
    return {
        "page": page.number,
        "picture": round(page.picture, 3),
        "damaged": page.is_damaged,
        "sheet": [page.top, page.bottom],
        "items": [
            line_to_list(item) if isinstance(item, Line) else _table_to_dict(item)
            for item in page.items
        ],
    }


def page_from_dict(data: Mapping[str, Any]) -> Page:
    """Raises ValueError when a child wrote something else."""
    try:
        number = int(data["page"])
        items: list[Item] = [
            line_from_list(raw, number) if isinstance(raw, list) else _table_from(raw, number)
            for raw in data["items"]
        ]
        top, bottom = (float(edge) for edge in data["sheet"])
        return Page(number, items, float(data["picture"]), bool(data["damaged"]), top, bottom)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not a page of a PDF: {error!r}") from error


def line_to_list(line: Line) -> list[Any]:
    flags = (
        _WRAPS * line.wraps_word
        | _HIDDEN * line.hidden
        | _ASIDE * line.aside
        | _RIGHT_TO_LEFT * line.right_to_left
    )
    return [line.text, line.left, line.right, line.top, line.bottom, flags]


def line_from_list(raw: list[Any], page: int) -> Line:
    text, left, right, top, bottom, flags = raw
    if not isinstance(text, str):
        raise TypeError("text expected")
    return Line(
        text,
        page,
        float(left),
        float(right),
        float(top),
        float(bottom),
        wraps_word=bool(flags & _WRAPS),
        hidden=bool(flags & _HIDDEN),
        aside=bool(flags & _ASIDE),
        right_to_left=bool(flags & _RIGHT_TO_LEFT),
    )


def _table_to_dict(table: Table) -> dict[str, Any]:
    places: dict[int, int] = {}
    cells: list[list[Any]] = []
    rows = [[_place(cell, places, cells) for cell in row] for row in table.rows]
    box = [table.left, table.right, table.top, table.bottom]
    return {"box": box, "cells": cells, "rows": rows}


def _place(cell: Cell | None, places: dict[int, int], cells: list[list[Any]]) -> int:
    """The cell's number among `cells`, where it is put when it is new; -1 for none."""
    if cell is None:
        return -1
    if id(cell) not in places:
        places[id(cell)] = len(cells)
        cells.append([cell.text, cell.hidden])
    return places[id(cell)]


def _table_from(raw: Mapping[str, Any], page: int) -> Table:
    cells = [Cell(str(text), bool(hidden)) for text, hidden in raw["cells"]]
    rows: list[Row] = [
        [cells[place] if place >= 0 else None for place in row] for row in raw["rows"]
    ]
    left, right, top, bottom = (float(value) for value in raw["box"])
    return Table(page, rows, left, right, top, bottom)
