"""Rich Text: paragraphs, headings, lists and tables in any of its encodings."""

from solution_library.parsing.readable import Readable
from solution_library.parsing.rtf_text import RtfText
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import ParsedDocument


def parse(path: Readable, filename: str) -> ParsedDocument:
    reader = RtfText()
    reader.read(path.read_bytes())
    shown = [block for block in reader.blocks if not block.hidden]
    return ParsedDocument(
        title=title_of(shown, filename, stated=reader.title),
        media_type="application/rtf",
        blocks=reader.blocks,
    )
