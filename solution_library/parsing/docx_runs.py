"""The text of a Word paragraph, run by run: what is seen, and what is not."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from solution_library.parsing.docx_styles import Styles, is_on
from solution_library.parsing.office_xml import attribute, children, number
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.words import words

if TYPE_CHECKING:
    from lxml.etree import _Element

# Deleted or moved away by a tracked change, shown a second time, or no text at all.
_SKIPPED = words(
    "del moveFrom Fallback instrText delText pPr rPr rt sectPr fldData",
)
_SPACES = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_GRAPHICS = {"chart": "id", "relIds": "dm"}
_TINY_HALF_POINTS = 4
PAPER = "FFFFFF"
#: Something of an unknown colour is behind the text: its own colour says nothing.
COVERED = ""


@dataclass
class Said:
    """Of one paragraph. `boxes`: the text boxes anchored in it; `graphics`: the ids of charts
    and diagrams in it, each with the kind of element that names it."""

    text: str = ""
    concealed: str = ""
    boxes: "list[_Element]" = field(default_factory=list)
    graphics: list[tuple[str, str]] = field(default_factory=list)


def said(paragraph: "_Element", style: str | None, styles: Styles, backdrop: str) -> Said:
    """`backdrop`: the colour behind the paragraph, six digits in capitals, or COVERED."""
    own = fill_of(paragraph.find("{*}pPr/{*}shd")) or styles.fill(style)
    reader = _Reader(styles, own or backdrop, style)
    reader.collect(paragraph, reader.is_unseen(None, reader.backdrop))
    found = reader.found
    found.text = squeeze(clean("".join(reader.seen)))
    found.concealed = squeeze(clean("".join(reader.unseen)))
    return found


def fill_of(shading: "_Element | None") -> str | None:
    """The colour of a shading; None where there is none, COVERED for a pattern."""
    if shading is None:
        return None
    fill = (attribute(shading, "fill") or "auto").upper()
    if (attribute(shading, "val") or "clear") not in ("clear", "nil"):
        return COVERED
    return None if fill == "AUTO" else fill


@dataclass
class _Reader:
    styles: Styles
    backdrop: str
    style: str | None
    found: Said = field(default_factory=Said)
    seen: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def collect(self, element: "_Element", unseen: bool) -> None:
        for tag, child in children(element):
            if tag in _SKIPPED:
                continue
            if tag == "t":
                (self.unseen if unseen else self.seen).append(child.text or "")
            elif tag in _SPACES:
                (self.unseen if unseen else self.seen).append(_SPACES[tag])
            elif tag == "sym":
                self.seen.append(_symbol(attribute(child, "char") or ""))
            elif tag == "txbxContent":
                self.found.boxes.append(child)
            elif tag in _GRAPHICS:
                self.found.graphics.append((tag, attribute(child, _GRAPHICS[tag]) or ""))
            else:
                self.collect(child, self._of_run(child, unseen) if tag == "r" else unseen)

    def _of_run(self, run: "_Element", inherited: bool) -> bool:
        properties = run.find("{*}rPr")
        if properties is None:
            return inherited
        shading = fill_of(properties.find("{*}shd"))
        backdrop = self.backdrop if shading is None else shading
        if is_on(properties.find("{*}highlight")):
            backdrop = COVERED
        return self.is_unseen(properties, backdrop)

    def is_unseen(self, properties: "_Element | None", backdrop: str) -> bool:
        """What the run says itself counts before its style, and that before the paragraph's."""
        character_style = (
            attribute(properties.find("{*}rStyle"), "val") if properties is not None else None
        )

        def value(name: str) -> str | None:
            own = properties.find(f"{{*}}{name}") if properties is not None else None
            return _stated(own) or self.styles.run_value((character_style, self.style), name)

        if (value("vanish") or "off") not in ("0", "false", "off", "none"):
            return True
        if 0 < number(value("sz"), 22) <= _TINY_HALF_POINTS:
            return True
        ink = (value("color") or "").upper()
        return len(ink) == 6 and ink == backdrop


def _stated(element: "_Element | None") -> str | None:
    return None if element is None else attribute(element, "val") or "on"


@lru_cache(maxsize=256)
def _symbol(code: str) -> str:
    """A character of a symbol font; the private ones stand for bullets, ticks and the like."""
    try:
        character = chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
    is_private = "\ue000" <= character <= "\uf8ff"
    return _PRIVATE.get(ord(character) & 0xFF, "") if is_private else character


# Of the fonts Wingdings and Symbol, those that carry meaning in a form.
_PRIVATE = {0xFE: "☑", 0xFD: "☒", 0xFC: "✓", 0xFB: "✗", 0x6F: "☐", 0xA8: "☐", 0xB7: "•", 0xD8: "→"}
