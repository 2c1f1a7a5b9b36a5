"""Comma- (or semicolon-, tab-) separated values: a table whose rows name their columns."""

import csv
from collections.abc import Iterator

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.readable import Readable
from solution_library.parsing.tables import render
from solution_library.parsing.text import decode
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

_DELIMITERS = ",;\t|"
_LONGEST_FIELD = 1_000_000


def parse(path: Readable, filename: str) -> ParsedDocument:
    decoded = decode(path.read_bytes())
    table = render(list(_rows(decoded.text)))
    return ParsedDocument(
        title=title_of([], filename),
        media_type="text/csv",
        blocks=[Block("table", table)] if table else [],
        warnings=decoded.warnings,
    )


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    lines = text.split("\n")
    try:
        yield from csv.reader(
            (f"{line}\n" for line in lines), delimiter=_delimiter(lines), skipinitialspace=True
        )
    except csv.Error as error:
        raise ParseRefused(f"The table cannot be read: {error}.") from error


def _delimiter(lines: list[str]) -> str:
    """The one that the first line holds, and the most other lines just as often."""
    first, *others = [line for line in lines[:20] if line.strip()] or [""]

    def fitness(mark: str) -> tuple[bool, int, int]:
        count = first.count(mark)
        return count > 0, sum(line.count(mark) == count for line in others), count

    return max(_DELIMITERS, key=fitness)
