"""One page of an open PDF as lines and tables in reading order."""

from typing import TYPE_CHECKING

from solution_library.parsing.pdf_columns import arrange
from solution_library.parsing.pdf_drawing import Drawing, drawing_on
from solution_library.parsing.pdf_hidden import mark_hidden
from solution_library.parsing.pdf_lines import TextLine, TextOnPage, reads_right_to_left
from solution_library.parsing.pdf_page import Item, Line, Page, Table
from solution_library.parsing.pdf_rules import ruled_tables
from solution_library.parsing.pdf_words import text_on

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument


def read_page(document: "PdfDocument", number: int) -> Page:
    """`number` counts from 1. Raises PdfiumError for a page that is damaged."""
    page = document[number - 1]
    try:
        text_page = page.get_textpage()
        try:
            text = text_on(text_page)
            drawing = drawing_on(page)
            drawing.turn(text.turned)
            mark_hidden(text, drawing, text_page)
        finally:
            text_page.close()
        _, _, top, bottom = drawing.sheet
        return Page(
            number,
            items_of(text, drawing, number),
            _picture(drawing),
            top=round(top, 1),
            bottom=round(bottom, 1),
        )
    finally:
        page.close()  # at once: a page keeps its whole content in memory


def items_of(text: TextOnPage, drawing: Drawing, page: int) -> list[Item]:
    shown, hidden = _parted(text.lines)
    shown, ruled = ruled_tables(shown, drawing, page)
    shown, others = arrange(shown, page)
    placed: list[tuple[int, Item]] = [(line.order, _line(line, page)) for line in shown]
    _insert(placed, [*ruled, *others])
    items = [item for _, item in placed]
    return [*items, *(_line(line, page, hidden=True) for line in hidden)]


def _insert(placed: list[tuple[int, Item]], tables: list[tuple[int, Table]]) -> None:
    """Each table before the first line that was written after its beginning."""
    for order, table in sorted(tables, key=lambda entry: entry[0]):
        after = (place for place, (other, _) in enumerate(placed) if other > order)
        placed.insert(next(after, len(placed)), (order, table))


def _parted(lines: list[TextLine]) -> tuple[list[TextLine], list[TextLine]]:
    """What can be seen and what cannot; a line may hold both."""
    if not any(word.hidden for line in lines for word in line.words):
        return lines, []
    shown = [_only(line, hidden=False) for line in lines]
    hidden = [_only(line, hidden=True) for line in lines]
    return [line for line in shown if line.words], [line for line in hidden if line.words]


def _only(line: TextLine, *, hidden: bool) -> TextLine:
    words = [word for word in line.words if word.hidden is hidden]
    wraps = line.wraps_word and bool(words) and words[-1] is line.words[-1]
    return TextLine(words, line.top, line.bottom, wraps, line.aside, line.order)


def _line(line: TextLine, page: int, *, hidden: bool = False) -> Line:
    text = line.text
    return Line(
        text,
        page,
        round(line.left, 1),
        round(line.right, 1),
        round(line.top, 1),
        round(line.bottom, 1),
        wraps_word=line.wraps_word,
        hidden=hidden,
        aside=line.aside,
        right_to_left=reads_right_to_left(text),
    )


def _picture(drawing: Drawing) -> float:
    left, right, top, bottom = drawing.sheet
    whole = max((right - left) * (top - bottom), 1.0)
    covered = sum(abs((box[1] - box[0]) * (box[2] - box[3])) for box in drawing.pictures)
    return min(covered / whole, 1.0)
