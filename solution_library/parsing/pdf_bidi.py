"""Pages in Arabic, Hebrew and other scripts that run from right to left.

A PDF holds letters at places, not in reading order. PDFium's guess takes numbers and Latin words
apart ("-256AES"), turns ligatures round and ends the line at a vowel mark. So the lines of such a
page are made anew: letters side by side from left to right, as they are seen, then put in the
order in which they are read.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solution_library.parsing.pdf_lines import Box, TextLine, Word, plain_shapes

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

#: In line heights: white that parts two words, and how far letters of one line may differ.
_SPACE, _LARGE_SPACE = 0.16, 0.5
_ONE_LINE = 0.45
_BRACKETS = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_OPENING, _CLOSING = frozenset("([{<«"), frozenset(")]}>»")
_INSIDE_NUMBERS = frozenset(".,:/-")
_STRONG_RIGHT_TO_LEFT = frozenset(("R", "AL"))


@dataclass(slots=True)
class _Glyph:
    """What is drawn in one go: a letter with its marks, or several as a ligature."""

    text: str
    place: int
    box: Box

    @property
    def center(self) -> float:
        return (self.box[0] + self.box[1]) / 2

    @property
    def middle(self) -> float:
        return (self.box[2] + self.box[3]) / 2

    @property
    def height(self) -> float:
        return self.box[2] - self.box[3]

    @property
    def kind(self) -> str:
        """ "R" from right to left, "L" from left to right, "N" a digit, "" neither."""
        for character in self.text:
            found = unicodedata.bidirectional(character)
            if found in _STRONG_RIGHT_TO_LEFT:
                return "R"
            if found in ("L", "EN", "AN"):
                return "L" if found == "L" else "N"
        return ""


def lines_from_right(text_page: "PdfTextPage", count: int) -> list[TextLine]:
    """The page's lines from top to bottom, each in reading order."""
    lines: list[TextLine] = []
    for row in _rows(_glyphs(text_page, range(count))):
        if line := _line(row):
            line.order = len(lines)
            lines.append(line)
    return lines


def line_from_right(text_page: "PdfTextPage", places: range) -> TextLine | None:
    """One line of a page whose other lines PDFium has read rightly."""
    rows = _rows(_glyphs(text_page, places))
    return _line([glyph for row in rows for glyph in row]) if rows else None


def _line(row: list[_Glyph]) -> TextLine | None:
    row.sort(key=lambda glyph: glyph.center)
    if not (words := _words(_in_reading_order(_spaced(row)))):
        return None
    # As high as most of it: a sign from another font may be far higher.
    heights = Counter((round(glyph.box[2], 1), round(glyph.box[3], 1)) for glyph in row)
    top, bottom = heights.most_common(1)[0][0]
    return TextLine(words, top, bottom)


def _glyphs(text_page: "PdfTextPage", places: range) -> list[_Glyph]:
    from pypdfium2 import raw

    box, page = raw.FS_RECTF(), text_page.raw
    glyphs: list[_Glyph] = []
    for place in places:
        character = chr(raw.FPDFText_GetUnicode(page, place))
        if raw.FPDFText_IsGenerated(page, place) == 1 or character < " ":
            continue
        raw.FPDFText_GetLooseCharBox(page, place, box)
        here = (box.left, box.right, box.top, box.bottom)
        if character == " " and here[1] - here[0] < 0.01:
            continue  # PDFium's own guess
        if glyphs and glyphs[-1].box == here and character.strip():
            # One glyph, two letters: PDFium has turned those from right to left round.
            last = glyphs[-1]
            from_right = unicodedata.bidirectional(character) in _STRONG_RIGHT_TO_LEFT
            last.text = character + last.text if from_right else last.text + character
        else:
            glyphs.append(_Glyph(character, place, here))
    return glyphs


def _rows(glyphs: list[_Glyph]) -> list[list[_Glyph]]:
    """Letters that stand side by side; marks go to their letters."""
    rows: list[list[_Glyph]] = []
    marks = [glyph for glyph in glyphs if _is_mark(glyph)]
    letters = [glyph for glyph in glyphs if not _is_mark(glyph)]
    for glyph in sorted(letters, key=lambda glyph: -glyph.middle):
        if rows and rows[-1][0].middle - glyph.middle < _ONE_LINE * rows[-1][0].height:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    for mark in marks:
        _attach(mark, rows)
    return rows


def _is_mark(glyph: _Glyph) -> bool:
    return all(unicodedata.category(character) == "Mn" for character in glyph.text)


def _attach(mark: _Glyph, rows: list[list[_Glyph]]) -> None:
    near = [row for row in rows if abs(row[0].middle - mark.middle) < row[0].height]
    letters = [glyph for row in near for glyph in row if glyph.text.strip()]
    if letters:
        letter = min(
            letters,
            key=lambda g: (abs(g.center - mark.center), abs(g.middle - mark.middle)),
        )
        letter.text += mark.text


def _spaced(row: list[_Glyph]) -> list[_Glyph]:
    """With a space wherever there is white between two letters."""
    # Where the file has spaces of its own, other white is only the art of its typesetter.
    share = _SPACE if all(glyph.text.strip() for glyph in row) else _LARGE_SPACE
    spaced: list[_Glyph] = []
    for glyph in row:
        if spaced and glyph.text.strip() and spaced[-1].text.strip():
            right, left = spaced[-1].box[1], glyph.box[0]
            if left - right > share * glyph.height:
                spaced.append(_Glyph(" ", glyph.place, (right, left, *glyph.box[2:])))
        spaced.append(glyph)
    return spaced


def _in_reading_order(row: list[_Glyph]) -> list[_Glyph]:
    kinds = [glyph.kind for glyph in row]
    if kinds.count("R") >= kinds.count("L"):
        return _from_right(row, kinds)
    ordered: list[_Glyph] = []
    place = 0
    for begin, end in _stretches(kinds):
        ordered += row[place:begin]
        ordered += _from_right(row[begin:end], kinds[begin:end])
        place = end
    return [*ordered, *row[place:]]


def _stretches(kinds: Sequence[str]) -> list[tuple[int, int]]:
    """From the first to the last letter from right to left, with no Latin one in between."""
    found: list[tuple[int, int]] = []
    begin = end = -1
    for place, kind in enumerate([*kinds, "L"]):
        if kind == "R":
            begin, end = (place if begin < 0 else begin), place + 1
        elif kind == "L" and begin >= 0:
            found.append((begin, end))
            begin = -1
    return found


def _from_right(row: list[_Glyph], kinds: list[str]) -> list[_Glyph]:
    """From right to left, but Latin words and numbers from left to right."""
    ordered: list[_Glyph] = []
    place = len(row)
    for begin, end in reversed(_runs(row, kinds)):
        ordered += row[end:place][::-1]
        ordered += row[begin:end]
        place = begin
    ordered += row[:place][::-1]
    _turn_brackets(ordered)
    return ordered


def _runs(row: list[_Glyph], kinds: list[str]) -> list[tuple[int, int]]:
    """Stretches that are read from left to right: "AES-256", "TLS 1.3", "24", "1,930"."""
    runs: list[tuple[int, int]] = []
    for place, kind in enumerate(kinds):
        if kind not in ("L", "N"):
            continue
        if runs and _belongs(row, kinds, runs[-1], place):
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def _belongs(row: list[_Glyph], kinds: list[str], run: tuple[int, int], place: int) -> bool:
    begin, end = run
    between = range(end, place)
    if any(kinds[other] == "R" for other in between):
        return False
    if "L" in kinds[begin:end] or not between:
        return True
    return len(between) == 1 and row[end].text in _INSIDE_NUMBERS


def _turn_brackets(ordered: list[_Glyph]) -> None:
    """What is drawn as ")" opens when read from the right; some files say so, some don't."""
    brackets = [glyph.text for glyph in ordered if glyph.text in _OPENING | _CLOSING]
    if brackets and brackets[0] in _CLOSING:
        for glyph in ordered:
            glyph.text = glyph.text.translate(_BRACKETS)


def _words(ordered: Iterable[_Glyph]) -> list[Word]:
    words: list[Word] = []
    is_open = False
    for glyph in ordered:
        if not glyph.text.strip():
            is_open = False
            continue
        left, right = glyph.box[0], glyph.box[1]
        if is_open:
            word = words[-1]
            word.text += glyph.text
            word.left, word.right = min(word.left, left), max(word.right, right)
        else:
            words.append(Word(glyph.text, left, right, glyph.place))
            is_open = True
    for word in words:
        word.text = plain_shapes(word.text)
    return [word for word in words if word.text]
