"""Ticking boxes and choosing from lists in a Word document."""

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from rfp_manager.exporting.docx_format import Look
from rfp_manager.exporting.xml_spans import Edit, Span
from rfp_manager.importing.word.spoken import BOXES, Box, Control
from solution_library.parsing.office_xml import attribute, local

_EMPTY, _TICKED = "☐", "☒"
_SYMBOL_EMPTY, _SYMBOL_TICKED = 0xA8, 0xFE  # in the font Wingdings
_VALUE = re.compile(rb"(val\s*=\s*)([\"'])[^\"']*\2")


class Ticker:
    """Makes the edits that set boxes; `spans` knows the elements of the cells to fill."""

    def __init__(self, data: bytes, spans: dict[Any, Span], look: Look) -> None:
        self._data, self._spans, self._look = data, spans, look

    def set(self, boxes: list[Box], on: set[int]) -> list[Edit]:
        """Tick the boxes whose index is in `on`, untick all others."""
        edits: list[Edit] = []
        texts: dict[Any, list[tuple[Box, bool]]] = {}
        for index, box in enumerate(boxes):
            if box.ticked == (index in on):
                continue
            if local(box.element) == "t":
                texts.setdefault(box.element, []).append((box, index in on))
            else:
                edits += self._set(box, index in on)
        for element, found in texts.items():
            edits += self._set_in_text(element, found)
        return edits

    def _set(self, box: Box, on: bool) -> list[Edit]:
        if local(box.element) == "sdt":
            return self._set_control(box.element, on)
        if local(box.element) == "sym":
            return [self._set_symbol(box.element, on)]
        return self._set_field(box.element, on)

    def _set_in_text(self, element: Any, found: list[tuple[Box, bool]]) -> list[Edit]:
        text = list(element.text or "")
        for box, on in found:
            text[box.offset] = _instead(text[box.offset], on)
        edits = [self._retext(element, "".join(text))]
        control = _around(element)
        if control is not None:
            edits += self._check(control, found[0][1])
        return edits

    def _retext(self, element: Any, text: str) -> Edit:
        span, x = self._spans[element], self._look.x
        new = f'<{x}t xml:space="preserve">{escape(text)}</{x}t>'
        return Edit(span.start, span.end, new.encode())

    def _set_symbol(self, element: Any, on: bool) -> Edit:
        span, x = self._spans[element], self._look.x
        code = int(attribute(element, "char") or "0", 16)
        font = attribute(element, "font") or "Wingdings"
        if code >= 0xF000 or font.lower().startswith("wingdings"):
            new = 0xF000 + (_SYMBOL_TICKED if on else _SYMBOL_EMPTY)
        else:
            new = ord(_TICKED if on else _EMPTY)
        written = f'<{x}sym {x}font={quoteattr(font)} {x}char="{new:04X}"/>'
        return Edit(span.start, span.end, written.encode())

    def _set_control(self, control: Any, on: bool) -> list[Edit]:
        edits = self._check(control, on)
        content = control.find("{*}sdtContent")
        shown = (
            []
            if content is None
            else [
                e
                for e in content.iter("{*}t", "{*}sym")
                if local(e) == "sym" or (e.text or "").strip()
            ]
        )
        if shown and local(shown[0]) == "t":
            edits.append(self._retext(shown[0], _state(control, on)))
        elif shown:
            edits.append(self._set_symbol(shown[0], on))
        return edits

    def _check(self, control: Any, on: bool) -> list[Edit]:
        """The control's own memory of its state."""
        checked = control.find("{*}sdtPr/{*}checkbox/{*}checked")
        if checked is None:
            return []
        span = self._spans[checked]
        value = b"1" if on else b"0"
        tag = _VALUE.sub(rb"\g<1>\g<2>" + value + rb"\g<2>", self._data[span.start : span.end])
        return [Edit(span.start, span.end, tag)]

    def _set_field(self, mark: Any, on: bool) -> list[Edit]:
        """A form field of Word before content controls."""
        box = mark.find("{*}ffData/{*}checkBox")
        state, x = box.find("{*}checked"), self._look.x
        new = f"<{x}checked/>" if on else f'<{x}checked {x}val="0"/>'
        if state is not None:
            span = self._spans[state]
            return [Edit(span.start, span.end, new.encode())]
        return [inserted_last(self._data, self._spans[box], new.encode())]

    def choose(self, control: Control, text: str) -> list[Edit]:
        """The entry of an old drop-down field."""
        listed, x = control.element.find("{*}ffData/{*}ddList"), self._look.x
        entries = [attribute(e, "val") or "" for e in listed.iterfind("{*}listEntry")]
        place = next((n for n, e in enumerate(entries) if same(e, text)), None)
        if place is None:
            return []
        new = f'<{x}result {x}val="{place}"/>'.encode()
        old = listed.find("{*}result")
        if old is not None:
            span = self._spans[old]
            return [Edit(span.start, span.end, new)]
        inner = self._spans[listed].inner
        return [Edit(inner, inner, new)]


def inserted_last(data: bytes, span: Span, new: bytes) -> Edit:
    """Put `new` before the end tag of the element; one written as <p/> gets an end tag."""
    if not span.empty:
        return Edit(span.close, span.close, new)
    tag = data[span.start : span.end][:-2].rstrip()
    name = re.match(rb"<([^\s/>]+)", tag)
    closing = b"</" + (name[1] if name else b"") + b">"
    return Edit(span.start, span.end, tag + b">" + new + closing)


def same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _instead(character: str, on: bool) -> str:
    if character in BOXES:
        return _TICKED if on else _EMPTY
    code = _SYMBOL_TICKED if on else _SYMBOL_EMPTY  # in a symbol font
    return chr(0xF000 + code) if ord(character) >= 0xF000 else chr(code)


def _state(control: Any, on: bool) -> str:
    name = "checkedState" if on else "uncheckedState"
    state = control.find(f"{{*}}sdtPr/{{*}}checkbox/{{*}}{name}")
    try:
        return chr(int(attribute(state, "val") or "", 16))
    except ValueError:
        return _TICKED if on else _EMPTY


def _around(element: Any) -> Any:
    """The check box control around a cell or paragraph that shows only the box."""
    for ancestor in element.iterancestors():
        if local(ancestor) == "sdt":
            return ancestor if ancestor.find("{*}sdtPr/{*}checkbox") is not None else None
        if local(ancestor) in ("tr", "tbl", "body"):
            return None
    return None
