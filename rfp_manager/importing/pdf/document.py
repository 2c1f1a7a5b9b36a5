"""A whole PDF questionnaire: its sheets of cells, and the room that each cell has."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rfp_manager.importing.pdf.banded import Banded, banded_parts
from rfp_manager.importing.pdf.contents import contents_lines
from rfp_manager.importing.pdf.counted import count
from rfp_manager.importing.pdf.fields import fields_of, refuse_xfa
from rfp_manager.importing.pdf.flow import Flow, Paragraph, flow_for
from rfp_manager.importing.pdf.labels import Asked, asked_on, cell_of, name_fields
from rfp_manager.importing.pdf.model import Part, PartCell, Room, Sheet
from rfp_manager.importing.pdf.opening import open_objects, open_pages
from rfp_manager.importing.pdf.pages import sheets_of
from rfp_manager.importing.pdf.printed import places_of_boxes, printed_options
from rfp_manager.importing.pdf.ruled import ruled_parts
from rfp_manager.importing.pdf.stacks import Stack
from rfp_manager.importing.pdf.text_lines import to_line
from rfp_manager.importing.pdf.white import White, white_parts
from rfp_manager.importing.prose.lines import AFTER_COLUMN, TEXT, Item
from rfp_manager.importing.prose.lines import Room as Gap
from rfp_manager.importing.prose.outline import Outline
from solution_library.parsing.pdf_lines import Box, TextLine

FORM = "Form"

Headings = tuple[str, ...]


@dataclass
class Document:
    """`items`: the running text in order, with a gap for each table and field in it.

    `positions`: where a row stands in reading order, by (sheet, row). `paths`: the headings
    above a row of a table or of the form.
    """

    stacks: list[Stack] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    form: list[Asked] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    silent: dict[int, str] = field(default_factory=dict)  # paragraphs that are no text, and why
    paths: dict[tuple[str, int], Headings] = field(default_factory=dict)
    positions: dict[tuple[str, int], float] = field(default_factory=dict)
    hidden: int = 0
    pages: int = 0
    pictures: list[int] = field(default_factory=list)
    characters: int = 0

    def stack(self, name: str) -> Stack | None:
        return next((stack for stack in self.stacks if stack.name == name), None)


@dataclass
class _Page:
    sheet: Sheet
    parts: list[Part]
    boxes: list[Box]
    lines: list[TextLine]
    asked: list[Asked] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    in_cells: dict[int, list[Asked]] = field(default_factory=dict)
    strays: list[Asked] = field(default_factory=list)
    entries: set[int] = field(default_factory=set)  # ids of lines of a table of contents


def read_document(path: Path) -> Document:
    """Raises QuestionnaireRefused for what cannot be opened."""
    opened = open_pages(path)
    sheets = list(sheets_of(opened))
    reader = open_objects(path)
    if reader is not None:
        refuse_xfa(reader)
        turned = {sheet.number: sheet.turned for sheet in sheets}
        by_page = {sheet.number: sheet for sheet in sheets}
        for found in fields_of(reader, turned):
            by_page[found.page].fields.append(found)
    return document_of(sheets)


def document_of(sheets: list[Sheet]) -> Document:
    """All pages put together."""
    pages: list[_Page] = []
    above, flow = _Above(), flow_for(sheets)
    for sheet in sheets:
        page, above = _taken_apart(sheet, above, flow.running_on(sheet))
        pages.append(page)
    document = Document(pages=len(sheets))
    document.hidden = sum(sheet.hidden for sheet in sheets)
    document.pictures = [s.number for s in sheets if s.picture and not s.lines]
    document.characters = sum(len(line.text) for sheet in sheets for line in sheet.lines)
    for page in pages:
        page.paragraphs = flow.paragraphs(page.sheet, page.lines, page.boxes)
        for paragraph in page.paragraphs:
            paragraph.entry = any(id(line) in page.entries for line in paragraph.lines)
    count(paragraph for page in pages for paragraph in page.paragraphs)
    builder = _Builder(document, flow)
    for page in pages:
        _place_fields(page)
        for item in _sequence(page):
            builder.add(item, page)
    builder.finish()
    return document


@dataclass
class _Above:
    """The last tables of the page before, which may go on without their titles."""

    banded: Banded | None = None
    white: White | None = None


def _taken_apart(sheet: Sheet, above: _Above, running: set[int]) -> tuple[_Page, _Above]:
    """`running`: ids of the lines that stand at the edge of all pages."""
    asked = asked_on(sheet, sheet.fields)
    lines, parts, boxes = ruled_parts(sheet)
    lines, between, banded = banded_parts(sheet, lines, above.banded)
    entries = contents_lines(lines)
    listed = [line for line in lines if id(line) in entries]
    lines = [line for line in lines if id(line) not in entries]
    lines, loose, white = white_parts(sheet, lines, above.white, running)
    parts = [*parts, *between, *loose]
    for part in parts:
        part.from_the_right()
    page = _Page(sheet, parts, boxes, _in_order([*listed, *lines]), asked, entries=entries)
    return page, _Above(banded, white)


def _in_order(lines: list[TextLine]) -> list[TextLine]:
    """From the top where nothing stands side by side; else as it was written."""
    by_height = sorted(lines, key=lambda line: -line.middle)
    beside = any(
        upper.middle - lower.middle < 0.3 * lower.height
        and (upper.right < lower.left - 30 or lower.right < upper.left - 30)
        for upper, lower in zip(by_height, by_height[1:], strict=False)
    )
    return lines if beside else sorted(lines, key=lambda line: (-round(line.middle), line.left))


def _place_fields(page: _Page) -> None:
    cells: list[PartCell] = [c for part in page.parts for r in part.rows for c in r.cells.values()]
    boxes = [cell.box for cell in cells]
    for one in page.asked:
        at = cell_of(one, boxes)
        if at is None:
            page.strays.append(one)
            continue
        page.in_cells.setdefault(id(cells[at]), []).append(one)
    name_fields(page.strays, page.sheet, page.paragraphs)


class _Builder:
    """Takes the pages in order: tables grow over them, headings title what follows."""

    def __init__(self, document: Document, flow: Flow) -> None:
        self.document, self.flow = document, flow
        self.stack: Stack | None = None
        self.open: Paragraph | None = None  # the last item, while it may go on
        self.open_row = 0
        self.apart = False  # something stands below the last part of a table
        self.gaps: list[tuple[str, range, int]] = []  # rows of a sheet, and the item they are

    def add(self, item: Part | Paragraph | Asked, page: _Page) -> None:
        if isinstance(item, Part):
            self._add_part(item, page)
        elif isinstance(item, Paragraph):
            self._add_paragraph(item, page)
        else:
            self.document.form.append(item)
            row = len(self.document.form)
            self._add_gap(FORM, range(row, row + 1))

    def _add_paragraph(self, paragraph: Paragraph, page: _Page) -> None:
        document = self.document
        if self.open is not None and self.flow.goes_over(self.open, paragraph):
            self._continue(self.open, paragraph)
            return
        document.paragraphs.append(paragraph)
        row = len(document.paragraphs)
        document.positions[TEXT, row] = len(document.items)
        if paragraph.running:
            document.silent[row] = "a running title or the number of a page"
            return
        self.apart, self.open, self.open_row = True, None, row
        if any(one.paragraph is paragraph for one in page.strays):
            document.silent[row] = "the label of a form field"
        else:
            self.open = paragraph
            document.items.append(to_line(paragraph, row, self.flow.body))

    def _continue(self, open_: Paragraph, paragraph: Paragraph) -> None:
        """The page ended within a paragraph."""
        open_.texts += paragraph.texts
        open_.rooms += paragraph.rooms
        self.document.items[-1] = to_line(open_, self.open_row, self.flow.body)

    def _add_part(self, part: Part, page: _Page) -> None:
        stack = self.stack
        if stack is None or not stack.takes(part):
            stack = self.stack = Stack(f"Table {len(self.document.stacks) + 1}", part.edges)
            self.document.stacks.append(stack)
        before = stack.height
        stack.add(part, page.in_cells, apart=self.apart)
        self._add_gap(stack.name, range(before + 1, stack.height + 1))
        self.apart = False

    def _add_gap(self, sheet: str, rows: range) -> None:
        document, self.open = self.document, None
        for index, row in enumerate(rows):
            document.positions[sheet, row] = len(document.items) + index / 100_000
        self.gaps.append((sheet, rows, len(document.items)))
        document.items.append(Gap(sheet))

    def finish(self) -> None:
        paths = Outline(self.document.items, {}).paths
        for sheet, rows, item in self.gaps:
            for row in rows:
                self.document.paths[sheet, row] = paths[item]


def _sequence(page: _Page) -> Iterable[Part | Paragraph | Asked]:
    """Tables and fields among the paragraphs, each before the first one that stands below it."""
    items: list[Part | Paragraph | Asked] = list(page.paragraphs)
    others: list[Part | Asked] = [*page.parts, *page.strays]
    for other in sorted(others, key=lambda item: -item.box[2]):
        top = other.box[2]
        below = (
            place
            for place, item in enumerate(items)
            if isinstance(item, Paragraph) and not item.running and item.box[2] < top - 2
        )
        items.insert(next(below, len(items)), other)
    return items


def room_of(document: Document, sheet: str, row: int, column: int) -> Room | None:
    """Where a text for this place goes; None for a place that the document does not have."""
    if sheet == FORM:
        return document.form[row - 1].room if 1 <= row <= len(document.form) else None
    if sheet == TEXT:
        return _text_room(document, row, column)
    stack = document.stack(sheet)
    if stack is None or not 1 <= row <= stack.height:
        return None
    return stack.rooms.get((row, column)) or stack.beside.get(row)


def _text_room(document: Document, row: int, column: int) -> Room | None:
    if not 1 <= row <= len(document.paragraphs):
        return None
    paragraph = document.paragraphs[row - 1]
    options = printed_options(paragraph.text)
    marks = places_of_boxes((line, line.words) for line in paragraph.lines)
    if options and len(options.labels) == len(marks):
        ticks = tuple(zip(options.labels, marks, strict=True))
        return Room(paragraph.page, None, "", (), paragraph.box, paragraph.turned, ticks)
    if paragraph.rooms and column != AFTER_COLUMN:
        return max(paragraph.rooms, key=lambda room: _area(room.box))
    return Room(paragraph.page, None, beside=paragraph.box, turned=paragraph.turned)


def _area(box: Box | None) -> float:
    return (box[1] - box[0]) * (box[2] - box[3]) if box else 0.0


__all__ = ["FORM", "TEXT", "Document", "read_document", "room_of"]
