"""Sheets as sparse cells: the one shape that every tabular format is read into."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from rfp_manager.importing.types import QuestionnaireRefused

MAX_CELLS = 200_000
MAX_COLUMNS = 200
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384  # the limits of the xlsx format itself

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")

Cell = tuple[int, int]


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, both corners included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def anchor(self) -> Cell:
        return self.top, self.left

    def __contains__(self, cell: Cell) -> bool:
        row, column = cell
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@dataclass
class Choices:
    """A drop-down: the answers it offers and the cells it belongs to."""

    areas: list[Area]
    options: list[str]


@dataclass
class TextLimit:
    """A validation of the text's length: the most characters, and the cells it belongs to."""

    areas: list[Area]
    characters: int


@dataclass
class Grid:
    """One sheet: values by (row, column) from 1, with what the layout says about them."""

    name: str
    cells: dict[Cell, str] = field(default_factory=dict)
    merges: list[Area] = field(default_factory=list)
    choices: list[Choices] = field(default_factory=list)
    formulas: set[Cell] = field(default_factory=set)
    bold: set[Cell] = field(default_factory=set)
    styles: dict[Cell, int] = field(default_factory=dict)  # the file's own style numbers
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    hidden: bool = False
    notes: list[str] = field(default_factory=list)
    limits: list[TextLimit] = field(default_factory=list)
    unlocked: set[Cell] = field(default_factory=set)  # free to write in a protected sheet
    # the cells of other sheets that a formula shows: (sheet, cell)
    sources: dict[Cell, list[tuple[str, Cell]]] = field(default_factory=dict)
    title: str | None = None  # the headings above a table in a text; "" without any

    @cached_property
    def by_row(self) -> dict[int, dict[int, str]]:
        """Non-blank cells, row by row in order; made once, after the grid is complete."""
        rows: dict[int, dict[int, str]] = defaultdict(dict)
        for (row, column), text in sorted(self.cells.items()):
            if text.strip():
                rows[row][column] = text.strip()
        return dict(rows)

    @cached_property
    def _merges_by_row(self) -> dict[int, list[Area]]:
        rows: dict[int, list[Area]] = defaultdict(list)
        occupied = self.by_row
        listed = 0
        for area in self.merges:
            for row in _rows_of(area, occupied):
                rows[row].append(area)
                listed += 1
            if listed > MAX_CELLS:
                raise QuestionnaireRefused(
                    f"The sheet “{self.name}” merges more than {MAX_CELLS:,} rows of cells. "
                    "Unmerge what is not part of the questionnaire."
                )
        return dict(rows)

    def merge_at(self, cell: Cell) -> Area | None:
        return next((a for a in self._merges_by_row.get(cell[0], []) if cell in a), None)

    def anchor(self, cell: Cell) -> Cell:
        """The cell that holds the value of `cell`: itself, or the top left of its merge."""
        area = self.merge_at(cell)
        return area.anchor if area else cell

    def text(self, cell: Cell) -> str:
        """The value seen at `cell`, looking through merges."""
        return self.cells.get(self.anchor(cell), "").strip()

    @cached_property
    def _choices_by_column(self) -> dict[int, list[tuple[Area, list[str]]]]:
        columns: dict[int, list[tuple[Area, list[str]]]] = defaultdict(list)
        for choice in self.choices:
            for area in choice.areas:
                for column in range(area.left, min(area.right, MAX_COLUMNS) + 1):
                    columns[column].append((area, choice.options))
        return dict(columns)

    def options(self, cell: Cell) -> list[str]:
        """The answers that a drop-down at `cell` offers; empty without one."""
        areas = self._choices_by_column.get(cell[1], [])
        return next((options for area, options in areas if cell in area), [])

    def limit(self, cell: Cell) -> int | None:
        """The most characters that the file allows in `cell`; None without a rule."""
        told = (limit.characters for limit in self.limits for a in limit.areas if cell in a)
        return min(told, default=None)

    def window(self, left: int, right: int) -> "Grid":
        """The same sheet with only the cells of the columns `left` to `right`."""
        cells = {cell: text for cell, text in self.cells.items() if left <= cell[1] <= right}
        return replace(self, cells=cells)

    def is_blank(self, row: int) -> bool:
        """Whether nothing stands in the row and no merge reaches into it."""
        return row not in self.by_row and not any(a.top <= row <= a.bottom for a in self.merges)

    @property
    def last_column(self) -> int:
        return max((column for _, column in self.cells), default=0)


@dataclass
class Book:
    """All sheets of a file, in their order."""

    grids: list[Grid]
    warnings: list[str] = field(default_factory=list)


def _rows_of(area: Area, occupied: dict[int, dict[int, str]]) -> Iterator[int]:
    # A merge may reach down a million rows, so only rows that hold something are listed.
    if area.bottom - area.top < len(occupied):
        yield from range(area.top, area.bottom + 1)
        return
    yield from (row for row in occupied if area.top <= row <= area.bottom)


def parse_cell(ref: str) -> Cell:
    """ "B12" -> (12, 2); raises QuestionnaireRefused for anything outside a sheet."""
    match = _CELL.fullmatch(ref)
    if match:
        row, column = int(match[2]), column_number(match[1])
        if 1 <= row <= MAX_ROW and 1 <= column <= MAX_COLUMN:
            return row, column
    raise QuestionnaireRefused(
        f"The workbook names a cell “{ref[:40]}” that cannot exist. It is damaged: open it in "
        "your spreadsheet program, save it again as .xlsx and upload that copy."
    )


def parse_area(ref: str) -> Area:
    """ "B12:D13" or "B12" -> Area; whole columns ("A:A") and rows ("3:3") are understood."""
    first, _, last = ref.strip().replace("$", "").partition(":")
    last = last or first
    if first.isalpha() and last.isalpha():
        return Area(1, column_number(first), MAX_ROW, column_number(last))
    if first.isdigit() and last.isdigit():
        return Area(int(first), 1, int(last), MAX_COLUMN)
    (top, left), (bottom, right) = parse_cell(first), parse_cell(last)
    return Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def column_number(letters: str) -> int:
    """ "A" -> 1, "AA" -> 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
