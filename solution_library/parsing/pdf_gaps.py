"""What is missing from a document with pages, and the sentences that say so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.pdf_page import Page

NO_TEXT = {
    False: "The PDF has no text layer: it holds only images.",
    True: "This is a picture, not a document with text.",
}
NOTHING_FOUND = "Text recognition (OCR) found no text in it."
#: From this share of a page on, a picture with hardly any text beside it is a scan.
_WHOLE_PICTURE = 0.5
_FEW_CHARACTERS = 60
_LISTED = 20


@dataclass
class Gaps:
    """Numbers of pages: those that are damaged, without any text (`silent`), mostly a picture
    with hardly any text (`scanned`), or left out because they stopped their reader (`deadly`).

    `recognised` ones have their text by OCR; of the `doubtful` ones it is not sure.
    """

    damaged: list[int] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    scanned: list[int] = field(default_factory=list)
    deadly: list[int] = field(default_factory=list)
    recognised: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)
    is_picture: bool = False

    def note(self, page: Page) -> None:
        if page.is_damaged:
            self.damaged.append(page.number)
        elif not page.items:
            self.silent.append(page.number)
        elif page.picture >= _WHOLE_PICTURE and page.characters < _FEW_CHARACTERS:
            self.scanned.append(page.number)

    @property
    def wanted(self) -> list[int]:
        """Pages that OCR may have text for."""
        return sorted([*self.silent, *self.scanned])

    def warnings(self, count: int, advice: str = "") -> list[str]:
        """Raises ParseRefused when nothing at all can be read; `advice` says what to do then."""
        if len(self.damaged) == count:
            raise ParseRefused("The PDF is damaged: none of its pages can be read.")
        silent = sorted(set(self.silent) - set(self.recognised))
        if len(silent) + len(self.damaged) + len(self.deadly) == count:
            raise ParseRefused(f"{NO_TEXT[self.is_picture]} {advice or NOTHING_FOUND}")
        scanned = sorted(set(self.scanned) - set(self.recognised))
        sentences = (
            ("Damaged pages were left out: {}.", self.damaged),
            ("Pages that took too much time or memory were left out: {}.", self.deadly),
            ("Pages without text (empty or scanned) were left out: {}.", silent),
            ("Pages that are mostly a picture were read without the text in it: {}.", scanned),
            (
                "Text of these pages was recognised (OCR); check quotes against the file: {}.",
                sorted(self.recognised),
            ),
            ("The recognised text of these pages is doubtful: {}.", sorted(self.doubtful)),
        )
        return [sentence.format(listed(pages)) for sentence, pages in sentences if pages]


def listed(numbers: Sequence[int]) -> str:
    """ "1, 3-7, 12": neighbours together, and not more than twenty of them."""
    runs: list[list[int]] = []
    for before, number in pairwise([-1, *numbers]):
        if number == before + 1 and runs:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    shown = ", ".join("-".join(map(str, run)) for run in runs[:_LISTED])
    rest = sum(run[-1] - run[0] + 1 for run in runs[_LISTED:])
    return f"{shown} and {rest:,} more" if rest else shown
