"""Tables without any lines: white parts their columns, and their rows as far as it goes."""

from dataclasses import dataclass
from itertools import pairwise

from rfp_manager.importing.pdf.cells import Columns, row_of
from rfp_manager.importing.pdf.levels import (
    Level,
    band_of,
    into_columns,
    is_wide,
    leading_of,
    levels_of,
    lines_between,
    number_column,
    rough_rows,
    rows_in,
)
from rfp_manager.importing.pdf.model import Part, Sheet
from rfp_manager.importing.pdf.parting import cuts_of, fits, follows, is_another, is_table, spans_of
from rfp_manager.importing.texts import is_number
from rfp_manager.importing.words import ANSWER, COMMENT, NUMBER, QUESTION, SECTION, read_label
from solution_library.parsing.pdf_columns import Region, arranged
from solution_library.parsing.pdf_lines import TextLine

_FEWEST_ROWS = 3
_MOST_BELOW = 12  # rows of text below a table that are taken off it
_FEWEST_SPLIT = 6  # levels: so few are not taken for two tables
LONGEST_TITLE = 45
_LONG_TEXT, _FULL = 20, 0.6  # signs, and share of a column's width: lines of running text


@dataclass
class White:
    """Where the columns of a table part, for the page that goes on with it."""

    cuts: list[float]
    left: float
    right: float


@dataclass
class _Found:
    levels: list[Level]
    table: White
    leading: float | None


def white_parts(
    sheet: Sheet, lines: list[TextLine], above: White | None, running: set[int]
) -> tuple[list[TextLine], list[Part], White | None]:
    """The lines outside of such tables, the tables, and the last of them, which the next page
    may go on with as this one may with `above`; `running`: ids of lines that are on all pages."""
    levels = levels_of(line for line in lines if not line.aside and id(line) not in running)
    if not levels:
        return lines, [], None
    leading = leading_of(levels)
    found = [
        one
        for segment in _segments(rough_rows(levels, leading))
        for one in _tables(segment, sheet, above, leading)
    ]
    gone = {id(line) for one in found for level in one.levels for line in level.lines}
    rest, others = _arranged([line for line in lines if id(line) not in gone], sheet, leading)
    parts = [_part(one, sheet) for one in [*found, *others]]
    return rest, parts, found[-1].table if found else None


def _arranged(
    lines: list[TextLine], sheet: Sheet, leading: float | None
) -> tuple[list[TextLine], list[_Found]]:
    """The rest in the order of reading, column by column, and small tables in it."""
    given = {id(line) for line in lines}
    lines, regions = arranged(lines)
    found = []
    for _, region in regions:
        if _lists(region):
            lines += [line for line in region.lines.values() if id(line) in given]
        else:
            found.append(_in_region(region, sheet, leading))
    return lines, found


def _lists(region: Region) -> bool:
    """Numbers in front of text, and nothing beside it: paragraphs, not a table."""
    first = region.columns()[0]
    return len(region.cuts) == 1 and bool(first) and all(is_number(piece.text) for piece in first)


def _in_region(region: Region, sheet: Sheet, leading: float | None) -> _Found:
    levels = levels_of(region.lines.values())
    left, right = min(level.left for level in levels), max(level.right for level in levels)
    margin = max((line.right for line in sheet.lines if not line.aside), default=right)
    return _Found(levels, White(region.cuts, left, max(right, margin)), leading)


def _segments(rows: list[list[Level]]) -> list[list[Level]]:
    """Parted above each row of titles, unless they stand where those before them did or right
    below them."""
    starts, titles, last = [0], None, -2
    for index, row in enumerate(rows):
        if not _is_header(row):
            continue
        places = [begin for begin, _ in spans_of(band_of(row), [])]
        goes_on = last == index - 1 or (titles is not None and _same_places(titles, places))
        if index and not goes_on:
            starts.append(index)
        titles, last = places, index
    parts = [rows[start:end] for start, end in pairwise([*starts, len(rows)])]
    return [[level for row in part for level in row] for part in parts]


def _is_header(row: list[Level]) -> bool:
    """Whether a row holds the titles of columns, each of one or more lines."""
    pieces = [piece for level in row for piece in level.pieces]
    titles = [
        " ".join(piece.text for piece in pieces if begin <= piece.left < end)
        for begin, end in spans_of(band_of(row), [])
    ]
    return are_titles(titles)


def are_titles(titles: list[str]) -> bool:
    """Whether the texts of a row name the columns of a table of questions."""
    if len(titles) < 2 or any(len(title) > LONGEST_TITLE for title in titles):
        return False
    labels = [read_label(title) for title in titles]
    roles = {label.role for label in labels if label}
    known = sum(label is not None for label in labels)
    asked = roles & {QUESTION, NUMBER, SECTION}
    return (
        ANSWER in roles | {ANSWER for r in roles if r == COMMENT}
        and bool(asked)
        and (known * 3 >= 2 * len(titles))
    )


def _same_places(one: list[float], other: list[float]) -> bool:
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(abs(a - b) <= 3 for a, b in pairs)


def _tables(
    levels: list[Level], sheet: Sheet, above: White | None, leading: float | None
) -> list[_Found]:
    rows = rough_rows(levels, leading)
    bands = [band_of(row) for row in rows]
    headed = _is_header(rows[0])
    cuts = cuts_of(bands)
    follow = above and not headed and follows(bands, above.left, above.cuts)
    if above and follow and not is_another(cuts, above.cuts, bands):
        return [_Found(levels, above, leading)]
    if cuts and fits(bands, cuts):
        found = _cut_out(levels, cuts, sheet, leading, headed=headed)
        return [found] if found else []
    if len(levels) < _FEWEST_SPLIT:
        return []
    at = _end_of(rows) if headed else _widest(levels)
    if not at:
        return []
    upper, lower = levels[:at], levels[at:]
    return _tables(upper, sheet, above, leading) + _tables(lower, sheet, None, leading)


def _end_of(rows: list[list[Level]]) -> int:
    """How many levels a table with titles has, without the text that is below it."""
    bands = [band_of(row) for row in rows]
    for end in range(len(rows) - 1, max(_FEWEST_ROWS, len(rows) - _MOST_BELOW) - 1, -1):
        if fits(bands[:end], cuts_of(bands[:end])):
            return sum(map(len, rows[:end]))
    return 0


def _widest(levels: list[Level]) -> int:
    gaps = [upper.bottom - lower.top for upper, lower in pairwise(levels)]
    return gaps.index(max(gaps)) + 1


def _cut_out(
    levels: list[Level], cuts: list[float], sheet: Sheet, leading: float | None, *, headed: bool
) -> _Found | None:
    """Without what stands above and below the table; None where it is none."""
    for level in levels:
        into_columns(level, cuts)
    several = [index for index, level in enumerate(levels) if len(level.columns) > 1]
    if not several:
        return None
    begin, end = several[0], several[-1] + 1
    while end < len(levels) and _belongs(levels[end - 1], levels[end], leading, headed=headed):
        end += 1
    own = levels[begin:end]
    if not _is_table(own, cuts, headed=headed, leading=leading):
        return None
    left = min(level.left for level in own)
    margin = left - sheet.drawing.sheet[0]
    right = max(max(level.right for level in own), sheet.drawing.sheet[1] - margin)
    return _Found(own, White(cuts, left, right), leading)


def _belongs(upper: Level, lower: Level, leading: float | None, *, headed: bool) -> bool:
    """Whether a line below the last row with several cells still is of the table."""
    if lower.spanning:
        return False
    return headed or 0 not in lower.columns or not is_wide(upper, lower, leading)


def _is_table(
    levels: list[Level], cuts: list[float], *, headed: bool, leading: float | None
) -> bool:
    rows = [band_of(row) for row in rough_rows(levels, leading)]
    if headed:
        return len(levels) > 1
    if len(rows) < _FEWEST_ROWS or not is_table(rows, cuts):
        return False
    return not _is_list(levels, cuts) and not _is_running_text(levels, cuts)


def _is_list(levels: list[Level], cuts: list[float]) -> bool:
    """Numbers in front of text and nothing beside it: paragraphs, whose second lines may begin
    below their numbers."""
    firsts = [level.text(0) for level in levels if len(level.columns) > 1]
    return len(cuts) == 1 and all(map(is_number, firsts))


def _is_running_text(levels: list[Level], cuts: list[float]) -> bool:
    """Whether each column is full of long lines."""
    for column in range(len(cuts) + 1):
        own = [piece for level in levels for piece in level.columns.get(column, [])]
        wide = max(p.right for p in own) - min(p.left for p in own) if own else 0
        long = sum(len(p.text) >= _LONG_TEXT and p.right - p.left >= _FULL * wide for p in own)
        if 2 * long <= len(own):
            return False
    return True


def _part(found: _Found, sheet: Sheet) -> Part:
    table, levels = found.table, found.levels
    for level in levels:
        into_columns(level, table.cuts)
    rows = rows_in(levels, found.leading, lines_between(sheet), number_column(levels))
    edges = [table.left - 3, *table.cuts, table.right + 3]
    order = min(line.order for level in levels for line in level.lines)
    columns = Columns(table.cuts)
    part = Part(sheet.number, edges, [], order, ruled=False, turned=sheet.turned)
    tops = [max(level.top for level in row) + 1 for row in rows]
    bottoms = [*tops[1:], min(level.bottom for level in rows[-1]) - 1]
    for row, top, bottom in zip(rows, tops, bottoms, strict=True):
        pieces = [[p for ps in level.columns.values() for p in ps] for level in row]
        part.rows.append(row_of(pieces, columns, edges, (top, bottom), sheet))
    return part


__all__ = ["White", "white_parts"]
