"""Shows the rows of a table, which passages hold as lines of text, as a table again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from solution_library.highlighting import Piece

SEPARATOR = " | "
#: A lone line with a bar in it is a sentence more often than a table.
FEWEST_ROWS = 2
MOST_COLUMNS = 40


@dataclass(frozen=True)
class Lines:
    """Lines that stand together: running text in `pieces`, or rows of cells in `rows`."""

    pieces: list[Piece]
    rows: list[list[list[Piece]]]

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
            shaped.append(Lines([], [_split(line, SEPARATOR) for line in found]))
        else:
            shaped.append(Lines(_joined(found), []))
    return shaped


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
