"""Running text as lines, whatever format it comes from."""

from dataclasses import dataclass, field

from rfp_manager.importing.types import Place

TEXT = "Text"  # the name of the sheet whose rows are the paragraphs
# A paragraph itself, the room right after it, and the free cell of the table right after it: a
# question and its answer are always on the same sheet.
TEXT_COLUMN, AFTER_COLUMN, BOX_COLUMN = 1, 2, 3


@dataclass
class Line:
    """A paragraph; `row` counts from 1. `level` is that of a heading, `depth` that of a list."""

    row: int
    text: str
    number: str = ""
    depth: int | None = None
    level: int = 0
    bold: bool = False
    title: bool = False
    contents: bool = False  # a line of the table of contents
    hidden: str = ""
    mark: str = ""  # "answer" or "comment": a line like "Response: ____"
    field: str = ""  # "Company" of "Company: _____"
    choices: tuple[str, ...] = ()  # to tick or to choose in this line
    stem: str = ""  # what stands before boxes to tick
    existing: str = ""  # what is already written or ticked there
    room: bool = False  # an empty control or a line to write on, without words of its own
    prompt: str = ""  # what stands there to be written over

    @property
    def empty(self) -> bool:
        return not (self.text or self.choices or self.room)

    @property
    def listed(self) -> bool:
        return self.depth is not None

    @property
    def place(self) -> Place:
        return Place(TEXT, self.row, TEXT_COLUMN)

    @property
    def after(self) -> Place:
        return Place(TEXT, self.row, AFTER_COLUMN)

    @property
    def box(self) -> Place:
        return Place(TEXT, self.row, BOX_COLUMN)


@dataclass
class Room:
    """A table in the text; `place` is where it takes an answer, if it is nothing but a box."""

    name: str
    place: Place | None = None


Item = Line | Room


@dataclass
class Asked:
    """A line that asks, with the place for its answer and the headings above it."""

    line: Line
    text: str
    answer: Place
    section: tuple[str, ...] = ()
    comment: Place | None = None
    choices: list[str] = field(default_factory=list)
    existing: str = ""
    ticks: dict[str, Place] = field(default_factory=dict)  # choices with a line for each
    hints: str = ""  # what stands between the question and the room for its answer
