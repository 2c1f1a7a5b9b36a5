"""Finds text that a reader of the page does not see: an old place for instructions to machines.

Invisible text over a picture is none of it: that is how recognised text is laid over a scan.
"""

import ctypes
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from solution_library.parsing.pdf_drawing import Drawing, is_pale
from solution_library.parsing.pdf_lines import Box, TextLine, TextOnPage, Word

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

#: Line height in points; letters of 2 points have lines of about 2.3.
_SMALLEST_HEIGHT = 2.4
_SLACK = 1.0
_INVISIBLE_MODES = (3, 7)
_OUTLINED_MODES = (1, 2, 5, 6)


def mark_hidden(text: TextOnPage, drawing: Drawing, text_page: "PdfTextPage") -> None:
    """Set `hidden` of the words that cannot be seen; `drawing` is turned as the text is."""
    sheet = drawing.sheet
    is_inked = _ink_test(text_page) if drawing.hides_text else None
    for line in text.lines:
        too_small = 0 < abs(line.top - line.bottom) < _SMALLEST_HEIGHT
        off_sheet = not _may_be_inside(line, sheet)
        if too_small or off_sheet or is_inked is not None:
            for word in line.words:
                x, y = (word.left + word.right) / 2, line.middle
                word.hidden = (
                    too_small
                    or (off_sheet and not _inside(x, y, sheet))
                    or (is_inked is not None and _cannot_be_seen(word, x, y, is_inked, drawing))
                )


def _may_be_inside(line: TextLine, sheet: Box) -> bool:
    """All of it is on the sheet; only then none of its words needs a look."""
    return _inside(line.words[0].left, line.middle, sheet) and _inside(
        line.words[-1].right, line.middle, sheet
    )


def _inside(x: float, y: float, box: Box) -> bool:
    return box[0] - _SLACK <= x <= box[1] + _SLACK and box[3] - _SLACK <= y <= box[2] + _SLACK


def _cannot_be_seen(
    word: Word, x: float, y: float, ink_of: Callable[[int], str], drawing: Drawing
) -> bool:
    ink = ink_of(word.place)
    if ink == "none":
        return not _over(x, y, drawing.pictures)
    return ink == "pale" and not _over(x, y, drawing.pictures) and not _over(x, y, drawing.areas)


def _over(x: float, y: float, boxes: Sequence[Box]) -> bool:
    return any(_inside(x, y, box) for box in boxes)


def _ink_test(text_page: "PdfTextPage") -> Callable[[int], str]:
    """For a character's number: "none", "pale" (white, or nearly) or "dark"."""
    from pypdfium2 import raw

    shades = [ctypes.c_uint() for _ in range(4)]
    places = [ctypes.byref(shade) for shade in shades]

    def ink_of(number: int) -> str:
        thing = raw.FPDFText_GetTextObject(text_page.raw, number)
        mode = raw.FPDFTextObj_GetTextRenderMode(thing) if thing else 0
        if mode in _INVISIBLE_MODES:
            return "none"
        if mode in _OUTLINED_MODES or not raw.FPDFText_GetFillColor(text_page.raw, number, *places):
            return "dark"
        red, green, blue, opacity = (shade.value for shade in shades)
        return "pale" if is_pale((red, green, blue, opacity)) else "dark"

    return ink_of
