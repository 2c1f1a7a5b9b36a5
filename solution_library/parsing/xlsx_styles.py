"""What a workbook's styles say about a cell: how its number is shown, and whether it is seen."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from solution_library.parsing.number_formats import BUILT_IN
from solution_library.parsing.office_xml import attribute, children, number

if TYPE_CHECKING:
    from lxml.etree import _Element

_WHITE = "FFFFFF"
_INDEXED = {0: "000000", 8: "000000", 64: "000000", 1: _WHITE, 9: _WHITE, 65: _WHITE}
# Theme colours 0 and 1 are the page and the ink, whatever the theme.
_THEME_PARTS = ("lt1", "dk1", "lt2", "dk2")
_UNKNOWN = ""
_TINY_POINTS = 2
#: Shows nothing for any value.
BLANK_FORMAT = ";;;"
_Value = TypeVar("_Value")


@dataclass
class Styles:
    """By a cell's style number: the code of its number format; `unseen`: those whose text has
    the colour of what is behind it, or no size. `blank`: those that show no value at all."""

    formats: list[str] = field(default_factory=list)
    unseen: set[int] = field(default_factory=set)
    blank: set[int] = field(default_factory=set)

    def code(self, style: int) -> str:
        return self.formats[style] if 0 <= style < len(self.formats) else ""


def read_styles(root: "_Element | None", theme: "_Element | None") -> Styles:
    styles = Styles()
    if root is None:
        return styles
    paint = _Paint(_theme_colours(theme))
    codes = dict(BUILT_IN)
    for known in root.iterfind("{*}numFmts/{*}numFmt"):
        codes[number(attribute(known, "numFmtId"))] = attribute(known, "formatCode") or ""
    fonts = [paint.font(font) for font in root.iterfind("{*}fonts/{*}font")]
    fills = [paint.fill(fill) for fill in root.iterfind("{*}fills/{*}fill")]
    for place, style in enumerate(root.iterfind("{*}cellXfs/{*}xf")):
        code = codes.get(number(attribute(style, "numFmtId")), "")
        styles.formats.append(code)
        if code.replace(" ", "") == BLANK_FORMAT:
            styles.blank.add(place)
        ink, is_tiny = _at(fonts, style, "fontId", (_UNKNOWN, False))
        if is_tiny or (ink != _UNKNOWN and ink == _at(fills, style, "fillId", _WHITE)):
            styles.unseen.add(place)
    return styles


def _at(values: "list[_Value]", style: "_Element", name: str, default: "_Value") -> "_Value":
    place = number(attribute(style, name))
    return values[place] if 0 <= place < len(values) else default


def _theme_colours(theme: "_Element | None") -> list[str]:
    found = []
    for part in _THEME_PARTS if theme is not None else ():
        colour = theme.find(f".//{{*}}clrScheme/{{*}}{part}") if theme is not None else None
        own = next(children(colour), None) if colour is not None else None
        value = attribute(own[1], "lastClr") or attribute(own[1], "val") if own else None
        found.append((value or "").upper())
    return found


@dataclass
class _Paint:
    theme: list[str]

    def font(self, font: "_Element") -> tuple[str, bool]:
        size = attribute(font.find("{*}sz"), "val") or "11"
        is_tiny = size.replace(".", "", 1).isdecimal() and float(size) <= _TINY_POINTS
        return self._colour(font.find("{*}color")), is_tiny

    def fill(self, fill: "_Element") -> str:
        """White where nothing is filled; unknown for hatches and shades."""
        pattern = fill.find("{*}patternFill")
        kind = attribute(pattern, "patternType")
        if pattern is None:
            return _UNKNOWN
        if kind in (None, "none"):
            return _WHITE
        return self._colour(pattern.find("{*}fgColor")) if kind == "solid" else _UNKNOWN

    def _colour(self, colour: "_Element | None") -> str:
        """Six digits, or a name that only equals itself, or unknown."""
        if colour is None:
            return _UNKNOWN
        tint = attribute(colour, "tint") or ""
        if value := attribute(colour, "rgb"):
            return value[-6:].upper() + tint
        if (theme := attribute(colour, "theme")) is not None:
            place = number(theme, -1)
            known = self.theme[place] if 0 <= place < len(self.theme) else ""
            return (known or {0: _WHITE, 1: "000000"}.get(place, f"theme {place} ")) + tint
        if (indexed := attribute(colour, "indexed")) is not None:
            place = number(indexed, -1)
            return _INDEXED.get(place, f"indexed {place}") + tint
        return _UNKNOWN
