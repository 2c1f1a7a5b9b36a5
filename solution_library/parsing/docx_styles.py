"""What a Word file's styles say: heading levels, lists, colours, hidden text."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from solution_library.parsing.office_xml import attribute

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING_NAME = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop) ?([1-9])", re.I)
_CHAIN = 20


def is_on(element: "_Element | None") -> bool:
    """A Word switch: on when present, unless it says otherwise."""
    return element is not None and attribute(element, "val") not in ("0", "false", "off", "none")


class Styles:
    def __init__(self, root: "_Element | None") -> None:
        self._styles: dict[str, _Element] = {}
        self.default: str | None = None
        for style in root.iterfind("{*}style") if root is not None else ():
            name = attribute(style, "styleId")
            if name:
                self._styles[name] = style
                if attribute(style, "type") == "paragraph" and is_on_default(style):
                    self.default = name

    def name(self, style: str | None) -> str:
        element = self._styles.get(style or "")
        found = attribute(element.find("{*}name"), "val") if element is not None else None
        return (found or style or "").lower()

    def heading_level(self, style: str | None) -> int:
        """1-based; 0 for a style that is no heading."""
        if self.name(style) == "title":
            return 1
        for element in self._chain(style):
            outline = attribute(element.find("{*}pPr/{*}outlineLvl"), "val")
            if outline is not None and outline.isdecimal():
                return int(outline) + 1 if int(outline) < 9 else 0
            found = _HEADING_NAME.fullmatch(attribute(element.find("{*}name"), "val") or "")
            if found:
                return int(found.group(1))
        # A style that the file names but doesn't define.
        found = _HEADING_NAME.fullmatch(style or "")
        return int(found.group(1)) if found else 0

    def numbering(self, style: str | None) -> "_Element | None":
        for element in self._chain(style):
            found = element.find("{*}pPr/{*}numPr")
            if found is not None:
                return found
        return None

    def run_value(self, styles: Iterable[str | None], name: str) -> str | None:
        """A property of runs, such as "color", from the first style that has it; "on" for one
        that is only switched on."""
        for style in styles:
            for element in self._chain(style):
                found = element.find(f"{{*}}rPr/{{*}}{name}")
                if found is not None:
                    return attribute(found, "val") or "on"
        return None

    def fill(self, style: str | None) -> str | None:
        """The colour that a style puts behind its paragraphs, six digits in capitals."""
        for element in self._chain(style):
            for shading in element.iterfind("./*/{*}shd"):
                fill = (attribute(shading, "fill") or "auto").upper()
                return None if fill == "AUTO" else fill
        return None

    def colours_cells(self, style: str | None) -> bool:
        """A table's style that fills some of its cells."""
        return any(element.find(".//{*}shd") is not None for element in self._chain(style))

    def is_bold(self, style: str | None) -> bool:
        for element in self._chain(style):
            switch = element.find("{*}rPr/{*}b")
            if switch is not None:
                return is_on(switch)
        return False

    def _chain(self, style: str | None) -> "list[_Element]":
        """The style and those it is based on; a hostile file may have them in a circle."""
        chain: list[_Element] = []
        while len(chain) < _CHAIN and (element := self._styles.get(style or "")) is not None:
            chain.append(element)
            style = attribute(element.find("{*}basedOn"), "val")
        return chain


def is_on_default(style: "_Element") -> bool:
    return attribute(style, "default") in ("1", "true", "on")
