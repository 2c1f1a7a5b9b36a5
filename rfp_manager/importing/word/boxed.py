"""Forms that give every question a little table of its own."""

from rfp_manager.importing.convincing import is_agenda
from rfp_manager.importing.prose.asking import direct
from rfp_manager.importing.prose.reading import Prose
from rfp_manager.importing.texts import count_words, is_note, is_number, split_number
from rfp_manager.importing.types import FoundQuestion, Place, Questionnaire, SheetReport
from rfp_manager.importing.word.document import WordCell, WordDocument, WordTable
from rfp_manager.importing.word.marks import is_prompt, is_signing, mark_of
from rfp_manager.importing.word.tables import choice_of, room_of

MIN_PAIRS = 2  # in the whole document: a single one may be chance
MIN_LONE_WORDS = 5


def add_boxed(found: Questionnaire, document: WordDocument, prose: Prose) -> None:
    """Add the questions of tables that hold a question and the room for its answer."""
    silent = {r.name: r for r in found.sheets if not r.questions and not r.hidden}
    pairs: dict[str, list[FoundQuestion]] = {}
    for name, report in silent.items():
        if name in prose.used_rooms:
            _say_room(report)
            continue
        table = document.tables.get(name)
        asked = _pairs(table) if table else []
        if asked:
            pairs[name] = asked
    if sum(map(len, pairs.values())) < MIN_PAIRS:
        return
    titles = {grid.name: grid.title or "" for grid in found.book.grids}
    for name, asked in pairs.items():
        for question in asked:
            question.section = titles[name]
        _count(silent[name], asked)
        found.questions += asked


def _say_room(report: SheetReport) -> None:
    for skipped in report.skipped:
        skipped.reason = "room for an answer"
    report.reasons = ["The table is the room for the answer to the question above it."]


def _count(report: SheetReport, asked: list[FoundQuestion]) -> None:
    rows = {question.place.row for question in asked}
    report.skipped = [row for row in report.skipped if row.row not in rows]
    report.questions = len(asked)
    report.reasons = ["Each question stands in a table of its own with the room for its answer."]


def _pairs(table: WordTable) -> list[FoundQuestion]:
    found: list[FoundQuestion] = []
    taken: set[Place] = set()
    if is_agenda([cell.text for (row, _), cell in table.cells.items() if row == 1]):
        return found
    for (row, column), cell in sorted(table.cells.items()):
        answer = room_of(table, cell)
        if answer is None or not _may_ask(cell, sure=_is_marked(table, cell)):
            continue
        if answer not in taken:
            taken.add(answer)
            found.append(_question(table, (row, column), cell, answer))
    return found


def _may_ask(cell: WordCell, *, sure: bool) -> bool:
    """`sure`: the cell below says "Answer:", so that even a topic asks."""
    text = cell.text
    if is_prompt(text) or mark_of(text) or is_number(text) or not text:
        return False
    return direct(text) or (sure and not is_note(text))


def _is_lone_box(table: WordTable, cell: WordCell) -> bool:
    """Whether the table is nothing but a text and an empty box as wide below it."""
    rows = {row for row, _ in table.cells}
    worded = count_words(cell.text) >= MIN_LONE_WORDS and not is_signing(cell.text)
    return len(table.cells) == len(rows) == 2 and cell.area.top == min(rows) and worded


def _is_marked(table: WordTable, cell: WordCell) -> bool:
    if _is_lone_box(table, cell):
        return True
    below = table.at((cell.area.bottom + 1, cell.area.left))
    left = table.at((cell.area.bottom + 1, 1))
    return any(c is not None and mark_of(c.text) == "answer" for c in (below, left))


def _question(
    table: WordTable, place: tuple[int, int], cell: WordCell, answer: Place
) -> FoundQuestion:
    room = table.at((answer.row, answer.column))
    options = choice_of(room) if room else None
    return FoundQuestion(
        ordinal=0,
        number=_number(table, cell),
        text=cell.text,
        section="",
        place=Place(table.name, *place),
        answer_place=answer,
        allowed_choices=list(options.labels) if options else [],
    )


def _number(table: WordTable, cell: WordCell) -> str:
    left = table.at((cell.area.top, cell.area.left - 1))
    if left is not None and is_number(left.text):
        return left.text
    return cell.label or split_number(cell.text)[0]
