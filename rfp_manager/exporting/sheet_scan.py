"""Where the rows and cells of a worksheet stand in its bytes."""

import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from rfp_manager.exporting.types import ExportRefused
from rfp_manager.importing.grid import Area, Cell, parse_area, parse_cell

_TAG = re.compile(rb"<[^\s/>]+(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ENCODING = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)[\"']")


@dataclass
class Span:
    """An element's bytes: its start tag ends at `inner`, the element at `end`."""

    start: int
    inner: int
    end: int
    empty: bool  # written as <c/>
    attributes: dict[str, str]


@dataclass
class CellSpan(Span):
    """A cell; `formula` is true when it holds one."""

    column: int = 0
    formula: bool = False


@dataclass
class RowSpan(Span):
    """A row with the spans of the cells of interest rows; others keep only their place."""

    number: int = 0
    cells: list[CellSpan] = field(default_factory=list)


@dataclass
class SheetScan:
    """A worksheet's structure as byte offsets into its part."""

    data: bytes
    prefix: str = ""  # of the format's namespace, e.g. "x:"
    sheet_data: Span | None = None
    rows: list[RowSpan] = field(default_factory=list)
    arrays: list[Area] = field(default_factory=list)
    merges: list[Area] = field(default_factory=list)
    column_styles: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def table(self) -> Span:
        """The element that holds all rows; raises ExportRefused if the sheet has none."""
        if self.sheet_data is None:
            raise ExportRefused("A sheet of the workbook is damaged: it holds no table of cells.")
        return self.sheet_data

    def anchor(self, cell: Cell) -> Cell:
        area = next((area for area in self.merges if cell in area), None)
        return area.anchor if area else cell

    def column_style(self, column: int) -> str:
        found = (s for first, last, s in self.column_styles if first <= column <= last)
        return next(found, "")


def scan_sheet(data: bytes) -> SheetScan:
    """Find rows, cells, merges and array formulas of a worksheet; raises ExportRefused."""
    declared = _ENCODING.match(data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")
    ):
        raise ExportRefused(
            "A sheet of the workbook is not written in UTF-8. Open it in Excel, save it again and "
            "import that copy."
        )
    scanner = _Scanner(data)
    try:
        scanner.run()
    except (expat.ExpatError, ValueError) as error:
        raise ExportRefused("A sheet of the workbook is damaged: invalid XML.") from error
    return scanner.scan


class _Scanner:
    """Follows the parser's events and notes byte offsets."""

    def __init__(self, data: bytes) -> None:
        self.scan = SheetScan(data)
        self._open: list[tuple[str, Span | None]] = []
        self._row = 0
        self._column = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def run(self) -> None:
        self._parser.Parse(self.scan.data, True)

    def _doctype(self, *_: Any) -> None:
        raise ExportRefused("A sheet declares a document type, which is refused for safety.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        prefix, _, name = tag.rpartition(":")
        parent = self._open[-1][0] if self._open else ""
        span: Span | None = None
        if name == "sheetData" and parent == "worksheet":
            self.scan.prefix = f"{prefix}:" if prefix else ""
            span = self.scan.sheet_data = Span(**self._measure(attributes))
        elif name == "row" and parent == "sheetData":
            span = self._start_row(attributes)
        elif name == "c" and parent == "row":
            span = self._start_cell(attributes)
        else:
            self._note(name, parent, attributes)
        self._open.append((name, span))

    def _measure(self, attributes: dict[str, str]) -> dict[str, Any]:
        start = self._parser.CurrentByteIndex
        tag = _TAG.match(self.scan.data, start)
        if tag is None:
            raise ExportRefused("A sheet of the workbook is written in an unusual way.")
        empty = tag[0].endswith(b"/>")
        end = tag.end() if empty else 0
        return {
            "start": start, "inner": tag.end(), "end": end, "empty": empty,
            "attributes": attributes,
        }  # fmt: skip

    def _start_row(self, attributes: dict[str, str]) -> RowSpan:
        self._row = int(attributes.get("r") or self._row + 1)
        self._column = 0
        row = RowSpan(**self._measure(attributes), number=self._row)
        self.scan.rows.append(row)
        return row

    def _start_cell(self, attributes: dict[str, str]) -> CellSpan:
        ref = attributes.get("r")
        self._column = parse_cell(ref)[1] if ref else self._column + 1
        cell = CellSpan(**self._measure(attributes), column=self._column)
        self.scan.rows[-1].cells.append(cell)
        return cell

    def _note(self, name: str, parent: str, attributes: dict[str, str]) -> None:
        if name == "f" and parent == "c":
            self.scan.rows[-1].cells[-1].formula = True
            if attributes.get("t") in ("array", "dataTable") and attributes.get("ref"):
                self.scan.arrays.append(parse_area(attributes["ref"]))
        elif name == "mergeCell":
            self.scan.merges.append(parse_area(attributes.get("ref", "")))
        elif name == "col" and attributes.get("style"):
            first, last = int(attributes.get("min", 0)), int(attributes.get("max", 0))
            self.scan.column_styles.append((first, last, attributes["style"]))

    def _end(self, _tag: str) -> None:
        _, span = self._open.pop()
        if span is not None and not span.empty:
            close = self.scan.data.index(b">", self._parser.CurrentByteIndex)
            span.end = close + 1
