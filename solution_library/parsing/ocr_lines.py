"""From what Tesseract found on a picture to lines and tables like those of any other page."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from solution_library.parsing.pdf_drawing import Drawing
from solution_library.parsing.pdf_lines import TextLine, TextOnPage, Word
from solution_library.parsing.pdf_page import Page
from solution_library.parsing.pdf_reading import items_of
from solution_library.parsing.text import clean, squeeze

#: Below this mean confidence (0 to 100) a page's text is doubtful.
DOUBTFUL = 75.0
_WORD_LEVEL = "5"
_FIELDS = 12
#: Heights this near to the usual one are the usual one: letters differ, fonts don't.
_LEAST, _MOST = 0.75, 1.3


@dataclass(frozen=True, slots=True)
class _Found:
    """A word with its line (block, paragraph, line); places in dots from the upper left."""

    line: tuple[int, int, int]
    left: int
    top: int
    width: int
    height: int
    confidence: float
    text: str


def page_from(tsv: str, *, number: int, scale: float, height: int) -> tuple[Page, float]:
    """The page and its mean confidence (0 to 100). `scale`: dots per point; `height`: in dots.

    Raises ValueError when this is no table of Tesseract's.
    """
    words = list(_words(tsv))
    lines = [_line(list(group), scale, height) for _, group in groupby(words, lambda w: w.line)]
    _level(lines)
    for order, line in enumerate(lines):
        line.order = order
    letters = sum(len(word.text) for word in words)
    weighted = sum(word.confidence * len(word.text) for word in words)
    text = TextOnPage(lines)
    page = Page(number, items_of(text, Drawing(), number), top=round(height / scale, 1))
    return page, weighted / letters if letters else 100.0


def _words(tsv: str) -> Iterable[_Found]:
    for row in tsv.splitlines()[1:]:
        fields = row.split("\t")
        if len(fields) != _FIELDS:
            raise ValueError("not a table of words")
        text = squeeze(clean(fields[11]))
        if fields[0] != _WORD_LEVEL or not text:
            continue
        block, paragraph, line, left, top, width, height = (int(fields[n]) for n in _PLACES)
        place = (block, paragraph, line)
        yield _Found(place, left, top, width, height, max(0.0, float(fields[10])), text)


_PLACES = (2, 3, 4, 6, 7, 8, 9)


def _line(found: list[_Found], scale: float, height: int) -> TextLine:
    words = [
        Word(word.text, word.left / scale, (word.left + word.width) / scale, 0) for word in found
    ]
    # Half of the words: a bracket or a comma alone is no measure.
    bottom = median(word.top + word.height for word in found)
    top = median(word.top for word in found)
    line = TextLine(words, (height - top) / scale, (height - bottom) / scale)
    last = words[-1].text
    if len(last) > 2 and last[-1] in "-\u00ac" and last[-2].isalpha():
        words[-1].text, line.wraps_word = last[:-1], True
    return line


def _level(lines: list[TextLine]) -> None:
    """Give lines of like height the same one, as lines of one font have."""
    if not lines:
        return
    usual = median(line.height for line in lines)
    for line in lines:
        if _LEAST * usual <= line.height <= _MOST * usual:
            line.top = line.bottom + usual
