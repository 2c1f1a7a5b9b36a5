"""Word documents straight from their XML, in document order. No relationship is ever followed
out of the file; headers and footers of pages are left out, hidden text too (with a warning)."""

from solution_library.parsing import zip_checks
from solution_library.parsing.docx_body import Body
from solution_library.parsing.docx_styles import Styles
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.office_xml import main_part, root_of, stated_title
from solution_library.parsing.readable import Readable
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LONGEST_BOLD_HEADING = 100


def parse(path: Readable, filename: str) -> ParsedDocument:
    with zip_checks.open_checked(path) as archive:
        zip_checks.refuse_doctypes(archive)
        main = main_part(archive, "word/document.xml")
        root = root_of(archive, main)
        if root is None or root.find("{*}body") is None:
            raise ParseRefused("The Word file is damaged: its text part is missing.")
        folder = main.rpartition("/")[0]
        styles = Styles(root_of(archive, f"{folder}/styles.xml"))
        body = Body(styles)
        body.read(root)
        for notes in ("footnotes", "endnotes"):
            body.read_notes(root_of(archive, f"{folder}/{notes}.xml"))
        stated = stated_title(archive)
    blocks = _with_bold_headings(body)
    return ParsedDocument(
        title=title_of(blocks, filename, stated=stated),
        media_type=_MEDIA_TYPE,
        blocks=blocks,
        warnings=body.warnings(),
    )


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
