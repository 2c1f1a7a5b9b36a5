"""Tables of a Word document as grids, so that they are read like the sheets of a workbook."""

from rfp_manager.importing.grid import MAX_COLUMNS, Area, Choices, Grid
from rfp_manager.importing.types import FoundQuestion, Place, Questionnaire, SheetReport
from rfp_manager.importing.word.document import WordCell, WordDocument, WordTable
from rfp_manager.importing.word.marks import (
    Options,
    box_only,
    is_prompt,
    mark_of,
    options_in,
    split_mark,
)
from rfp_manager.importing.words import read_label

MIN_ROWS = 3  # with fewer, a first row is no header


def to_grid(table: WordTable) -> Grid:
    """The table's cells, merges, drop-downs and boxes to tick."""
    grid = Grid(name=table.name, hidden_rows=set(table.hidden_rows))
    hidden = far = 0
    for (row, column), cell in table.cells.items():
        if column > MAX_COLUMNS:
            far += bool(cell.text)
            continue
        hidden += bool(cell.said.hidden.strip())
        if cell.area.right > column or cell.area.bottom > row:
            grid.merges.append(cell.area)
        _put(grid, row, column, cell, title=row == 1 and _is_title(table, row, cell))
    if hidden:
        grid.notes.append(f"Hidden text in {hidden} cells was left out.")
    if far:
        grid.notes.append(f"{far} cells right of column {MAX_COLUMNS} were not read.")
    return grid


def _is_title(table: WordTable, row: int, cell: WordCell) -> bool:
    """Whether "Supplier response" heads a column of rows, rather than inviting to write over it."""
    rows = {below for below, column in table.cells if column == cell.area.left}
    label = read_label(cell.text)
    return row == min(rows) and len(rows) >= MIN_ROWS and label is not None


def _put(grid: Grid, row: int, column: int, cell: WordCell, *, title: bool) -> None:
    options = choice_of(cell)
    text = cell.text if title else shown(cell, options)
    if text:
        grid.cells[row, column] = text
    if text and any(p.bold for p in cell.paragraphs if p.text):
        grid.bold.add((row, column))
    listed = list(options.labels) if options else drop_down(cell)
    if listed and (options is None or not options.stem):
        _offer(grid, row, column, listed)


def _offer(grid: Grid, row: int, column: int, listed: list[str]) -> None:
    """One area for the same list in cells below each other: long forms have thousands."""
    last = next((c for c in reversed(grid.choices) if c.areas[0].left == column), None)
    if last and last.options == listed and last.areas[0].bottom == row - 1:
        top = last.areas[0].top
        last.areas[0] = Area(top, column, row, column)
    else:
        grid.choices.append(Choices([Area(row, column, row, column)], listed))


def shown(cell: WordCell, options: Options | None) -> str:
    """The cell's text without its boxes and prompts, which are room for the answer."""
    if options is not None:
        chosen = ", ".join(options.labels[index] for index in options.ticked)
        return options.stem or chosen
    text = cell.text
    return "" if is_prompt(text) or box_only(text) else text


def choice_of(cell: WordCell) -> Options | None:
    """The boxes to tick in the cell, if it has at least two with words, or one of its own."""
    options = options_in(cell.said)
    if options is None or (len(options.labels) < 2 and options.stem):
        return None
    return options


def drop_down(cell: WordCell) -> list[str]:
    """What the drop-down in the cell offers; empty without one."""
    return next((list(c.options) for c in cell.said.controls if c.options), [])


def tidy_tables(found: Questionnaire, document: WordDocument) -> None:
    """What the cells of Word know beyond the grid: numbers shown by Word, boxes beside a
    question, texts in the answer's cell that are no answer, and columns that are not there."""
    for question in found.questions:
        table = document.tables[question.place.sheet]
        cell = table.at((question.place.row, question.place.column))
        if cell is not None:
            question.number = question.number or cell.label
            _tick_beside(question, cell)
            _find_room(question, table, cell)
        room = table.at((question.answer_place.row, question.answer_place.column))
        if room is not None and mark_of(question.existing_answer):
            question.existing_answer = split_mark(question.existing_answer)[1].strip()
    for report in found.sheets:
        _correct_reasons(report, found, document.tables[report.name])


def _find_room(question: FoundQuestion, table: WordTable, cell: WordCell) -> None:
    """A sheet always has one more column; a table has not, so the answer goes below."""
    place = question.answer_place
    if table.at((place.row, place.column)) is None:
        free = room_of(table, cell)
        question.answer_place = free or Place(table.name, place.row, table.columns + 1)
    comment = question.comment_place
    if comment is not None and table.at((comment.row, comment.column)) is None:
        question.comment_place = None


def _correct_reasons(report: SheetReport, found: Questionnaire, table: WordTable) -> None:
    answers = [q.answer_place for q in found.questions if q.place.sheet == report.name]
    if answers and all(place.column > table.columns for place in answers):
        said = "The table has no room for answers: each goes below its question, in its cell."
    elif answers and report.answer_column and report.answer_column > table.columns:
        said = "Each question is answered in the free cell below it."
    else:
        return
    report.answer_column = None
    report.reasons = [r for r in report.reasons if "first empty one" not in r] + [said]


def room_of(table: WordTable, cell: WordCell) -> Place | None:
    """The free cell right of the question, or the one below it, perhaps beside "Answer:"."""
    area = cell.area
    beside = table.at((area.top, area.right + 1))
    if beside is not None and is_free(beside):
        return _place(table, beside)
    below = table.at((area.bottom + 1, area.left))
    if below is None or below.area.top != area.bottom + 1:
        below = table.at((area.bottom + 1, 1))
    if below is None:
        return None
    if mark_of(below.text) == "answer":
        right = table.at((below.area.top, below.area.right + 1))
        under = table.at((below.area.bottom + 1, below.area.left))
        room = next((c for c in (right, under) if c is not None and is_free(c)), below)
        return _place(table, room)
    return _place(table, below) if is_free(below) else None


def is_free(cell: WordCell) -> bool:
    """Whether the cell waits for an answer: empty, with a prompt, a control or boxes."""
    text = cell.text
    return not text or is_prompt(text) or choice_of(cell) is not None


def _place(table: WordTable, cell: WordCell) -> Place:
    return Place(table.name, *cell.area.anchor)


def _tick_beside(question: FoundQuestion, cell: WordCell) -> None:
    """The question's own cell holds the boxes: words beside them go to the answer's cell."""
    options = choice_of(cell)
    if options is None or not options.stem or question.allowed_choices:
        return
    question.allowed_choices = list(options.labels)
    question.comment_place = question.answer_place
    question.answer_place = question.place
    question.existing_answer = ", ".join(options.labels[index] for index in options.ticked)
