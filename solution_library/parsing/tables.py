"""One way to write a table down: every row says what its cells mean, so any row can be cited."""

from collections.abc import Sequence

from solution_library.parsing.text import squeeze

_LONG_HEADER = 80


def render(rows: Sequence[Sequence[str]], *, has_header: bool = True) -> str:
    """Rows as lines: "Header: value | Header: value", or "value | value" without headers."""
    table = [[squeeze(cell) for cell in row] for row in rows]
    table = [row for row in table if any(row)]
    if not table:
        return ""
    header, body = table[0], table[1:]
    if not has_header or not body or not _usable(header, body):
        return "\n".join(" | ".join(cell for cell in row if cell) for row in table)
    lines = [_labelled(header, row) for row in body]
    if _has_silent_column(header, body):
        lines.insert(0, " | ".join(cell for cell in header if cell))
    return "\n".join(lines)


def _usable(header: list[str], body: list[list[str]]) -> bool:
    """Labels are short, and most of the cells stand under one."""
    named = {place for place, label in enumerate(header) if label}
    if any(len(label) > _LONG_HEADER for label in header) or not named:
        return False
    cells = [place for row in body for place, cell in enumerate(row) if cell]
    return len(named) > 1 and sum(place in named for place in cells) * 2 > len(cells)


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
