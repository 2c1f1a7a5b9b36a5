"""Tables whose rows are parted by lines across, and whose columns by nothing but white.

Every two lines hold one row between them, so a cell of several lines is never cut, as it may be
where the rows themselves have to be guessed.
"""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rfp_manager.importing.pdf.cells import Columns, row_of, rows_of
from rfp_manager.importing.pdf.levels import (
    band_of,
    begins_several,
    into_columns,
    leading_of,
    levels_of,
    lines_between,
    number_column,
    numbered_levels,
    rows_in,
)
from rfp_manager.importing.pdf.model import Part, Sheet
from rfp_manager.importing.pdf.parting import (
    EMPTY,
    SHARED,
    SLACK,
    Band,
    Interval,
    apart,
    cuts_of,
    fits,
    follows,
    is_another,
    is_table,
    spans_of,
)
from solution_library.parsing.pdf_lines import TextLine

FEWEST_RULES = 3
NARROWEST = 0.35  # of the sheet's width: shorter lines underline or sign something
_SECTIONED = 2.0  # numbers between two lines
COVERED = 0.6  # of the table's width: a line so long ends a row, beside a cell that goes on
TALLEST = 14  # lines of text: what is higher is a section between two ornaments


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
        if bands is None or (known is None and _holds_rows(bands)):
            continue
        follow = known is not None and follows(bands, known.left, known.cuts)
        cuts = _cuts(bands, sheet, rules)
        if known is not None and not is_another(cuts, known.cuts, bands):
            cuts = known.cuts if follow or fits(bands, known.cuts) else cuts
        if not cuts or not (follow or is_table(bands, cuts)):
            continue
        last = Banded(cuts, left, right, max(band.top - band.bottom for band in bands))
        parts.append(_part(bands, last, sheet))
        goes_on = goes_on or known is not None
        taken = {id(line) for band in bands for line in band.lines}
        lines = [line for line in lines if id(line) not in taken]
    return lines, parts, last


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
) -> list[Band] | None:
    """The rows with text, the one above the first line with them; None for running text."""
    own = [line for line in lines if not line.aside and _inside(line, left, right)]
    bands = [Band(top, bottom, []) for top, bottom in zip(rules, rules[1:], strict=False)]
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
    if above is None and len(spans_of(head, [])) < 2:
        head.lines = []  # a text above the table
    found = [band for band in [head, *bands] if band.lines]
    return found if len(found) >= (1 if above else FEWEST_RULES) else None


def _holds_rows(bands: list[Band]) -> bool:
    """Whether many numbered rows stand between two lines, which only part sections then."""
    levels = levels_of(line for band in bands for line in band.lines)
    return len(numbered_levels(levels)) >= _SECTIONED * len(bands)


def _inside(line: TextLine, left: float, right: float) -> bool:
    return left - SLACK <= line.left and line.right <= right + SLACK


def _head(lines: list[TextLine], rule: float, tall: float, *, goes_on: bool = False) -> Band:
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
    return Band(max((line.top for line in found), default=rule) + 2, rule, found)


def _cuts(bands: list[Band], sheet: Sheet, rules: list[float]) -> list[float]:
    """Where the lines themselves are cut at the columns; else by what stands in each."""
    drawn, written = _drawn_cuts(sheet, rules), cuts_of(bands)
    return drawn if len(drawn) >= max(1, len(written)) and fits(bands, drawn) else written


def _drawn_cuts(sheet: Sheet, rules: list[float]) -> list[float]:
    """Places inside at which the lines of most rows begin anew."""
    places: dict[int, set[float]] = {}
    for place, begin, _ in sheet.drawing.across:
        level = next((y for y in rules if abs(y - place) <= 2), None)
        if level is not None:
            places.setdefault(round(begin / 2), set()).add(level)
    shared = [2.0 * at for at, found in places.items() if len(found) >= SHARED * len(rules)]
    return apart(sorted(shared))[1:]


def _same(above: Banded, left: float, right: float) -> bool:
    """A cell merged over many rows leaves its column without lines: then they begin at the next."""
    begins = any(abs(at - left) <= SLACK for at in (above.left, *above.cuts))
    return begins and abs(above.right - right) <= SLACK


def _part(bands: list[Band], table: Banded, sheet: Sheet) -> Part:
    edges = [table.left, *table.cuts, table.right]
    order = min(line.order for band in bands for line in band.lines)
    part = Part(sheet.number, edges, [], order, ruled=False, turned=sheet.turned)
    columns = Columns(table.cuts)
    for band in _split(bands, table, sheet):
        pieces = rows_of(band.lines, table.cuts)
        part.rows.append(row_of(pieces, columns, edges, (band.top, band.bottom), sheet))
    return part


def _split(bands: list[Band], table: Banded, sheet: Sheet) -> list[Band]:
    """Cells merged over many rows leave only parts of the lines between those: there each
    number begins a row."""
    taken = [levels_of(band.lines) for band in bands]
    for level in (every := [level for levels in taken for level in levels]):
        into_columns(level, table.cuts)
    numbers, leading = number_column(every), leading_of(every)
    found: list[Band] = []
    for band, levels in zip(bands, taken, strict=True):
        rows = [levels]
        if numbers is not None and begins_several(levels, numbers):
            rows = rows_in(levels, leading, lines_between(sheet), numbers)
        tops = [band.top, *(band_of(row).top for row in rows[1:]), band.bottom]
        found += [
            Band(top, bottom, band_of(row).lines)
            for row, (top, bottom) in zip(rows, pairwise(tops), strict=True)
        ]
    return found
