"""One worksheet: the cells that hold something, as the sheet shows them."""

import re
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.grids import Cell
from solution_library.parsing.number_formats import shown
from solution_library.parsing.office_xml import (
    attribute,
    children,
    elements,
    is_true,
    local,
    number,
)
from solution_library.parsing.sheet_tables import Area, Sheet
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.xlsx_styles import Styles

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_CELLS = 500_000
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384  # of the format itself
WHOLE_SHEET = Area(1, 1, MAX_ROW, MAX_COLUMN)
_MAX_MERGES = 50_000
_MAX_COLOURED = 200
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PARTS = ("c", "row", "col", "mergeCell", "conditionalFormatting")


@dataclass
class Book:
    """What all sheets share. `formulas_without_value`: those that no program has computed."""

    strings: list[str]
    styles: Styles
    since_1904: bool = False
    cells_read: int = 0
    formulas_without_value: int = 0

    def spend(self) -> None:
        self.cells_read += 1
        if self.cells_read > MAX_CELLS:
            raise ParseRefused(
                f"The workbook has more than {MAX_CELLS:,} filled cells. It holds data more than "
                "text: split it, or delete the sheets that nobody asks about."
            )


def rich_text(element: "_Element") -> str:
    """The text of a string: its runs joined, hints how to pronounce it left out."""
    pieces: list[str] = []
    for tag, child in children(element):
        if tag == "t":
            pieces.append(child.text or "")
        elif tag == "r":
            pieces += [text.text or "" for name, text in children(child) if name == "t"]
    return _unescaped("".join(pieces))


def tidy(text: str) -> str:
    return squeeze(clean(text))


def _unescaped(text: str) -> str:
    """ "_x000D_" is a carriage return; a character beyond the basic plane is two of them."""
    if "_x" not in text:
        return text
    found = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def place_of(reference: str) -> tuple[int, int]:
    """ "B12" is (12, 2); raises ParseRefused for what no sheet can have."""
    found = _REFERENCE.fullmatch(reference)
    if found:
        column = 0
        for letter in found[1].upper():
            column = column * 26 + ord(letter) - ord("A") + 1
        row = int(found[2])
        if 1 <= row <= MAX_ROW and column <= MAX_COLUMN:
            return row, column
    raise ParseRefused(
        f"The workbook names a cell “{reference[:40]}” that cannot exist. It is damaged: open it "
        "in your spreadsheet program, save it again as .xlsx and upload that copy."
    )


def area_of(reference: str) -> Area | None:
    """ "B12:D13" or "B12"; None for whole columns and rows, and for what is none."""
    first, _, last = reference.partition(":")
    try:
        (top, left), (bottom, right) = place_of(first), place_of(last or first)
    except ParseRefused:
        return None
    return Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def read_sheet(content: bytes, member: str, sheet: Sheet, book: Book, coloured: list[Area]) -> None:
    """Fill the sheet from a worksheet part. `coloured`: areas that get their colours from
    elsewhere, so a cell's own colours do not say whether it can be read."""
    reader = _Reader(sheet, book, list(coloured))
    for element in elements(content, member, *_PARTS):
        reader.take(element)
    reader.finish()


@dataclass
class _Reader:
    sheet: Sheet
    book: Book
    coloured: list[Area]
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    _unseen: list[tuple[int, int]] = field(default_factory=list)
    _row: int = 0
    _cell: tuple[int, int] = (0, 0)

    def take(self, element: "_Element") -> None:
        match local(element):
            case "c":
                self._take_cell(element)
            case "row":
                self._end_row(element)
            case "col":
                self._take_columns(element)
            case "mergeCell":
                self._take_merge(attribute(element, "ref") or "")
            case "conditionalFormatting":
                for reference in (attribute(element, "sqref") or "").split():
                    if len(self.coloured) <= _MAX_COLOURED:
                        self.coloured.append(area_of(reference) or WHOLE_SHEET)

    def finish(self) -> None:
        """What is painted over or in the colour of the paper, now that all areas are known."""
        if len(self.coloured) > _MAX_COLOURED:  # too many to ask: nothing is called hidden then
            return
        for row, column in self._unseen:
            if not any((row, column) in area for area in self.coloured):
                self.sheet.cells[row][column].hidden = True

    def _take_merge(self, reference: str) -> None:
        if len(self.sheet.merges) >= _MAX_MERGES:
            raise ParseRefused(
                f"A sheet has more than {_MAX_MERGES:,} merged areas, which no real document has. "
                "Copy what matters into a new workbook."
            )
        if (area := area_of(reference)) is not None:
            self.sheet.merges.append(area)

    def _take_cell(self, element: "_Element") -> None:
        place = self._place(element)
        parts = dict(children(element))
        text = self._value(element, parts)
        if not text:
            # A formula may well have computed an empty text.
            self.book.formulas_without_value += "f" in parts and "v" not in parts
            return
        self.book.spend()
        style = number(element.get("s"))
        hidden = style in self.book.styles.blank or self._in_hidden_column(place[1])
        self.sheet.cells.setdefault(place[0], {})[place[1]] = Cell(text, hidden)
        if style in self.book.styles.unseen:
            self._unseen.append(place)

    def _place(self, element: "_Element") -> tuple[int, int]:
        """Rows and cells may leave out their reference: then they follow the one before."""
        reference = element.get("r")
        if reference:
            self._cell = place_of(reference)
            return self._cell
        parent = element.getparent()
        stated = number(attribute(parent, "r"))
        row = stated if 1 <= stated <= MAX_ROW else self._row + 1
        column = self._cell[1] + 1 if row == self._cell[0] else 1
        self._cell = row, min(column, MAX_COLUMN)
        return self._cell

    def _end_row(self, element: "_Element") -> None:
        stated = number(element.get("r"))
        self._row = stated if stated > 0 else max(self._row + 1, self._cell[0])
        no_height = is_true(attribute(element, "customHeight")) and attribute(element, "ht") == "0"
        if is_true(attribute(element, "hidden")) or no_height:
            for cell in self.sheet.cells.get(self._row, {}).values():
                cell.hidden = True

    def _take_columns(self, element: "_Element") -> None:
        if is_true(attribute(element, "hidden")) or attribute(element, "width") == "0":
            first, last = number(attribute(element, "min")), number(attribute(element, "max"))
            if len(self.hidden_columns) < MAX_COLUMN:
                insort(self.hidden_columns, (first, last))

    def _in_hidden_column(self, column: int) -> bool:
        place = bisect_right(self.hidden_columns, (column, MAX_COLUMN)) - 1
        return place >= 0 and self.hidden_columns[place][1] >= column

    def _value(self, element: "_Element", parts: "dict[str, _Element]") -> str:
        kind = element.get("t") or "n"
        if kind == "inlineStr":
            return tidy(rich_text(parts["is"])) if "is" in parts else ""
        raw = (parts["v"].text or "") if "v" in parts else ""
        if kind == "n" and raw:
            code = self.book.styles.code(number(element.get("s")))
            # Nothing is shown for zero in some formats; the cell's value is still the value.
            return shown(raw, code, since_1904=self.book.since_1904) or raw
        return self._text(kind, raw)

    def _text(self, kind: str, raw: str) -> str:
        if kind == "s":
            place = number(raw, -1)
            return self.book.strings[place] if 0 <= place < len(self.book.strings) else ""
        if kind == "str":
            return tidy(_unescaped(raw))
        if kind == "b":
            return "TRUE" if is_true(raw) else "FALSE" if raw else ""
        return tidy(raw)
