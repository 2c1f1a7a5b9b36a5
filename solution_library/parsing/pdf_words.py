"""From PDFium's characters to lines of words with places.

PDFium gives the text in the order in which it was written (right-to-left text already in reading
order), with a line end where the next character stands elsewhere. Only the places of each word's
first and last character are asked for: a page has thousands of characters.
"""

import math
import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from solution_library.parsing.pdf_bidi import line_from_right, lines_from_right
from solution_library.parsing.pdf_lines import (
    RIGHT_TO_LEFT,
    SHAPES,
    WRAP_HYPHENS,
    Box,
    TextLine,
    TextOnPage,
    Word,
    plain_shapes,
    reads_right_to_left,
)

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

# All blanks but a line end; each becomes one space, so that no place moves.
_BLANKS = re.compile(r"[^\S\r\n ]|\r(?!\n)|(?<!\r)\n")
_UNTIDY = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff]")
_WRAPPED = re.compile("(?<=[\x02\ufffe\uffff])(?=\\S)")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_QUARTER = math.pi / 2


def text_on(text_page: "PdfTextPage") -> TextOnPage:
    """The lines in the order in which they were written."""
    count = text_page.count_chars()
    if count <= 0:
        return TextOnPage()
    reader = _Reader(text_page, count)
    lines = reader.lines()
    if reads_right_to_left(reader.text):
        return TextOnPage(lines_from_right(text_page, count))
    if RIGHT_TO_LEFT.search(reader.text):
        _reread(text_page, lines)
    angles = [_angle(text_page, line.words[0].place) for line in lines]
    if any(angles):
        return _upright(lines, angles, reader.box_of)
    return TextOnPage(lines)


def _reread(text_page: "PdfTextPage", lines: list[TextLine]) -> None:
    for place, line in enumerate(lines):
        if RIGHT_TO_LEFT.search(line.text):
            last = max(line.words, key=lambda word: word.place)
            span = range(min(word.place for word in line.words), last.place + len(last.text))
            if again := line_from_right(text_page, span):
                again.order = line.order
                lines[place] = again


class _Reader:
    """The words of one page. Written for speed: it runs for every word of every document."""

    def __init__(self, text_page: "PdfTextPage", count: int) -> None:
        from pypdfium2 import raw

        text = text_page.get_text_range()
        self.text = _BLANKS.sub(" ", text) if _BLANKS.search(text) else text
        self._tidy = _tidier(self.text)
        self._number = _numbering(text_page, self.text, count)
        self._page, self._box = text_page.raw, raw.FS_RECTF()
        self._get = raw.FPDFText_GetLooseCharBox

    def lines(self) -> list[TextLine]:
        lines: list[TextLine] = []
        early_word: tuple[list[Word], float, float] | None = None
        begin = 0
        for raw in self.text.split("\r\n"):
            # PDFium leaves out the line end after a hyphen that wraps a word.
            for part in _WRAPPED.split(raw) if self._tidy else (raw,):
                early = self._begins_next(part, begin)
                if found := self._words(part[: len(part) - early], begin):
                    words, top, bottom = found
                    wraps = part[-3:].rstrip().endswith(("\x02", "\ufffe"))
                    lines.append(TextLine(words, top, bottom, wraps, order=len(lines)))
                    _give_back(lines, early_word)
                early_word = self._words(part[-1], begin + len(part) - 1) if early else None
                begin += len(part)
            begin += 2
        return lines

    def _begins_next(self, raw: str, begin: int) -> int:
        """1 where the last sign already stands on the next line: without blanks between words,
        PDFium ends some lines one sign too late."""
        if len(raw) < 2 or not _UNSPACED.match(raw[-1]):
            return 0
        place = begin + len(raw) - 1
        before, last = (self._number(at) if self._number else at for at in (place - 1, place))
        _, _, top, bottom = self.box_of(before)
        left, right, high, low = self.box_of(last)
        return int(right > left and (high < bottom or low > top))

    def box_of(self, number: int) -> Box:
        """Left, right, top and bottom of a character, as high as its font and not as its shape."""
        box = self._box
        self._get(self._page, number, box)
        return box.left, box.right, box.top, box.bottom

    def _words(self, raw: str, begin: int) -> tuple[list[Word], float, float] | None:
        """The words, and the height of the longest one: a sign from another font may be far
        higher than the line."""
        get, page, box, tidy, number = self._get, self._page, self._box, self._tidy, self._number
        words: list[Word] = []
        longest, top, bottom = 0, 0.0, 0.0
        end = begin - 1
        for text in raw.split(" "):
            start, end = end + 1, end + 1 + len(text)
            if not text:
                continue
            last = end - 1
            if tidy is not None:
                last -= len(text) - len(text.rstrip(WRAP_HYPHENS))
                text = tidy(text)
                if not text:
                    continue
            first = start
            if number is not None:
                first, last = number(start), number(last)
            get(page, first, box)
            left, right = box.left, box.right
            if len(text) > longest:
                longest, top, bottom = len(text), box.top, box.bottom
            if last > first:
                get(page, last, box)
                if box.right > right:
                    right = box.right
                if box.left < left:
                    left = box.left
            words.append(Word(text, left, right, first))
        return (words, top, bottom) if words else None


def _give_back(lines: list[TextLine], early: tuple[list[Word], float, float] | None) -> None:
    """Put a sign that PDFium gave to the line before at the beginning of the last line."""
    if early is None:
        return
    (word,), top, bottom = early
    line = lines[-1]
    first = line.words[0]
    if line.bottom < (top + bottom) / 2 < line.top and first.left - word.left >= 0:
        line.words[0] = Word(word.text + first.text, word.left, first.right, word.place)
    else:
        lines.insert(-1, TextLine([word], top, bottom, order=line.order))
        line.order += 1


def _tidier(text: str) -> Callable[[str], str] | None:
    """What makes a word's text clean; None where the page has nothing untidy."""
    shaped, untidy = SHAPES.search(text), _UNTIDY.search(text)
    if not shaped and not untidy:
        return None

    return plain_shapes


def _numbering(text_page: "PdfTextPage", text: str, count: int) -> Callable[[int], int] | None:
    """From a place in the Python string to PDFium's number of the character; None: the same.

    They differ where a character has no text, and beyond the Basic Multilingual Plane, where
    PDFium counts in UTF-16.
    """
    from pypdfium2 import raw

    wide = max(text, default="") > "\uffff"
    units = len(text) if not wide else len(text.encode("utf-16-le", "surrogatepass")) // 2
    index_of = raw.FPDFText_GetCharIndexFromTextIndex
    if not wide and units <= count and index_of(text_page.raw, units - 1) == units - 1:
        return None
    starts = list(range(len(text)))
    if wide:
        unit = 0
        for place, character in enumerate(text):
            starts[place] = unit
            unit += 2 if character > "\uffff" else 1

    def number(place: int) -> int:
        found: int = index_of(text_page.raw, starts[min(place, len(starts) - 1)])
        return min(max(found, 0), count - 1)

    return number


def _angle(text_page: "PdfTextPage", number: int) -> float:
    """How far it is turned against the clock; PDFium counts with the clock."""
    from pypdfium2 import raw

    return float(-raw.FPDFText_GetCharAngle(text_page.raw, number)) % (2 * math.pi)


def _upright(
    lines: list[TextLine], angles: list[float], box_of: Callable[[int], Box]
) -> TextOnPage:
    """Turn the page so that most of its text stands upright; the rest stands aside."""
    weights: Counter[int] = Counter()
    quarters = []
    for line, angle in zip(lines, angles, strict=True):
        quarter = round(angle / _QUARTER) % 4
        is_straight = abs(angle / _QUARTER - round(angle / _QUARTER)) < 0.06
        quarters.append(quarter if is_straight else -1)
        weights[quarters[-1]] += sum(len(word.text) for word in line.words)
    del weights[-1]
    turned = weights.most_common(1)[0][0] if weights else 0
    for line, quarter in zip(lines, quarters, strict=True):
        _place_turned(line, turned, box_of)
        line.aside = quarter != turned
    return TextOnPage(lines, turned)


def _place_turned(line: TextLine, turned: int, box_of: Callable[[int], Box]) -> None:
    for word in line.words:
        first = turned_box(box_of(word.place), turned)
        last = turned_box(box_of(word.place + max(0, len(word.text) - 1)), turned)
        word.left, word.right = min(first[0], last[0]), max(first[1], last[1])
    _, _, line.top, line.bottom = turned_box(box_of(line.words[0].place), turned)


def turned_box(box: Box, turned: int) -> Box:
    """The box after the page was turned clockwise by so many quarters."""
    left, right, top, bottom = box
    for _ in range(turned % 4):
        left, right, top, bottom = bottom, top, -left, -right
    return left, right, top, bottom
