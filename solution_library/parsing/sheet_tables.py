"""What stands on a sheet: tables, wherever on it they are, with the lines above and between."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from solution_library.parsing.grids import Cell, Row
from solution_library.parsing.tables import header_depth, table_blocks
from solution_library.parsing.types import Block

_LONGEST_TITLE = 120
_MOST_COLUMNS = 200
# Merged areas are filled in up to so many places of a sheet; real sheets have a few thousand.
_MOST_FILLED = 500_000

Cells = dict[int, dict[int, Cell]]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, both corners included, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, place: tuple[int, int]) -> bool:
        return self.top <= place[0] <= self.bottom and self.left <= place[1] <= self.right


@dataclass
class Sheet:
    """`cells`: those with text, by row and column from 1. `remarks`: what is not in a cell."""

    name: str
    is_hidden: bool = False
    cells: Cells = field(default_factory=dict)
    merges: list[Area] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def sheet_blocks(sheet: Sheet) -> list[Block]:
    """The sheet's name as a heading, and what stands below it; nothing for an empty sheet."""
    _fill_merges(sheet)
    blocks = rows_to_blocks(sheet.cells, hidden=sheet.is_hidden)
    remarks = [Block("paragraph", text, hidden=sheet.is_hidden) for text in sheet.remarks]
    if not blocks and not remarks:
        return []
    return [Block("heading", sheet.name, 1, hidden=sheet.is_hidden), *blocks, *remarks]


def rows_to_blocks(cells: Cells, *, hidden: bool = False) -> list[Block]:
    """Tables and single lines, in the order of their rows."""
    blocks: list[Block] = []
    before: _Table | None = None
    for band in _bands(cells):
        for columns in _column_groups(cells, band):
            table = _Table.of(cells, band, columns)
            table.take_header(before)
            blocks += table.blocks(hidden)
            before = table if table.rows else before
    return blocks


def _fill_merges(sheet: Sheet) -> None:
    """A merged cell stands in every row and column that it spans, where there is a row."""
    rows = sorted(sheet.cells)
    left = _MOST_FILLED
    for area in sheet.merges:
        cell = sheet.cells.get(area.top, {}).get(area.left)
        if cell is None:
            continue
        spanned = rows[bisect_left(rows, area.top) : bisect_right(rows, area.bottom)]
        width = min(area.right - area.left + 1, _MOST_COLUMNS)
        left -= len(spanned) * width
        if left < 0:
            return
        for row in spanned:
            for column in range(area.left, area.left + width):
                sheet.cells[row].setdefault(column, cell)


def _bands(cells: Cells) -> Iterator[list[int]]:
    """Runs of rows without an empty one between them."""
    band: list[int] = []
    for row in sorted(cells):
        if band and row != band[-1] + 1:
            yield band
            band = []
        band.append(row)
    if band:
        yield band


def _column_groups(cells: Cells, band: Sequence[int]) -> Iterator[list[int]]:
    """Tables that stand beside each other, with an empty column between them."""
    used = sorted({column for row in band for column in cells[row]})
    groups: list[list[int]] = [[]]
    for column in used:
        if groups[-1] and column != groups[-1][-1] + 1:
            groups.append([])
        groups[-1].append(column)
    joined: list[list[int]] = []
    for group in groups:
        # One column alone belongs to what stands beside it.
        if joined and (len(group) < 2 or len(joined[-1]) < 2):
            joined[-1] += group
        else:
            joined.append(group)
    for group in joined:
        yield group[:_MOST_COLUMNS]
        for start in range(_MOST_COLUMNS, len(group), _MOST_COLUMNS):
            # The first column says what a row is about.
            yield [group[0], *group[start : start + _MOST_COLUMNS]]


@dataclass
class _Table:
    """`lines`: rows of one cell above the first row of several; `rows`: all others."""

    columns: list[int]
    last_row: int
    first_row: int
    lines: list[Cell]
    rows: list[Row]
    header_rows: int = 0

    @classmethod
    def of(cls, cells: Cells, band: Sequence[int], columns: Sequence[int]) -> "_Table":
        rows: list[Row] = [[cells[row].get(column) for column in columns] for row in band]
        rows = [row for row in rows if any(row)]
        lines: list[Cell] = []
        for row in rows:
            if (line := _single(row)) is None:
                break
            lines.append(line)
        rows = rows[len(lines) :]
        return cls(list(columns), band[-1], band[0], lines, rows, header_depth(rows))

    def take_header(self, before: "_Table | None") -> None:
        """A single empty row does not end a table: its header still holds below it."""
        if before is None or not before.header_rows or self.header_rows or self.lines:
            return
        if self.first_row == before.last_row + 2 and self.columns == before.columns:
            self.rows = [*before.rows[: before.header_rows], *self.rows]
            self.header_rows = before.header_rows

    def blocks(self, hidden: bool) -> list[Block]:
        lines, title = self.lines, ""
        last = lines[-1] if lines else None
        if self.rows and last is not None and not last.hidden and len(last.text) <= _LONGEST_TITLE:
            lines, title = lines[:-1], last.text
        blocks = [Block("paragraph", line.text, hidden=hidden or line.hidden) for line in lines]
        return blocks + table_blocks(
            self.rows, header_rows=self.header_rows or None, title=title, hidden=hidden
        )


def _single(row: Row) -> Cell | None:
    """The only cell with text in a row, wherever it stands and however wide it is."""
    found = {id(cell): cell for cell in row if cell is not None and cell.text}
    return next(iter(found.values())) if len(found) == 1 else None
