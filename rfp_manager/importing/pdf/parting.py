"""Where the columns of a table part that are told by white alone, from what stands in its rows."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from rfp_manager.importing.texts import is_number
from solution_library.parsing.pdf_columns import Piece, pieces_of
from solution_library.parsing.pdf_lines import TextLine, Word

SLACK = 4.0  # points by which the beginnings of texts in one column may differ
MOST_TITLES = 8  # rows from the top among which the titles stand
NARROW = 60.0  # points: wider untitled columns hold texts, not numbers
EMPTY = 0.25  # of the rows: in so many of them a word may run over a border
RARE = 0.1  # of the rows: what only so many have is no column
FOLLOWING = 0.8  # of the rows begin where the columns of the page before do
SHARED = 0.6  # of the rows: so many agree where a column begins

Interval = tuple[float, float]


@dataclass
class Band:
    """What stands in one row, from its top to its bottom."""

    top: float
    bottom: float
    lines: list[TextLine]

    @property
    def pieces(self) -> list[Piece]:
        return [piece for line in self.lines for piece in pieces_of(line)]


def cuts_of(bands: list[Band]) -> list[float]:
    """Left of what stands in each column but the first."""
    behind = _behind_numbers(bands)
    known = [behind] if behind else []
    titles = _titles([spans_of(band, known) for band in bands[:MOST_TITLES]])
    # A number set to the right may stand so close to the next column that they look like one.
    known += [begin for begin, _ in titles]
    rows = [row for band in bands if len(row := spans_of(band, known)) > 1]
    columns = _untitled_joined(_columns(rows, titles), rows, titles)
    places = {begin for begin, _ in columns[1:]} | ({behind} if behind else set())
    words = [
        word
        for band in bands
        for piece in band.pieces
        if sum(_overlap((piece.left, piece.right), column) for column in columns) < 2
        for word in piece.words
    ]
    ends = [end for _, end in columns]
    return [_cut(at, ends, words) for at in apart(sorted(places))]


def _cut(begin: float, ends: list[float], words: list[Word]) -> float:
    """Left of where a column begins, and as near to it as the fewest words are cut: where texts
    are set to the right, single ones reach further."""
    farthest = max((end for end in ends if end < begin), default=begin - 2.0)
    places = [begin - 2.0]
    while places[-1] - 1.0 > farthest:
        places.append(places[-1] - 1.0)

    def crossed(at: float) -> int:
        return sum(word.left < at - 0.3 and word.right > at + 0.3 for word in words)

    return min(places, key=lambda at: (crossed(at), begin - at))


def _titles(rows: list[list[Interval]]) -> list[Interval]:
    """The row that parts most; a title over several of the next row stands for those."""
    most = max(rows, key=len)
    at = rows.index(most)
    below = rows[at + 1] if at + 1 < len(rows) else []
    found: list[Interval] = []
    for title in most:
        parts = [one for one in below if _overlap(one, (title[0] - 1, title[1] + 1))]
        others = [one for one in most if one is not title and any(_overlap(one, p) for p in parts)]
        found += parts if len(parts) > 1 and not others else [title]
    if len(found) > len(most):
        found += [one for one in below if not any(_overlap(one, title) for title in found)]
    return sorted(found)


def _columns(rows: list[list[Interval]], titles: list[Interval]) -> list[Interval]:
    """What hardly a row leaves white; below a title there need not be anything."""
    few = max(1.0, RARE * len(rows))
    ends = sorted({at for row in rows for one in row for at in one})
    kept = [
        (left, right)
        for left, right in pairwise(ends)
        if sum(any(_covers(one, left, right) for one in row) for row in rows) > few
        or any(_covers(one, left, right) for one in titles)
    ]
    return merged(kept, touching=True)


def _covers(one: Interval, left: float, right: float) -> bool:
    return one[0] <= left and right <= one[1]


def _untitled_joined(
    columns: list[Interval], rows: list[list[Interval]], titles: list[Interval]
) -> list[Interval]:
    """A title set to the left and its numbers set to the right are one column."""
    found = columns[:1]
    for column in columns[1:]:
        before = found[-1]
        title = [any(_overlap(one, each) for one in titles) for each in (before, column)]
        both = any(
            all(any(_overlap(one, each) for one in row) for each in (before, column))
            for row in rows
        )
        short = title[0] or before[1] - before[0] <= NARROW
        if title[0] != title[1] and short and not both:
            found[-1] = (before[0], column[1])
        else:
            found.append(column)
    return found


def _overlap(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _split(piece: Piece, places: list[float]) -> list[Interval]:
    """Parted before each word that begins at one of the places."""
    words = sorted(piece.words, key=lambda word: word.left)
    found = [(words[0].left, words[0].right)]
    for word in words[1:]:
        if any(abs(word.left - at) <= 2 for at in places):
            found.append((word.left, word.right))
        else:
            found[-1] = (found[-1][0], max(found[-1][1], word.right))
    return found


def apart(places: list[float]) -> list[float]:
    found: list[float] = []
    for place in places:
        if not found or place - found[-1] > SLACK:
            found.append(place)
    return found


def merged(intervals: list[Interval], *, touching: bool = False) -> list[Interval]:
    """Those that overlap as one, from the left; at wish those that only touch, too."""
    found: list[Interval] = []
    for begin, end in sorted(intervals):
        if found and (begin < found[-1][1] or (touching and begin == found[-1][1])):
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _behind_numbers(bands: list[Band]) -> float | None:
    """Where the text begins, if most rows begin with a number close to it."""
    places = []
    for band in bands:
        first = max(band.lines, key=lambda line: (line.middle, -line.left))
        words = sorted(first.words, key=lambda word: word.left)
        close = len(words) > 1 and words[1].left - words[0].right < 1.5 * first.height
        if any(line is not first and abs(line.left - words[0].left) <= 2 for line in band.lines):
            return None  # the text goes on below its number: they share a column
        if close and (is_number(words[0].text) or words[0].text.isdigit()):
            places.append(words[1].left)
    if len(places) < max(2, SHARED * len(bands)):
        return None
    usual = median_low(places)
    same = sum(abs(place - usual) <= 2 for place in places)
    return usual if same >= 0.9 * len(places) else None


def spans_of(band: Band, places: list[float]) -> list[Interval]:
    """What stands side by side. A text alone in its row is parted behind its number only: by
    chance one of its words begins where a column does."""
    if is_single(band):
        return merged([(piece.left, piece.right) for piece in band.pieces])
    return merged([part for piece in band.pieces for part in _split(piece, places)])


def is_single(band: Band) -> bool:
    """Whether it holds but one text, without a number before it."""
    pieces = band.pieces
    apart = len(merged([(piece.left, piece.right) for piece in pieces])) > 1
    return not apart and not any(map(is_numbered, pieces))


def is_numbered(piece: Piece) -> bool:
    first = min(piece.words, key=lambda word: word.left).text
    return is_number(first) or first.isdigit()


def columns_of(band: Band, cuts: list[float]) -> set[int]:
    words = [word for line in band.lines for word in line.words]
    return {sum(at < (word.left + word.right) / 2 for at in cuts) for word in words}


def fits(bands: list[Band], cuts: list[float]) -> bool:
    """Whether hardly a word is cut, but in rows of a single text, which may span the columns."""
    whole = cut = 0
    for band in bands:
        if len(columns_of(band, cuts)) < 2 or is_single(band):
            continue
        for piece in band.pieces:
            for word in piece.words:
                whole += 1
                cut += any(word.left + 1 < at < word.right - 1 for at in cuts)
    return whole > 0 and cut <= 0.02 * whole


def follows(bands: list[Band], left: float, cuts: list[float]) -> bool:
    """Whether each row begins where a column of the table above does, and no word is cut: many
    rows may hold but one text, beside cells that are merged or still to be written."""
    begins = [left, *cuts]
    aligned = crossed = 0
    for band in bands:
        first = min(band.pieces, key=lambda piece: piece.left)
        begun = any(-1 <= first.left - at <= 2 * SLACK for at in begins)
        aligned += begun or is_numbered(first)
        words = [word for piece in band.pieces for word in piece.words]
        crossed += any(word.left + 1 < at < word.right - 1 for word in words for at in cuts)
    return aligned >= FOLLOWING * len(bands) and crossed <= EMPTY * len(bands)


def is_another(cuts: list[float], above: list[float], bands: list[Band]) -> bool:
    """Whether rows that could go on with the table above have as many columns, but elsewhere."""
    if len(cuts) < len(above) or not fits(bands, cuts):
        return False
    same = all(any(abs(at - other) <= 2 * SLACK for at in cuts) for other in above)
    return len(cuts) > len(above) or not same


def is_table(bands: list[Band], cuts: list[float]) -> bool:
    """Whether most rows have something in two columns, or all keep to the columns of their
    titles: else lines part paragraphs."""
    filled = [len(columns_of(band, cuts)) > 1 for band in bands]
    if 2 * sum(filled) >= len(bands):
        return True
    words = [word for band in bands for line in band.lines for word in line.words]
    crossing = any(word.left + 1 < at < word.right - 1 for word in words for at in cuts)
    return len(columns_of(bands[0], cuts)) == len(cuts) + 1 and not crossing
