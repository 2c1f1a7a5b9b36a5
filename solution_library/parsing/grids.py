"""Rows and columns from cells that may span several of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from solution_library.parsing.text import squeeze

_MOST_COLUMNS = 200
_MOST_SPANNED_ROWS = 1000


@dataclass(eq=False, slots=True)
class Cell:
    """One cell of the file. The same object stands at every place that it spans."""

    text: str
    hidden: bool = False


Row = list["Cell | None"]


class Grid:
    """Takes cells in reading order, as HTML, Word, PowerPoint and OpenDocument write them."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        # Column -> the cell from above and the rows it still covers, its own included.
        self._below: dict[int, tuple[Cell, int]] = {}
        self._rest: list[str] = []

    def new_row(self) -> None:
        self._complete_row()
        self._below = {
            column: (cell, rows - 1) for column, (cell, rows) in self._below.items() if rows > 1
        }
        self._rows.append([])

    def add(self, text: str, *, columns: int = 1, rows: int = 1, hidden: bool = False) -> None:
        row = self._rows[-1]
        while len(row) in self._below and len(row) < _MOST_COLUMNS:
            row.append(self._below[len(row)][0])
        if len(row) >= _MOST_COLUMNS:
            # Nothing real is this wide; the text is kept, its column is not.
            self._rest.append(squeeze(text))
            return
        cell = Cell(squeeze(text), hidden)
        for _ in range(min(max(columns, 1), _MOST_COLUMNS - len(row))):
            if rows > 1:
                self._below[len(row)] = (cell, min(rows, _MOST_SPANNED_ROWS))
            row.append(cell)

    def continue_above(self, *, columns: int = 1) -> None:
        """The next cell is a lower part of the one above it."""
        row, above = self._rows[-1], self._rows[-2] if len(self._rows) > 1 else []
        cell = above[len(row)] if len(row) < len(above) else None
        row.extend([cell] * min(max(columns, 1), _MOST_COLUMNS - len(row)))

    def rows(self) -> list[Row]:
        """All rows so far; complete when the last cell has been added."""
        self._complete_row()
        return self._rows

    def _complete_row(self) -> None:
        """Cells from above that stand right of the row's last own cell."""
        if not self._rows:
            return
        row = self._rows[-1]
        if self._rest:
            last = row[-1] or Cell("")
            row[-1] = Cell(" ".join(filter(None, [last.text, *self._rest])), last.hidden)
            self._rest = []
        for column in range(len(row), min(max(self._below, default=-1) + 1, _MOST_COLUMNS)):
            known = self._below.get(column)
            row.append(known[0] if known else None)


def plain(rows: Sequence[Sequence[str]]) -> list[Row]:
    """Rows of a table in which no cell spans another place."""
    return [[Cell(squeeze(text)) for text in row] for row in rows]


def has_text(row: Row) -> bool:
    return any(cell is not None and cell.text for cell in row)


def texts(row: Row) -> list[str]:
    return [cell.text if cell is not None else "" for cell in row]
