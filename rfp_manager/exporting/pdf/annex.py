"""Pages at the end of the PDF with the answers that found no room on the buyer's pages."""

from dataclasses import dataclass

from rfp_manager.exporting.pdf.drawing import text_lines
from rfp_manager.exporting.pdf.fonts import FontSet
from rfp_manager.exporting.pdf.layout import LEADING, wrap

MARGIN = 56.0
TITLE, SIZE, SMALL = 14.0, 9.5, 8.0
_BLACK = "0 0 0"


@dataclass(frozen=True)
class Entry:
    question: str
    text: str


@dataclass(frozen=True)
class _Line:
    text: str
    size: float
    ink: str = ""


def annex_pages(entries: list[Entry], size: tuple[float, float], fonts: FontSet) -> list[str]:
    """The content of each page; `size` is the paper's width and height in points."""
    width, height = max(size[0], 200.0) - 2 * MARGIN, size[1]
    lines = [_Line("Annex: answers", TITLE, _BLACK), _Line("", SMALL)]
    for number, entry in enumerate(entries, start=1):
        lines += _entry(number, entry, width, fonts)
    pages: list[str] = []
    shown: list[str] = []
    y = height - MARGIN
    for line in lines:
        if y - line.size * LEADING < MARGIN and shown:
            pages.append("\n".join(shown))
            shown, y = [], height - MARGIN
        if line.text.strip():
            ink = {"ink": line.ink} if line.ink else {}
            shown.append(
                text_lines(
                    (line.text,), left=MARGIN, top=y, width=width, size=line.size, fonts=fonts,
                    **ink,
                )
            )  # fmt: skip
        y -= line.size * LEADING
    return [*pages, "\n".join(shown)]


def _entry(number: int, entry: Entry, width: float, fonts: FontSet) -> list[_Line]:
    asked = f"No. {number}. {entry.question}".rstrip()
    head = [_Line(line, SMALL, _BLACK) for line in wrap(asked, width, SMALL, fonts)]
    body = [_Line(line, SIZE) for line in wrap(entry.text, width, SIZE, fonts)]
    return [*head, *body, _Line("", SIZE)]
