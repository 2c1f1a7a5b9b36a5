"""Lines as a person reads them: signs that were written one by one, and stray full stops."""

import re
from itertools import pairwise

from solution_library.parsing.pdf_lines import RIGHT_TO_LEFT, TextLine, Word

# Scripts without blanks between words, with the marks that stand among them.
_UNSPACED = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_CLOSE = 0.2  # line heights: no more white stands between two signs of one word
_STRAY = re.compile(r"^([.،؛:!?؟]+)(?=\w)")


def as_read(lines: list[TextLine]) -> list[TextLine]:
    """The lines in their order; some programs write each sign of a line by itself."""
    found: list[TextLine] = []
    for line in lines:
        if found and _goes_on(found[-1], line):
            found[-1] = _joined(found[-1], line)
        else:
            found.append(line)
    for line in found:
        _from_the_left(line)
        _end_at_the_end(line)
    return found


def _goes_on(before: TextLine, line: TextLine) -> bool:
    if before.aside or line.aside or abs(before.middle - line.middle) > _CLOSE * line.height:
        return False
    gap = line.words[0].left - before.words[-1].right
    touching = before.words[-1].text[-1:] + line.words[0].text[:1]
    return abs(gap) <= _CLOSE * line.height and bool(_UNSPACED.search(touching))


def _joined(before: TextLine, line: TextLine) -> TextLine:
    last, first = before.words[-1], line.words[0]
    word = Word(last.text + first.text, last.left, first.right, last.place)
    words = [*before.words[:-1], word, *line.words[1:]]
    top, bottom = max(before.top, line.top), min(before.bottom, line.bottom)
    return TextLine(words, top, bottom, line.wraps_word, order=before.order)


def _from_the_left(line: TextLine) -> None:
    """Signs of another font, such as boxes to tick, may be written before the words they are
    among. Nothing changes where words overlap, or for a script that runs from the right."""
    ordered = sorted(line.words, key=lambda word: word.left)
    apart = all(before.right <= word.left + 1 for before, word in pairwise(ordered))
    if apart and ordered != line.words and not RIGHT_TO_LEFT.search(line.text):
        line.words = ordered


def _end_at_the_end(line: TextLine) -> None:
    """Programs that take a text for one from the left put its full stop before its last line."""
    first = line.words[0]
    if (stray := _STRAY.match(first.text)) and line.right_to_left:
        line.words[0] = Word(first.text[stray.end() :], first.left, first.right, first.place)
        last = line.words[-1]
        line.words[-1] = Word(last.text + stray[1], last.left, last.right, last.place)


__all__ = ["as_read"]
