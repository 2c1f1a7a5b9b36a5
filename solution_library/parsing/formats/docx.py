"""Word documents straight from their XML, in document order. No relationship is ever followed
out of the file; headers and footers of pages are left out, hidden text too (with a warning)."""

from pathlib import Path
from typing import TYPE_CHECKING

from solution_library.parsing.docx_body import Body
from solution_library.parsing.docx_styles import Styles
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.text import squeeze
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

if TYPE_CHECKING:
    from zipfile import ZipFile

    from lxml.etree import _Element

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LONGEST_BOLD_HEADING = 100


def parse(path: Path, filename: str) -> ParsedDocument:
    from solution_library.parsing import zip_checks

    with zip_checks.open_checked(path) as archive:
        zip_checks.refuse_doctypes(archive)
        main = _main_part(archive)
        root = _xml(archive, main)
        if root is None or root.find("{*}body") is None:
            raise ParseRefused("The Word file is damaged: its text part is missing.")
        folder = main.rpartition("/")[0]
        styles = Styles(_xml(archive, f"{folder}/styles.xml"))
        body = Body(styles)
        body.read(root)
        for notes in ("footnotes", "endnotes"):
            body.read_notes(_xml(archive, f"{folder}/{notes}.xml"))
        stated = _stated_title(archive)
    blocks = _with_bold_headings(body)
    return ParsedDocument(
        title=title_of(blocks, filename, stated=stated),
        media_type=_MEDIA_TYPE,
        blocks=blocks,
        warnings=body.warnings(),
    )


def _xml(archive: "ZipFile", name: str) -> "_Element | None":
    """A part's root element; None when the part is missing."""
    from lxml import etree

    from solution_library.parsing import zip_checks

    try:
        content = zip_checks.read_part(archive, name)
    except KeyError:
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if "memory" in str(error).lower():
            raise MemoryError from error
        raise ParseRefused(f"The Word file is damaged: {name!r} is not valid XML.") from error


def _main_part(archive: "ZipFile") -> str:
    """Named by the package's relationships; nearly always word/document.xml."""
    relations = _xml(archive, "_rels/.rels")
    for relation in relations if relations is not None else ():
        if (relation.get("Type") or "").endswith("/officeDocument"):
            name = (relation.get("Target") or "").lstrip("/")
            if name in archive.namelist():
                return name
    return "word/document.xml"


def _stated_title(archive: "ZipFile") -> str:
    try:
        properties = _xml(archive, "docProps/core.xml")
    except ParseRefused:  # the text matters, its label does not
        return ""
    title = squeeze(properties.findtext("{*}title") or "") if properties is not None else ""
    return "" if title.lower() in ("word document", "untitled", "title") else title


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
