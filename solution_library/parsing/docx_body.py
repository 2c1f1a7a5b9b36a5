"""Walks the body of a Word document: paragraphs, lists, tables, content controls, text boxes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from solution_library.parsing.docx_numbering import Numbering
from solution_library.parsing.docx_runs import COVERED, PAPER, Said, fill_of, said
from solution_library.parsing.docx_styles import Styles, is_on
from solution_library.parsing.grids import Grid
from solution_library.parsing.office_xml import attribute, children, number
from solution_library.parsing.tables import table_blocks
from solution_library.parsing.types import Block
from solution_library.parsing.words import words

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTAINERS = words(
    "body sdt sdtContent customXml ins moveTo AlternateContent Choice smartTag footnote endnote",
)


class Body:
    """`bold`: the places in `blocks` of paragraphs that are bold throughout."""

    def __init__(
        self, styles: Styles, backdrop: str = PAPER, numbering: Numbering | None = None
    ) -> None:
        self._numbering = numbering or Numbering(None)
        self.blocks: list[Block] = []
        self.bold: set[int] = set()
        self._styles = styles
        #: Charts, diagrams, embedded files: the place among the blocks, the kind, the id.
        self.graphics: list[tuple[int, str, str]] = []
        self._backdrop = backdrop
        self._boxes: list[_Element] = []
        self._concealed: list[str] = []

    def read(self, container: "_Element") -> None:
        for tag, child in children(container):
            if tag == "p":
                self._paragraph(child)
            elif tag == "tbl":
                self._table(child)
            elif tag == "altChunk":  # another file whose content stands here
                self.graphics.append((len(self.blocks), tag, attribute(child, "id") or ""))
            elif tag in _CONTAINERS and not _is_table_of_contents(child):
                self.read(child)

    def read_notes(self, notes: "_Element | None") -> None:
        for _, note in children(notes) if notes is not None else ():
            # Separators are notes of a special type, without text of their own.
            if attribute(note, "type") in (None, "normal"):
                self.read(note)

    def _paragraph(self, paragraph: "_Element") -> None:
        style = self._style_of(paragraph)
        found = said(paragraph, style, self._styles, self._backdrop)
        item = self._list_item(paragraph, style)
        if found.text and not self._styles.name(style).startswith("toc "):
            self._add(paragraph, style, found.text, item)
        self._put_aside(found)
        self._finish()

    def _put_aside(self, found: Said) -> None:
        """What follows the paragraph, or the table that it stands in."""
        self._boxes += found.boxes
        self.graphics += [(len(self.blocks), *graphic) for graphic in found.graphics]
        if found.concealed:
            self._concealed.append(found.concealed)

    def _finish(self) -> None:
        texts, self._concealed = self._concealed, []
        self.blocks += [Block("paragraph", text, hidden=True) for text in texts]
        boxes, self._boxes = self._boxes, []
        backdrop, self._backdrop = self._backdrop, COVERED
        for box in boxes:
            self.read(box)
        self._backdrop = backdrop

    def _add(
        self, paragraph: "_Element", style: str | None, text: str, item: tuple[int, str] | None
    ) -> None:
        level = self._heading_level(paragraph.find("{*}pPr"), style)
        text = f"{item[1]} {text}".strip() if item is not None else text
        if level:
            self.blocks.append(Block("heading", text, level))
        elif item is not None:
            self.blocks.append(Block("list_item", text, item[0]))
        else:
            if self._is_bold(paragraph, style):
                self.bold.add(len(self.blocks))
            self.blocks.append(Block("paragraph", text))

    def _style_of(self, paragraph: "_Element") -> str | None:
        return attribute(paragraph.find("{*}pPr/{*}pStyle"), "val") or self._styles.default

    def _heading_level(self, properties: "_Element | None", style: str | None) -> int:
        outline = (
            attribute(properties.find("{*}outlineLvl"), "val") if properties is not None else None
        )
        if outline is not None and outline.isdecimal():
            return int(outline) + 1 if int(outline) < 9 else 0
        return self._styles.heading_level(style)

    def _list_item(self, paragraph: "_Element", style: str | None) -> tuple[int, str] | None:
        """Its depth and its number, counted even where the paragraph is empty, as Word does."""
        properties = paragraph.find("{*}pPr")
        numbering = properties.find("{*}numPr") if properties is not None else None
        if numbering is None:
            numbering = self._styles.numbering(style)
        if numbering is None:
            return (0, "") if self._styles.name(style).startswith("list bullet") else None
        use = attribute(numbering.find("{*}numId"), "val") or ""
        if use == "0":  # switched off for this one
            return None
        stated = attribute(numbering.find("{*}ilvl"), "val")
        depth = number(stated) if stated else self._numbering.level_of(use, style)
        return max(0, min(depth, 8)), self._numbering.label(use, depth)

    def _is_bold(self, paragraph: "_Element", style: str | None) -> bool:
        runs = [run for run in paragraph.iterfind("{*}r") if run.find("{*}t") is not None]
        by_style = self._styles.is_bold(style)
        switches = [run.find("{*}rPr/{*}b") for run in runs]
        return bool(runs) and all(
            by_style if switch is None else is_on(switch) for switch in switches
        )

    def _table(self, table: "_Element") -> None:
        rows = list(_rows(table))
        if len(rows) == 1 or max((len(list(_cells(row))) for row in rows), default=0) < 2:
            self._frame(table, rows)
            return
        inner: list[_Element] = []
        grid = Grid()
        backdrop, self._backdrop = self._backdrop, self._behind(table)
        for row in rows:
            self._row(grid, row, inner)
        self._backdrop = backdrop
        self.blocks += table_blocks(grid.rows(), header_rows=self._header_rows(rows))
        self._finish()
        for nested in inner:
            self._table(nested)

    def _header_rows(self, rows: "list[_Element]") -> int | None:
        """What the file says of its header, else what bold letters say; None: nothing."""
        if stated := sum(is_on(row.find("{*}trPr/{*}tblHeader")) for row in rows):
            return stated
        first, *others = ([self._is_bold_cell(cell) for cell in _cells(row)] for row in rows[:20])
        if all(first):
            return None if all(map(all, others)) else 1
        names = [row[0] for row in (first, *others) if row]
        # A bold first column beside plain text holds names, and the first row is one of them.
        return 0 if sum(names) * 5 >= len(names) * 4 and not any(first[1:]) else None

    def _is_bold_cell(self, cell: "_Element") -> bool:
        paragraphs = [child for tag, child in _walk_cell(cell) if tag == "p"]
        return any(self._is_bold(each, self._style_of(each)) for each in paragraphs)

    def _frame(self, table: "_Element", rows: "list[_Element]") -> None:
        """Lines around text, often with a colour behind it, but no table."""
        outer = self._backdrop
        behind = self._behind(table)
        for row in rows:
            for cell in _cells(row):
                shading = fill_of(cell.find("{*}tcPr/{*}shd"))
                self._backdrop = behind if shading is None else shading
                self.read(cell)
        self._backdrop = outer

    def _behind(self, table: "_Element") -> str:
        properties = table.find("{*}tblPr")
        style = attribute(properties.find("{*}tblStyle"), "val") if properties is not None else None
        shading = fill_of(properties.find("{*}shd")) if properties is not None else None
        if shading is None and self._styles.colours_cells(style):
            return COVERED
        return self._backdrop if shading is None else shading

    def _row(self, grid: Grid, row: "_Element", inner: "list[_Element]") -> None:
        grid.new_row()
        hidden = is_on(row.find("{*}trPr/{*}hidden"))
        before = attribute(row.find("{*}trPr/{*}gridBefore"), "val")
        if before is not None and before.isdecimal() and len(before) < 4:
            grid.add("", columns=max(1, int(before)))
        for cell in _cells(row):
            span = attribute(cell.find("{*}tcPr/{*}gridSpan"), "val") or "1"
            columns = int(span) if span.isdecimal() and len(span) < 4 else 1
            if _continues_above(cell):
                grid.continue_above(columns=columns)
            else:
                grid.add(self._cell_text(cell, inner), columns=columns, hidden=hidden)

    def _cell_text(self, cell: "_Element", inner: "list[_Element]") -> str:
        """Its paragraphs in one line; tables inside it follow the outer table as their own."""
        lines: list[str] = []
        shading = fill_of(cell.find("{*}tcPr/{*}shd"))
        backdrop = self._backdrop if shading is None else shading
        for tag, child in _walk_cell(cell):
            if tag == "tbl":
                inner.append(child)
                continue
            style = self._style_of(child)
            found = said(child, style, self._styles, backdrop)
            item = self._list_item(child, style)
            lines.append(f"{item[1]} {found.text}".strip() if item is not None else found.text)
            self._put_aside(found)
        return " ".join(line for line in lines if line)


def _rows(table: "_Element") -> "Iterator[_Element]":
    for tag, child in children(table):
        if tag == "tr":
            yield child
        elif tag in _CONTAINERS:
            yield from _rows(child)


def _cells(row: "_Element") -> "Iterator[_Element]":
    for tag, child in children(row):
        if tag == "tc":
            yield child
        elif tag in _CONTAINERS:
            yield from _cells(child)


def _walk_cell(cell: "_Element") -> "Iterator[tuple[str, _Element]]":
    for tag, child in children(cell):
        if tag in ("p", "tbl"):
            yield tag, child
        elif tag in _CONTAINERS:
            yield from _walk_cell(child)


def _continues_above(cell: "_Element") -> bool:
    merge = cell.find("{*}tcPr/{*}vMerge")
    return merge is not None and attribute(merge, "val") in (None, "continue")


def _is_table_of_contents(element: "_Element") -> bool:
    gallery = element.find("{*}sdtPr/{*}docPartObj/{*}docPartGallery")
    return (attribute(gallery, "val") or "").lower() == "table of contents"
