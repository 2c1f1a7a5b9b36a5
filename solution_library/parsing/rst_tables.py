"""The three ways to draw a table in reStructuredText, read into rows of cells."""

import re
from collections import deque

_COLUMN = re.compile(r"=+")


def grid_table(lines: list[str]) -> list[list[str]]:
    """Cells between + and |; a rule between rows ends a row."""
    rows: list[list[str]] = []
    current: list[list[str]] = []
    for line in (line.strip() for line in lines):
        if line.startswith("+"):
            if current:
                rows.append([" ".join(cell) for cell in current])
            current = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > len(current):
            current += [[] for _ in range(len(cells) - len(current))]
        for place, cell in enumerate(cells):
            current[place].append(cell)
    if current:
        rows.append([" ".join(cell) for cell in current])
    return rows


def simple_table(rule: str, lines: deque[str]) -> list[list[str]]:
    """Columns under a rule of = signs; takes the table's lines off `lines`.

    A row without text in its first column continues the row above.
    """
    starts = [found.start() for found in _COLUMN.finditer(rule)]
    rows: list[list[str]] = []
    rules_seen = 1
    while lines and rules_seen < 3:
        line = lines.popleft().rstrip()
        if _is_rule(line):
            rules_seen += 1
            if not lines or not lines[0].strip():
                break
        elif line and not set(line) <= {"-", " "}:
            _add_row(rows, _cut(line, starts))
    return rows


def _is_rule(line: str) -> bool:
    return bool(line.strip()) and set(line) <= {"=", " "}


def _cut(line: str, starts: list[int]) -> list[str]:
    ends = [*starts[1:], len(line) + 1]
    return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _add_row(rows: list[list[str]], cells: list[str]) -> None:
    if rows and not cells[0]:
        rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
    else:
        rows.append(cells)


def list_table(lines: list[str]) -> list[list[str]]:
    """A list of lists: "* - " begins a row, "  - " the next cell."""
    rows: list[list[str]] = []
    for line in lines:
        stripped = line.strip()
        if line.startswith("* -"):
            rows.append([stripped[3:].strip()])
        elif rows and re.match(r" {1,4}-(?: |$)", line):
            rows[-1].append(stripped[1:].strip())
        elif rows and stripped:
            rows[-1][-1] = f"{rows[-1][-1]} {stripped}".strip()
    return rows
