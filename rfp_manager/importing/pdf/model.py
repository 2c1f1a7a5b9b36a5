"""What a page of a PDF questionnaire is made of, with the places that its parts have."""

from dataclasses import dataclass, field

from solution_library.parsing.pdf_drawing import Drawing
from solution_library.parsing.pdf_lines import Box, TextLine, reads_right_to_left

LEFT, RIGHT, TOP, BOTTOM = range(4)


@dataclass(frozen=True)
class Widget:
    """One place of a form field; `state` is what is stored when a button is on."""

    page: int
    box: Box
    state: str = ""


@dataclass
class FormField:
    """A fillable field. `kind`: text, check, radio or choice; `options`: (stored, shown)."""

    name: str
    kind: str
    label: str = ""
    value: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    max_length: int | None = None
    read_only: bool = False
    widgets: list[Widget] = field(default_factory=list)

    @property
    def page(self) -> int:
        return self.widgets[0].page

    @property
    def box(self) -> Box:
        return around([widget.box for widget in self.widgets if widget.page == self.page])


@dataclass(frozen=True)
class Room:
    """Where an answer is put: a free box of a page, or a form field (its name).

    Without a box there is no room on the page; `beside` then says where the question stands.
    `choices`: an option, and the field and state that stand for it; `ticks`: an option and the
    box that is printed for it.
    """

    page: int
    box: Box | None = None
    field: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    beside: Box | None = None
    turned: int = 0
    ticks: tuple[tuple[str, Box], ...] = ()


@dataclass
class Sheet:
    """One page: its lines in reading order, what is drawn, and its form fields."""

    number: int
    lines: list[TextLine]
    drawing: Drawing
    turned: int = 0
    bold: set[int] = field(default_factory=set)  # ids of lines set in bold
    hidden: int = 0  # words that a reader of the page cannot see
    fields: list[FormField] = field(default_factory=list)
    picture: bool = False  # mostly covered by a picture


@dataclass
class PartCell:
    """A cell; it stands at its first place only."""

    text: str
    box: Box
    columns: int = 1
    rows: int = 1
    bold: bool = False
    floor: float | None = None  # where the text in it ends
    marks: list[Box] = field(default_factory=list)  # printed boxes to tick


@dataclass
class PartRow:
    top: float
    bottom: float
    cells: dict[int, PartCell] = field(default_factory=dict)  # by column, from 0

    @property
    def texts(self) -> dict[int, str]:
        return {column: cell.text for column, cell in self.cells.items() if cell.text}


@dataclass
class Part:
    """The part of a table that stands on one page; `edges` are the borders of its columns."""

    page: int
    edges: list[float]
    rows: list[PartRow]
    order: float
    ruled: bool
    turned: int = 0

    @property
    def top(self) -> float:
        return self.rows[0].top

    @property
    def bottom(self) -> float:
        return self.rows[-1].bottom

    @property
    def box(self) -> Box:
        return self.edges[0], self.edges[-1], self.top, self.bottom

    def from_the_right(self) -> None:
        """The first column of a table stands on the right where its script begins there."""
        texts = (text for row in self.rows for text in row.texts.values())
        if not reads_right_to_left(" ".join(texts)):
            return
        width = len(self.edges) - 1
        for row in self.rows:
            turned = {width - at - cell.columns: cell for at, cell in row.cells.items()}
            row.cells = dict(sorted(turned.items()))


def around(boxes: list[Box]) -> Box:
    """The smallest box that holds them all."""
    return (
        min(box[LEFT] for box in boxes),
        max(box[RIGHT] for box in boxes),
        max(box[TOP] for box in boxes),
        min(box[BOTTOM] for box in boxes),
    )


def width(box: Box) -> float:
    return box[RIGHT] - box[LEFT]


def height(box: Box) -> float:
    return box[TOP] - box[BOTTOM]


def middle(box: Box) -> tuple[float, float]:
    return (box[LEFT] + box[RIGHT]) / 2, (box[TOP] + box[BOTTOM]) / 2


def holds(box: Box, x: float, y: float) -> bool:
    return box[LEFT] <= x <= box[RIGHT] and box[BOTTOM] <= y <= box[TOP]
