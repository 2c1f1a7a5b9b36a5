"""PDFium takes what was written one after the other for one line, though it may stand below."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from solution_library.parsing.pdf_lines import Box, TextLine, Word

_LOWER = 0.5  # line heights: a word so much lower or higher stands on another line
_NARROW = 0.3  # line heights a sign: in less, signs must stand below each other

BoxOf = Callable[[int], Box]


def on_their_heights(lines: list[TextLine], box_of: BoxOf) -> list[TextLine]:
    """The lines, parted where their words stand at different heights; `box_of`: the box of a
    character by its number on the page. Only lines that look odd are measured."""
    return [part for line in lines for part in _parts(line, box_of)]


def _parts(line: TextLine, box_of: BoxOf) -> list[TextLine]:
    back = any(word.left < before.left for before, word in pairwise(line.words))
    piled = any(_is_piled(word, line) for word in line.words)
    if line.aside or not (back or piled):
        return [line]
    parts: list[TextLine] = []
    for word in line.words:
        for sign in _signs(word, line, box_of) if _is_piled(word, line) else [word]:
            _, _, top, bottom = box_of(sign.place)
            middle = (top + bottom) / 2
            if parts and abs(parts[-1].middle - middle) < _LOWER * line.height:
                parts[-1].words.append(sign)
            else:
                parts.append(TextLine([sign], top, bottom, order=line.order))
    if len(parts) < 2:
        return [line]
    parts[-1].wraps_word = line.wraps_word
    return parts


def _is_piled(word: Word, line: TextLine) -> bool:
    """Whether it has no room for its signs side by side."""
    count = len(word.text)
    return count > 1 and word.right - word.left < _NARROW * line.height * count


def _signs(word: Word, line: TextLine, box_of: BoxOf) -> Iterator[Word]:
    """The word, or parts of it if they stand below each other."""
    begin, height = 0, box_of(word.place)[2]
    for at in range(1, len(word.text) + 1):
        top = box_of(word.place + at)[2] if at < len(word.text) else float("inf")
        if abs(top - height) > _LOWER * line.height:
            places = [box_of(word.place + sign) for sign in range(begin, at)]
            left, right = min(box[0] for box in places), max(box[1] for box in places)
            yield Word(word.text[begin:at], left, right, word.place + begin, word.hidden)
            begin, height = at, top


__all__ = ["on_their_heights"]
