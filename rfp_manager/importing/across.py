"""Forms that ask across: the questions stand in one row, each answer goes below its question."""

from rfp_manager.importing.grid import Grid
from rfp_manager.importing.texts import is_note, questions
from rfp_manager.importing.types import FoundQuestion, Place
from rfp_manager.importing.words import read_label

MIN_ACROSS = 3


def asked_across(grid: Grid) -> dict[int, list[FoundQuestion]]:
    """Row -> its questions, for rows of questions with nothing filled in below them."""
    found: dict[int, list[FoundQuestion]] = {}
    for row, cells in grid.by_row.items():
        shown = {c: text for c, text in cells.items() if c not in grid.hidden_columns}
        asked = [c for c, text in shown.items() if questions(text) and not is_note(text)]
        free = [c for c in asked if c not in grid.by_row.get(row + 1, {})]
        rest = set(shown) - set(asked)
        if row in grid.hidden_rows or len(asked) < MIN_ACROSS or len(free) < len(asked):
            continue
        if rest <= {min(shown)} and _waits(grid, row + 1, asked):
            found[row] = [_question(grid, row, column) for column in asked]
    return found


def _waits(grid: Grid, row: int, asked: list[int]) -> bool:
    """Whether the row below holds no more than its own title ("Answer")."""
    cells = grid.by_row.get(row, {})
    titled = all(len(text) <= 40 or read_label(text) for text in cells.values())
    return len(cells) <= 1 and titled and not set(cells) & set(asked)


def _question(grid: Grid, row: int, column: int) -> FoundQuestion:
    below = grid.anchor((row + 1, column))
    return FoundQuestion(
        ordinal=0,
        number="",
        text=grid.by_row[row][column],
        section="",
        place=Place(grid.name, row, column),
        answer_place=Place(grid.name, *below),
        allowed_choices=list(grid.options(below)),
    )
