"""What the shapes of a slide say: paragraphs, lists and tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solution_library.parsing.grids import Grid
from solution_library.parsing.office_xml import attribute, children, is_true, local, number
from solution_library.parsing.tables import table_blocks
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.types import Block, BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element

# In hundredths of a point: nobody can read text of two points.
_TINY = 200
_BULLETS = frozenset(("buChar", "buAutoNum", "buBlip"))
# Fields that only repeat what the slide's place or the calendar says.
_IDLE_FIELDS = ("slidenum", "datetime")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph's text that is seen, and what of it is not."""

    text: str
    concealed: str
    level: int
    bullet: bool | None


def lines_of(body: "_Element | None") -> list[Line]:
    """The paragraphs of a text body that say anything."""
    found = (_line(paragraph) for paragraph in (body.iterfind("{*}p") if body is not None else ()))
    return [line for line in found if line.text or line.concealed]


def text_blocks(body: "_Element | None", page: int, *, in_list: bool, hidden: bool) -> list[Block]:
    """`in_list`: several paragraphs are a list, as in the body of a slide."""
    lines = lines_of(body)
    several = sum(bool(line.text) for line in lines) > 1
    blocks: list[Block] = []
    for line in lines:
        is_item = line.bullet if line.bullet is not None else in_list and several
        kind: BlockKind = "list_item" if is_item else "paragraph"
        level = line.level if is_item else 0
        if line.text:
            blocks.append(Block(kind, line.text, level, page, hidden))
        if line.concealed:
            blocks.append(Block("paragraph", line.concealed, 0, page, hidden=True))
    return blocks


def _line(paragraph: "_Element") -> Line:
    seen: list[str] = []
    unseen: list[str] = []
    for text, is_tiny in _runs(paragraph):
        (unseen if is_tiny else seen).append(text)
    properties = paragraph.find("{*}pPr")
    level = min(max(number(attribute(properties, "lvl")), 0), 8)
    return Line(_joined(seen), _joined(unseen), level, _bullet(properties))


def _joined(pieces: list[str]) -> str:
    return squeeze(clean("".join(pieces)))


def _bullet(properties: "_Element | None") -> bool | None:
    """None where neither the paragraph nor its shape says it."""
    for tag, _ in children(properties) if properties is not None else ():
        if tag in _BULLETS:
            return True
        if tag == "buNone":
            return False
    return None


def _runs(paragraph: "_Element") -> Iterator[tuple[str, bool]]:
    for tag, child in children(paragraph):
        if tag == "br":
            yield "\n", False
        elif tag == "fld" and (attribute(child, "type") or "").startswith(_IDLE_FIELDS):
            continue
        elif tag in ("r", "fld"):
            size = number(attribute(child.find("{*}rPr"), "sz"), 1800)
            yield child.findtext("{*}t") or "", size <= _TINY
        elif tag not in ("pPr", "endParaRPr"):  # equations, and what other programs wrap runs in
            yield "".join(text.text or "" for text in child.iter() if local(text) == "t"), False


def grid_blocks(table: "_Element", page: int, *, hidden: bool) -> list[Block]:
    grid = Grid()
    for row in table.iterfind("{*}tr"):
        grid.new_row()
        for cell in row.iterfind("{*}tc"):
            # The rest of a cell that spans several: the grid knows its place already.
            if is_true(attribute(cell, "hMerge")) or is_true(attribute(cell, "vMerge")):
                continue
            lines = lines_of(cell.find("{*}txBody"))
            grid.add(
                " ".join(line.text for line in lines if line.text),
                columns=number(attribute(cell, "gridSpan"), 1),
                rows=number(attribute(cell, "rowSpan"), 1),
            )
    has_header = is_true(attribute(table.find("{*}tblPr"), "firstRow"))
    header_rows = 1 if has_header else None
    return table_blocks(grid.rows(), header_rows=header_rows, page=page, hidden=hidden)
