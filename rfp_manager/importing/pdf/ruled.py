"""Tables with rules, cell by cell with their places; and the empty boxes of a form."""

from itertools import groupby

from rfp_manager.importing.pdf.model import (
    Part,
    PartCell,
    PartRow,
    Sheet,
    height,
    holds,
    width,
)
from rfp_manager.importing.pdf.printed import places_of_boxes
from solution_library.parsing.pdf_lines import Box, TextLine, Word
from solution_library.parsing.pdf_rules import Lattice, lattices
from solution_library.parsing.text import join_lines

SMALLEST_BOX = (24.0, 9.0)  # narrower or lower boxes are ticks and ornaments
_FILLS = 0.78  # of a cell's width: a word that leaves no more room than this was cut
LONGEST_FRAMED = 12  # lines: a box around more of them is a frame, not a cell

Written = list[tuple[TextLine, list[Word]]]


def ruled_parts(sheet: Sheet) -> tuple[list[TextLine], list[Part], list[Box]]:
    """The lines outside of tables, the tables, and boxes without any text."""
    lines, parts, boxes = list(sheet.lines), [], []
    found = lattices(sheet.drawing, fewest_columns=1)
    # The smallest first: a frame may stand around a whole page of tables.
    for lattice in sorted(found, key=_area):
        if len(lattice.columns) == 2:
            boxes += _empty_boxes(lattice, lines)
            continue
        taken = _filled(lattice, lines, sheet)
        if taken is not None:
            lines, part = taken
            parts.append(part)
    return lines, parts, [box for box in boxes if _is_room(box, sheet, parts)]


def _empty_boxes(lattice: Lattice, lines: list[TextLine]) -> list[Box]:
    """Boxes on top of each other: what is written in them is read as text."""
    found = [_box(lattice, row, 0, 1, 1) for row in range(len(lattice.rows) - 1)]
    words = [((w.left + w.right) / 2, line.middle) for line in lines for w in line.words]
    return [box for box in found if not any(holds(box, x, y) for x, y in words)]


def _is_room(box: Box, sheet: Sheet, parts: list[Part]) -> bool:
    if width(box) < SMALLEST_BOX[0] or height(box) < SMALLEST_BOX[1]:
        return False
    if height(box) > 0.8 * (sheet.drawing.sheet[2] - sheet.drawing.sheet[3]):
        return False
    return not any(
        part.edges[0] < box[1] and box[0] < part.edges[-1]
        and part.bottom < box[2] and box[3] < part.top
        for part in parts
    )  # fmt: skip


def _area(lattice: Lattice) -> float:
    across = lattice.columns[-1] - lattice.columns[0]
    return across * (lattice.rows[0] - lattice.rows[-1])


def _box(lattice: Lattice, row: int, column: int, rows: int, columns: int) -> Box:
    return (
        lattice.columns[column],
        lattice.columns[column + columns],
        lattice.rows[row],
        lattice.rows[row + rows],
    )


def _filled(
    lattice: Lattice, lines: list[TextLine], sheet: Sheet
) -> tuple[list[TextLine], Part] | None:
    """Put the words into the cells; None for a frame around running text."""
    owners = _owners(lattice)
    written: dict[tuple[int, int], Written] = {}
    rest: list[TextLine] = []
    order: int | None = None
    for line in lines:
        inside = [] if line.aside else [w for w in line.words if _stands_in(lattice, w, line)]
        if not inside:
            rest.append(line)
            continue
        order = line.order if order is None else min(order, line.order)
        places = [(owners[_place(lattice, word, line)], word) for word in inside]
        for owner, group in groupby(places, lambda placed: placed[0]):
            written.setdefault(owner, []).append((line, [word for _, word in group]))
        if len(inside) < len(line.words):
            rest.append(_without(line, inside))
    if order is None or _is_frame(lattice, written):
        return None
    part = Part(sheet.number, lattice.columns, [], order, ruled=True, turned=sheet.turned)
    part.rows = _rows(lattice, owners, written, sheet)
    return rest, part


def _place(lattice: Lattice, word: Word, line: TextLine) -> tuple[int, int]:
    return lattice.cell_at((word.left + word.right) / 2, line.middle)


def _stands_in(lattice: Lattice, word: Word, line: TextLine) -> bool:
    return lattice.holds((word.left + word.right) / 2, line.middle)


def _without(line: TextLine, taken: list[Word]) -> TextLine:
    gone = set(map(id, taken))
    words = [word for word in line.words if id(word) not in gone]
    return TextLine(words, line.top, line.bottom, False, order=line.order)


def _is_frame(lattice: Lattice, written: dict[tuple[int, int], Written]) -> bool:
    longest = max(len({id(line) for line, _ in cell}) for cell in written.values())
    columns = len({column for _, column in written})
    return columns == 1 and len(written) <= 2 and longest > LONGEST_FRAMED


def _owners(lattice: Lattice) -> dict[tuple[int, int], tuple[int, int]]:
    """Each place of the grid -> the first place of the cell that covers it."""
    owners: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(len(lattice.rows) - 1):
        for column in range(len(lattice.columns) - 1):
            if (row, column) in owners:
                continue
            rows, columns = lattice.span(row, column, owners)
            for y in range(row, row + rows):
                for x in range(column, column + columns):
                    owners[y, x] = (row, column)
    return owners


def _rows(
    lattice: Lattice,
    owners: dict[tuple[int, int], tuple[int, int]],
    written: dict[tuple[int, int], Written],
    sheet: Sheet,
) -> list[PartRow]:
    rows = [
        PartRow(top, bottom) for top, bottom in zip(lattice.rows, lattice.rows[1:], strict=False)
    ]
    spans: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for place, owner in owners.items():
        spans.setdefault(owner, []).append(place)
    for (row, column), places in spans.items():
        deep = max(place[0] for place in places) - row + 1
        wide = max(place[1] for place in places) - column + 1
        text = written.get((row, column), [])
        rows[row].cells[column] = PartCell(
            text=text_of(text, lattice.columns[column + wide] - lattice.columns[column]),
            box=_box(lattice, row, column, deep, wide),
            columns=wide,
            rows=deep,
            bold=bool(text) and all(id(line) in sheet.bold for line, _ in text),
            floor=min((line.bottom for line, _ in text), default=None),
            marks=places_of_boxes(text),
        )
    return rows


def text_of(written: Written, across: float) -> str:
    """The cell's lines joined; `across`: the cell's width, that a lone word may be too wide for."""
    pieces: list[str] = []
    glue = cut = False
    for line, words in written:
        text = " ".join(word.text for word in words)
        if pieces and (glue or (cut and text[:1].islower())):
            pieces[-1] += text
        else:
            pieces.append(text)
        glue = line.wraps_word and words[-1] is line.words[-1]
        wide = words[-1].right - words[0].left
        cut = len(words) == 1 and wide > _FILLS * across and text[-1:].isalpha()
    return join_lines(pieces)
