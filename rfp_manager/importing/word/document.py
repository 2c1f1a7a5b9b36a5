"""A Word document as its paragraphs and tables in order, each with its place in the file."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from rfp_manager.importing.grid import MAX_CELLS, Area, Cell
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.importing.word.package import Element, Package, open_package
from rfp_manager.importing.word.spoken import Spoken, in_control, spoken
from solution_library.parsing.docx_body import Body
from solution_library.parsing.docx_styles import is_on
from solution_library.parsing.office_xml import attribute, children, local, number
from solution_library.parsing.words import words

MAX_DEPTH = 20  # of tables in tables
MAX_FRAMED = 3  # more paragraphs than this in a table's only cell are text with a frame
_WRAPPERS = words("body sdt sdtContent customXml ins moveTo smartTag AlternateContent Choice")


@dataclass
class Paragraph:
    """`row` counts the paragraphs outside of tables from 1; it is 0 inside a table."""

    row: int
    element: Element
    said: Spoken
    label: str = ""  # the number that Word shows before it
    depth: int | None = None  # in a list, from 0
    level: int = 0  # of a heading, from 1
    title: bool = False
    contents: bool = False  # a line of the table of contents
    bold: bool = False
    style: str = ""
    table: int = 0  # the number of the table that it stands in

    @cached_property
    def text(self) -> str:
        return self.said.text

    @property
    def empty(self) -> bool:
        return not self.text and not self.said.controls and not self.said.boxes


@dataclass
class WordCell:
    """A cell of a table; a merged one stands at its top left."""

    element: Element
    area: Area
    paragraphs: list[Paragraph] = field(default_factory=list)
    nested: bool = False

    @property
    def label(self) -> str:
        first = self.paragraphs[0] if self.paragraphs else None
        return first.label if first and first.text else ""

    @cached_property
    def text(self) -> str:
        """Its paragraphs, one a line; numbers that Word shows stand before all but the first."""
        lines = [_line(p, first=index == 0) for index, p in enumerate(self.paragraphs)]
        return "\n".join(lines).strip()

    @cached_property
    def said(self) -> Spoken:
        """All its paragraphs as one text; offsets count in `raw`."""
        joined = Spoken()
        for paragraph in self.paragraphs:
            _append(joined, paragraph.said)
        return joined


@dataclass
class WordTable:
    """A table, numbered from 1 in the order in which tables start."""

    number: int
    element: Element
    cells: dict[Cell, WordCell] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    nested: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    header_rows: int = 0

    @property
    def name(self) -> str:
        return f"Table {self.number}"

    def at(self, place: Cell) -> WordCell | None:
        """The cell seen at `place`, looking through merges."""
        found = self.cells.get(place)
        if found is None:
            merged = self._merged_by_row.get(place[0], [])
            found = next((cell for cell in merged if place in cell.area), None)
        return found

    @cached_property
    def _merged_by_row(self) -> dict[int, list[WordCell]]:
        rows: dict[int, list[WordCell]] = {}
        for cell in self.cells.values():
            area = cell.area
            if area.right > area.left or area.bottom > area.top:
                for row in range(area.top, area.bottom + 1):
                    rows.setdefault(row, []).append(cell)
        return rows


Item = Paragraph | WordTable


@dataclass
class WordDocument:
    """`items` is the text in order; tables inside of tables follow the one they stand in."""

    package: Package
    items: list[Item] = field(default_factory=list)
    text_boxes: int = 0

    @cached_property
    def tables(self) -> dict[str, WordTable]:
        return {item.name: item for item in self.items if isinstance(item, WordTable)}

    @cached_property
    def paragraphs(self) -> dict[int, Paragraph]:
        return {item.row: item for item in self.items if isinstance(item, Paragraph)}


def read_document(path: Path) -> WordDocument:
    """Raises QuestionnaireRefused for what is no Word document, damaged or too big."""
    return document_of(open_package(path))


def document_of(package: Package) -> WordDocument:
    reader = _Reader(package)
    reader.flow(package.root)
    return reader.document


class _Reader(Body):
    """Counts paragraphs, tables and list numbers in the order of the file."""

    def __init__(self, package: Package) -> None:
        super().__init__(package.styles, numbering=package.numbering)
        self.document = WordDocument(package)
        self._count = self._tables = self._cells = 0

    def flow(self, container: Element) -> None:
        for tag, child in parts(container, "p", "tbl"):
            if tag == "p":
                self._count += 1
                self.document.items.append(self._heard(child, self._count))
            elif (frame := _framed(child)) is not None:
                self.flow(frame)
            else:
                self._add_table(child, depth=0)

    def _heard(self, element: Element, row: int) -> Paragraph:
        style = self._style_of(element)
        name = self._styles.name(style)
        said = spoken(element, style, self._styles)
        control = wrapping_control(element)
        if control is not None:
            said = in_control(said, control)
        self.document.text_boxes += len([b for b in said.text_boxes if "".join(b.itertext())])
        item = self._list_item(element, style)
        return Paragraph(
            row=row,
            element=element,
            said=said,
            label=item[1].rstrip(".") if item else "",
            depth=item[0] if item else None,
            level=self._heading_level(element.find("{*}pPr"), style),
            title=name in ("title", "subtitle"),
            contents=name.startswith(("toc ", "table of figures")),
            bold=self._is_bold(element, style),
            style=name,
        )

    def _add_table(self, element: Element, *, depth: int) -> None:
        self._tables += 1
        table = WordTable(self._tables, element, nested=depth > 0)
        self.document.items.append(table)
        if depth > MAX_DEPTH:
            raise QuestionnaireRefused(
                f"The Word document nests more than {MAX_DEPTH} tables in each other. Take the "
                "questions out of them and upload it again."
            )
        open_cells: dict[int, WordCell] = {}  # by column, for cells that go on below
        for _, row in parts(element, "tr"):
            table.rows += 1
            self._add_row(table, row, open_cells, depth)

    def _add_row(
        self, table: WordTable, row: Element, open_cells: dict[int, WordCell], depth: int
    ) -> None:
        if is_on(row.find("{*}trPr/{*}hidden")):
            table.hidden_rows.add(table.rows)
        if is_on(row.find("{*}trPr/{*}tblHeader")):
            table.header_rows = table.rows
        column = 1 + _count(row.find("{*}trPr/{*}gridBefore"), 0)
        for _, element in parts(row, "tc"):
            right = column + _count(element.find("{*}tcPr/{*}gridSpan"), 1) - 1
            self._add_cell(table, element, (table.rows, column, right), open_cells, depth)
            column = right + 1
        table.columns = max(table.columns, column - 1)

    def _add_cell(
        self,
        table: WordTable,
        element: Element,
        place: tuple[int, int, int],
        open_cells: dict[int, WordCell],
        depth: int,
    ) -> None:
        row, left, right = place
        self._cells += 1
        if self._cells > MAX_CELLS:
            raise QuestionnaireRefused(
                f"The tables of the Word document have more than {MAX_CELLS:,} cells. Split it."
            )
        cell = WordCell(element, Area(row, left, row, right))
        above = open_cells.get(left)
        if _goes_on(element) and above and above.area.right == right:
            top = above.area
            above.area = Area(top.top, top.left, row, top.right)
        else:
            table.cells[row, left] = cell
            open_cells[left] = cell
        for tag, child in parts(element, "p", "tbl"):
            if tag == "p":
                heard = self._heard(child, 0)
                heard.table = table.number
                cell.paragraphs.append(heard)
            else:
                cell.nested = True
                self._add_table(child, depth=depth + 1)


def parts(element: Element, *tags: str) -> Iterator[tuple[str, Element]]:
    """The children with these tags, looking through content controls and tracked changes."""
    for tag, child in children(element):
        if tag in tags:
            yield tag, child
        elif tag in _WRAPPERS:
            yield from parts(child, *tags)


def wrapping_control(paragraph: Element) -> Element:
    """The content control around a whole paragraph, or around the cell that it begins;
    None without one."""
    inner: Element = paragraph.getparent()
    if local(inner) == "tc" and _first_of(inner) is paragraph:
        inner = inner.getparent()
    outer: Element = inner.getparent() if local(inner) == "sdtContent" else None
    first = outer is not None and next(inner.iter("{*}p"), None) is paragraph
    return outer if first and outer.find("{*}sdtPr/{*}docPartObj") is None else None


def _first_of(cell: Element) -> Element | None:
    return next((child for _, child in parts(cell, "p")), None)


def _framed(table: Element) -> Element | None:
    """The only cell of a table that is just a frame around text."""
    rows = [row for _, row in parts(table, "tr")][:2]
    cells = [cell for row in rows for _, cell in parts(row, "tc")]
    if len(rows) != 1 or len(cells) != 1:
        return None
    inside = list(parts(cells[0], "p", "tbl"))
    said = sum(tag == "p" and _has_text(child) for tag, child in inside)
    return cells[0] if said > MAX_FRAMED or any(tag == "tbl" for tag, _ in inside) else None


def _has_text(paragraph: Element) -> bool:
    return any((text.text or "").strip() for text in paragraph.iter("{*}t"))


def _goes_on(cell: Element) -> bool:
    """Whether the cell belongs to the one above."""
    merge = cell.find("{*}tcPr/{*}vMerge")
    return merge is not None and attribute(merge, "val") in (None, "continue")


def _count(element: Element | None, least: int) -> int:
    stated = number(attribute(element, "val"), least) if element is not None else least
    return max(least, min(stated, 1000))


def _line(paragraph: Paragraph, *, first: bool) -> str:
    if first and paragraph.text:
        return paragraph.text
    if not paragraph.text:  # a cell may hold nothing but the number that Word counts
        return paragraph.label if first else ""
    mark = paragraph.label or ("•" if paragraph.depth is not None else "")
    return f"{mark} {paragraph.text}".strip()


def _append(joined: Spoken, said: Spoken) -> None:
    shift = len(joined.raw) + 1 if joined.raw else 0
    joined.raw += ("\n" if joined.raw else "") + said.raw
    joined.hidden += said.hidden
    joined.boxes += [replace(box, at=box.at + shift) for box in said.boxes]
    joined.controls += [replace(control, at=control.at + shift) for control in said.controls]
