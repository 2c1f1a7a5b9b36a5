"""Lines that stand side by side, and which of them make one row where nothing is drawn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from rfp_manager.importing.pdf.cells import parted
from rfp_manager.importing.pdf.model import Sheet
from rfp_manager.importing.pdf.parting import Band
from rfp_manager.importing.texts import is_number
from solution_library.parsing.pdf_columns import Piece, pieces_of
from solution_library.parsing.pdf_lines import TextLine

SENTENCE_END = (".", "?", "!", ":", ";", "。", "？", "！", "؟")
_LEVEL = 0.4  # line heights by which two lines side by side may differ
_WIDER = 1.18  # times the leading: then a new row begins
_LOOSE = 1.5  # line heights: the leading of a text that shows none is not wider
_NUMBERED = 0.5  # of the texts in a column: then it is one of numbers
_ALL_NUMBERED = 0.85
_FEWEST_BLOCKS = 3  # parted by white: then it parts all rows
_TALLEST = 6  # lines of a row on average
_MARGIN, _ALIGNED = 40.0, 3.0  # points
_MOST_NUMBER_COLUMNS = 3  # from the left among which the numbers stand


@dataclass
class Level:
    """The pieces of one height, each in its column; `spanning`: it runs over a border."""

    pieces: list[Piece]
    columns: dict[int, list[Piece]] = field(default_factory=dict)
    spanning: bool = False

    @property
    def middle(self) -> float:
        return self.pieces[0].line.middle

    @property
    def height(self) -> float:
        return max(piece.line.height for piece in self.pieces)

    @property
    def left(self) -> float:
        return min(piece.left for piece in self.pieces)

    @property
    def right(self) -> float:
        return max(piece.right for piece in self.pieces)

    @property
    def top(self) -> float:
        return max(piece.line.top for piece in self.pieces)

    @property
    def bottom(self) -> float:
        return min(piece.line.bottom for piece in self.pieces)

    @property
    def lines(self) -> list[TextLine]:
        return list({id(piece.line): piece.line for piece in self.pieces}.values())

    def text(self, column: int) -> str:
        return " ".join(piece.text for piece in self.columns.get(column, []))


def levels_of(lines: Iterable[TextLine]) -> list[Level]:
    """From the top; the pieces of each from the left."""
    pieces = [piece for line in lines for piece in pieces_of(line)]
    levels: list[Level] = []
    for piece in sorted(pieces, key=lambda piece: -piece.line.middle):
        near = levels and levels[-1].middle - piece.line.middle < _LEVEL * piece.line.height
        if near:
            levels[-1].pieces.append(piece)
        else:
            levels.append(Level([piece]))
    for level in levels:
        level.pieces.sort(key=lambda piece: piece.left)
    return levels


def band_of(levels: list[Level]) -> Band:
    lines = [line for level in levels for line in level.lines]
    return Band(levels[0].top + 1, min(level.bottom for level in levels) - 1, lines)


def leading_of(levels: list[Level]) -> float | None:
    """The distance of two lines of one text; None where no text seems to have two."""
    sure, close = [], []
    usual = usual_height(levels)
    for upper, lower in pairwise(levels):
        gap = upper.middle - lower.middle
        if gap > 2.5 * max(upper.height, lower.height, usual):
            continue
        if any(_goes_on(above, below) for above in upper.pieces for below in lower.pieces):
            sure.append(gap)
        if gap < _LOOSE * min(max(level.height, usual) for level in (upper, lower)):
            close.append(gap)
    if len(sure) >= 2:
        return median(sure)
    return min(sure + close, default=None)


def usual_height(levels: list[Level]) -> float:
    """Of the higher lines: some fonts tell less than their letters need."""
    return sorted(level.height for level in levels)[len(levels) * 3 // 4]


def _goes_on(above: Piece, below: Piece) -> bool:
    """Whether a text that stands below another one is surely its second line."""
    under = abs(above.left - below.left) < 3
    return under and below.text[:1].islower() and not above.text.endswith(SENTENCE_END)


def is_wide(upper: Level, lower: Level, leading: float | None) -> bool:
    """Whether there is more white between the two than between two lines of one text."""
    gap = upper.middle - lower.middle
    if leading is None:
        return gap > 1.05 * max(upper.height, lower.height)
    return gap > max(_WIDER * leading, leading + 0.9)


def rough_rows(levels: list[Level], leading: float | None) -> list[list[Level]]:
    """Parted where there is more white, or where a line begins with a number at the margin."""
    numbered = numbered_levels(levels)
    rows = [[levels[0]]]
    for upper, lower in pairwise(levels):
        if is_wide(upper, lower, leading) or id(lower) in numbered:
            rows.append([lower])
        else:
            rows[-1].append(lower)
    return rows


def numbered_levels(levels: list[Level]) -> set[int]:
    """Ids of those that begin with a number at the margin, or where most numbers begin or end."""
    firsts = [(level, min(level.pieces[0].words, key=lambda word: word.left)) for level in levels]
    margin = min(word.left for _, word in firsts)
    told = [(level, word) for level, word in firsts if _counts(word.text)]
    lefts = sorted(word.left for _, word in told)
    rights = sorted(word.right for _, word in told)
    return {
        id(level)
        for level, word in told
        if word.left - margin < _MARGIN
        or abs(word.left - lefts[len(lefts) // 2]) <= _ALIGNED
        or abs(word.right - rights[len(rights) // 2]) <= _ALIGNED
    }


def _counts(text: str) -> bool:
    """Whether it is a number with a digit: "Y" and "No" stand in other columns, too."""
    return any(sign.isdigit() for sign in text) and (is_number(text) or text.isdigit())


def into_columns(level: Level, cuts: list[float]) -> None:
    """Put the pieces of the level into its columns."""
    level.columns.clear()
    level.spanning = False
    for piece in level.pieces:
        for part in parted(piece, cuts):
            over = sum(part.left + 1 < cut < part.right - 1 for cut in cuts)
            level.spanning = level.spanning or bool(over)
            at = part.left + 1 if over else part.middle
            level.columns.setdefault(sum(cut < at for cut in cuts), []).append(part)


def lines_between(sheet: Sheet) -> Callable[[Level, Level], bool]:
    """Whether any line is drawn across between two levels."""
    rules = [y for y, *_ in sheet.drawing.across]

    def between(upper: Level, lower: Level) -> bool:
        low, high = sorted((upper.bottom + 2, lower.top - 2))
        return any(low <= y <= high for y in rules)

    return between


def begins_several(levels: list[Level], numbers: int) -> bool:
    """Whether more than one row begins among them: a number with the beginning of a text."""
    begun = [
        level
        for level in levels
        if _counts(level.text(numbers))
        and any(c != numbers and not level.text(c)[:1].islower() for c in level.columns)
    ]
    return len(begun) > 1


def rows_in(
    levels: list[Level],
    leading: float | None,
    between: Callable[[Level, Level], bool],
    numbers: int | None,
) -> list[list[Level]]:
    """The levels of each row of a table; `between`: whether a line is drawn between two."""
    blocks = [[levels[0]]]
    for upper, lower in pairwise(levels):
        if is_wide(upper, lower, leading) or between(upper, lower):
            blocks.append([lower])
        else:
            blocks[-1].append(lower)
    if numbers is None:
        sure = len(blocks) >= _FEWEST_BLOCKS and len(blocks) * _TALLEST >= len(levels)
        if sure and not _at_the_top(blocks):
            return blocks
        return [row for block in blocks for row in _by_text(block, sure=sure)]
    return [row for block in blocks for row in _by_numbers(block, numbers)]


def number_column(levels: list[Level]) -> int | None:
    """The column that has a number where a row begins: of several the one with most of them."""
    widest = max((column for level in levels for column in level.columns), default=0)
    found: list[tuple[bool, int, int]] = []
    for column in {*range(min(_MOST_NUMBER_COLUMNS, widest)), widest}:
        own = [level.text(column) for level in levels if column in level.columns]
        counted = sum(map(_counts, own))
        if counted >= max(2, _NUMBERED * len(own)):
            found.append((counted >= _ALL_NUMBERED * len(own), counted, -column))
    return -max(found)[2] if found else None


def _by_numbers(block: list[Level], column: int) -> list[list[Level]]:
    """Rows of a block that holds several numbers: the white between the rows is no wider."""
    at = [index for index, level in enumerate(block) if _counts(level.text(column))]
    if not at:
        return [block]
    if len(at) == 1:
        return _titled(block, column)
    if at[0] == 0 or at[-1] != len(block) - 1:
        starts = _tops(block, column, at)
    else:
        starts = [0, *(index + 1 for index in at[:-1])]  # the numbers stand at the bottom
    return [block[start:end] for start, end in pairwise([*starts, len(block)])]


def _tops(block: list[Level], column: int, at: list[int]) -> list[int]:
    """Where rows begin whose numbers stand at the top: there, and at a title between them."""
    starts = {0, *at}
    for index, level in enumerate(block):
        told = level.text(column)
        starts |= {index} if told and not _counts(told) else set()
    return sorted(starts)


def _titled(block: list[Level], column: int) -> list[list[Level]]:
    """A title right above a numbered row is a row of its own."""
    first = block[0].text(column)
    if first and not _counts(first) and len(block) > 1 and _counts(block[1].text(column)):
        return [block[:1], block[1:]]
    return [block]


def _at_the_top(blocks: list[list[Level]]) -> bool:
    """Whether most cells of the first column begin where their rows do."""
    told = [block for block in blocks if len(block) > 1 and any(0 in row.columns for row in block)]
    return 2 * sum(0 in block[0].columns for block in told) >= len(told)


def _by_text(block: list[Level], *, sure: bool) -> list[list[Level]]:
    """Rows of a block without numbers. Cells begin at the top of their row, so a column that
    was left before comes back only in the next one."""
    rows = [block[:1]]
    for upper, lower in pairwise(block):
        back = any(
            column in lower.columns and column not in upper.columns for column in lower.columns
        )
        ended = 0 in lower.columns and 0 in upper.columns and _begins_anew(upper, lower)
        if (back and 0 in lower.columns) or (not sure and ended):
            rows.append([lower])
        else:
            rows[-1].append(lower)
    return rows


def _begins_anew(upper: Level, lower: Level) -> bool:
    first = upper.text(0)
    ended = first.rstrip().endswith(SENTENCE_END) or len(upper.columns) > 1
    return ended and not lower.text(0)[:1].islower()
