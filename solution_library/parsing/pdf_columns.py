"""Tables without rules, and columns of text: both are rows with the same white gaps.

A gap that stays open over several rows makes columns. Long lines that fill their columns are
running text, to be read column by column; anything else is a table, to be read row by row.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from solution_library.parsing.grids import plain
from solution_library.parsing.pdf_lines import TextLine, Word, reads_right_to_left
from solution_library.parsing.pdf_page import Table
from solution_library.parsing.text import join_lines

#: In line heights: a gap between columns, a gap that stays open, and white between two rows.
_GAP = 0.65
_OPEN_GAP = 0.45
_ROW_GAP = 2.0
_LONG_TEXT = 20
_FULL = 0.6
#: A table of so few rows has no longer cells; else a few lines of text have gaps by chance.
_FEW_ROWS, _SHORT_CELL = 3, 25
_FAR = 1e6
_MARKER = re.compile(r"[•‣▪●◦○■□–—\-*\uf0b7\uf0a7]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]")
_FIGURE = re.compile(r"\d")
_LEADERS = re.compile(r"(?:\. ?){4}|…{2}|_{3}")

Gap = tuple[float, float]


@dataclass(slots=True)
class Piece:
    """Words of one line without a wide gap between them."""

    words: list[Word]
    line: TextLine
    left: float
    right: float

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


@dataclass(slots=True)
class _Row:
    pieces: list[Piece]
    top: float
    bottom: float


@dataclass(slots=True)
class Region:
    rows: list[_Row] = field(default_factory=list)
    #: Where the columns part: one place less than there are columns.
    cuts: list[float] = field(default_factory=list)

    def column_of(self, piece: Piece) -> int:
        return sum(cut < piece.middle for cut in self.cuts)

    def columns(self) -> list[list[Piece]]:
        columns: list[list[Piece]] = [[] for _ in range(len(self.cuts) + 1)]
        for row in self.rows:
            for piece in row.pieces:
                columns[self.column_of(piece)].append(piece)
        return columns

    @property
    def lines(self) -> dict[int, TextLine]:
        return {id(p.line): p.line for row in self.rows for p in row.pieces}


def arrange(lines: list[TextLine], page: int) -> tuple[list[TextLine], list[tuple[int, Table]]]:
    """The lines in reading order without what stands in tables, and the tables with their order."""
    lines, found = arranged(lines)
    return lines, [(order, _table(region, page)) for order, region in found]


def arranged(lines: list[TextLine]) -> tuple[list[TextLine], list[tuple[int, Region]]]:
    """As `arrange`, with the tables as regions: what stands where in them."""
    tables: list[tuple[int, Region]] = []
    for region in regions(lines):
        if _is_running_text(region):
            lines = _column_by_column(lines, region)
        elif _is_table(region):
            order = min(line.order for line in region.lines.values())
            gone = region.lines
            lines = [line for line in lines if id(line) not in gone]
            tables.append((order, region))
    return lines, tables


def regions(lines: Sequence[TextLine]) -> Iterator[Region]:
    rows = _rows_of(lines)
    place = 0
    while place < len(rows):
        if len(rows[place].pieces) < 2:
            place += 1
            continue
        region, place = _grow(rows, place)
        if region is not None:
            yield region


def _rows_of(lines: Sequence[TextLine]) -> list[_Row]:
    """Pieces that stand side by side, whatever the order in which they were written."""
    pieces = [p for line in lines if not line.aside for p in pieces_of(line)]
    pieces.sort(key=lambda piece: -piece.line.middle)
    rows: list[_Row] = []
    for piece in pieces:
        line = piece.line
        if rows and rows[-1].bottom + 0.4 * line.height < line.middle < rows[-1].top:
            rows[-1].pieces.append(piece)
        else:
            rows.append(_Row([piece], line.top, line.bottom))
    for row in rows:
        row.pieces.sort(key=lambda piece: piece.left)
    return rows


def pieces_of(line: TextLine) -> list[Piece]:
    words = line.words
    gap = _GAP * line.height
    begin, found, right = 0, [], words[0].right
    for place in range(1, len(words)):
        word = words[place]
        if word.left < right - gap:
            return _pieces_anywhere(line, gap)
        if word.left - right > gap:
            found.append(Piece(words[begin:place], line, words[begin].left, right))
            begin = place
        right = word.right
    found.append(Piece(words[begin:], line, words[begin].left, right))
    return found


def _pieces_anywhere(line: TextLine, gap: float) -> list[Piece]:
    """For a line that is not read from left to right; each piece keeps the order of reading."""
    found: list[Piece] = []
    for word in sorted(line.words, key=lambda word: word.left):
        if found and word.left - found[-1].right <= gap:
            found[-1].words.append(word)
            found[-1].right = max(found[-1].right, word.right)
        else:
            found.append(Piece([word], line, word.left, word.right))
    place = {id(word): place for place, word in enumerate(line.words)}
    for piece in found:
        piece.words.sort(key=lambda word: place[id(word)])
    return found


def _grow(rows: list[_Row], place: int) -> tuple[Region | None, int]:
    """The longest run of rows from here whose gaps stay open, and the place after it."""
    gaps = _gaps(rows[place])
    end = place + 1
    while end < len(rows) and rows[end - 1].bottom - rows[end].top < _white(rows[end]):
        narrower = _common(gaps, _gaps(rows[end]), rows[end])
        if not _inner(narrower, rows[place:end]) or _sticks_out(rows[end], rows[place:end]):
            break
        gaps, end = narrower, end + 1
    taken = _without_tail(rows[place:end])
    cuts = [(left + right) / 2 for left, right in _inner(gaps, taken)]
    several = sum(len(row.pieces) > 1 for row in taken)
    alone = sum(len(row.pieces) == 1 and row.pieces[0].left < cuts[0] for row in taken if cuts)
    if not cuts or several < (2 if len(cuts) > 1 else 3) or alone > several:
        return None, place + 1
    return Region(taken, cuts), place + len(taken)


def _sticks_out(row: _Row, above: Sequence[_Row]) -> bool:
    """A line alone that begins or ends where no row of the table does."""
    slack = 2 * (row.top - row.bottom)
    return len(row.pieces) == 1 and (
        row.pieces[0].left < min(other.pieces[0].left for other in above) - slack
        or row.pieces[0].right > max(other.pieces[-1].right for other in above) + slack
    )


def _white(row: _Row) -> float:
    return _ROW_GAP * (row.top - row.bottom)


def _gaps(row: _Row) -> list[Gap]:
    """All that no piece covers, from margin to margin."""
    gaps, right = [], -_FAR
    for piece in row.pieces:
        if piece.left > right:
            gaps.append((right, piece.left))
        right = max(right, piece.right)
    return [*gaps, (right, _FAR)]


def _common(gaps: list[Gap], others: list[Gap], row: _Row) -> list[Gap]:
    least = _OPEN_GAP * (row.top - row.bottom)
    common = (
        (max(left, other_left), min(right, other_right))
        for left, right in gaps
        for other_left, other_right in others
    )
    return [(left, right) for left, right in common if right - left >= least]


def _inner(gaps: list[Gap], rows: Sequence[_Row]) -> list[Gap]:
    """Gaps with text on both sides in the same row."""
    return [
        (left, right)
        for left, right in gaps
        if any(row.pieces[0].right <= left and row.pieces[-1].left >= right for row in rows)
    ]


def _without_tail(rows: list[_Row]) -> list[_Row]:
    """A last line at the left margin alone rather begins what follows."""
    while len(rows) > 1 and len(rows[-1].pieces) == 1:
        if rows[-1].pieces[0].left > rows[0].pieces[0].right:
            break
        rows = rows[:-1]
    return rows


def _is_running_text(region: Region) -> bool:
    columns = region.columns()
    if len(region.rows) < 4 or any(len(column) < 3 for column in columns):
        return False
    return all(
        median(len(piece.text) for piece in column) >= _LONG_TEXT
        and median(piece.right - piece.left for piece in column) >= _FULL * _width(column)
        for column in columns
    )


def _written_apart(region: Region) -> bool:
    """Each column was (all but) finished before the next was begun, as no table is written."""
    pieces = [(p.line.order, region.column_of(p)) for row in region.rows for p in row.pieces]
    columns = [column for _, column in sorted(pieces)]
    changes = sum(one != other for one, other in pairwise(columns))
    return len(region.rows) > 3 and changes < 2 * (len(region.cuts) + 1)


def _width(column: list[Piece]) -> float:
    return max(piece.right for piece in column) - min(piece.left for piece in column)


def _is_table(region: Region) -> bool:
    """Neither a list, whose markers stand apart, nor a table of contents with dotted lines."""
    columns = region.columns()
    if _written_apart(region):
        return False
    if len(columns) == 2 and all(_MARKER.fullmatch(piece.text) for piece in columns[0]):
        return False
    texts = [piece.text for column in columns for piece in column]
    if len(region.rows) <= _FEW_ROWS and max(map(len, texts)) > _SHORT_CELL:
        return False
    dotted = sum(bool(_LEADERS.search(text)) for text in texts)
    return dotted * 4 < len(region.rows)


def _column_by_column(lines: list[TextLine], region: Region) -> list[TextLine]:
    """Nothing changes where the columns were written one after the other."""
    gone = region.lines
    if not any(_crosses(line, region) for line in gone.values()):
        return lines
    columns = region.columns()
    if reads_right_to_left(" ".join(line.text for line in gone.values())):
        columns.reverse()
    order = min(line.order for line in gone.values())
    ordered = [_line_of(piece, order) for column in columns for piece in column]
    place = next(place for place, line in enumerate(lines) if id(line) in gone)
    before = lines[:place]
    return [*before, *ordered, *(line for line in lines[place:] if id(line) not in gone)]


def _crosses(line: TextLine, region: Region) -> bool:
    return any(line.left < cut < line.right for cut in region.cuts)


def _line_of(piece: Piece, order: int) -> TextLine:
    line = piece.line
    wraps = line.wraps_word and piece.words[-1] is line.words[-1]
    return TextLine(piece.words, line.top, line.bottom, wraps, order=order)


def _table(region: Region, page: int) -> Table:
    width = len(region.cuts) + 1
    rows: list[list[list[str]]] = []
    above: _Row | None = None
    for row in region.rows:
        cells: list[list[str]] = [[] for _ in range(width)]
        for piece in row.pieces:
            cells[region.column_of(piece)].append(piece.text)
        if above is not None and _continues(cells, rows[-1], row, above, is_header=len(rows) == 1):
            for known, more in zip(rows[-1], cells, strict=True):
                known += more
        else:
            rows.append(cells)
        above = row
    texts = [[join_lines(cell) for cell in cells] for cells in rows]
    if reads_right_to_left(" ".join(map(" ".join, texts))):
        texts = [cells[::-1] for cells in texts]
    pieces = [piece for row in region.rows for piece in row.pieces]
    left, right = min(p.left for p in pieces), max(p.right for p in pieces)
    return Table(page, plain(texts), left, right, region.rows[0].top, region.rows[-1].bottom)


def _continues(
    cells: list[list[str]], above: list[list[str]], row: _Row, before: _Row, *, is_header: bool
) -> bool:
    """A cell's second line: close, nothing new in the first column, no more cells than above."""
    filled = [place for place, cell in enumerate(cells) if cell]
    is_close = before.bottom - row.top < 0.35 * (row.top - row.bottom)
    words_only = not any(_FIGURE.search(text) for cell in cells for text in cell)
    return (
        is_close
        and (0 not in filled or (is_header and words_only))
        and all(above[place] for place in filled)
        and len(filled) < sum(map(bool, above))
    )
