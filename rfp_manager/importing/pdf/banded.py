"""Tables whose rows are parted by lines across, and whose columns by nothing but white.

Every two lines hold one row between them, so a cell of several lines is never cut, as it may be
where the rows themselves have to be guessed.
"""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median, median_low

from rfp_manager.importing.pdf.model import Part, PartRow, Sheet
from rfp_manager.importing.pdf.unruled import Block, row_of, rows_of
from rfp_manager.importing.texts import is_number
from solution_library.parsing.pdf_columns import Piece, pieces_of
from solution_library.parsing.pdf_lines import TextLine

SLACK = 4.0  # points by which the ends of lines of one table may differ
FEWEST_RULES = 3
NARROWEST = 0.35  # of the sheet's width: shorter lines underline or sign something
COVERED = 0.6  # of the table's width: a line so long ends a row, beside a cell that goes on
TALLEST = 14  # lines of text: what is higher is a section between two ornaments
MOST_TITLES = 8  # rows from the top among which the titles stand
NARROW = 60.0  # points: wider untitled columns hold texts, not numbers
EMPTY = 0.25  # of the rows: with more of them without any text it is no table
RARE = 0.1  # of the rows: what only so many have is no column
FOLLOWING = 0.8  # of the rows begin where the columns of the page before do
SHARED = 0.6  # of the rows: so many agree where a column begins

Interval = tuple[float, float]


@dataclass
class Banded:
    """Where the columns of a table part, for the page that goes on with it."""

    cuts: list[float]
    left: float
    right: float
    tall: float = 0.0  # the height of its highest row


def banded_parts(
    sheet: Sheet, lines: list[TextLine], above: Banded | None = None
) -> tuple[list[TextLine], list[Part], Banded | None]:
    """The lines outside of such tables, the tables, and the last of them, which the next page
    may go on with as this one may with `above`."""
    parts: list[Part] = []
    last: Banded | None = None
    goes_on = False
    for left, right, rules in _families(sheet):
        known = above if above and _same(above, left, right) and not goes_on else None
        left = known.left if known else left
        if len(rules) < FEWEST_RULES and known is None:
            continue
        bands = _bands(lines, left, right, rules, known)
        if bands is None:
            continue
        follows = known is not None and _follows(bands, known)
        if known is not None and (follows or _fits(bands, known.cuts)):
            cuts = known.cuts
        else:
            cuts = _cuts(bands, sheet, rules)
        if not cuts or not (follows or _is_table(bands, cuts)):
            continue
        last = Banded(cuts, left, right, max(band.top - band.bottom for band in bands))
        parts.append(_part(bands, last, sheet))
        goes_on = goes_on or known is not None
        taken = {id(line) for band in bands for line in band.lines}
        lines = [line for line in lines if id(line) not in taken]
    return lines, parts, last


@dataclass
class _Band:
    """What stands between two lines across."""

    top: float
    bottom: float
    lines: list[TextLine]

    @property
    def pieces(self) -> list[Piece]:
        return [piece for line in self.lines for piece in pieces_of(line)]


def _families(sheet: Sheet) -> list[tuple[float, float, list[float]]]:
    """Lines across that begin and end at the same places: (left, right, heights from the top)."""
    wide = NARROWEST * (sheet.drawing.sheet[1] - sheet.drawing.sheet[0])
    levels = [(y, *_ends(found)) for y, found in _levels(sheet.drawing.across)]
    long = [(y, left, right) for y, left, right in levels if right - left >= max(wide, 60)]
    long.sort(key=lambda level: level[1] - level[2])  # the widest first: they hold the others
    families: list[tuple[float, float, list[float]]] = []
    for _, left, right in long:
        if any(abs(left - f[0]) <= SLACK and abs(right - f[1]) <= SLACK for f in families):
            continue
        within = [
            y for y, begin, end in levels
            if begin >= left - SLACK and end <= right + SLACK
            and end - begin >= COVERED * (right - left)
        ]  # fmt: skip
        if not _has_walls(sheet, left, right, within):
            families.append((left, right, within))
    return families


def _levels(across: list[tuple[float, float, float]]) -> list[tuple[float, list[Interval]]]:
    """The lines by their heights, from the top."""
    levels: list[tuple[float, list[Interval]]] = []
    for place, begin, end in sorted(across, reverse=True):
        if levels and levels[-1][0] - place <= 2:
            levels[-1][1].append((begin, end))
        else:
            levels.append((place, [(begin, end)]))
    return levels


def _ends(found: list[Interval]) -> Interval:
    """The longest stretch without a gap."""
    best = current = min(found)
    for begin, end in sorted(found)[1:]:
        joined = begin <= current[1] + 3
        current = (current[0], max(current[1], end)) if joined else (begin, end)
        best = max(best, current, key=lambda one: one[1] - one[0])
    return max(best, current, key=lambda one: one[1] - one[0])


def _has_walls(sheet: Sheet, left: float, right: float, rules: list[float]) -> bool:
    """Lines down between the columns make it a table that is read by its cells."""
    return any(
        left + SLACK < place < right - SLACK
        and min(begin, end) < rules[0]
        and max(begin, end) > rules[-1]
        for place, begin, end in sheet.drawing.down
    )


def _bands(
    lines: list[TextLine], left: float, right: float, rules: list[float], above: Banded | None
) -> list[_Band] | None:
    """The rows with text, the one above the first line with them; None for running text."""
    own = [line for line in lines if not line.aside and _inside(line, left, right)]
    bands = [_Band(top, bottom, []) for top, bottom in zip(rules, rules[1:], strict=False)]
    for line in own:
        for band in bands:
            if band.bottom < line.middle < band.top:
                band.lines.append(line)
                break
    if any(len({round(line.middle) for line in band.lines}) > TALLEST for band in bands):
        return None
    if sum(not band.lines for band in bands) > EMPTY * len(bands):
        return None  # boxes and lines to write on
    heights = [band.top - band.bottom for band in bands]
    tall = above.tall if above else median(heights) if heights else 0.0
    head = _head(own, rules[0], tall, goes_on=above is not None)
    if above is None and len(_spans(head, [])) < 2:
        head.lines = []  # a text above the table
    found = [band for band in [head, *bands] if band.lines]
    return found if len(found) >= (1 if above else FEWEST_RULES) else None


def _inside(line: TextLine, left: float, right: float) -> bool:
    return left - SLACK <= line.left and line.right <= right + SLACK


def _head(lines: list[TextLine], rule: float, tall: float, *, goes_on: bool = False) -> _Band:
    """The titles, where no line is drawn above them: what stands side by side right above. The
    first line may stand as high over the rule as rows usually are `tall`. Where a table
    `goes_on`, it is a row, whose cells may begin and end at different heights."""
    found: list[TextLine] = []
    floor = rule
    for line in sorted((line for line in lines if line.middle > rule), key=lambda one: one.middle):
        white = line.bottom - floor
        if white > ((2.0 if goes_on else 0.5) * found[-1].height if found
                    else max(2.5 * line.height, tall)):  # fmt: skip
            break
        if line.middle - rule > max(6 * line.height, tall if goes_on else 0):
            break
        found.append(line)
        floor = max(floor, line.top)
    return _Band(max((line.top for line in found), default=rule) + 2, rule, found)


def _merged(intervals: list[Interval], *, touching: bool = False) -> list[Interval]:
    """Those that overlap as one, from the left; at wish those that only touch, too."""
    found: list[Interval] = []
    for begin, end in sorted(intervals):
        if found and (begin < found[-1][1] or (touching and begin == found[-1][1])):
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _cuts(bands: list[_Band], sheet: Sheet, rules: list[float]) -> list[float]:
    """Where the lines themselves are cut at the columns; else left of what stands in each."""
    drawn = _drawn_cuts(sheet, rules)
    if drawn and _fits(bands, drawn):
        return drawn
    behind = _behind_numbers(bands)
    known = [behind] if behind else []
    titles = max((_spans(band, known) for band in bands[:MOST_TITLES]), key=len)
    # A number set to the right may stand so close to the next column that they look like one.
    known += [begin for begin, _ in titles]
    rows = [row for band in bands if len(row := _spans(band, known)) > 1]
    columns = _untitled_joined(_columns(rows, titles), rows, titles)
    places = {begin for begin, _ in columns[1:]} | ({behind} if behind else set())
    return [at - 2.0 for at in _apart(sorted(places))]


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
    return _merged(kept, touching=True)


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


def _apart(places: list[float]) -> list[float]:
    found: list[float] = []
    for place in places:
        if not found or place - found[-1] > SLACK:
            found.append(place)
    return found


def _behind_numbers(bands: list[_Band]) -> float | None:
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


def _spans(band: _Band, places: list[float]) -> list[Interval]:
    """What stands side by side. A text alone in its row is parted behind its number only: by
    chance one of its words begins where a column does."""
    if _is_single(band):
        return _merged([(piece.left, piece.right) for piece in band.pieces])
    return _merged([part for piece in band.pieces for part in _split(piece, places)])


def _is_single(band: _Band) -> bool:
    """Whether it holds but one text, without a number before it."""
    pieces = band.pieces
    apart = len(_merged([(piece.left, piece.right) for piece in pieces])) > 1
    return not apart and not any(map(_is_numbered, pieces))


def _is_numbered(piece: Piece) -> bool:
    first = min(piece.words, key=lambda word: word.left).text
    return is_number(first) or first.isdigit()


def _drawn_cuts(sheet: Sheet, rules: list[float]) -> list[float]:
    """Places inside at which the lines of most rows begin anew."""
    places: dict[int, set[float]] = {}
    for place, begin, _ in sheet.drawing.across:
        level = next((y for y in rules if abs(y - place) <= 2), None)
        if level is not None:
            places.setdefault(round(begin / 2), set()).add(level)
    shared = [2.0 * at for at, found in places.items() if len(found) >= SHARED * len(rules)]
    return _apart(sorted(shared))[1:]


def _fits(bands: list[_Band], cuts: list[float]) -> bool:
    """Whether hardly a word is cut, but in rows of a single text, which may span the columns."""
    whole = cut = 0
    for band in bands:
        if len(_columns_of(band, cuts)) < 2 or _is_single(band):
            continue
        for piece in band.pieces:
            for word in piece.words:
                whole += 1
                cut += any(word.left + 1 < at < word.right - 1 for at in cuts)
    return whole > 0 and cut <= 0.02 * whole


def _same(above: Banded, left: float, right: float) -> bool:
    """A cell merged over many rows leaves its column without lines: then they begin at the next."""
    begins = any(abs(at - left) <= SLACK for at in (above.left, *above.cuts))
    return begins and abs(above.right - right) <= SLACK


def _follows(bands: list[_Band], above: Banded) -> bool:
    """Whether each row begins where a column of the table above does, and no word is cut: many
    rows may hold but one text, beside cells that are merged or still to be written."""
    begins = [above.left, *above.cuts]
    aligned = crossed = 0
    for band in bands:
        first = min(band.pieces, key=lambda piece: piece.left)
        begun = any(-1 <= first.left - at <= 2 * SLACK for at in begins)
        aligned += begun or _is_numbered(first)
        words = [word for piece in band.pieces for word in piece.words]
        crossed += any(word.left + 1 < at < word.right - 1 for word in words for at in above.cuts)
    return aligned >= FOLLOWING * len(bands) and crossed <= EMPTY * len(bands)


def _is_table(bands: list[_Band], cuts: list[float]) -> bool:
    """Whether most rows have something in two columns, or all keep to the columns of their
    titles: else lines part paragraphs."""
    filled = [len(_columns_of(band, cuts)) > 1 for band in bands]
    if 2 * sum(filled) >= len(bands):
        return True
    words = [word for band in bands for line in band.lines for word in line.words]
    crossing = any(word.left + 1 < at < word.right - 1 for word in words for at in cuts)
    return len(_columns_of(bands[0], cuts)) == len(cuts) + 1 and not crossing


def _columns_of(band: _Band, cuts: list[float]) -> set[int]:
    words = [word for line in band.lines for word in line.words]
    return {sum(at < (word.left + word.right) / 2 for at in cuts) for word in words}


def _part(bands: list[_Band], table: Banded, sheet: Sheet) -> Part:
    edges = [table.left, *table.cuts, table.right]
    order = min(line.order for band in bands for line in band.lines)
    part = Part(sheet.number, edges, [], order, ruled=False, turned=sheet.turned)
    for band in bands:
        pieces = rows_of(band.lines, table.cuts)
        block = Block(pieces, table.cuts, table.left, table.right, order)
        row: PartRow = row_of(pieces, block, edges, (band.top, band.bottom), sheet)
        part.rows.append(row)
    return part
