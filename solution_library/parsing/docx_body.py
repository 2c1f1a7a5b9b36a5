"""Walks the body of a Word document: paragraphs, lists, tables, content controls, text boxes."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from solution_library.parsing.docx_styles import Styles, attribute, is_on
from solution_library.parsing.grids import Grid
from solution_library.parsing.tables import table_blocks
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.types import Block
from solution_library.parsing.words import words

if TYPE_CHECKING:
    from lxml.etree import _Element

# Deleted or moved away by a tracked change, shown a second time, or no text at all.
_SKIPPED = words(
    "del moveFrom Fallback instrText delText pPr rPr rt sectPr fldData",
)
_CONTAINERS = words(
    "body sdt sdtContent customXml ins moveTo AlternateContent Choice smartTag footnote endnote",
)
_SPACES = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _children(element: "_Element") -> "Iterator[tuple[str, _Element]]":
    for child in element:
        if isinstance(child.tag, str):
            yield _local(child.tag), child


class Body:
    """`bold`: the places in `blocks` of paragraphs that are bold throughout."""

    def __init__(self, styles: Styles) -> None:
        self.blocks: list[Block] = []
        self.bold: set[int] = set()
        self._styles = styles
        self._hidden = 0
        self._boxes: list[_Element] = []

    def read(self, container: "_Element") -> None:
        for tag, child in _children(container):
            if tag == "p":
                self._paragraph(child)
            elif tag == "tbl":
                self._table(child)
            elif tag in _CONTAINERS and not _is_table_of_contents(child):
                self.read(child)

    def read_notes(self, notes: "_Element | None") -> None:
        for _, note in _children(notes) if notes is not None else ():
            # Separators are notes of a special type, without text of their own.
            if attribute(note, "type") in (None, "normal"):
                self.read(note)

    def warnings(self) -> list[str]:
        if not self._hidden:
            return []
        return [f"Hidden text was left out ({self._hidden} passages)."]

    def _paragraph(self, paragraph: "_Element") -> None:
        style = self._style_of(paragraph)
        text = squeeze(self._text_of(paragraph, style))
        if text and not self._styles.name(style).startswith("toc "):
            self._add(paragraph, style, text)
        self._read_boxes()

    def _add(self, paragraph: "_Element", style: str | None, text: str) -> None:
        properties = paragraph.find("{*}pPr")
        level = self._heading_level(properties, style)
        depth = self._list_depth(properties, style)
        if level:
            self.blocks.append(Block("heading", text, level))
        elif depth is not None:
            self.blocks.append(Block("list_item", text, depth))
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

    def _list_depth(self, properties: "_Element | None", style: str | None) -> int | None:
        numbering = properties.find("{*}numPr") if properties is not None else None
        if numbering is None:
            numbering = self._styles.numbering(style)
        if numbering is None:
            return 0 if self._styles.name(style).startswith("list bullet") else None
        if attribute(numbering.find("{*}numId"), "val") == "0":  # switched off for this one
            return None
        depth = attribute(numbering.find("{*}ilvl"), "val") or "0"
        return min(int(depth), 8) if depth.isdecimal() and len(depth) < 4 else 0

    def _is_bold(self, paragraph: "_Element", style: str | None) -> bool:
        runs = [run for run in paragraph.iterfind("{*}r") if run.find("{*}t") is not None]
        by_style = self._styles.is_bold(style)
        switches = [run.find("{*}rPr/{*}b") for run in runs]
        return bool(runs) and all(
            by_style if switch is None else is_on(switch) for switch in switches
        )

    def _text_of(self, paragraph: "_Element", style: str | None) -> str:
        pieces: list[str] = []
        self._collect(paragraph, pieces, hidden=self._styles.is_hidden(style))
        return clean("".join(pieces))

    def _collect(self, element: "_Element", pieces: list[str], *, hidden: bool) -> None:
        for tag, child in _children(element):
            if tag in _SKIPPED:
                continue
            if tag == "t":
                if hidden:
                    self._hidden += bool((child.text or "").strip())
                else:
                    pieces.append(child.text or "")
            elif tag in _SPACES:
                pieces.append(_SPACES[tag])
            elif tag == "txbxContent":
                self._boxes.append(child)
            elif tag == "r":
                self._collect(child, pieces, hidden=self._run_is_hidden(child, hidden))
            else:
                self._collect(child, pieces, hidden=hidden)

    def _run_is_hidden(self, run: "_Element", inherited: bool) -> bool:
        switch = run.find("{*}rPr/{*}vanish")
        if switch is not None:
            return is_on(switch)
        style = attribute(run.find("{*}rPr/{*}rStyle"), "val")
        return inherited or (style is not None and self._styles.is_hidden(style))

    def _read_boxes(self) -> None:
        """Text boxes follow the paragraph that they are anchored in."""
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self.read(box)

    def _table(self, table: "_Element") -> None:
        rows = list(_rows(table))
        if len(rows) == 1 or max((len(list(_cells(row))) for row in rows), default=0) < 2:
            for row in rows:  # a frame around text, not a table
                for cell in _cells(row):
                    self.read(cell)
            return
        inner: list[_Element] = []
        grid = Grid()
        for row in rows:
            self._row(grid, row, inner)
        stated = sum(is_on(row.find("{*}trPr/{*}tblHeader")) for row in rows)
        self.blocks += table_blocks(grid.rows(), header_rows=stated or None)
        for nested in inner:
            self._table(nested)
        self._read_boxes()

    def _row(self, grid: Grid, row: "_Element", inner: "list[_Element]") -> None:
        grid.new_row()
        before = attribute(row.find("{*}trPr/{*}gridBefore"), "val")
        if before is not None and before.isdecimal() and len(before) < 4:
            grid.add("", columns=max(1, int(before)))
        for cell in _cells(row):
            span = attribute(cell.find("{*}tcPr/{*}gridSpan"), "val") or "1"
            columns = int(span) if span.isdecimal() and len(span) < 4 else 1
            if _continues_above(cell):
                grid.continue_above(columns=columns)
            else:
                grid.add(self._cell_text(cell, inner), columns=columns)

    def _cell_text(self, cell: "_Element", inner: "list[_Element]") -> str:
        """Its paragraphs in one line; tables inside it follow the outer table as their own."""
        lines: list[str] = []
        for tag, child in _walk_cell(cell):
            if tag == "tbl":
                inner.append(child)
            else:
                lines.append(squeeze(self._text_of(child, self._style_of(child))))
        return " ".join(line for line in lines if line)


def _rows(table: "_Element") -> "Iterator[_Element]":
    for tag, child in _children(table):
        if tag == "tr":
            yield child
        elif tag in _CONTAINERS:
            yield from _rows(child)


def _cells(row: "_Element") -> "Iterator[_Element]":
    for tag, child in _children(row):
        if tag == "tc":
            yield child
        elif tag in _CONTAINERS:
            yield from _cells(child)


def _walk_cell(cell: "_Element") -> "Iterator[tuple[str, _Element]]":
    for tag, child in _children(cell):
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
