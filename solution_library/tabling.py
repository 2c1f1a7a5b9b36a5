"""Shows the rows of a table, which passages hold as lines of text, as a table again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from solution_library.highlighting import Piece

SEPARATOR = " | "
#: A lone line with a bar in it is a sentence more often than a table.
FEWEST_ROWS = 2
MOST_COLUMNS = 40
COLON = ": "
LONGEST_NAME = 80

Cell = list[Piece]
Row = list[Cell]


@dataclass(frozen=True)
class Lines:
    """Lines that stand together: running text in `pieces`, or rows of cells in `rows`, whose
    columns are called `heads` if they have names."""

    pieces: list[Piece]
    rows: list[Row]
    heads: list[str] = field(default_factory=list)

    @property
    def is_table(self) -> bool:
        return bool(self.rows)


def lines_of(pieces: list[Piece]) -> list[Lines]:
    """The text of a passage, its marks kept, with its tables apart."""
    lines = _split(pieces, "\n")
    shaped: list[Lines] = []
    for is_row, group in groupby(lines, key=_is_row):
        found = list(group)
        if is_row and len(found) >= FEWEST_ROWS:
            shaped.append(_table([_split(line, SEPARATOR) for line in found]))
        else:
            shaped.append(Lines(_joined(found), []))
    return shaped


def _table(rows: list[Row]) -> Lines:
    """Rows of `Name: value` under a row of names, if every cell of every row has one."""
    names = [[_name_of(cell) for cell in row] for row in rows]
    heads = list(dict.fromkeys(name for row in names for name in row))
    twice = any(len(set(row)) < len(row) for row in names)
    if "" in heads or twice or len(heads) > MOST_COLUMNS:
        return Lines([], rows)
    filled = [
        {name: _without(cell, name) for name, cell in zip(row_names, row, strict=True)}
        for row_names, row in zip(names, rows, strict=True)
    ]
    # A cell that was empty in the file is not in the text at all.
    return Lines([], [[row.get(head, []) for head in heads] for row in filled], heads)


def _name_of(cell: Cell) -> str:
    """What stands before the colon; "" where nothing does, and where a mark would be cut."""
    if not cell or cell[0].marked:
        return ""
    name, colon, _ = cell[0].text.partition(COLON)
    return name if colon and len(name) <= LONGEST_NAME else ""


def _without(cell: Cell, name: str) -> Cell:
    rest = Piece(cell[0].text[len(name) + len(COLON) :])
    return [rest, *cell[1:]]


def _is_row(line: list[Piece]) -> bool:
    bars = sum(piece.text.count(SEPARATOR) for piece in line)
    return 0 < bars < MOST_COLUMNS


def _split(pieces: list[Piece], separator: str) -> list[list[Piece]]:
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        for n, text in enumerate(piece.text.split(separator)):
            if n:
                parts.append([])
            if text:
                parts[-1].append(Piece(text, piece.marked))
    return parts


def _joined(lines: list[list[Piece]]) -> list[Piece]:
    return list(_with_breaks(lines))


def _with_breaks(lines: list[list[Piece]]) -> Iterator[Piece]:
    for n, line in enumerate(lines):
        if n:
            yield Piece("\n")
        yield from line
