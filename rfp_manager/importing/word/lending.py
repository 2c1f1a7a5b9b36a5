"""Tables that go on with the columns of an earlier one, without naming them again."""

from dataclasses import replace

from rfp_manager.importing.grid import Grid
from rfp_manager.importing.headers import find_headers
from rfp_manager.importing.texts import asks
from rfp_manager.importing.types import Questionnaire, SheetReport

LENT_ROW = 0  # above the first row, where no document has one


def lend_headers(grids: list[Grid], found: Questionnaire, settled: set[str]) -> dict[str, Grid]:
    """Copies of the tables in which nothing was found, under the header of the last one before
    them that has questions and as many columns. `settled` ones a person has corrected."""
    reports = {report.name: report for report in found.sheets}
    lent: dict[str, Grid] = {}
    lender: tuple[Grid, SheetReport] | None = None
    for grid in grids:
        report = reports[grid.name]
        if report.questions and report.header_row:
            lender = grid, report
            continue
        free = not report.questions and grid.name not in settled
        if lender and free and _goes_on(grid, lender):
            titles = lender[0].by_row[lender[1].header_row or 1]
            above = {(LENT_ROW, column): text for column, text in titles.items()}
            lent[grid.name] = replace(grid, cells={**grid.cells, **above})
    return lent


def _goes_on(grid: Grid, lender: tuple[Grid, SheetReport]) -> bool:
    """Whether the table has the same columns, and room where the other takes answers."""
    other, report = lender
    question, answer = report.question_column, report.answer_column
    if not grid.by_row or question is None or answer is None or find_headers(grid):
        return False
    if _width(grid, answer) != _width(other, answer):
        return False
    asked = [row for row, cells in grid.by_row.items() if question in cells]
    alone = len(asked) == 1 and not asks(grid.by_row[asked[0]][question])
    return bool(asked) and not alone and not any(answer in grid.by_row[row] for row in asked)


def _width(grid: Grid, least: int) -> int:
    return max([*(area.right for area in grid.merges), grid.last_column, least])


def take_back(found: Questionnaire, lent: set[str]) -> None:
    """Forget the lent rows, which no document has."""
    for report in found.sheets:
        if report.name in lent:
            report.skipped = [row for row in report.skipped if row.row != LENT_ROW]
            report.header_row = report.header_row or None
            if report.questions:
                report.reasons.append("The table goes on with the columns of an earlier one.")
