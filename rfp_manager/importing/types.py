"""What reading a questionnaire yields; every type travels as JSON between two processes."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self


class QuestionnaireRefused(Exception):
    """The file cannot be read as a questionnaire; the message says why and what to do."""


class NothingAsked(QuestionnaireRefused):
    """The file could be read, but nothing in it looks like a question. `book` is what was read,
    for the person who knows better."""

    def __init__(self, sentence: str, book: Any = None) -> None:
        super().__init__(sentence)
        self.book = book


@dataclass(frozen=True)
class Place:
    """One cell of the buyer's file; row and column count from 1, `sheet` is "" for csv."""

    sheet: str
    row: int
    column: int

    @property
    def ref(self) -> str:
        return f"{column_letters(self.column)}{self.row}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(sheet=str(data["sheet"]), row=int(data["row"]), column=int(data["column"]))


@dataclass
class FoundQuestion:
    """A question with the cells its answer and comment belong into."""

    ordinal: int
    number: str
    text: str
    section: str
    place: Place
    answer_place: Place
    comment_place: Place | None = None
    allowed_choices: list[str] = field(default_factory=list)
    existing_answer: str = ""
    # "ticks": {choice: [row, column]}, "evidence": [row, column]; all on the question's sheet
    further_places: dict[str, Any] = field(default_factory=dict)
    max_characters: int | None = None
    max_words: int | None = None
    parent: int | None = None  # the ordinal of the question that this one depends on
    condition: str = ""  # the words that say when it applies, e.g. "If yes"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        comment = data["comment_place"]
        return cls(
            **{
                **data,
                "place": Place.from_dict(data["place"]),
                "answer_place": Place.from_dict(data["answer_place"]),
                "comment_place": Place.from_dict(comment) if comment else None,
                "allowed_choices": list(data["allowed_choices"]),
            }
        )


@dataclass
class SkippedRow:
    """A row with text that did not become a question, and why."""

    row: int
    text: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


@dataclass
class SheetReport:
    """How one sheet was understood; the columns are those of its first table of questions."""

    name: str
    hidden: bool = False
    header_row: int | None = None
    question_column: int | None = None
    answer_column: int | None = None
    comment_column: int | None = None
    number_column: int | None = None
    section_columns: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    questions: int = 0
    skipped: list[SkippedRow] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        skipped = [SkippedRow.from_dict(row) for row in data["skipped"]]
        return cls(**{**data, "skipped": skipped, "reasons": list(data["reasons"])})


@dataclass
class Questionnaire:
    """Everything found in one file, and everything that was left out with its reason."""

    format: str
    sheets: list[SheetReport] = field(default_factory=list)
    questions: list[FoundQuestion] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    book: Any = field(default=None, repr=False, compare=False)  # a grid.Book; does not travel

    def to_dict(self) -> dict[str, Any]:
        found = asdict(replace(self, book=None))
        del found["book"]
        return found

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(
            format=data["format"],
            sheets=[SheetReport.from_dict(sheet) for sheet in data["sheets"]],
            questions=[FoundQuestion.from_dict(question) for question in data["questions"]],
            warnings=list(data["warnings"]),
        )


def column_letters(column: int) -> str:
    """1 -> "A", 27 -> "AA"."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
