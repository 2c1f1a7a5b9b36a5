"""Rows of a Rich Text table, collected until the table ends."""

from dataclasses import dataclass, field

from solution_library.parsing.grids import Grid
from solution_library.parsing.tables import table_blocks
from solution_library.parsing.types import Block

_MOST_CELLS = 200


@dataclass
class _Row:
    cells: list[str]
    merges: list[frozenset[str]]
    is_header: bool


@dataclass
class RtfTable:
    """`merges`: for each cell of the row being read, which neighbour it is one cell with."""

    rows: list[_Row] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    _merges: list[frozenset[str]] = field(default_factory=list)
    _pending: set[str] = field(default_factory=set)
    _is_header: bool = False

    def begin_row(self) -> None:
        self._merges, self._is_header = [], False
        self._pending.clear()

    def take_word(self, name: str) -> None:
        """What a row's definition says of its cells, each of which ends with \\cellx."""
        if name == "trhdr":
            self._is_header = True
        elif name in ("clmrg", "clvmrg"):
            self._pending.add(name)
        elif name == "cellx" and len(self._merges) < _MOST_CELLS:
            self._merges.append(frozenset(self._pending))
            self._pending.clear()

    def end_cell(self, text: str) -> None:
        self.cells.append(text)

    def end_row(self) -> None:
        if any(self.cells):
            self.rows.append(_Row(self.cells, self._merges, self._is_header))
        self.cells = []

    def blocks(self) -> list[Block]:
        """The table, which is over; the next one begins empty."""
        self.end_row()
        rows, self.rows = self.rows, []
        grid = Grid()
        for row in rows:
            grid.new_row()
            _fill(grid, row)
        headers = sum(row.is_header for row in rows)
        return table_blocks(grid.rows(), header_rows=headers or None)


def _fill(grid: Grid, row: _Row) -> None:
    place = 0
    while place < len(row.cells):
        merged = row.merges[place] if place < len(row.merges) else frozenset()
        text, columns = row.cells[place], 1
        while place + columns < min(len(row.cells), len(row.merges)) and (
            "clmrg" in row.merges[place + columns] and not row.cells[place + columns]
        ):
            columns += 1
        if "clvmrg" in merged and not text:
            grid.continue_above(columns=columns)
        else:
            grid.add(text, columns=columns)
        place += columns
