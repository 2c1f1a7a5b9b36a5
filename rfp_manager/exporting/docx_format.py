"""The look of an answer in a Word document: taken from what stood there, or from its neighbour."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from solution_library.parsing.office_xml import attribute, children
from solution_library.parsing.words import words

Bytes = Callable[[Any], bytes]  # an element's own bytes in the buyer's file

# In the order of the format: what of a question's paragraph an answer below it shares.
_SHARED_PARAGRAPH = ("pStyle", "bidi", "spacing", "ind", "contextualSpacing", "jc")
_SHARED_RUN = ("rFonts", "color", "sz", "szCs", "rtl", "lang")
_NEIGHBOUR_RUN = ("rFonts", "sz", "szCs", "lang")
_UNWANTED_RUN = (
    "rStyle", "vanish", "webHidden", "specVanish", "ins", "del", "moveFrom", "rPrChange",
)  # fmt: skip
_UNWANTED_PARAGRAPH = ("sectPr", "pPrChange", "rPr", "numPr", "pageBreakBefore", "keepNext")
_AFTER_BIDI = words(
    "adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc "
    "textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange"
)
_AFTER_RTL = words("cs em lang eastAsianLayout specVanish oMath")
_JUSTIFIED = ("both", "distribute", "lowKashida", "mediumKashida", "highKashida", "thaiDistribute")


class Look:
    """Makes paragraphs and runs in the words of one document."""

    def __init__(self, prefix: str, bytes_of: Bytes) -> None:
        self.x, self._bytes = prefix, bytes_of

    def run(self, text: str, properties: bytes) -> bytes:
        """A run with line breaks and tabs; no text is ever code."""
        x = self.x
        pieces = []
        for part in re.split(r"(\n|\t)", text):
            if part == "\n":
                pieces.append(f"<{x}br/>")
            elif part == "\t":
                pieces.append(f"<{x}tab/>")
            elif part:
                pieces.append(f'<{x}t xml:space="preserve">{escape(part)}</{x}t>')
        inside = properties + "".join(pieces).encode()
        return f"<{x}r>".encode() + inside + f"</{x}r>".encode()

    def paragraph(self, text: str, paragraph: bytes, run: bytes) -> bytes:
        x = self.x
        return f"<{x}p>".encode() + paragraph + self.run(text, run) + f"</{x}p>".encode()

    def run_of(self, properties: Any, text: str, *, only: tuple[str, ...] = ()) -> bytes:
        """Run properties like `properties` (an <rPr> or None), fit for the text's direction."""
        kept = (
            [
                (tag, self._bytes(child))
                for tag, child in children(properties)
                if (tag in only if only else tag not in _UNWANTED_RUN) and tag != "rtl"
            ]
            if properties is not None
            else []
        )
        if reads_leftwards(text):
            kept = _insert(kept, ("rtl", f"<{self.x}rtl/>".encode()), _AFTER_RTL)
        return self._wrapped("rPr", kept)

    def paragraph_of(self, properties: Any, text: str, *, keep_list: bool = False) -> bytes:
        """Paragraph properties like those of what stood there."""
        unwanted = set(_UNWANTED_PARAGRAPH) - ({"numPr"} if keep_list else set())
        kept = (
            [
                (tag, self._bytes(child))
                for tag, child in children(properties)
                if tag not in unwanted and not self._stretches(tag, child, text)
            ]
            if properties is not None
            else []
        )
        return self._wrapped("pPr", self._turned(kept, text))

    def paragraph_below(self, properties: Any, text: str, *, with_style: bool) -> bytes:
        """Paragraph properties for a new paragraph below one with `properties`."""
        kept = (
            [
                (tag, self._indent(child) if tag == "ind" else self._bytes(child))
                for tag, child in children(properties)
                if tag in _SHARED_PARAGRAPH
                and (tag != "pStyle" or with_style)
                and not self._stretches(tag, child, text)
            ]
            if properties is not None
            else []
        )
        return self._wrapped("pPr", self._turned(kept, text))

    def _indent(self, element: Any) -> bytes:
        """As far in as the question, but without the first line hanging for its number."""
        stated = {name: attribute(element, name) for name in ("left", "start", "right", "end")}
        kept = "".join(f" {self.x}{n}={quoteattr(v)}" for n, v in stated.items() if v)
        return f"<{self.x}ind{kept}/>".encode()

    def shared_run(self, properties: Any, text: str) -> bytes:
        """What an answer shares with the question's own letters."""
        return self.run_of(properties, text, only=_SHARED_RUN)

    def neighbour_run(self, properties: Any, text: str) -> bytes:
        return self.run_of(properties, text, only=_NEIGHBOUR_RUN)

    def _stretches(self, tag: str, child: Any, text: str) -> bool:
        """Justified lines that end in a line break would be stretched over the whole width."""
        return tag == "jc" and "\n" in text and attribute(child, "val") in _JUSTIFIED

    def _turned(self, kept: list[tuple[str, bytes]], text: str) -> list[tuple[str, bytes]]:
        if not reads_leftwards(text) or any(tag == "bidi" for tag, _ in kept):
            return kept
        return _insert(kept, ("bidi", f"<{self.x}bidi/>".encode()), _AFTER_BIDI)

    def _wrapped(self, name: str, kept: list[tuple[str, bytes]]) -> bytes:
        if not kept:
            return b""
        inside = b"".join(data for _, data in kept)
        return f"<{self.x}{name}>".encode() + inside + f"</{self.x}{name}>".encode()


def reads_leftwards(text: str) -> bool:
    """Whether most letters belong to a script that is written from right to left."""
    kinds = [unicodedata.bidirectional(c) for c in text[:2000] if c.isalpha()]
    return sum(kind in ("R", "AL") for kind in kinds) * 2 > len(kinds) > 0


def first_run(element: Any) -> Any:
    """The properties of the first run with text below `element`; None without any."""
    for run in element.iter("{*}r"):
        if any((t.text or "").strip() for t in run.iterfind("{*}t")):
            return run.find("{*}rPr")
    return None


def is_prompt_style(properties: Any) -> bool:
    """Whether run properties are those of a control's prompt, which is shown in grey."""
    style = properties.find("{*}rStyle") if properties is not None else None
    return "placeholder" in (attribute(style, "val") or "").lower()


def _insert(
    kept: list[tuple[str, bytes]], new: tuple[str, bytes], after: frozenset[str]
) -> list[tuple[str, bytes]]:
    place = next((n for n, (tag, _) in enumerate(kept) if tag in after), len(kept))
    return [*kept[:place], new, *kept[place:]]
