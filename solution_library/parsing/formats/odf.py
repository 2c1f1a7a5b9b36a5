"""OpenDocument text (.odt), spreadsheets (.ods) and presentations (.odp) from their XML."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from solution_library.parsing import zip_checks
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats.pptx import NOTES
from solution_library.parsing.grids import Cell
from solution_library.parsing.odf_styles import Styles
from solution_library.parsing.odf_text import OdfText, table_rows
from solution_library.parsing.office_xml import attribute, children, number, root_of
from solution_library.parsing.readable import Readable
from solution_library.parsing.sheet_tables import Area, Sheet, sheet_blocks
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

if TYPE_CHECKING:
    from zipfile import ZipFile

    from lxml.etree import _Element

_TYPE = "application/vnd.oasis.opendocument."
_MAX_CELLS = 500_000


def parse(path: Readable, filename: str) -> ParsedDocument:
    with zip_checks.open_checked(path) as archive:
        zip_checks.refuse_doctypes(archive)
        _refuse_encrypted(archive)
        content = root_of(archive, "content.xml")
        body = content.find("{*}body") if content is not None else None
        kind, main = next(children(body), ("", None)) if body is not None else ("", None)
        if main is None:
            raise ParseRefused("The OpenDocument file is damaged: its text part is missing.")
        reader = OdfText(Styles(content, root_of(archive, "styles.xml")))
        stated = _stated_title(archive)
    page_count = None
    if kind == "spreadsheet":
        reader.blocks += _sheets(main, reader)
    elif kind == "presentation":
        page_count = _slides(main, reader)
    else:
        reader.read(main)
    named = [] if kind == "spreadsheet" else reader.blocks
    return ParsedDocument(
        title=title_of([block for block in named if not block.hidden], filename, stated=stated),
        media_type=_TYPE + (kind if kind in ("spreadsheet", "presentation") else "text"),
        blocks=reader.blocks,
        page_count=page_count,
    )


def _refuse_encrypted(archive: "ZipFile") -> None:
    manifest = root_of(archive, "META-INF/manifest.xml")
    if manifest is not None and manifest.find(".//{*}encryption-data") is not None:
        raise ParseRefused("The file is password protected. Remove the password and try again.")


def _stated_title(archive: "ZipFile") -> str:
    try:
        meta = root_of(archive, "meta.xml")
    except ParseRefused:  # the text matters, its label does not
        return ""
    title = meta.findtext(".//{*}title") if meta is not None else None
    return squeeze(clean(title or ""))


def _slides(presentation: "_Element", reader: OdfText) -> int:
    pages = list(presentation.iterfind("{*}page"))
    for place, page in enumerate(pages, start=1):
        reader.blocks += _slide(page, place, reader.styles)
    return len(pages)


def _slide(page: "_Element", place: int, styles: Styles) -> list[Block]:
    hidden = styles.is_left_out(attribute(page, "style-name"))
    inside = OdfText(styles, page=place, hidden=hidden)
    title = _slide_title(page, inside)
    for tag, child in children(page):
        if tag not in ("notes", "animations") and not _is_title(child):
            inside.read_one(tag, child)
    notes = OdfText(styles, page=place, hidden=hidden)
    for element in page.iterfind("{*}notes"):
        notes.read(element)
    if not (title or inside.blocks or notes.blocks):
        return []
    label = f"Slide {place}: {title}" if title else f"Slide {place}"
    below = [Block("heading", NOTES, 2, place, hidden), *notes.blocks] if notes.blocks else []
    return [Block("heading", label, 1, place, hidden), *inside.blocks, *below]


def _is_title(frame: "_Element") -> bool:
    return attribute(frame, "class") == "title"


def _slide_title(page: "_Element", inside: OdfText) -> str:
    titles = (inside.cell_text(child, []) for _, child in children(page) if _is_title(child))
    return " ".join(title for title in titles if title)


def _sheets(spreadsheet: "_Element", reader: OdfText) -> Iterator[Block]:
    budget = [_MAX_CELLS]
    for table in spreadsheet.iterfind("{*}table"):
        name = squeeze(clean(attribute(table, "name") or "")) or "Sheet"
        sheet = Sheet(name, reader.styles.is_left_out(attribute(table, "style-name")))
        _fill(sheet, table, reader, budget)
        yield from sheet_blocks(sheet)


def _fill(sheet: Sheet, table: "_Element", reader: OdfText, budget: list[int]) -> None:
    concealed = _hidden_columns(table)
    row = 0
    for element in table_rows(table):
        repeats = max(1, number(attribute(element, "number-rows-repeated"), 1))
        hidden = (attribute(element, "visibility") or "visible") != "visible"
        found = dict(_cells(element, row + 1, sheet, reader))
        for column, cell in found.items():
            cell.hidden = hidden or any(first <= column <= last for first, last in concealed)
        # Programs fill sheets to their end with repeated rows; those with text are few.
        budget[0] -= len(found) * repeats
        if budget[0] < 0:
            raise ParseRefused(
                f"The spreadsheet has more than {_MAX_CELLS:,} filled cells. It holds data more "
                "than text: split it, or delete the sheets that nobody asks about."
            )
        for place in range(row + 1, row + 1 + (repeats if found else 0)):
            sheet.cells[place] = dict(found)
        row += repeats


def _cells(
    element: "_Element", row: int, sheet: Sheet, reader: OdfText
) -> Iterator[tuple[int, Cell]]:
    column = 1
    for tag, cell in children(element):
        if tag not in ("table-cell", "covered-table-cell"):
            continue
        repeats = max(1, number(attribute(cell, "number-columns-repeated"), 1))
        text = reader.cell_text(cell, []) if tag == "table-cell" and len(cell) else ""
        if text:
            wide = number(attribute(cell, "number-columns-spanned"), 1)
            high = number(attribute(cell, "number-rows-spanned"), 1)
            if wide > 1 or high > 1:
                sheet.merges.append(Area(row, column, row + high - 1, column + wide - 1))
            for place in range(column, column + min(repeats, 200)):
                yield place, Cell(text)
        column += repeats


def _hidden_columns(table: "_Element") -> list[tuple[int, int]]:
    found, column = [], 1
    for element in table.iterfind(".//{*}table-column"):
        repeats = max(1, number(attribute(element, "number-columns-repeated"), 1))
        if (attribute(element, "visibility") or "visible") != "visible":
            found.append((column, column + repeats - 1))
        column += repeats
    return found[:1000]
