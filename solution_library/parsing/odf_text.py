"""Walks the text of an OpenDocument file: headings, paragraphs, lists, tables, text boxes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solution_library.parsing.grids import Grid
from solution_library.parsing.odf_styles import Styles
from solution_library.parsing.office_xml import attribute, children, number
from solution_library.parsing.tables import table_blocks
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.types import Block, BlockKind
from solution_library.parsing.words import words

if TYPE_CHECKING:
    from lxml.etree import _Element

# Deleted text, remarks of reviewers, what the program makes by itself, and no text at all.
_SKIPPED = words(
    "tracked-changes annotation annotation-end table-of-content table-of-content-source",
    "sequence-decls variable-decls user-field-decls forms note-citation event-listeners",
    "image object object-ole desc title math binary-data",
)
_LISTS = frozenset(("list", "numbered-paragraph"))
_SPACES = {"tab": "\t", "line-break": "\n"}
# Fields that hold text only to hide it.
_HIDING = frozenset(("hidden-text", "hidden-paragraph"))
_BOXES = frozenset(("text-box",))


@dataclass
class OdfText:
    """`page`: the number of the slide that is being read, if any."""

    styles: Styles
    blocks: list[Block] = field(default_factory=list)
    page: int | None = None
    hidden: bool = False
    _boxes: "list[_Element]" = field(default_factory=list)
    _concealed: list[str] = field(default_factory=list)
    _in_frame: int = 0

    def read(self, container: "_Element", depth: int = -1) -> None:
        for tag, child in children(container):
            self.read_one(tag, child, depth)

    def read_one(self, tag: str, child: "_Element", depth: int = -1) -> None:
        if tag == "h":
            self._heading(child)
        elif tag == "p":
            self._paragraph(child, depth)
        elif tag == "table":
            self._table(child)
        elif tag in _LISTS:
            self.read(child, depth + 1)
        elif tag not in _SKIPPED:
            self._inside(tag, child, depth)

    def _inside(self, tag: str, child: "_Element", depth: int) -> None:
        outer = self.hidden
        if tag == "section" and attribute(child, "display") in ("none", "condition"):
            self.hidden = attribute(child, "display") == "none" or outer
        self._in_frame += tag in _BOXES
        self.read(child, depth)
        self._in_frame -= tag in _BOXES
        self.hidden = outer

    def _heading(self, heading: "_Element") -> None:
        level = max(1, min(number(attribute(heading, "outline-level"), 1), 9))
        self._add("heading", heading, level)

    def _paragraph(self, paragraph: "_Element", depth: int) -> None:
        if self.styles.is_title(attribute(paragraph, "style-name")):
            self._add("heading", paragraph, 1)
        elif depth >= 0:
            self._add("list_item", paragraph, min(depth, 8))
        else:
            self._add("paragraph", paragraph, 0)

    def _add(self, kind: BlockKind, element: "_Element", level: int) -> None:
        text = self._text(element)
        if text:
            self.blocks.append(Block(kind, text, level, self.page, self.hidden))
        self._add_concealed()
        boxes, self._boxes = self._boxes, []
        for box in boxes:  # they follow the paragraph that they are anchored in
            self._inside("text-box", box, -1)

    def _add_concealed(self) -> None:
        texts, self._concealed = self._concealed, []
        if text := squeeze(clean(" ".join(texts))):
            self.blocks.append(Block("paragraph", text, 0, self.page, hidden=True))

    def _text(self, element: "_Element") -> str:
        pieces: list[str] = []
        style = attribute(element, "style-name")
        self._collect(element, pieces, self._is_unseen(style))
        return squeeze(clean("".join(pieces)))

    def _is_unseen(self, style: str | None) -> bool:
        return self.styles.is_unseen(style, on_paper=not self._in_frame)

    def _collect(self, element: "_Element", pieces: list[str], unseen: bool) -> None:
        self._say(element.text, pieces, unseen)
        for tag, child in children(element):
            if tag in _SPACES:
                pieces.append(_SPACES[tag])
            elif tag == "s":
                pieces.append(" ")
            elif tag == "text-box":
                self._boxes.append(child)
            elif tag == "note-body":
                pieces.append(" (")
                self._collect(child, pieces, unseen)
                pieces.append(") ")
            elif tag in _HIDING:
                self._concealed.append(attribute(child, "string-value") or child.text or "")
            elif tag not in _SKIPPED:
                style = attribute(child, "style-name") if tag in ("span", "p") else None
                self._collect(child, pieces, unseen or self._is_unseen(style))
            self._say(child.tail, pieces, unseen)

    def _say(self, text: str | None, pieces: list[str], unseen: bool) -> None:
        if text:
            (self._concealed if unseen else pieces).append(text)

    def _table(self, table: "_Element") -> None:
        inner: list[_Element] = []
        grid = Grid()
        self._in_frame += 1  # cells may be filled with any colour
        for row in table_rows(table):
            grid.new_row()
            for tag, cell in children(row):
                if tag == "table-cell":
                    grid.add(
                        self.cell_text(cell, inner),
                        columns=number(attribute(cell, "number-columns-spanned"), 1),
                        rows=number(attribute(cell, "number-rows-spanned"), 1),
                    )
        self._in_frame -= 1
        headers = [table_rows(part) for part in table.iterfind("{*}table-header-rows")]
        header_rows = sum(1 for rows in headers for _ in rows) or None
        self.blocks += table_blocks(
            grid.rows(), header_rows=header_rows, page=self.page, hidden=self.hidden
        )
        self._add_concealed()
        for nested in inner:
            self._table(nested)
        self._boxes.clear()

    def cell_text(self, cell: "_Element", inner: "list[_Element]") -> str:
        """Its paragraphs in one line; the tables inside it are put aside."""
        lines: list[str] = []
        for tag, child in children(cell):
            if tag in ("p", "h"):
                lines.append(self._text(child))
            elif tag == "table":
                inner.append(child)
            elif tag not in _SKIPPED:
                lines.append(self.cell_text(child, inner))
        return " ".join(line for line in lines if line)


def table_rows(table: "_Element") -> "Iterator[_Element]":
    """Rows, also those in groups; a row that is repeated comes once."""
    for tag, child in children(table):
        if tag == "table-row":
            yield child
        elif tag in ("table-rows", "table-header-rows", "table-row-group"):
            yield from table_rows(child)
