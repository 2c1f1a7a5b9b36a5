"""Tables without rules: regions of text with the same white gaps, cut into rows."""

from dataclasses import dataclass
from itertools import pairwise

from rfp_manager.importing.pdf.headed import Headed, headed_tables, in_rows
from rfp_manager.importing.pdf.model import Part, PartCell, PartRow, Sheet
from rfp_manager.importing.pdf.printed import places_of_boxes
from rfp_manager.importing.texts import is_number
from solution_library.parsing.pdf_columns import Piece, Region, arranged, pieces_of
from solution_library.parsing.pdf_lines import TextLine, Word, reads_right_to_left
from solution_library.parsing.text import join_lines

_WIDER = 1.35  # times the usual distance of lines: then a new row begins
_BEGINS = 4.0  # points behind a border: there the text of a column begins
_FILLS = 0.8  # of a cell's width: a word that leaves no more room than this was cut
_NUMBERED = 0.3  # of the lines: then each number begins a row


@dataclass
class Block:
    """Lines of pieces, and the places where the columns part."""

    lines: list[list[Piece]]
    cuts: list[float]
    left: float
    right: float
    order: float
    headed: bool = False

    def column_of(self, piece: Piece) -> int:
        at = piece.left + 1 if self.spans(piece) else piece.middle
        return sum(cut < at for cut in self.cuts)

    def spans(self, piece: Piece) -> int:
        """How many borders of columns run through it."""
        return sum(piece.left + 1 < cut < piece.right - 1 for cut in self.cuts)


def unruled_parts(
    sheet: Sheet, lines: list[TextLine], above: Headed | None = None
) -> tuple[list[TextLine], list[Part], Headed | None]:
    """The lines outside of tables in reading order, the tables, and the last one with titles,
    which the next page may go on with as this one may with `above`."""
    parts: list[Part] = []
    tables = headed_tables(lines, sheet.drawing.sheet, above)
    for table in tables:
        gone = {id(line) for line in table.lines}
        lines = [line for line in lines if id(line) not in gone]
        order = min(line.order for line in table.lines)
        pieces = rows_of(table.lines, table.cuts)
        block = Block(pieces, table.cuts, table.left, table.right, order, table.titled)
        parts.append(_part(block, sheet))
    given = {id(line): line for line in lines}
    lines, found = arranged(lines)
    for order, region in found:
        if _is_list(region):
            lines += [line for key, line in region.lines.items() if key in given]
        else:
            parts.append(_part(_block(region, order, sheet), sheet))
    return lines, parts, tables[-1] if tables else None


def _is_list(region: Region) -> bool:
    """Numbers in front of text, and nothing beside it: paragraphs, not a table."""
    if len(region.cuts) != 1:
        return False
    first = region.columns()[0]
    return bool(first) and all(is_number(piece.text) for piece in first)


def _block(region: Region, order: float, sheet: Sheet) -> Block:
    pieces = [row.pieces for row in region.rows]
    left = min(piece.left for line in pieces for piece in line)
    right = max(piece.right for line in pieces for piece in line)
    return Block(pieces, region.cuts, left, max(right, _margin(sheet, right)), order)


def rows_of(lines: list[TextLine], cuts: list[float]) -> list[list[Piece]]:
    """The pieces line by line; one that runs over a border without a word on it is parted."""
    return in_rows(
        part for line in lines for piece in pieces_of(line) for part in parted(piece, cuts)
    )


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


def _part(block: Block, sheet: Sheet) -> Part:
    lines = block.lines
    starts = _starts(block, sheet)
    edges = [block.left - 3, *block.cuts, block.right + 3]
    part = Part(sheet.number, edges, [], block.order, ruled=False, turned=sheet.turned)
    groups = [
        lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]
    tops = [_top(group[0]) + 1 for group in groups]
    bottoms = [*tops[1:], _bottom(groups[-1][-1]) - 1]
    for group, top, bottom in zip(groups, tops, bottoms, strict=True):
        part.rows.append(row_of(group, block, edges, (top, bottom), sheet))
    return part


def _margin(sheet: Sheet, right: float) -> float:
    """The answers' column may be empty but for its title: it ends where the text does."""
    return max((line.right for line in sheet.lines if not line.aside), default=right)


def _top(line: list[Piece]) -> float:
    return max(piece.line.top for piece in line)


def _bottom(line: list[Piece]) -> float:
    return min(piece.line.bottom for piece in line)


def _starts(block: Block, sheet: Sheet) -> list[int]:
    """The lines with which a row begins."""
    lines = block.lines
    firsts = [_first_cell(line, block) for line in lines]
    numbered = sum(is_number(text) for text in firsts if text)
    by_number = numbered >= max(2, _NUMBERED * len(lines) / 2)
    gaps = [_top(upper) - _top(lower) for upper, lower in zip(lines, lines[1:], strict=False)]
    usual = _usual(gaps)
    rules = [place for place, *_ in sheet.drawing.across]
    starts = [0]
    for index in range(1, len(lines)):
        upper, lower = _bottom(lines[index - 1]) + 2, _top(lines[index]) - 2
        parted = any(min(upper, lower) <= y <= max(upper, lower) for y in rules)
        wide = gaps[index - 1] > _WIDER * usual
        number = bool(firsts[index]) and is_number(firsts[index])
        after_titles = index == 1 and block.headed
        ended = bool(firsts[index]) and _ended(lines[index - 1]) and _begins(lines[index])
        if parted or number or wide or after_titles or (not by_number and ended):
            starts.append(index)
    return starts


def _usual(gaps: list[float]) -> float:
    """The distance of two lines of one paragraph: the smallest that is not rare."""
    ordered = sorted(gap for gap in gaps if gap > 1)
    return ordered[len(ordered) // 10] if ordered else 0.0


def _first_cell(line: list[Piece], block: Block) -> str:
    return " ".join(piece.text for piece in line if block.column_of(piece) == 0)


def _ended(line: list[Piece]) -> bool:
    return line[0].text.rstrip().endswith((".", "?", "!", ":", ";", "。", "？")) or len(line) > 1


def _begins(line: list[Piece]) -> bool:
    return not line[0].text[:1].islower()


def row_of(
    group: list[list[Piece]],
    block: Block,
    edges: list[float],
    between: tuple[float, float],
    sheet: Sheet,
) -> PartRow:
    row = PartRow(*between)
    for column in range(len(edges) - 1):
        pieces = [p for line in group for p in line if block.column_of(p) == column]
        spans = max((block.spans(piece) for piece in pieces), default=0)
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
