"""Comma- (or semicolon-, tab-) separated values: a table whose rows name their columns."""

import csv
import re
from collections import Counter
from collections.abc import Iterator

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.grids import Cell
from solution_library.parsing.readable import Readable
from solution_library.parsing.sheet_tables import Cells, rows_to_blocks
from solution_library.parsing.text import decode, squeeze
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import ParsedDocument

MAX_CELLS = 500_000
_DELIMITERS = ",;\t|"
#: Stands in no text: each line is one value.
_NO_DELIMITER = "\x1f"
_SAMPLED_LINES = 100
_LONGEST_FIELD = 1_000_000
# What spreadsheets write above the table to say how to cut it.
_STATED = re.compile(r'"?sep=([^\n"])"?\n', re.I)


def parse(path: Readable, filename: str) -> ParsedDocument:
    decoded = decode(path.read_bytes())
    return ParsedDocument(
        title=title_of([], filename),
        media_type="text/csv",
        blocks=rows_to_blocks(_cells(decoded.text)),
        warnings=decoded.warnings,
    )


def _cells(text: str) -> Cells:
    cells: Cells = {}
    count = 0
    for row, values in enumerate(_rows(text), start=1):
        filled = {
            column: Cell(short)
            for column, value in enumerate(values, start=1)
            if (short := squeeze(value))
        }
        count += len(filled)
        if count > MAX_CELLS:
            raise ParseRefused(
                f"The table has more than {MAX_CELLS:,} filled cells. It holds data more than "
                "text: split it, or leave out what nobody asks about."
            )
        if filled:
            cells[row] = filled
    return cells


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    stated = _STATED.match(text)
    lines = text[stated.end() if stated else 0 :].split("\n")
    mark = stated.group(1) if stated else _delimiter(lines)
    try:
        yield from _read(lines, mark)
    except csv.Error as error:
        raise ParseRefused(f"The table cannot be read: {error}.") from error


def _read(lines: list[str], mark: str) -> Iterator[list[str]]:
    return csv.reader((f"{line}\n" for line in lines), delimiter=mark, skipinitialspace=True)


def _delimiter(lines: list[str]) -> str:
    """The one that cuts the most lines into as many values; none where sentences have commas."""
    sample = [line for line in lines if line.strip()][:_SAMPLED_LINES]
    best, (count, _, rows) = max(
        ((mark, _evenness(sample, mark)) for mark in _DELIMITERS), key=lambda found: found[1][:2]
    )
    return best if count * 2 >= rows else _NO_DELIMITER


def _evenness(sample: list[str], mark: str) -> tuple[int, int, int]:
    """Rows of the commonest width above one, that width, and all rows."""
    try:
        widths = Counter(map(len, _read(sample, mark)))
    except csv.Error:
        return 0, 0, 1
    rows = sum(widths.values())
    width, count = max(
        ((width, count) for width, count in widths.items() if width > 1),
        key=lambda found: (found[1], found[0]),
        default=(0, 0),
    )
    return count, width, rows
