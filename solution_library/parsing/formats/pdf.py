"""PDF through PDFium: pages to lines and tables, and those to headings, paragraphs and lists."""

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.pdf_gaps import Gaps
from solution_library.parsing.pdf_layout import Composer
from solution_library.parsing.pdf_measures import Measures
from solution_library.parsing.pdf_page import Page, page_to_dict
from solution_library.parsing.pdf_reading import read_page
from solution_library.parsing.readable import Readable
from solution_library.parsing.text import squeeze
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import ParsedDocument

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_PAGES = 10_000
_FILE_ENDINGS = (
    ".doc", ".docx", ".pdf", ".indd", ".rtf", ".odt", ".tex", ".jpg", ".jpeg", ".png", ".tif",
)  # fmt: skip
MEDIA_TYPE = "application/pdf"


def parse(path: Readable, filename: str) -> ParsedDocument:
    """All of it at once. Raises ParseRefused."""
    document = open_pdf(path)
    pages = list(_pages(document, range(1, len(document) + 1)))
    return document_of(pages, filename, _stated_title(document), len(document))


def parts(path: Path, filename: str, *, first: int, budget: Mapping[str, Any]) -> Iterator[Any]:
    """The pages from `first` on, each as an object, as far as the budget carries.

    Then either where to go on ("stopped"), or, after all pages in one go, the whole document
    (unless it has no text at all: that may still be recognised).
    """
    document = open_pdf(path)
    count = len(document)
    yield {"pages": count, "title": _stated_title(document), "media_type": MEDIA_TYPE}
    spent = Budget(**budget)
    pages: list[Page] = []
    for page in _pages(document, range(first, count + 1)):
        found = page_to_dict(page)
        yield found
        pages.append(page)
        if spent.is_over(found) and page.number < count:
            yield {"stopped": page.number + 1}
            return
    if first == 1 and any(page.items for page in pages):
        whole = document_of(pages, filename, _stated_title(document), count)
        yield {"document": whole.to_dict()}


class Budget:
    """Stops a child in good time before its limits do. Bytes are estimated by characters."""

    def __init__(self, *, cpu_seconds: float, memory_bytes: int, output_bytes: int) -> None:
        self._cpu_until = time.process_time() + cpu_seconds
        self._memory = memory_bytes // 1024
        self._output = output_bytes

    def is_over(self, found: Mapping[str, Any], more: int = 0) -> bool:
        """After `found`, and so many characters `more`, has been given out."""
        self._output -= _size(found) + more
        return (
            self._output < 0
            or time.process_time() > self._cpu_until
            or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > self._memory
        )


def _size(found: Mapping[str, Any]) -> int:
    size = 100
    for item in found["items"]:
        if isinstance(item, list):
            size += len(item[0]) + 40
        else:
            size += sum(len(cell[0]) + 20 for cell in item["cells"])
    return size


def open_pdf(path: Readable) -> "PdfDocument":
    """Raises ParseRefused for what is damaged, locked or has too many pages."""
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(path if isinstance(path, Path) else path.read_bytes())
    except PdfiumError as error:
        if "password" in str(error).lower():
            raise ParseRefused(
                "The PDF is password protected. Remove the password and try again."
            ) from error
        raise ParseRefused("The PDF is damaged and cannot be opened.") from error
    if len(document) == 0:
        raise ParseRefused("The PDF is damaged: it has no readable pages.")
    if len(document) > MAX_PAGES:
        raise ParseRefused(
            f"The PDF has {len(document):,} pages; at most {MAX_PAGES:,} are read. "
            "Split it into parts."
        )
    return document


def _pages(document: "PdfDocument", numbers: Sequence[int]) -> Iterator[Page]:
    from pypdfium2 import PdfiumError

    for number in numbers:
        try:
            page = read_page(document, number)
        except PdfiumError:
            page = Page(number, is_damaged=True)
        yield page


def document_of(
    pages: Sequence[Page], filename: str, stated_title: str, count: int
) -> ParsedDocument:
    gaps, measures = Gaps(), Measures()
    for page in pages:
        gaps.note(page)
        measures.add(page)
    composer = Composer(measures)
    blocks = [block for page in pages for block in composer.feed(page)] + composer.finish()
    return ParsedDocument(
        title=title_of(blocks, filename, stated=stated_title),
        media_type=MEDIA_TYPE,
        blocks=blocks,
        page_count=count,
        warnings=gaps.warnings(count),
    )


def _stated_title(document: "PdfDocument") -> str:
    title = squeeze(document.get_metadata_value("Title"))
    # Word processors put the file's name here; that is no title.
    useless = title.lower().endswith(_FILE_ENDINGS)
    useless = useless or title.lower().startswith(("microsoft word", "untitled", "powerpoint"))
    return "" if useless or len(title) < 4 else title
