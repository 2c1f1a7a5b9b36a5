"""Word documents straight from their XML, in document order. No relationship is ever followed
out of the file; headers and footers of pages are left out; hidden text is marked as such."""

from typing import TYPE_CHECKING

from solution_library.parsing import zip_checks
from solution_library.parsing.docx_body import Body
from solution_library.parsing.docx_numbering import Numbering
from solution_library.parsing.docx_runs import PAPER
from solution_library.parsing.docx_styles import Styles
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.office_charts import chart_blocks, diagram_blocks
from solution_library.parsing.office_xml import (
    attribute,
    main_part,
    relations,
    root_of,
    stated_title,
)
from solution_library.parsing.readable import InMemory, Readable
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

if TYPE_CHECKING:
    from zipfile import ZipFile

    from lxml.etree import _Element

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LONGEST_BOLD_HEADING = 100
_EMBEDDED = frozenset(("html", "txt", "md", "rst", "rtf"))


def parse(path: Readable, filename: str) -> ParsedDocument:
    with zip_checks.open_checked(path) as archive:
        zip_checks.refuse_doctypes(archive)
        main = main_part(archive, "word/document.xml")
        root = root_of(archive, main)
        if root is None or root.find("{*}body") is None:
            raise ParseRefused("The Word file is damaged: its text part is missing.")
        folder = main.rpartition("/")[0]
        styles = Styles(root_of(archive, f"{folder}/styles.xml"))
        numbering = Numbering(root_of(archive, f"{folder}/numbering.xml"))
        body = Body(styles, _paper(root), numbering)
        body.read(root)
        for notes in ("footnotes", "endnotes"):
            body.read_notes(root_of(archive, f"{folder}/{notes}.xml"))
        stated = stated_title(archive)
        graphics = _graphics(archive, main, body) if body.graphics else []
    blocks = _with_bold_headings(body)
    for place, found in reversed(graphics):
        blocks[place:place] = found
    return ParsedDocument(
        title=title_of([block for block in blocks if not block.hidden], filename, stated=stated),
        media_type=_MEDIA_TYPE,
        blocks=blocks,
    )


def _paper(root: "_Element") -> str:
    """The colour of the pages."""
    colour = (attribute(root.find("{*}background"), "color") or PAPER).upper()
    return PAPER if colour == "AUTO" else colour


def _graphics(archive: "ZipFile", main: str, body: Body) -> list[tuple[int, list[Block]]]:
    """Charts, diagrams and embedded files as blocks, with their places among the others."""
    known = relations(archive, main)
    found = []
    for place, kind, identifier in body.graphics:
        relation = known.get(identifier)
        if relation is not None and kind == "altChunk":
            found.append((place, _embedded(archive, relation.target)))
        elif relation is not None and (root := _optional(archive, relation.target)) is not None:
            make = chart_blocks if kind == "chart" else diagram_blocks
            found.append((place, make(root, None)))
    return found


def _embedded(archive: "ZipFile", name: str) -> list[Block]:
    """A file that stands for a part of the text. Containers are not opened: one of them could
    hold itself."""
    from solution_library.parsing.formats import FORMATS
    from solution_library.parsing.sniff import sniff

    try:
        source = InMemory(zip_checks.read_part(archive, name))
        kind = sniff(source, name)
        return FORMATS[kind](source, name).blocks if kind in _EMBEDDED else []
    except (KeyError, ParseRefused):
        return []


def _optional(archive: "ZipFile", name: str) -> "_Element | None":
    try:
        return root_of(archive, name)
    except ParseRefused:  # the text matters more than its charts
        return None


def _with_bold_headings(body: Body) -> list[Block]:
    """Many authors make headings by hand: without any style used, short bold lines are taken."""
    if any(block.kind == "heading" for block in body.blocks):
        return body.blocks
    return [
        Block("heading", block.text, 2)
        if place in body.bold and _reads_like_heading(block)
        else block
        for place, block in enumerate(body.blocks)
    ]


def _reads_like_heading(block: Block) -> bool:
    return (
        block.kind == "paragraph"
        and len(block.text) <= _LONGEST_BOLD_HEADING
        and not block.text.endswith((".", ";", ",", "!"))
    )
