"""Forms that give each question a card: "Question | ...", "Weight | 5 %", "Response | "."""

from collections.abc import Iterator
from dataclasses import dataclass

from rfp_manager.importing.grid import Cell, Grid
from rfp_manager.importing.texts import asks, count_words, is_number
from rfp_manager.importing.types import FoundQuestion, Place
from rfp_manager.importing.word.marks import is_prompt
from rfp_manager.importing.words import (
    ANSWER,
    COMMENT,
    NUMBER,
    QUESTION,
    Label,
    header_choices,
    read_label,
)

MIN_CARDS = 2  # in the whole file: a single one may be chance
MIN_WORDS = 3  # of what is asked
MAX_LABEL_WORDS = 8
SURE_QUESTION, SURE_ANSWER = 4.0, 4.0
ABOUT = "in the card of a question"


@dataclass
class _Pair:
    """A row that holds a label and what belongs to it."""

    row: int
    label: Label | None
    name: str
    cell: Cell  # of the value
    value: str

    def says(self, role: str, weight: float = 0.0) -> bool:
        return self.label is not None and self.label.role == role and self.label.weight >= weight


@dataclass
class Card:
    """One question with the rows of its card; `room` is where the answer goes."""

    question: Cell
    rows: list[int]
    room: Cell
    choices: list[str]
    comment: Cell | None = None
    number: str = ""

    def asked(self, grid: Grid, section: str) -> FoundQuestion:
        row, column = self.question
        existing = grid.text(self.room)
        return FoundQuestion(
            ordinal=0,
            number=self.number,
            text=grid.text(self.question),
            section=section,
            place=Place(grid.name, row, column),
            answer_place=Place(grid.name, *self.room),
            comment_place=Place(grid.name, *self.comment) if self.comment else None,
            allowed_choices=list(grid.options(self.room) or self.choices),
            existing_answer="" if is_prompt(existing) else existing,
        )


def find_cards(grid: Grid) -> list[Card]:
    """The cards of a sheet from top to bottom."""
    cards = (_card(grid, run) for run in _runs(grid))
    return [card for card in cards if card is not None]


def _runs(grid: Grid) -> Iterator[list[_Pair]]:
    """Pairs right below each other, parted where another question begins."""
    run: list[_Pair] = []
    for row in grid.by_row:
        pair = _pair(grid, row) if row not in grid.hidden_rows else None
        if run and (pair is None or row > _bottom(grid, run[-1]) + 1 or _begins(pair)):
            numbers = pair is not None and _begins(pair) and run[-1].says(NUMBER)
            ahead = [run.pop()] if numbers else []  # a number stands above its question
            yield run
            run = ahead
        if pair is not None:
            run.append(pair)
    yield run


def _bottom(grid: Grid, pair: _Pair) -> int:
    area = grid.merge_at(pair.cell)
    return area.bottom if area else pair.row


def _begins(pair: _Pair) -> bool:
    worded = count_words(pair.value) >= MIN_WORDS and not is_number(pair.value)
    titles = read_label(pair.value) is not None and not asks(pair.value)
    return pair.says(QUESTION, SURE_QUESTION) and worded and not titles


def _pair(grid: Grid, row: int) -> _Pair | None:
    cells = {c: t for c, t in grid.by_row[row].items() if c not in grid.hidden_columns}
    if not cells or len(cells) > 2:
        return None
    column, name = next(iter(cells.items()))
    area = grid.merge_at((row, column))
    cell = grid.anchor((row, (area.right if area else column) + 1))
    others = [c for c in cells if c not in (column, cell[1])]
    if others or count_words(name) > MAX_LABEL_WORDS or name.rstrip().endswith("?"):
        return None
    return _Pair(row, read_label(name.rstrip(" :：")), name, cell, cells.get(cell[1], ""))


def _card(grid: Grid, run: list[_Pair]) -> Card | None:
    at = next((n for n, pair in enumerate(run) if _begins(pair)), None)
    if at is None:
        return None
    asked, rest = run[at], run[at + 1 :]
    rooms = [pair for pair in rest if _is_room(grid, pair)]
    answers = [pair for pair in rooms if pair.says(ANSWER, SURE_ANSWER)]
    if not answers or any(pair.cell[1] != asked.cell[1] for pair in answers):
        return None
    answer, *further = [*answers, *(pair for pair in rooms if pair.says(COMMENT))]
    return Card(
        question=asked.cell,
        rows=[pair.row for pair in run],
        room=answer.cell,
        choices=header_choices(answer.name),
        comment=further[0].cell if further else None,
        number=_number(asked, run[:at]),
    )


def _is_room(grid: Grid, pair: _Pair) -> bool:
    return pair.cell not in grid.formulas and (not pair.value or is_prompt(pair.value))


def _number(asked: _Pair, above: list[_Pair]) -> str:
    told = next((pair.value for pair in above if pair.says(NUMBER)), "")
    return told or (asked.name if any(map(str.isdigit, asked.name)) else "")
