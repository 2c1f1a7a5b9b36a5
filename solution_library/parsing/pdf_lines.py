"""Words and lines of a page, with their places."""

import re
import unicodedata
from dataclasses import dataclass, field

from solution_library.parsing.text import clean

# PDFium marks a hyphen that only wraps a line with one of these.
WRAP_HYPHENS = "\x02\ufffe\uffff"
_WITHOUT_HYPHENS = str.maketrans("", "", WRAP_HYPHENS)
# Ligatures and the shapes of Arabic letters: what is searched for is written with plain ones.
SHAPES = re.compile("[\ufb00-\ufb06\ufb1d-\ufdff\ufe70-\ufefc]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Word:
    """`place`: the number of its first character on the page."""

    text: str
    left: float
    right: float
    place: int
    hidden: bool = False


@dataclass(slots=True)
class TextLine:
    words: list[Word]
    top: float
    bottom: float
    wraps_word: bool = False
    aside: bool = False
    order: int = 0

    @property
    def left(self) -> float:
        return min(word.left for word in self.words)

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def right_to_left(self) -> bool:
        return reads_right_to_left(self.text)


@dataclass(slots=True)
class TextOnPage:
    """`turned`: how many quarters the text was turned back to stand upright (0 to 3)."""

    lines: list[TextLine] = field(default_factory=list)
    turned: int = 0


def reads_right_to_left(text: str) -> bool:
    """More than a third of its letters do: names of products are Latin everywhere."""
    if not RIGHT_TO_LEFT.search(text):
        return False
    letters = sum(character.isalpha() for character in text)
    return len(RIGHT_TO_LEFT.findall(text)) * 3 > letters


def plain_shapes(word: str) -> str:
    """Without invisible characters, and with letters as they are typed."""
    word = clean(word.translate(_WITHOUT_HYPHENS))
    return SHAPES.sub(lambda found: unicodedata.normalize("NFKC", found.group()), word)
