"""Putting a text into a box: it is wrapped, and made smaller down to a limit."""

from dataclasses import dataclass

from rfp_manager.exporting.pdf.fonts import FontSet

LARGEST, SMALLEST, STEP = 9.0, 6.0, 0.5
LEADING = 1.22  # of the size, from line to line
PAD = 1.5


@dataclass(frozen=True)
class Laid:
    """Lines with their size; `whole` is false when some of the text found no room."""

    lines: tuple[str, ...]
    size: float
    whole: bool

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LEADING


def fit(text: str, width: float, height: float, fonts: FontSet, *, note: str) -> Laid:
    """As much of `text` as the box holds; if not all, the last line is `note`."""
    size = LARGEST
    while size >= SMALLEST:
        lines = wrap(text, width, size, fonts)
        if len(lines) * size * LEADING <= height:
            return Laid(tuple(lines), size, whole=True)
        size -= STEP
    return _begun(text, width, height, fonts, note)


def _begun(text: str, width: float, height: float, fonts: FontSet, note: str) -> Laid:
    room = int(height / (SMALLEST * LEADING))
    tail = wrap(note, width, SMALLEST, fonts)
    if room < len(tail) or any(fonts.width(line, SMALLEST) > width for line in tail):
        return Laid((), SMALLEST, whole=False)
    lines = wrap(text, width, SMALLEST, fonts)
    return Laid((*lines[: room - len(tail)], *tail), SMALLEST, whole=False)


def wrap(text: str, width: float, size: float, fonts: FontSet) -> list[str]:
    """Lines no wider than `width` points; a word that is wider is broken."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrap_one(paragraph.expandtabs(4), width, size, fonts)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _wrap_one(text: str, width: float, size: float, fonts: FontSet) -> list[str]:
    words = text.split(" ")
    lines: list[str] = []
    line, used = "", 0.0
    blank = fonts.width(" ", size)
    for place, word in enumerate(words):
        for number, piece in enumerate(_pieces(word, width, size, fonts)):
            wide = fonts.width(piece, size) if piece else 0.0
            if place == 0 and number == 0:
                line, used = piece, wide
            elif number or used + blank + wide > width:
                lines.append(line)
                line, used = piece, wide
            else:
                line, used = f"{line} {piece}", used + blank + wide
    return [*lines, line]


def _pieces(word: str, width: float, size: float, fonts: FontSet) -> list[str]:
    """The word, or parts of it that fit: also how scripts without blanks are wrapped."""
    if not word or fonts.width(word, size) <= width:
        return [word]
    pieces, piece, used = [], "", 0.0
    for character in word:
        wide = fonts.width(character, size)
        if piece and used + wide > width:
            pieces.append(piece)
            piece, used = "", 0.0
        piece += character
        used += wide
    return [*pieces, piece]
