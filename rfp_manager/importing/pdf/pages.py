"""Pages of an open PDF as lines and drawings; what cannot be seen is only counted."""

import ctypes
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rfp_manager.importing.pdf.heights import on_their_heights
from rfp_manager.importing.pdf.model import Sheet
from rfp_manager.importing.pdf.spacing import as_read
from solution_library.parsing.pdf_drawing import Drawing, drawing_on
from solution_library.parsing.pdf_hidden import mark_hidden
from solution_library.parsing.pdf_lines import Box, TextLine
from solution_library.parsing.pdf_words import text_on, turned_box

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_BOLD_WEIGHT = 600
_MOST_OF_PAGE = 0.5


def sheets_of(document: "PdfDocument") -> Iterator[Sheet]:
    """Every page; a damaged one is empty."""
    from pypdfium2 import PdfiumError

    for number in range(1, len(document) + 1):
        try:
            page = document[number - 1]
        except PdfiumError:
            yield Sheet(number, [], Drawing())
            continue
        try:
            yield _sheet(page, number)
        except PdfiumError:
            yield Sheet(number, [], Drawing())
        finally:
            page.close()


def _sheet(page: "PdfPage", number: int) -> Sheet:
    text_page = page.get_textpage()
    try:
        text = text_on(text_page)
        drawing = drawing_on(page)
        drawing.turn(text.turned)
        text.lines = on_their_heights(text.lines, _box_of(text_page, text.turned))
        mark_hidden(text, drawing, text_page)
        bold = {id(line): _is_bold(text_page, line) for line in text.lines}
    finally:
        text_page.close()
    hidden = sum(word.hidden for line in text.lines for word in line.words)
    sheet = Sheet(number, [], drawing, text.turned, hidden=hidden)
    places = {line.words[0].place for line in text.lines if bold[id(line)]}
    sheet.lines = as_read([shown for line in text.lines if (shown := _shown(line))])
    sheet.bold = {id(line) for line in sheet.lines if line.words[0].place in places}
    sheet.picture = _picture(drawing) > _MOST_OF_PAGE
    return sheet


def _box_of(text_page: "PdfTextPage", turned: int) -> Callable[[int], Box]:
    from pypdfium2 import raw

    box = raw.FS_RECTF()

    def box_of(number: int) -> Box:
        raw.FPDFText_GetLooseCharBox(text_page.raw, number, box)
        return turned_box((box.left, box.right, box.top, box.bottom), turned)

    return box_of


def _shown(line: TextLine) -> TextLine | None:
    if not any(word.hidden for word in line.words):
        return line
    words = [word for word in line.words if not word.hidden]
    return TextLine(words, line.top, line.bottom, False, line.aside, line.order) if words else None


def _is_bold(text_page: "PdfTextPage", line: TextLine) -> bool:
    """By the first character of its longest word: a number may be set in another font."""
    from pypdfium2 import raw

    place = max(line.words, key=lambda word: len(word.text)).place
    if raw.FPDFText_GetFontWeight(text_page.raw, place) >= _BOLD_WEIGHT:
        return True
    buffer, flags = ctypes.create_string_buffer(200), ctypes.c_int()
    size = raw.FPDFText_GetFontInfo(text_page.raw, place, buffer, 200, ctypes.byref(flags))
    name = buffer.raw[: max(0, min(size, 200) - 1)].decode("utf-8", "replace").lower()
    return any(word in name for word in ("bold", "black", "heavy", "semibold"))


def _picture(drawing: Drawing) -> float:
    left, right, top, bottom = drawing.sheet
    whole = max((right - left) * (top - bottom), 1.0)
    covered = sum(abs((box[1] - box[0]) * (box[2] - box[3])) for box in drawing.pictures)
    return float(min(covered / whole, 1.0))
