"""What the styles of an OpenDocument file say: what is hidden, and what is a title."""

import re
from typing import TYPE_CHECKING

from solution_library.parsing.office_xml import attribute, children

if TYPE_CHECKING:
    from lxml.etree import _Element

_CHAIN = 20
_POINTS = re.compile(r"([\d.]{1,8})pt")
_TINY = 2.0
_WHITE = "#ffffff"
_PROPERTIES = frozenset(
    ("text-properties", "paragraph-properties", "drawing-page-properties", "table-properties")
)


class Styles:
    """By name; `roots` are the parts that define them, the document's own first."""

    def __init__(self, *roots: "_Element | None") -> None:
        self._styles: dict[str, _Element] = {}
        for root in roots:
            for style in root.iterfind(".//{*}style") if root is not None else ():
                self._styles.setdefault(attribute(style, "name") or "", style)

    def is_title(self, style: str | None) -> bool:
        return any(attribute(each, "name") == "Title" for each in self._chain(style))

    def is_unseen(self, style: str | None, *, on_paper: bool) -> bool:
        """Switched off or too small to read; `on_paper`: nothing of another colour is behind
        it, so white text is unseen too."""
        if self._value(style, "display") == "none":
            return True
        size = _POINTS.fullmatch(self._value(style, "font-size") or "")
        if size and float(size.group(1)) <= _TINY:
            return True
        if not on_paper or (self._value(style, "color") or "").lower() != _WHITE:
            return False
        return (self._value(style, "background-color") or "transparent") in ("transparent", _WHITE)

    def is_left_out(self, style: str | None) -> bool:
        """A slide that is not shown, or a sheet."""
        if self._value(style, "visibility") == "hidden":
            return True
        return self._value(style, "display") == "false"

    def _value(self, style: str | None, name: str) -> str | None:
        for element in self._chain(style):
            for tag, properties in children(element):
                if tag in _PROPERTIES and (found := attribute(properties, name)) is not None:
                    return found
        return None

    def _chain(self, style: str | None) -> "list[_Element]":
        """The style and those it is based on; a hostile file may have them in a circle."""
        chain: list[_Element] = []
        while len(chain) < _CHAIN and (element := self._styles.get(style or "")) is not None:
            chain.append(element)
            style = attribute(element, "parent-style-name")
        return chain
