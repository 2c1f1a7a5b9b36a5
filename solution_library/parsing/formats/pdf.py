"""PDF through PDFium: text with page numbers; lines are joined to paragraphs by `pdf_layout`."""

from pathlib import Path
from typing import TYPE_CHECKING

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.pdf_layout import Line, blocks_of
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import ParsedDocument

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

MAX_PAGES = 10_000
# PDFium marks a hyphen that only wraps a line with one of these.
_WRAP_HYPHENS = str.maketrans("", "", "\x02\ufffe\uffff")
_LISTED_PAGES = 20


def parse(path: Path, filename: str) -> ParsedDocument:
    document = _open(path)
    page_count = len(document)
    if page_count > MAX_PAGES:
        raise ParseRefused(
            f"The PDF has {page_count:,} pages; at most {MAX_PAGES:,} are read. "
            "Split it into parts."
        )
    pages, unreadable = _read_pages(document, page_count)
    warnings = _warnings(pages, unreadable)
    blocks = blocks_of(pages)
    return ParsedDocument(
        title=title_of(blocks, filename, stated=_stated_title(document)),
        media_type="application/pdf",
        blocks=blocks,
        page_count=page_count,
        warnings=warnings,
    )


def _open(path: Path) -> "PdfDocument":
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(path)
    except PdfiumError as error:
        if "password" in str(error).lower():
            raise ParseRefused(
                "The PDF is password protected. Remove the password and try again."
            ) from error
        raise ParseRefused("The PDF is damaged and cannot be opened.") from error
    if len(document) == 0:
        raise ParseRefused("The PDF is damaged: it has no readable pages.")
    return document


def _read_pages(document: "PdfDocument", page_count: int) -> tuple[list[list[Line]], list[int]]:
    from pypdfium2 import PdfiumError

    pages: list[list[Line]] = []
    unreadable = []
    for number in range(page_count):
        try:
            pages.append(_read_page(document, number))
        except PdfiumError:
            pages.append([])
            unreadable.append(number + 1)
    if len(unreadable) == page_count:
        raise ParseRefused("The PDF is damaged: none of its pages can be read.")
    return pages, unreadable


def _read_page(document: "PdfDocument", number: int) -> list[Line]:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            return _lines(text_page, number + 1)
        finally:
            text_page.close()
    finally:
        page.close()  # at once: a page keeps its whole content in memory


def _lines(text_page: "PdfTextPage", page: int) -> list[Line]:
    count = text_page.count_chars()
    if count <= 0:
        return []
    lines = []
    begin = 0
    for raw in text_page.get_text_range().split("\r\n"):
        end = begin + len(raw)
        wraps = raw.rstrip().endswith(("\x02", "\ufffe"))
        if text := squeeze(clean(raw.translate(_WRAP_HYPHENS))):
            first = begin + len(raw) - len(raw.lstrip())
            left, bottom, _, top = text_page.get_charbox(min(first, count - 1), loose=True)
            last = begin + max(0, len(raw.rstrip(" \x02\ufffe")) - 1)
            right = text_page.get_charbox(min(last, count - 1), loose=True)[2]
            lines.append(Line(text, page, left, right, top, bottom, wraps))
        begin = end + 2
    return lines


def _warnings(pages: list[list[Line]], unreadable: list[int]) -> list[str]:
    silent = [number for number, lines in enumerate(pages, start=1) if not lines]
    if len(silent) == len(pages):
        raise ParseRefused(
            "The PDF has no text layer: it holds only images. "
            "It needs OCR (text recognition) first."
        )
    warnings = []
    if unreadable:
        warnings.append(f"Damaged pages were left out: {_listed(unreadable)}.")
    if scanned := sorted(set(silent) - set(unreadable)):
        warnings.append(f"Pages without text (empty or scanned) were left out: {_listed(scanned)}.")
    return warnings


def _listed(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers[:_LISTED_PAGES]))
    rest = len(numbers) - _LISTED_PAGES
    return f"{listed} and {rest} more" if rest > 0 else listed


def _stated_title(document: "PdfDocument") -> str:
    title = squeeze(document.get_metadata_value("Title"))
    # Word processors put the file's name here; that is no title.
    useless = title.lower().endswith((".doc", ".docx", ".pdf", ".indd", ".rtf", ".odt", ".tex"))
    useless = useless or title.lower().startswith(("microsoft word", "untitled", "powerpoint"))
    return "" if useless or len(title) < 4 else title
