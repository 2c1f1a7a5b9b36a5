"""Parts of tables that stand below each other become one sheet of cells."""

from dataclasses import dataclass, field

from rfp_manager.importing.grid import Area, Cell, Choices, Grid
from rfp_manager.importing.pdf.labels import Asked
from rfp_manager.importing.pdf.model import Part, PartCell, PartRow, Room
from rfp_manager.importing.pdf.printed import printed_options
from rfp_manager.importing.texts import is_number
from rfp_manager.importing.word.marks import is_prompt
from rfp_manager.importing.words import ANSWER, read_label
from solution_library.parsing.text import join_lines

SLACK = 8.0  # points by which the borders of columns may differ from page to page


@dataclass
class Stack:
    """One table of the document, with its rows from all pages."""

    name: str
    edges: list[float]
    grid: Grid = field(init=False)
    rooms: dict[Cell, Room] = field(default_factory=dict)
    asked: dict[Cell, Asked] = field(default_factory=dict)
    comments: dict[Cell, Cell] = field(default_factory=dict)
    beside: dict[int, Room] = field(default_factory=dict)  # by row: where it stands
    height: int = 0
    last: Part | None = None

    def __post_init__(self) -> None:
        # Its headings differ from part to part; they are put before each question's section.
        self.grid = Grid(name=self.name, title="")

    def takes(self, part: Part) -> bool:
        """Whether the part goes on with this table: its columns have the same borders."""
        if len(part.edges) != len(self.edges):
            return False
        pairs = zip(part.edges, self.edges, strict=True)
        if self.last is not None and self.last.ruled != part.ruled:
            return False
        return all(abs(one - other) <= SLACK for one, other in pairs)

    def add(self, part: Part, fields: dict[int, list[Asked]], apart: bool) -> None:
        """`fields`: by id of the cell; `apart`: something stands between this and the last."""
        rows = list(part.rows)
        if self.last is not None and self.last.page != part.page and not apart:
            heads = self._repeated(rows)
            if rows[heads:] and self._is_cut(rows[heads]):
                self._join(rows[heads])
                rows = rows[heads + 1 :]
        for index, row in enumerate(rows):
            self._add_row(part, row, self.height + 1 + index, fields)
        self.height += len(rows)
        self.last = part

    def _repeated(self, rows: list[PartRow]) -> int:
        """How many rows at the top only repeat the first rows of the table."""
        count = 0
        for number, row in enumerate(rows[:3], start=1):
            texts = {column + 1: text for column, text in row.texts.items()}
            own = {c: t for (line, c), t in self.grid.cells.items() if line == number}
            if not texts or texts != own:
                break
            count = number
        return count

    def _is_cut(self, row: PartRow) -> bool:
        """Whether the page ended within a row: its rest has no number, and rows have one."""
        numbers = [text for (_, column), text in self.grid.cells.items() if column == 1]
        # A number merged over many rows says nothing about the one that begins the page.
        counted = sum(map(is_number, numbers))
        if counted >= max(2, 0.5 * len(numbers)) and counted * 2 >= self.height:
            return bool(row.texts) and 0 not in row.texts
        before = {c - 1: t for (line, c), t in self.grid.cells.items() if line == self.height}
        return bool(row.texts) and all(
            column in before and _goes_on(before[column], text)
            for column, text in row.texts.items()
        )

    def _join(self, row: PartRow) -> None:
        for column, cell in row.cells.items():
            known = self.grid.cells.get((self.height, column + 1), "")
            if cell.text:
                self.grid.cells[self.height, column + 1] = join_lines([known, cell.text])

    def _add_row(
        self, part: Part, row: PartRow, number: int, fields: dict[int, list[Asked]]
    ) -> None:
        self.beside[number] = Room(part.page, None, beside=_written_box(part, row))
        for column, cell in row.cells.items():
            place = (number, column + 1)
            if cell.columns > 1 or cell.rows > 1:
                right, bottom = column + cell.columns, number + cell.rows - 1
                self.grid.merges.append(Area(number, column + 1, bottom, right))
            for one in fields.get(id(cell), []):
                self._add_field(place, one)
            if cell.text and not _invites(cell.text):
                self.grid.cells[place] = cell.text
                if cell.bold:
                    self.grid.bold.add(place)
            if place not in self.rooms:
                self.rooms[place] = _cell_room(part, cell)

    def _add_field(self, place: Cell, one: Asked) -> None:
        if place in self.asked:
            place = (place[0], len(self.edges) + len(self.comments.get(place, ())))
            first = next(cell for cell in self.asked if cell[0] == place[0])
            self.comments.setdefault(first, place)
        self.asked[place] = one
        self.rooms[place] = one.room
        if one.choices:
            area = Area(place[0], place[1], place[0], place[1])
            self.grid.choices.append(Choices([area], one.choices))


def _invites(text: str) -> bool:
    """Whether a cell only invites to write ("Choose an item."); "Supplier response" is a title."""
    label = read_label(text)
    return is_prompt(text) and (label is None or label.role != ANSWER)


def _goes_on(before: str, text: str) -> bool:
    """Whether a sentence that the page's end has cut goes on with this text."""
    ended = before.rstrip().endswith((".", "?", "!", ":", ";", "。", "？"))
    return not ended and (text[:1].islower() or len(before.split()) > 6)


def _written_box(part: Part, row: PartRow) -> tuple[float, float, float, float]:
    return part.edges[0], part.edges[-1], row.top, row.bottom


def _cell_room(part: Part, cell: PartCell) -> Room:
    """The part of the cell that is still free."""
    options = printed_options(cell.text)
    if options and len(options.labels) == len(cell.marks):
        ticks = tuple(zip(options.labels, cell.marks, strict=True))
        return Room(part.page, None, beside=cell.box, turned=part.turned, ticks=ticks)
    left, right, top, bottom = cell.box
    if cell.floor is not None:
        top = min(top, cell.floor)
    box = (left + 1.5, right - 1.5, top - 1, bottom + 1)
    free = box[2] - box[3] >= 7 and box[1] - box[0] >= 12
    return Room(part.page, box if free else None, beside=cell.box, turned=part.turned)
