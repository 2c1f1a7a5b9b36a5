"""Boxes to tick that are only printed: characters of the text, not fields of a form."""

from collections.abc import Iterable
from typing import Any

from rfp_manager.importing.word.marks import Options, options_in
from rfp_manager.importing.word.spoken import BOXES, TICKED_BOXES, Spoken
from rfp_manager.importing.word.spoken import Box as SpokenBox
from solution_library.parsing.pdf_lines import Box, TextLine, Word

_NOWHERE: Any = None  # such boxes have no element of a Word file


def printed_options(text: str) -> Options | None:
    """The boxes in a text with their words, if there are at least two; else None."""
    boxes = [
        SpokenBox(at, sign in TICKED_BOXES, _NOWHERE)
        for at, sign in enumerate(text)
        if sign in BOXES
    ]
    found = options_in(Spoken(raw=text, boxes=boxes)) if len(boxes) > 1 else None
    return found


def places_of_boxes(written: Iterable[tuple[TextLine, list[Word]]]) -> list[Box]:
    """Where the boxes are printed, in the order of the text; a box is about as wide as high."""
    places = []
    for line, words in written:
        for word in words:
            for at, sign in enumerate(word.text):
                if sign in BOXES:
                    share = (word.right - word.left) / max(len(word.text), 1)
                    left = word.left + at * share
                    side = min(line.height * 0.75, share if len(word.text) > 1 else line.height)
                    places.append((left, left + max(side, 5.0), line.top, line.bottom))
    return places
