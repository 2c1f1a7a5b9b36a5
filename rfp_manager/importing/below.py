"""Forms that leave room for the answer under each question, on a line marked "Answer:"."""

import re

from rfp_manager.importing.grid import Cell, Grid
from rfp_manager.importing.texts import asks
from rfp_manager.importing.words import ANSWER, normalise, read_label

MIN_LINES = 2
TURNS = {("q", "a"), ("q", "r"), ("f", "a"), ("p", "r"), ("d", "r"), ("v", "a")}
_TURN = re.compile(r"(?P<letter>[A-Za-z])\w{0,10}[\s.#]{0,2}(?P<count>\d+(\.\d+)*)[.:)]?")
LABEL_SHARE = 0.5  # how much of the line's text must be the word for "answer"


def answer_lines(grid: Grid, rows: list[int]) -> dict[int, Cell]:
    """Row of a marked line -> the cell beside its mark; empty if the form has no such lines."""
    marks: dict[int, int] = {}
    before = ""
    for row in rows:
        cells = grid.by_row[row]
        column = next(iter(cells))
        marked = _is_mark(cells[column]) or _is_turn(before, cells[column])
        before = cells[column]
        if marked and not any(map(asks, list(cells.values())[1:])):
            marks[row] = column
    lines = _rooms(grid, marks)
    asked = sum(any(asks(text) for text in grid.by_row[row].values()) for row in rows)
    return lines if len(lines) >= MIN_LINES and len(lines) * 2 >= asked else {}


def _rooms(grid: Grid, marks: dict[int, int]) -> dict[int, Cell]:
    """The cells beside the marks; or those below, where the form has no more columns and leaves
    two blank rows after each mark: one to write in, and one between the questions."""
    rows = list(marks)
    below = len(rows) >= MIN_LINES and all(marks[row] >= grid.last_column for row in rows)
    below = below and all(grid.is_blank(row + 1) and grid.is_blank(row + 2) for row in rows[:-1])
    if below:
        return {row: (row + 1, column) for row, column in marks.items()}
    areas = {row: grid.merge_at((row, column)) for row, column in marks.items()}
    right = {row: area.right if area else marks[row] for row, area in areas.items()}
    return {row: grid.anchor((row, right[row] + 1)) for row in rows}


def answer_boxes(grid: Grid, rows: list[int]) -> dict[int, Cell]:
    """Row of a question -> the empty box below it that is as wide as the question is."""
    boxes: dict[int, Cell] = {}
    asking = {row: [c for c, text in grid.by_row[row].items() if asks(text)] for row in rows}
    for row, columns in asking.items():
        if not columns or row + 1 in grid.by_row:
            continue
        area, below = grid.merge_at((row, columns[0])), grid.merge_at((row + 1, columns[0]))
        if area is None or below is None:
            continue
        if below.top == row + 1 and (below.left, below.right) == (area.left, area.right):
            boxes[row] = below.anchor
    asked = sum(map(bool, asking.values()))
    return boxes if len(boxes) >= MIN_LINES and len(boxes) * 2 >= asked else {}


def _is_turn(before: str, text: str) -> bool:
    """Whether "A1" stands in the row after "Q1"."""
    asked, answered = _TURN.fullmatch(before), _TURN.fullmatch(text)
    if not asked or not answered or asked["count"] != answered["count"]:
        return False
    return (asked["letter"].lower(), answered["letter"].lower()) in TURNS


def _is_mark(text: str) -> bool:
    label = read_label(text)
    if label is None or label.role != ANSWER or label.weight < 5 or len(text) > 40:
        return False
    return len(label.word) / len(normalise(text)) >= LABEL_SHARE


def pair(rows: list[int], lines: dict[int, Cell]) -> dict[int, Cell]:
    """Row of a question -> its answer cell on the next marked line, if no row stands between."""
    pairs: dict[int, Cell] = {}
    above: int | None = None
    for row in rows:
        if row in lines:
            if above is not None:
                pairs[above] = lines[row]
            above = None
        else:
            above = row
    return pairs
