"""The numbers that Word puts before headings and list items; they stand nowhere in the text."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solution_library.parsing.office_xml import attribute, number
from solution_library.parsing.text import clean, squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_LONGEST_LABEL = 40
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """`style`: the paragraph style that is numbered at this level, if there is one."""

    kind: str = "decimal"
    pattern: str = ""
    start: int = 1
    style: str | None = None


@dataclass
class _List:
    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the numbered paragraphs as they come, in the order of the document."""

    def __init__(self, root: "_Element | None") -> None:
        self._lists: dict[str, _List] = {}
        self._uses: dict[str, tuple[_List, dict[int, int]]] = {}
        self._begun: set[str] = set()
        for element in root.iterfind("{*}abstractNum") if root is not None else ():
            name = attribute(element, "abstractNumId") or ""
            self._lists[name] = _List(dict(map(_level, element.iterfind("{*}lvl"))))
        for element in root.iterfind("{*}num") if root is not None else ():
            known = self._lists.get(attribute(element.find("{*}abstractNumId"), "val") or "")
            if known is not None:
                self._uses[attribute(element, "numId") or ""] = known, _restarts(element)

    def level_of(self, use: str, style: str | None) -> int:
        """The level at which a list numbers the paragraphs of a style; else the first."""
        known = self._uses.get(use)
        levels = known[0].levels.items() if known is not None else ()
        return next((place for place, level in levels if style and level.style == style), 0)

    def label(self, use: str, place: int) -> str:
        """Count a paragraph and say its number, as "1.2" or "b)"; nothing for bullets."""
        known = self._uses.get(use)
        if known is None or not 0 <= place < _LEVELS:
            return ""
        numbered, restarts = known
        if use not in self._begun:
            self._begun.add(use)
            for restarted, start in restarts.items():
                numbered.counts[restarted] = start - 1
        levels, counts = numbered.levels, numbered.counts
        level = levels.get(place, _Level())
        counts[place] = counts.get(place, level.start - 1) + 1
        for below in [each for each in counts if each > place]:
            del counts[below]
        if level.kind in ("bullet", "none"):
            return ""

        def count(found: re.Match[str]) -> str:
            at = int(found.group(1)) - 1
            other = levels.get(at, _Level())
            return _shown(counts.get(at, other.start), other.kind)

        return squeeze(clean(_PLACE.sub(count, level.pattern)))[:_LONGEST_LABEL]


def _level(element: "_Element") -> tuple[int, _Level]:
    place = number(attribute(element, "ilvl"), -1)
    return place, _Level(
        attribute(element.find("{*}numFmt"), "val") or "decimal",
        (attribute(element.find("{*}lvlText"), "val") or "")[:_LONGEST_LABEL],
        number(attribute(element.find("{*}start"), "val"), 1),
        attribute(element.find("{*}pStyle"), "val"),
    )


def _restarts(element: "_Element") -> dict[int, int]:
    found = {}
    for override in element.iterfind("{*}lvlOverride"):
        start = attribute(override.find("{*}startOverride"), "val")
        if start is not None:
            found[number(attribute(override, "ilvl"))] = number(start, 1)
    return found


def _shown(count: int, kind: str) -> str:
    if count < 1 or count > 100_000:
        return str(count)
    if kind in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 10)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in ("lowerRoman", "upperRoman") and count < 5_000:
        return _roman(count) if kind == "upperRoman" else _roman(count).lower()
    return f"{count:02d}" if kind == "decimalZero" else str(count)


def _roman(count: int) -> str:
    pieces = []
    for value, sign in _ROMAN:
        pieces.append(sign * (count // value))
        count %= value
    return "".join(pieces)
