"""The buyer's sheets as a person sees them, cut into pages of a bounded size.

Made once, where the file is read; the pages are kept, so that no page view reads the file again.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rfp_manager.importing.grid import Area, Book, Grid

PAGE_ROWS = 60
PAGE_CELLS = 900  # a sheet of many columns has fewer rows on a page
FEWEST_ROWS = 10
MAX_COLUMNS_SHOWN = 60
MAX_TEXT = 300
#: Of all sheets together; as JSON at most six bytes each, within what a child may answer.
MAX_CHARACTERS = 6_000_000
#: Merged areas may overlap every page of a long sheet; beyond this they are only looks.
MAX_MERGES = 20_000
#: Longer runs of empty rows are left out: the row numbers jump.
EMPTY_ROWS_SHOWN = 2
#: So many columns in a row without a text are shown between two that have one.
EMPTY_COLUMNS_SHOWN = 3


def preview_of(book: Book) -> dict[str, Any]:
    """All sheets of `book` with their pages; what does not fit is counted in "more_rows"."""
    share = MAX_CHARACTERS // max(len(book.grids), 1)
    return {"sheets": [_sheet(grid, share) for grid in book.grids]}


def _sheet(grid: Grid, budget: int) -> dict[str, Any]:
    columns, more = _columns(grid)
    rows = _rows(grid)
    pages: list[dict[str, Any]] = []
    for page in _pages(grid, rows, columns):
        budget -= page.pop("size")
        if budget < 0 and pages:
            break
        pages.append(page)
    shown = sum(len(page["rows"]) for page in pages)
    return {
        "name": grid.name,
        "hidden": grid.hidden,
        "columns": columns,
        "hidden_columns": [column for column in columns if column in grid.hidden_columns],
        "more_columns": more,
        "filled_rows": len(grid.by_row),
        "more_rows": len(rows) - shown,
        "pages": pages,
    }


def _columns(grid: Grid) -> tuple[list[int], int]:
    """The columns with a text, those between them and the one to the right; and how many more."""
    used = sorted({column for cells in grid.by_row.values() for column in cells})
    shown: list[int] = []
    for column in used:
        gap = range(shown[-1] + 1, column) if shown else range(max(1, column - 1), column)
        shown += [*(gap if len(gap) <= EMPTY_COLUMNS_SHOWN else ()), column]
    if shown:
        shown.append(shown[-1] + 1)
    return shown[:MAX_COLUMNS_SHOWN], max(0, len(shown) - MAX_COLUMNS_SHOWN)


def _rows(grid: Grid) -> list[int]:
    rows: list[int] = []
    for row in grid.by_row:
        gap = range(rows[-1] + 1, row) if rows else range(0)
        rows += [*(gap if len(gap) <= EMPTY_ROWS_SHOWN else ()), row]
    return rows


def _pages(grid: Grid, rows: list[int], columns: list[int]) -> Iterator[dict[str, Any]]:
    length = min(PAGE_ROWS, max(FEWEST_ROWS, PAGE_CELLS // max(len(columns), 1)))
    shown = set(columns)
    parts = [rows[start : start + length] for start in range(0, len(rows), length)]
    merges = _merges_by_part(grid, parts, shown)
    for number, part in enumerate(parts):
        lines = [_line(grid, row, shown) for row in part]
        texts = [text for _, cells, _ in lines for text in cells.values()]
        merged = merges.get(number, [])
        size = sum(len(text) + 12 for text in texts) + sum(len(area[4]) + 30 for area in merged)
        yield {"rows": lines, "merges": merged, "size": size}


def _merges_by_part(
    grid: Grid, parts: list[list[int]], shown: set[int]
) -> dict[int, list[list[Any]]]:
    """The merged areas by the number of the page that they reach into."""
    starts, ends = [part[0] for part in parts], [part[-1] for part in parts]
    found: dict[int, list[list[Any]]] = defaultdict(list)
    listed = 0
    for area in grid.merges:
        if area.left not in shown or (area.left == area.right and area.top == area.bottom):
            continue
        merge = _merge(grid, area)
        for number in range(bisect_left(ends, area.top), bisect_right(starts, area.bottom)):
            found[number].append(merge)
            listed += 1
            if listed >= MAX_MERGES:
                return found
    return found


def _line(grid: Grid, row: int, shown: set[int]) -> tuple[int, dict[str, str], int]:
    """(row, text by column, whether it is hidden)."""
    cells = grid.by_row.get(row, {})
    texts = {str(column): _short(text) for column, text in cells.items() if column in shown}
    return row, texts, int(row in grid.hidden_rows)


def _merge(grid: Grid, area: Area) -> list[Any]:
    """Its corners, and its text: a page that begins within it has to repeat that."""
    text = _short(grid.text(area.anchor))
    return [area.top, area.left, area.bottom, area.right, text]


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
