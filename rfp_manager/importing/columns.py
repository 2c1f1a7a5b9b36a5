"""What the columns of one table hold, and what a mapping says about them."""

from dataclasses import dataclass, field

from rfp_manager.importing.grid import Grid
from rfp_manager.importing.texts import (
    asks,
    count_words,
    is_note,
    is_number,
    is_plain_note,
    questions,
)
from rfp_manager.importing.ticks import MIN_COLUMNS, is_empty_box, printed_box, printed_choices
from rfp_manager.importing.word.marks import is_prompt

STRONG_LABEL = 4.0  # from "requirement" and "answer" upwards; "description" is weaker
WEAK_LABEL = 3.0
LEAST_GUIDED = 0.25  # of the texts are announced as guidance, if the form gives some with each


@dataclass
class Profile:
    """What the cells of one column have in common; shares are of its filled cells."""

    filled: int = 0
    asking: float = 0.0
    questions: float = 0.0  # those that ask or order, without those that rule or demand
    length: float = 0.0
    words: float = 0.0
    unique: float = 0.0
    numbers: float = 0.0
    fill_share: float = 0.0  # of all rows
    choices: float = 0.0  # share of all rows that have a drop-down or printed boxes
    unlocked: float = 0.0  # share of all rows that may be written in a protected sheet
    merged: float = 0.0  # share of all rows whose cell continues one merged above
    covered: float = 0.0  # share of all rows whose cell is part of one merged further left

    @property
    def speaks(self) -> bool:
        """Whether nearly every row has words of its own here, as no title of a section has."""
        return self.fill_share >= 0.7 and self.unique >= 0.9 and self.words >= 4


@dataclass
class Mapping:
    """The columns of one table and why they were chosen."""

    question: int
    answer: int
    comment: int | None = None
    number: int | None = None
    sections: list[int] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)
    evidence: int | None = None
    limit: int | None = None  # the column that says how long each answer may be
    choices: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    answer_found: bool = False  # by a label or a drop-down, not only by an empty column
    profiles: dict[int, Profile] = field(default_factory=dict)

    @property
    def ticking(self) -> list[int]:
        """The columns to tick, if that is how the questions are answered."""
        return self.ticks if self.answer in self.ticks and len(self.ticks) >= MIN_COLUMNS else []

    @property
    def asking(self) -> float:
        return self.profiles[self.question].asking


def _asking(texts: list[str]) -> float:
    """The share of the texts that ask; guidance that follows each of them does not count."""
    told = [text for text in texts if not is_plain_note(text)]
    if len(texts) - len(told) < LEAST_GUIDED * len(texts) or not told:
        told = texts
    return sum(asks(text) and not is_note(text) for text in told) / len(told)


def _is_room(text: str) -> bool:
    """Whether a cell only shows where and what to write."""
    return is_empty_box(text) or bool(printed_choices(text) or printed_box(text)) or is_prompt(text)


def _offers(grid: Grid, row: int, column: int) -> bool:
    """Whether the cell lets people choose: from a list, or from boxes printed inside."""
    listed = grid.options(grid.anchor((row, column)))
    return bool(listed or printed_choices(grid.by_row[row].get(column, "")))


def profile(grid: Grid, column: int, rows: list[int]) -> Profile:
    """Describe `column` over `rows`."""
    texts = [t for row in rows if (t := grid.by_row[row].get(column)) and not _is_room(t)]
    dropdowns = sum(_offers(grid, row, column) for row in rows)
    free = sum(grid.anchor((row, column)) in grid.unlocked for row in rows) / max(len(rows), 1)
    anchors = [grid.anchor((row, column)) for row in rows]
    merged = sum(top < row for (top, _), row in zip(anchors, rows, strict=True)) / max(len(rows), 1)
    covered = sum(left < column for _, left in anchors) / max(len(rows), 1)
    if not texts:
        listed = dropdowns / max(len(rows), 1)
        return Profile(choices=listed, unlocked=free, merged=merged, covered=covered)
    count = len(texts)
    return Profile(
        filled=count,
        asking=_asking(texts),
        questions=sum(map(questions, texts)) / count,
        length=sum(map(len, texts)) / count,
        words=sum(map(count_words, texts)) / count,
        unique=len(set(texts)) / count,
        numbers=sum(is_number(text) for text in texts) / count,
        fill_share=count / len(rows),
        choices=dropdowns / len(rows),
        unlocked=free,
        merged=merged,
        covered=covered,
    )
