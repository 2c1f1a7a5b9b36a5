"""The cells of tables whose columns are parted by white: their texts and places."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from rfp_manager.importing.pdf.model import PartCell, PartRow, Sheet
from rfp_manager.importing.pdf.printed import places_of_boxes
from solution_library.parsing.pdf_columns import Piece, pieces_of
from solution_library.parsing.pdf_lines import TextLine, Word, reads_right_to_left
from solution_library.parsing.text import join_lines

_BEGINS = 4.0  # points behind a border: there the text of a column begins
_FILLS = 0.8  # of a cell's width: a word that leaves no more room than this was cut


@dataclass
class Columns:
    """Where the columns of a table part."""

    cuts: list[float]

    def column_of(self, piece: Piece) -> int:
        at = piece.left + 1 if self.spans(piece) else piece.middle
        return sum(cut < at for cut in self.cuts)

    def spans(self, piece: Piece) -> int:
        """How many borders of columns run through it."""
        return sum(piece.left + 1 < cut < piece.right - 1 for cut in self.cuts)


def rows_of(lines: list[TextLine], cuts: list[float]) -> list[list[Piece]]:
    """The pieces line by line; one that runs over a border without a word on it is parted."""
    return in_rows(
        part for line in lines for piece in pieces_of(line) for part in parted(piece, cuts)
    )


def in_rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces that stand side by side, from the top; each row from the left."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.line.middle):
        level = rows and abs(rows[-1][0].line.middle - piece.line.middle) < 0.4 * piece.line.height
        if level:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda piece: piece.left)
    return rows


def parted(piece: Piece, cuts: list[float]) -> list[Piece]:
    """A piece that runs over a border without a word on it, as the parts in its columns."""
    words = sorted(piece.words, key=lambda word: word.left)
    if any(word.left + 1 < cut < word.right - 1 for word in words for cut in cuts):
        return [piece]
    groups: list[list[Word]] = [words[:1]]
    for before, word in pairwise(words):
        cut = next((at for at in cuts if before.right <= at + 1 and at - 1 <= word.left), None)
        # A number may stand close to its text; a title over two columns is not to be cut.
        begins = cut is not None and word.left - cut <= _BEGINS
        if cut is not None and (begins or word.left - before.right > 0.5 * piece.line.height):
            groups.append([word])
        else:
            groups[-1].append(word)
    order = {id(word): at for at, word in enumerate(piece.words)}  # some read from the right
    found = []
    for group in groups:
        left, right = group[0].left, max(word.right for word in group)
        group.sort(key=lambda word: order[id(word)])
        found.append(Piece(group, piece.line, left, right))
    return found


def row_of(
    group: list[list[Piece]],
    columns: Columns,
    edges: list[float],
    between: tuple[float, float],
    sheet: Sheet,
) -> PartRow:
    row = PartRow(*between)
    for column in range(len(edges) - 1):
        pieces = [p for line in group for p in line if columns.column_of(p) == column]
        spans = max((columns.spans(piece) for piece in pieces), default=0)
        row.cells[column] = PartCell(
            text=_text(pieces, edges[column + 1 + spans] - edges[column]),
            box=(edges[column], edges[column + 1 + spans], *between),
            columns=1 + spans,
            bold=bool(pieces) and all(id(piece.line) in sheet.bold for piece in pieces),
            floor=min((piece.line.bottom for piece in pieces), default=None),
            marks=places_of_boxes((piece.line, piece.words) for piece in pieces),
        )
    return row


def _text(pieces: list[Piece], across: float) -> str:
    """The cell's lines joined. A word that is wider than the cell was cut at its end."""
    texts: list[str] = []
    cut = False
    for level in in_rows(pieces):
        if reads_right_to_left(level[0].text):
            level.reverse()
        text = " ".join(piece.text for piece in level)
        if texts and cut and text[:1].islower():
            texts[-1] += text
        else:
            texts.append(text)
        wide = level[-1].right - level[0].left
        alone = len(level) == 1 and len(level[0].words) == 1
        cut = alone and wide > _FILLS * across and text[-1:].isalpha()
    return join_lines(texts)
