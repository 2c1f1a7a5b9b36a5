"""One way to write a table down: every row says what its cells mean, so any row can be cited."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from solution_library.parsing.grids import Cell, Row, has_text, plain, texts
from solution_library.parsing.types import Block

CELL_SEPARATOR = " | "
_LONG_HEADER = 80
# A cell over several rows is said in each of them, unless it is more than a name.
_LONGEST_REPEATED = 200
_FIGURE = re.compile(r"[\s\d.,:;%€$£+/()–-]*\d[\s\d.,:;%€$£+/()–-]*")


def render(rows: Sequence[Sequence[str]], *, has_header: bool | None = None) -> str:
    """Rows as lines: "Header: value | Header: value", or "value | value" without headers.

    `has_header` None: the first row is looked at.
    """
    header_rows = None if has_header is None else int(has_header)
    return "\n".join(block.text for block in table_blocks(plain(rows), header_rows=header_rows))


def table_blocks(
    rows: Sequence[Row],
    *,
    header_rows: int | None = None,
    title: str = "",
    page: int | None = None,
    hidden: bool = False,
) -> list[Block]:
    """A table as blocks: one for each part that begins with a row of one wide cell, its title;
    and one more for those cells that are hidden.

    `header_rows`: how many rows at the top say what the columns mean; None: they are looked at.
    `hidden`: nobody sees any of it.
    """
    table = [row for row in rows if has_text(row)]
    concealed = [_only(row, hidden=True) for row in table]
    if not any(map(has_text, concealed)):
        return _Table.of(table, header_rows, title).blocks(page, hidden)
    shown = [row for row in (_only(row, hidden=False) for row in table) if has_text(row)]
    seen = _Table.of(shown, header_rows, title)
    return [*seen.blocks(page, hidden), *seen.blocks_of_others(concealed, page)]


def _only(row: Row, *, hidden: bool) -> Row:
    return [cell if cell is not None and cell.hidden is hidden else None for cell in row]


@dataclass
class _Table:
    """`labels`: what each column's cells mean; none where the rows cannot be labelled."""

    titles: list[str]
    header: list[Row]
    body: list[Row]
    labels: list[str]
    _said: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, rows: Sequence[Row], header_rows: int | None, title: str) -> "_Table":
        titles, width = [title] if title else [], _width(rows)
        begin = 0
        while begin < len(rows) - 1 and (banner := _banner(rows[begin], width)):
            titles.append(banner)
            header_rows = header_rows - 1 if header_rows else header_rows
            begin += 1
        rows = list(rows[begin:])
        count = header_depth(rows, header_rows)
        labels = _labels(rows[:count])
        return cls(
            titles, rows[:count], rows[count:], labels if _usable(labels, rows[count:]) else []
        )

    def blocks(self, page: int | None, hidden: bool) -> list[Block]:
        opening = [self._unlabelled(row) for row in self.header]
        silent = opening if self._has_silent_column() else []
        blocks: list[Block] = []
        for part in _parts(self.body, self.titles):
            named = part.titles if self.labels else [*part.titles, *opening]
            lines = [*named, *(silent if self.labels and not blocks else [])]
            lines += map(self._line, part.rows)
            if text := "\n".join(lines).strip():
                blocks.append(Block("table", text, 0, page, hidden, header_lines=len(named)))
        return blocks

    def blocks_of_others(self, rows: Sequence[Row], page: int | None) -> list[Block]:
        """Hidden cells, named by the header that everybody sees."""
        text = "\n".join(self._line(row) for row in rows if has_text(row))
        return [Block("table", text, 0, page, hidden=True)]

    def _line(self, row: Row) -> str:
        return self._labelled(row) if self.labels else self._unlabelled(row)

    def _labelled(self, row: Row) -> str:
        said = []
        for cell, columns in self._cells(row):
            names = (self.labels[column] for column in columns if column < len(self.labels))
            label = " / ".join(dict.fromkeys(name for name in names if name))
            said.append(f"{label}: {cell.text}" if label else cell.text)
        return CELL_SEPARATOR.join(said)

    def _unlabelled(self, row: Row) -> str:
        return CELL_SEPARATOR.join(cell.text for cell, _ in self._cells(row))

    def _cells(self, row: Row) -> Iterator[tuple[Cell, list[int]]]:
        """The cells with text and their columns; long ones from above are not said again."""
        for _, places in groupby(enumerate(row), key=lambda place: id(place[1])):
            columns, cells = zip(*places, strict=True)
            cell = cells[0]
            if cell is None or not cell.text:
                continue
            if len(cell.text) > _LONGEST_REPEATED:
                if id(cell) in self._said:
                    continue
                self._said.add(id(cell))
            yield cell, list(columns)

    def _has_silent_column(self) -> bool:
        """A header over an empty column is named by no row."""
        width = _width(self.body)
        rows = (row for row in self.body if not _banner(row, width))
        filled = {place for row in rows for place, text in enumerate(texts(row)) if text}
        return any(label and place not in filled for place, label in enumerate(self.labels))


@dataclass
class _Part:
    titles: list[str]
    rows: list[Row] = field(default_factory=list)


def _parts(rows: Sequence[Row], titles: list[str]) -> list[_Part]:
    parts = [_Part(list(titles))]
    width = _width(rows)
    for row in rows:
        if banner := _banner(row, width):
            if parts[-1].rows:
                parts.append(_Part([]))
            parts[-1].titles.append(banner)
        else:
            parts[-1].rows.append(row)
    return parts


def _width(rows: Sequence[Row]) -> int:
    return max(map(len, rows), default=0)


def _banner(row: Row, width: int) -> str:
    """The text of a row that is a single cell over (nearly) all columns; else nothing."""
    cells = {id(cell): cell for cell in row if cell is not None and cell.text}
    if len(cells) != 1:
        return ""
    (cell,) = cells.values()
    return cell.text if row.count(cell) >= max(2, width - 1) else ""


def header_depth(rows: Sequence[Row], stated: int | None = None) -> int:
    """How many rows at the top say what the columns mean; `stated`: what the file says."""
    if len(rows) < 2:
        return 0
    depth = _guessed_depth(rows) if stated is None else min(stated, len(rows) - 1)
    # A header cell that reaches down takes the row below it into the header.
    while 0 < depth < len(rows) - 1 and _share_a_cell(rows[depth - 1], rows[depth]):
        depth += 1
    return depth


def _share_a_cell(first: Row, second: Row) -> bool:
    below = {id(cell) for cell in second if cell is not None and cell.text}
    return any(id(cell) in below for cell in first)


def _guessed_depth(rows: Sequence[Row]) -> int:
    is_grouped = any(
        cell is not None and cell.text and cell is following
        for cell, following in zip(rows[0], rows[0][1:], strict=False)
    )
    body = [texts(row) for row in rows[1:]]
    if is_grouped and len(rows) > 2 and looks_like_header(_labels(rows[:2]), body[1:]):
        return 2
    return int(looks_like_header(texts(rows[0]), body))


def _labels(header: Sequence[Row]) -> list[str]:
    """Of the columns; that of a group of columns stands before that of each of them."""
    width = max(map(len, header), default=0)
    columns = ([row[place] for row in header if place < len(row)] for place in range(width))
    return [
        " ".join(dict.fromkeys(cell.text for cell in column if cell is not None and cell.text))
        for column in columns
    ]


def looks_like_header(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Short, distinct labels without sentences or figures, over every column in use."""
    labels = [cell for cell in header if cell]
    used = {place for row in body for place, cell in enumerate(row) if cell}
    width = max(len(used), len(labels))
    return (
        len(labels) >= 2
        and len(labels) >= width - 1
        and len(set(labels)) == len(labels)
        and all(len(label) <= 60 and not label.endswith((".", "!")) for label in labels)
        and not any(_FIGURE.fullmatch(label) for label in labels)
        # "Name: | Ada Lovelace" is a form, whose first row is like all others.
        and not header[0].endswith(":")
        and (width > 2 or len(body) > 1 and not _looks_like_form(labels, body))
    )


def _looks_like_form(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Names and values in two columns: "RFQ Posting Date | April 17, 2020"."""
    is_value = any(character.isdigit() or character == "@" for character in first[-1])
    return is_value or any(row and row[0].endswith(":") for row in body)


def _usable(labels: Sequence[str], body: Sequence[Row]) -> bool:
    """Labels are short, and most of the cells stand under one."""
    named = {place for place, label in enumerate(labels) if label}
    if any(len(label) > _LONG_HEADER for label in labels) or len(named) < 2:
        return False
    cells = [place for row in body for place, text in enumerate(texts(row)) if text]
    return sum(place in named for place in cells) * 2 > len(cells)
