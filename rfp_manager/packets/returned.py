"""Reads a sheet that came back, whatever was done to it. Runs in the sandboxed child."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rfp_manager.importing.csv_text import read_csv_text
from rfp_manager.importing.detect import detect
from rfp_manager.importing.formats.csv import to_grid
from rfp_manager.importing.grid import Grid
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.importing.workbook.book import read_book
from rfp_manager.packets.columns import COLUMNS, Column, parse_key, same_words
from solution_library.parsing.errors import Refusal

MAX_ROWS = 20_000
#: The head of the table stands in one of the first rows, even below what somebody wrote above it.
HEAD_ROWS = 100
#: Of the heads that were given, so many say that a row is the head of the table.
ENOUGH_HEADS = 3
#: What a row is known by, and what it says.
READ = (Column.KEY, Column.NUMBER, Column.QUESTION, Column.RIGHT, Column.CHOICE, Column.ANSWER,
        Column.DECLINED)  # fmt: skip
_HEADS = {same_words(column): column for column in COLUMNS}
NO_TABLE = (
    "This is not a sheet for experts, or its row of heads (“Question”, “Your answer”, …) is gone. "
    "Bring back the file that was downloaded here, saved as .xlsx or .csv."
)


def read(path: str | Path) -> dict[str, Any]:
    """{"rows": [{"at": "Questions!5", "question": ...}]} in the order of the file. Raises
    Refusal."""
    try:
        rows = [row for grid in _grids(Path(path)) for row in _rows(grid)]
    except QuestionnaireRefused as error:
        raise Refusal(str(error)) from error
    if len(rows) > MAX_ROWS:
        raise Refusal(f"The sheet has more than {MAX_ROWS:,} rows. Leave out what is not answered.")
    return {"rows": rows}


def _grids(path: Path) -> list[Grid]:
    kind = detect(path)
    if kind == "xlsx":
        grids = read_book(path, computed=True).grids
    elif kind == "csv":
        grids = [to_grid(read_csv_text(path))]
    else:
        raise Refusal("This is no sheet. Bring it back as an Excel file (.xlsx) or as CSV.")
    found = [grid for grid in grids if _table(grid)]
    if not found:
        raise Refusal(NO_TABLE)
    return found


def _table(grid: Grid) -> tuple[int, dict[Column, int]] | None:
    """The row of the heads (0 if it is gone) and where each column stands now."""
    for row, cells in list(grid.by_row.items())[:HEAD_ROWS]:
        heads = {_HEADS[same_words(t)]: c for c, t in cells.items() if same_words(t) in _HEADS}
        if len(heads) >= ENOUGH_HEADS and Column.ANSWER in heads:
            return row, heads
    # Without heads, keys that stand where they stood show that the columns do, too.
    at = COLUMNS.index(Column.KEY) + 1
    if any(parse_key(cells.get(at, "")) for cells in grid.by_row.values()):
        return 0, {column: n for n, column in enumerate(COLUMNS, 1)}
    return None


def _rows(grid: Grid) -> Iterator[dict[str, str]]:
    table = _table(grid)
    if table is None:
        return
    head, places = table
    for row, cells in grid.by_row.items():
        said = _said(cells, places) if row > head else {}
        if any(said.values()) and said["answer"] != Column.ANSWER:  # heads that were copied along
            yield {"at": f"{grid.name[:60]}!{row}" if grid.name else f"row {row}", **said}


def _said(cells: Mapping[int, str], places: Mapping[Column, int]) -> dict[str, str]:
    return {column.name.lower(): _storable(cells.get(places.get(column, 0), "")) for column in READ}


def _storable(text: str) -> str:
    """Without what a database cannot keep."""
    plain = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return plain.encode("utf-8", "replace").decode("utf-8").strip()
