"""Tables with rules: where lines across and down cross, they make a grid, and words fill it."""

from bisect import bisect_right
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import median

from solution_library.parsing.grids import Grid, Row, has_text
from solution_library.parsing.pdf_drawing import Drawing
from solution_library.parsing.pdf_lines import TextLine, Word
from solution_library.parsing.pdf_page import Table
from solution_library.parsing.text import join_lines

#: Points between two rules that are one, and between rules that meet.
_SNAP = 2.5
_REACH = 3.0
_MOST_RULES = 2_000
_MOST_CROSSINGS = 250_000
_MOST_CELLS = 5_000
_FLAT_ROWS = 4
_FEW_BOXES, _LONG_BOX = 8, 400

Rule = tuple[float, float, float]


@dataclass(slots=True)
class Lattice:
    """Places of the columns' and rows' borders, and which of the borders are drawn."""

    columns: list[float]
    rows: list[float]  # from the top
    across: list[Rule]
    down: list[Rule]

    def wall_right_of(self, column: int, row: int) -> bool:
        middle = (self.rows[row] + self.rows[row + 1]) / 2
        return _drawn(self.down, self.columns[column + 1], middle)

    def wall_below(self, row: int, column: int) -> bool:
        middle = (self.columns[column] + self.columns[column + 1]) / 2
        return _drawn(self.across, self.rows[row + 1], middle)

    def holds(self, x: float, y: float) -> bool:
        return (
            self.columns[0] <= x <= self.columns[-1] and self.rows[-1] - 1 <= y <= self.rows[0] + 1
        )

    def cell_at(self, x: float, y: float) -> tuple[int, int]:
        column = bisect_right(self.columns, x) - 1
        row = bisect_right([-place for place in self.rows], -y) - 1
        return (
            min(max(row, 0), len(self.rows) - 2),
            min(max(column, 0), len(self.columns) - 2),
        )

    def span(self, row: int, column: int, taken: Container[tuple[int, int]]) -> tuple[int, int]:
        """How many rows and columns the cell that begins there reaches over, until a wall is drawn
        or a place is `taken` by another."""
        tall, wide = len(self.rows) - 1, len(self.columns) - 1
        columns = 1
        while (
            column + columns < wide
            and (row, column + columns) not in taken
            and not self.wall_right_of(column + columns - 1, row)
        ):
            columns += 1
        rows = 1
        while row + rows < tall and not any(
            self.wall_below(row + rows - 1, x) or (row + rows, x) in taken
            for x in range(column, column + columns)
        ):
            rows += 1
        return rows, columns


@dataclass(slots=True)
class _Cell:
    rows: int = 1
    columns: int = 1
    lines: list[tuple[TextLine, list[Word]]] = field(default_factory=list)

    @property
    def text(self) -> str:
        pieces: list[str] = []
        glue = False
        for line, words in self.lines:
            text = " ".join(word.text for word in words)
            if glue:
                pieces[-1] += text
            else:
                pieces.append(text)
            glue = line.wraps_word and words[-1] is line.words[-1]
        return join_lines(pieces)


def _drawn(rules: Sequence[Rule], place: float, middle: float) -> bool:
    return any(
        abs(where - place) <= _SNAP and begin - _REACH <= middle <= end + _REACH
        for where, begin, end in rules
    )


def ruled_tables(
    lines: list[TextLine], drawing: Drawing, page: int
) -> tuple[list[TextLine], list[tuple[int, Table]]]:
    """The lines without what stands in tables, and the tables, each with the `order` it has."""
    found = []
    for lattice in lattices(drawing):
        if taken := _fill(lattice, lines, page):
            lines, table, order = taken
            found.append((order, table))
    return lines, found


def lattices(drawing: Drawing, *, fewest_columns: int = 2) -> list[Lattice]:
    """The grids that are drawn; with `fewest_columns` 1 also single boxes, as forms have them."""
    across, down = _merged(drawing.across), _merged(drawing.down)
    if len(across) < 2 or len(down) < 2 or len(across) + len(down) > _MOST_RULES:
        return []
    if len(across) * len(down) > _MOST_CROSSINGS:
        return []
    parts = _parts(across, down)
    found = (_lattice(*part, fewest_columns=fewest_columns) for part in parts)
    return [lattice for lattice in found if lattice is not None]


def _merged(rules: Iterable[Rule]) -> list[Rule]:
    """Rules at one place that touch are one; a border is often drawn cell by cell."""
    merged: list[Rule] = []
    for _, group in groupby(_snapped(rules), key=lambda rule: rule[0]):
        begin: float | None = None
        for place, start, stop in sorted(group):
            if begin is not None and start <= merged[-1][2] + _REACH:
                merged[-1] = (place, begin, max(stop, merged[-1][2]))
            else:
                merged.append((place, start, stop))
                begin = start
    return merged


def _snapped(rules: Iterable[Rule]) -> list[Rule]:
    snapped: list[Rule] = []
    for place, begin, end in sorted(rules):
        near = snapped[-1][0] if snapped and place - snapped[-1][0] <= _SNAP else place
        snapped.append((near, begin, end))
    return snapped


def _parts(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that hang together by their crossings."""
    parent = list(range(len(across) + len(down)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for first, horizontal in enumerate(across):
        for second, vertical in enumerate(down, start=len(across)):
            if _cross(horizontal, vertical):
                parent[root(second)] = root(first)
    parts: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for number, rule in enumerate([*across, *down]):
        parts.setdefault(root(number), ([], []))[number >= len(across)].append(rule)
    return [part for part in parts.values() if len(part[0]) > 1 and len(part[1]) > 1]


def _cross(horizontal: Rule, vertical: Rule) -> bool:
    y, left, right = horizontal
    x, bottom, top = vertical
    return left - _REACH <= x <= right + _REACH and bottom - _REACH <= y <= top + _REACH


def _lattice(across: list[Rule], down: list[Rule], *, fewest_columns: int) -> Lattice | None:
    columns = sorted({place for place, _, _ in down})
    rows = sorted({place for place, _, _ in across}, reverse=True)
    columns = _with_open_sides(columns, across)
    rows = _with_open_sides(rows[::-1], down)[::-1]
    if len(columns) <= fewest_columns or len(rows) < 2 or len(columns) * len(rows) > _MOST_CELLS:
        return None  # one box, or boxes on top of each other
    return Lattice(columns, rows, across, down)


def _with_open_sides(places: list[float], crossing: list[Rule]) -> list[float]:
    """The outer border need not be drawn: the other rules reach beyond the last one."""
    least, most = min(rule[1] for rule in crossing), max(rule[2] for rule in crossing)
    before = [least] if least < places[0] - 2 * _REACH else []
    after = [most] if most > places[-1] + 2 * _REACH else []
    return [*before, *places, *after]


def _fill(
    lattice: Lattice, lines: list[TextLine], page: int
) -> tuple[list[TextLine], Table, int] | None:
    """Put the words into the cells; None when that makes no table."""
    cells = _cells(lattice)
    rest: list[TextLine] = []
    order: int | None = None
    for line in lines:
        inside = [] if line.aside else [w for w in line.words if _stands_in(lattice, w, line)]
        if not inside:
            rest.append(line)
            continue
        order = line.order if order is None else order
        for place, words in groupby(
            inside, key=lambda word: lattice.cell_at((word.left + word.right) / 2, line.middle)
        ):
            cells[place].lines.append((line, list(words)))
        if len(inside) < len(line.words):
            rest.append(_without(line, inside))
    rows = _rows(lattice, cells)
    if order is None or not _is_table(cells, rows):
        return None
    box = (lattice.columns[0], lattice.columns[-1], lattice.rows[0], lattice.rows[-1])
    return rest, Table(page, rows, *box), order


def _stands_in(lattice: Lattice, word: Word, line: TextLine) -> bool:
    return not word.hidden and lattice.holds((word.left + word.right) / 2, line.middle)


def _without(line: TextLine, taken: list[Word]) -> TextLine:
    gone = set(map(id, taken))
    words = [word for word in line.words if id(word) not in gone]
    wraps = line.wraps_word and words[-1] is line.words[-1]
    return TextLine(words, line.top, line.bottom, wraps, order=line.order)


def _cells(lattice: Lattice) -> dict[tuple[int, int], _Cell]:
    """One cell for each place; those without a wall between them share one."""
    height, width = len(lattice.rows) - 1, len(lattice.columns) - 1
    cells: dict[tuple[int, int], _Cell] = {}
    for row in range(height):
        for column in range(width):
            if (row, column) not in cells:
                cell = _Cell(*lattice.span(row, column, cells))
                for y in range(row, row + cell.rows):
                    for x in range(column, column + cell.columns):
                        cells[y, x] = cell
    return cells


def _rows(lattice: Lattice, cells: dict[tuple[int, int], _Cell]) -> list[Row]:
    grid = Grid()
    begun: set[int] = set()
    for row in range(len(lattice.rows) - 1):
        grid.new_row()
        for column in range(len(lattice.columns) - 1):
            cell = cells[row, column]
            if id(cell) not in begun:
                begun.add(id(cell))
                grid.add(cell.text, columns=cell.columns, rows=cell.rows)
    return [row for row in grid.rows() if has_text(row)]


def _is_table(cells: dict[tuple[int, int], _Cell], rows: list[Row]) -> bool:
    filled = {id(cell): cell for cell in cells.values() if cell.lines}
    columns = {column for (_, column), cell in cells.items() if cell.lines and cell.columns == 1}
    if len(filled) < 3 or len(columns) < (2 if len(rows) > 1 else 3):
        return False
    if len(filled) <= _FEW_BOXES and median(len(c.text) for c in filled.values()) >= _LONG_BOX:
        return False  # boxes of running text, side by side
    # Rows that no rule parts: their text lines would run together into one.
    tall = [cell for cell in filled.values() if len(cell.lines) >= _FLAT_ROWS]
    return not (len(rows) <= 2 and len(tall) >= 2 and _in_step(tall))


def _in_step(cells: list[_Cell]) -> bool:
    """The lines of all cells stand side by side: each is a row of its own."""
    first = {round(line.middle) for line, _ in cells[0].lines}
    return all({round(line.middle) for line, _ in cell.lines} == first for cell in cells[1:])
