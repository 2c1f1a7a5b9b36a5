"""Lines that fall into pages: measured, broken, linked and numbered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rfp_manager.exporting.pdf.drawing import text_lines
from rfp_manager.exporting.pdf.fonts import FontSet
from rfp_manager.exporting.pdf.layout import LEADING, wrap

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 56.0  # A4, in points
ROOM = WIDTH - 2 * MARGIN
BOTTOM = MARGIN + 10
GREY, BLACK, BLUE, RED = "0.35 0.38 0.42", "0 0 0", "0.04 0.36 0.68", "0.6 0.2 0.07"


@dataclass(frozen=True)
class Style:
    """`keep`: how many points must be free below its first line, so that no heading is left
    alone at the end of a page."""

    size: float
    ink: str = BLACK
    bold: bool = False
    indent: float = 0.0
    before: float = 0.0
    keep: float = 0.0


@dataclass(frozen=True)
class Line:
    """`mark`: a place that a `link` may lead to. `tail`: stands at the right."""

    text: str
    style: Style
    before: float = 0.0
    keep: float = 0.0
    mark: str = ""
    link: str = ""
    tail: str = ""

    @property
    def height(self) -> float:
        return self.before + self.style.size * LEADING


@dataclass(frozen=True)
class Placed:
    line: Line
    top: float


def lines_of(
    text: str, style: Style, fonts: FontSet, *, mark: str = "", link: str = "", tail: str = ""
) -> Iterator[Line]:
    """A text as lines that are no wider than the page."""
    room = ROOM - style.indent - (40 if tail else 0)
    for number, line in enumerate(wrap(text, room, style.size, fonts)):
        made = Line(line, style, link=link)
        if number == 0:
            made = replace(made, before=style.before, keep=style.keep, mark=mark, tail=tail)
        yield made


def paged(lines: Iterable[Line]) -> Iterator[list[Placed]]:
    """The lines of one page after the other; at least one page."""
    page: list[Placed] = []
    y = HEIGHT - MARGIN
    for line in lines:
        if page and y - line.height - line.keep < BOTTOM:
            yield page
            page, y = [], HEIGHT - MARGIN
        y -= line.before if page else 0.0
        page.append(Placed(line, y))
        y -= line.style.size * LEADING
    yield page


def drawn(page: Iterable[Placed], number: int, running: str, fonts: FontSet) -> bytes:
    """The content of a page, with its number and the running title below."""
    pieces = [_drawn(placed, fonts) for placed in page if placed.line.text.strip()]
    foot = Style(7.5, GREY)
    pieces.append(_text(running, MARGIN, MARGIN - 8, foot, fonts))
    pieces.append(_at_the_right(str(number), MARGIN - 8, foot, fonts))
    return "\n".join(pieces).encode("ascii")


def _drawn(placed: Placed, fonts: FontSet) -> str:
    line, style = placed.line, placed.line.style
    text = _text(line.text, MARGIN + style.indent, placed.top, style, fonts)
    tail = _at_the_right(line.tail, placed.top, style, fonts) if line.tail else ""
    return f"{text}\n{tail}"


def _at_the_right(text: str, top: float, style: Style, fonts: FontSet) -> str:
    return _text(text, WIDTH - MARGIN - fonts.width(text, style.size), top, style, fonts)


def _text(text: str, left: float, top: float, style: Style, fonts: FontSet) -> str:
    shown = text_lines(
        (text,), left=left, top=top, width=WIDTH - MARGIN - left, size=style.size, fonts=fonts,
        ink=style.ink,
    )  # fmt: skip
    # There is one weight of the font; bold letters get an outline of their own colour.
    outline = f"q 2 Tr {style.size * 0.02:.2f} w {style.ink} RG"
    return f"{outline}\n{shown}\nQ" if style.bold else shown


def box(placed: Placed) -> str:
    """Where a line can be clicked on."""
    top, size = placed.top, placed.line.style.size
    left = MARGIN + placed.line.style.indent
    return f"[{left:.1f} {top - size * LEADING:.1f} {WIDTH - MARGIN:.1f} {top:.1f}]"
