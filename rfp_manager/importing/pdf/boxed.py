"""Tables without columns of questions: each question stands above the room for its answer."""

from rfp_manager.importing.grid import Cell
from rfp_manager.importing.pdf.document import Document
from rfp_manager.importing.pdf.stacks import Stack
from rfp_manager.importing.prose.asking import direct
from rfp_manager.importing.texts import is_note, is_number, split_number
from rfp_manager.importing.types import FoundQuestion, Place, Questionnaire
from rfp_manager.importing.word.marks import is_prompt, mark_of
from rfp_manager.importing.words import ANSWER, read_label

MIN_PAIRS = 2  # in the whole document: a single one may be chance
_REASON = "Each question stands above the room for its answer."


def add_boxed(found: Questionnaire, document: Document) -> None:
    """Add the questions of tables in which nothing else was found."""
    silent = {report.name: report for report in found.sheets if not report.questions}
    pairs = {
        stack.name: asked
        for stack in document.stacks
        if stack.name in silent and (asked := _pairs(stack))
    }
    if sum(map(len, pairs.values())) < MIN_PAIRS:
        return
    for name, asked in pairs.items():
        rows = {question.place.row for question in asked}
        report = silent[name]
        report.skipped = [row for row in report.skipped if row.row not in rows]
        report.questions, report.reasons = len(asked), [_REASON]
        found.questions += asked


def _pairs(stack: Stack) -> list[FoundQuestion]:
    found = []
    for row, cells in sorted(stack.grid.by_row.items()):
        texts = {column: text for column, text in cells.items() if not is_number(text)}
        if len(texts) != 1:
            continue
        (column, text), below = *texts.items(), stack.grid.by_row.get(row + 1, {})
        marked = any(map(_says_answer, below.values()))
        answer = _room(stack, row + 1, marked=marked)
        if answer is None or _says_answer(text) or is_prompt(text):
            continue
        if direct(text) or (marked and not is_note(text)):
            number = next((other for c, other in cells.items() if c != column), "")
            found.append(_question(stack, (row, column), text, number, answer))
    return found


def _says_answer(text: str) -> bool:
    label = read_label(text)
    return mark_of(text) == "answer" or (label is not None and label.role == ANSWER)


def _room(stack: Stack, row: int, *, marked: bool) -> Cell | None:
    """The cell for the answer below a question: an empty row, or what "Answer:" leaves free."""
    if marked:
        under = _free(stack, row + 1)
        beside = _free(stack, row)
        return under if under and not stack.grid.by_row.get(row + 1) else beside
    return _free(stack, row) if not stack.grid.by_row.get(row) else None


def _free(stack: Stack, row: int) -> Cell | None:
    """The widest place of the row on which something can be written."""
    rooms = [(cell, room) for cell, room in stack.rooms.items() if cell[0] == row and room.box]
    wide = [(room.box[1] - room.box[0], cell) for cell, room in rooms if room.box]
    return max(wide)[1] if wide else None


def _question(stack: Stack, place: Cell, text: str, number: str, answer: Cell) -> FoundQuestion:
    own, rest = split_number(text)
    return FoundQuestion(
        ordinal=0,
        number=number or own,
        text=rest if own and not number else text,
        section="",
        place=Place(stack.name, *place),
        answer_place=Place(stack.name, *answer),
    )


__all__ = ["add_boxed"]
