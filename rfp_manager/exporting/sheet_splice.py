"""Putting texts into a worksheet's bytes so that everything else stays as it was."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from rfp_manager.exporting.cell_text import escape_format
from rfp_manager.exporting.sheet_scan import CellSpan, RowSpan, SheetScan, scan_sheet
from rfp_manager.exporting.types import ExportRefused
from rfp_manager.importing.grid import Cell
from rfp_manager.importing.types import column_letters

_KEPT = ("s", "ph")  # the value's own attributes (t, cm, vm) go with the old value


@dataclass(frozen=True)
class _Edit:
    """Bytes from `start` to `end` become `new`."""

    start: int
    end: int
    new: bytes


@dataclass
class _Row:
    """The texts for one row, by column."""

    number: int
    texts: dict[int, str] = field(default_factory=dict)


def splice(data: bytes, texts: dict[Cell, str]) -> bytes:
    """`data` with `texts` as the text of the given cells; raises ExportRefused.

    Only the <c> elements of these cells differ, plus rows and cells that had to be made.
    """
    scan = scan_sheet(data)
    edits = sorted(_edits(scan, texts), key=lambda edit: (edit.start, edit.end))
    pieces: list[bytes] = []
    position = 0
    for edit in edits:
        pieces += [data[position : edit.start], edit.new]
        position = edit.end
    return b"".join([*pieces, data[position:]])


def digest_without(data: bytes, cells: set[Cell]) -> str:
    """SHA-256 of the worksheet's bytes with the given cells cut out.

    Rows that are left without any cell and attribute but their number are cut out too, as
    such rows have to be made when an answer stands in a row that the file did not have.
    """
    scan = scan_sheet(data)
    digest = hashlib.sha256()
    position = 0
    for start, end, instead in _cuts(scan, cells):
        digest.update(data[position:start])
        digest.update(instead)
        position = end
    digest.update(data[position:])
    return digest.hexdigest()


def _edits(scan: SheetScan, texts: dict[Cell, str]) -> Iterator[_Edit]:
    rows: dict[int, _Row] = {}
    for (number, column), text in sorted(texts.items()):
        _refuse_arrays(scan, (number, column))
        rows.setdefault(number, _Row(number)).texts[column] = text
    known = {row.number: row for row in scan.rows}
    new_rows = [row for number, row in rows.items() if number not in known]
    for number, row in rows.items():
        if number in known:
            yield from _edit_row(scan, known[number], row.texts)
    yield from _new_rows(scan, new_rows)


def _refuse_arrays(scan: SheetScan, cell: Cell) -> None:
    if any(cell in area for area in scan.arrays):
        raise _formula(cell)


def _formula(cell: Cell) -> ExportRefused:
    return ExportRefused(
        f"Cell {column_letters(cell[1])}{cell[0]} holds a formula of the buyer, which is never "
        "overwritten. Choose another cell for this answer."
    )


def _edit_row(scan: SheetScan, row: RowSpan, texts: dict[int, str]) -> Iterator[_Edit]:
    if row.empty:
        made = b"".join(_cell(scan, row, column, text) for column, text in sorted(texts.items()))
        tag = scan.data[row.start : row.end]
        opened = tag[:-2].rstrip() + b">" + made + f"</{scan.prefix}row>".encode()
        yield _Edit(row.start, row.end, opened)
        return
    columns = [cell.column for cell in row.cells]
    if columns != sorted(set(columns)):
        raise ExportRefused(f"Row {row.number} lists its cells in no order; save the file again.")
    close = scan.data.rindex(b"</", row.start, row.end)
    inserted: dict[int, bytes] = {}
    for column, text in sorted(texts.items()):
        index = bisect_left(columns, column)
        if index < len(columns) and columns[index] == column:
            cell = row.cells[index]
            if cell.formula:
                raise _formula((row.number, column))
            yield _Edit(cell.start, cell.end, _cell(scan, row, column, text, cell))
        else:
            at = row.cells[index].start if index < len(columns) else close
            inserted[at] = inserted.get(at, b"") + _cell(scan, row, column, text)
    yield from (_Edit(at, at, new) for at, new in inserted.items())


def _new_rows(scan: SheetScan, rows: list[_Row]) -> Iterator[_Edit]:
    numbers = [row.number for row in scan.rows]
    if not rows:
        return
    if numbers != sorted(set(numbers)):
        raise ExportRefused("A sheet lists its rows in no order. Save the file again in Excel.")
    table = scan.table
    if table.empty:
        made = b"".join(_row(scan, row) for row in rows)
        tag = scan.data[table.start : table.end][:-2].rstrip()
        yield _Edit(
            table.start, table.end, tag + b">" + made + f"</{scan.prefix}sheetData>".encode()
        )
        return
    close = scan.data.rindex(b"</", table.start, table.end)
    inserted: dict[int, bytes] = {}
    for row in rows:
        index = bisect_left(numbers, row.number)
        at = scan.rows[index].start if index < len(numbers) else close
        inserted[at] = inserted.get(at, b"") + _row(scan, row)
    yield from (_Edit(at, at, new) for at, new in inserted.items())


def _row(scan: SheetScan, row: _Row) -> bytes:
    made = b"".join(_cell(scan, None, column, row.texts[column], number=row.number)
                    for column in sorted(row.texts))  # fmt: skip
    return f'<{scan.prefix}row r="{row.number}">'.encode() + made + f"</{scan.prefix}row>".encode()


def _cell(
    scan: SheetScan,
    row: RowSpan | None,
    column: int,
    text: str,
    old: CellSpan | None = None,
    number: int = 0,
) -> bytes:
    """The cell's element; one that is new takes the style of its row or column."""
    if old is not None:
        kept = {name: old.attributes[name] for name in _KEPT if name in old.attributes}
    else:
        style = _inherited_style(scan, row, column)
        kept = {"s": style} if style else {}
    x = scan.prefix
    ref = f"{column_letters(column)}{row.number if row else number}"
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in kept.items())
    body = escape(escape_format(text))
    return (
        f'<{x}c r="{ref}"{attributes} t="inlineStr">'
        f'<{x}is><{x}t xml:space="preserve">{body}</{x}t></{x}is></{x}c>'
    ).encode()


def _inherited_style(scan: SheetScan, row: RowSpan | None, column: int) -> str:
    if row is not None and row.attributes.get("customFormat") in ("1", "true"):
        return row.attributes.get("s", "")
    return scan.column_style(column)


def _cuts(scan: SheetScan, cells: set[Cell]) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, what stands there instead), so that made cells and rows leave no trace."""
    table = scan.table
    rows = [row for row in scan.rows if not _made(row, cells)]
    if not rows:
        tag = scan.data[table.start : table.inner].rstrip(b"/> ")
        yield table.start, table.end, tag
        return
    for row in scan.rows:
        mine = [cell for cell in row.cells if (row.number, cell.column) in cells]
        if _made(row, cells):
            yield row.start, row.end, b""
        elif len(mine) == len(row.cells):
            yield row.start, row.end, scan.data[row.start : row.inner].rstrip(b"/> ")
        else:
            yield from ((cell.start, cell.end, b"") for cell in mine)


def _made(row: RowSpan, cells: set[Cell]) -> bool:
    bare = set(row.attributes) <= {"r"}
    return bare and all((row.number, cell.column) in cells for cell in row.cells)
