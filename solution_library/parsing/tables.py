"""One way to write a table down: every row says what its cells mean, so any row can be cited."""

import re
from collections.abc import Sequence

from solution_library.parsing.text import squeeze

_LONG_HEADER = 80
_MOST_COLUMNS = 200
_MOST_SPANNED_ROWS = 1000
_FIGURE = re.compile(r"[\s\d.,:;%€$£+/()–-]*\d[\s\d.,:;%€$£+/()–-]*")


class Grid:
    """Rows and columns from cells that may span several; a spanning cell's text stands once."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._taken: dict[int, int] = {}  # column -> rows that a cell from above still covers

    def new_row(self) -> None:
        self._taken = {column: rows - 1 for column, rows in self._taken.items() if rows > 1}
        self.rows.append([])

    def add(self, text: str, *, columns: int = 1, rows: int = 1) -> None:
        row = self.rows[-1]
        while len(row) in self._taken and len(row) < _MOST_COLUMNS:
            row.append("")
        if len(row) >= _MOST_COLUMNS:
            # Nothing real is this wide; the text is kept, its column is not.
            row[-1] = f"{row[-1]} {text}".strip()
            return
        for offset in range(min(max(columns, 1), _MOST_COLUMNS - len(row))):
            if rows > 1:
                # One more than is left: new_row counts this row off first.
                self._taken[len(row)] = min(rows, _MOST_SPANNED_ROWS)
            row.append("" if offset else text)


def render(rows: Sequence[Sequence[str]], *, has_header: bool | None = None) -> str:
    """Rows as lines: "Header: value | Header: value", or "value | value" without headers.

    `has_header` None: the first row is looked at.
    """
    table = [[squeeze(cell) for cell in row] for row in rows]
    table = [row for row in table if any(row)]
    if not table:
        return ""
    header, body = table[0], table[1:]
    if has_header is None:
        has_header = looks_like_header(header, body)
    if not has_header or not body or not _usable(header, body):
        return "\n".join(" | ".join(cell for cell in row if cell) for row in table)
    lines = [_labelled(header, row) for row in body]
    if _has_silent_column(header, body):
        lines.insert(0, " | ".join(cell for cell in header if cell))
    return "\n".join(lines)


def looks_like_header(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Short, distinct labels without sentences or figures, over every column in use."""
    width = max((len(row) for row in body), default=0)
    labels = [cell for cell in header if cell]
    return (
        len(labels) >= 2
        and len(labels) >= width - 1
        and len(set(labels)) == len(labels)
        and all(len(label) <= 60 and not label.endswith((".", "!")) for label in labels)
        and not any(_FIGURE.fullmatch(label) for label in labels)
        # "Name: | Ada Lovelace" is a form, whose first row is like all others.
        and not header[0].endswith(":")
        and (width > 2 or len(body) > 1)
    )


def _usable(header: list[str], body: list[list[str]]) -> bool:
    """Labels are short, and most of the cells stand under one."""
    named = {place for place, label in enumerate(header) if label}
    if any(len(label) > _LONG_HEADER for label in header) or len(named) < 2:
        return False
    cells = [place for row in body for place, cell in enumerate(row) if cell]
    return sum(place in named for place in cells) * 2 > len(cells)


def _labelled(header: list[str], row: list[str]) -> str:
    return " | ".join(
        f"{header[place]}: {cell}" if place < len(header) and header[place] else cell
        for place, cell in enumerate(row)
        if cell
    )


def _has_silent_column(header: list[str], body: list[list[str]]) -> bool:
    """A header over an empty column is named by no row."""
    filled = {place for row in body for place, cell in enumerate(row) if cell}
    return any(label and place not in filled for place, label in enumerate(header))
