"""The text of one Word paragraph as it is seen, with the boxes and controls that stand in it."""

import re
from dataclasses import dataclass, field

from rfp_manager.importing.word.package import Element
from solution_library.parsing.docx_styles import Styles, is_on
from solution_library.parsing.office_xml import attribute, children
from solution_library.parsing.text import clean
from solution_library.parsing.words import words

EMPTY_BOXES, TICKED_BOXES = "☐□❏❑▢❒⬜", "☑☒■✓✔✗✘⊠"
BOXES = EMPTY_BOXES + TICKED_BOXES

# Deleted or moved away by a tracked change, shown a second time, or no text of this paragraph.
_SILENT = words(
    "del moveFrom Fallback instrText delText delInstrText pPr rPr rt sectPr fldData sdtPr "
    "sdtEndPr txbxContent ffData drawing pict object"
)
_SPACES = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SYMBOL_FONTS = ("wingdings", "webdings", "symbol", "zapf")
# Characters of the symbol fonts that are boxes and ticks, by their last byte.
_SYMBOLS = {
    0x6F: "☐", 0x71: "☐", 0x72: "☐", 0xA8: "☐", 0x63: "☐", 0xFE: "☑", 0xFD: "☒", 0x78: "☒",
    0x53: "☒", 0x52: "☑", 0xFC: "✓", 0xFB: "✗", 0xB7: "•", 0xA7: "•", 0xD8: "→", 0x6C: "•",
    0x6E: "■",
}  # fmt: skip
_PRIVATE = re.compile("[\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class Box:
    """A box to tick: where it stands in the paragraph's text and in the file."""

    at: int
    ticked: bool
    element: Element  # <w:t>, <w:sym>, <w:sdt> or the <w:fldChar> of an old form field
    offset: int = 0  # of its character within a <w:t>


@dataclass(frozen=True, slots=True)
class Control:
    """A content control or old form field; `options` are those of a drop-down."""

    at: int
    element: Element
    options: tuple[str, ...] = ()
    waiting: bool = False  # shows only its prompt
    text: str = ""


@dataclass
class Spoken:
    """`raw` keeps every offset; `hidden` is what only the file's maker sees."""

    raw: str = ""
    hidden: str = ""
    boxes: list[Box] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    text_boxes: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return tidy(self.raw)


def tidy(text: str) -> str:
    """Lines without blanks at their ends, invisible characters left out."""
    plain = clean(text).replace("\xa0", " ")
    return "\n".join(line.strip() for line in plain.split("\n")).strip()


def spoken(paragraph: Element, style: str | None, styles: Styles) -> Spoken:
    """What `paragraph` says; `style` is the id of its own style."""
    listener = _Listener(styles, style)
    listener.walk(paragraph, listener.is_hidden(paragraph.find("{*}pPr/{*}rPr"), of_run=False))
    listener.found.raw = "".join(listener.pieces)
    return listener.found


class _Listener:
    def __init__(self, styles: Styles, style: str | None) -> None:
        self.found = Spoken()
        self.pieces: list[str] = []
        self._length = 0
        self._styles, self._style = styles, style
        self._field: tuple[int, Element] | None = None  # an old drop-down before its end

    def walk(self, element: Element, hidden: bool) -> None:
        for tag, child in children(element):
            if tag == "r":
                self._run(child, hidden or self.is_hidden(child.find("{*}rPr")))
            elif tag == "sdt":
                self._control(child, hidden)
            else:
                self._other(tag, child, hidden)

    def is_hidden(self, properties: Element | None, *, of_run: bool = True) -> bool:
        if properties is not None and (own := properties.find("{*}vanish")) is not None:
            return of_run and is_on(own)
        named = properties.find("{*}rStyle") if properties is not None else None
        value = self._styles.run_value((attribute(named, "val"), self._style), "vanish")
        return (value or "off") not in ("0", "false", "off", "none")

    def _run(self, run: Element, hidden: bool) -> None:
        fonts = run.find("{*}rPr/{*}rFonts")
        is_symbol = (attribute(fonts, "ascii") or "").lower().startswith(_SYMBOL_FONTS)
        for tag, child in children(run):
            if tag == "t":
                self._say(child.text or "", child, hidden=hidden, symbol=is_symbol)
            elif tag == "sym":
                code = attribute(child, "char") or ""
                self._say(_symbol(code), child, hidden=hidden)
            elif tag == "fldChar":
                self._old_field(child)
            else:
                self._other(tag, child, hidden)

    def _other(self, tag: str, child: Element, hidden: bool) -> None:
        if tag in ("drawing", "pict", "object"):
            self.found.text_boxes += child.iter("{*}txbxContent")
        if tag in _SPACES:
            self._say(_SPACES[tag], child, hidden=hidden)
        elif tag not in _SILENT:
            self.walk(child, hidden)

    def _say(self, text: str, element: Element, *, hidden: bool, symbol: bool = False) -> None:
        if symbol:
            text = "".join(_SYMBOLS.get(ord(c) & 0xFF, c) for c in text)
        text = _PRIVATE.sub(lambda m: _SYMBOLS.get(ord(m[0]) & 0xFF, m[0]), text)
        if hidden:
            self.found.hidden += text
            return
        for offset, character in enumerate(text):
            if character in BOXES:
                ticked = character in TICKED_BOXES
                self.found.boxes.append(Box(self._length + offset, ticked, element, offset))
        self.pieces.append(text)
        self._length += len(text)

    def _box(self, element: Element, *, ticked: bool) -> None:
        self.found.boxes.append(Box(self._length, ticked, element))
        self.pieces.append("☒" if ticked else "☐")
        self._length += 1

    def _control(self, element: Element, hidden: bool) -> None:
        properties = element.find("{*}sdtPr")
        box = properties.find("{*}checkbox") if properties is not None else None
        if box is not None:
            checked = box.find("{*}checked")
            self._box(element, ticked=attribute(checked, "val") in ("1", "true", "on"))
            return
        waiting = is_waiting(element)
        at, first = self._length, len(self.pieces)
        content = element.find("{*}sdtContent")
        if content is not None and not waiting:
            self.walk(content, hidden)
        text = "".join(self.pieces[first:])
        options = options_of(element)
        if waiting or options or _is_for_text(properties):
            self.found.controls.append(Control(at, element, options, waiting, text))

    def _old_field(self, mark: Element) -> None:
        """A form field of Word before content controls: its data stand at its begin mark."""
        box = mark.find("{*}ffData/{*}checkBox")
        if box is not None:
            state = box.find("{*}checked")
            state = box.find("{*}default") if state is None else state
            self._box(mark, ticked=is_on(state))
        listed = mark.find("{*}ffData/{*}ddList")
        if listed is not None:
            entries = [attribute(e, "val") or "" for e in listed.iterfind("{*}listEntry")]
            options = tuple(entry.strip() for entry in entries if entry.strip())
            chosen = listed.find("{*}result")
            index = int(attribute(chosen, "val") or 0) if chosen is not None else -1
            text = options[index] if 0 <= index < len(options) else ""
            control = Control(self._length, mark, options, not text, text)
            self.found.controls.append(control)


def in_control(said: Spoken, control: Element) -> Spoken:
    """What a paragraph says when a content control is around all of it."""
    properties, options = control.find("{*}sdtPr"), options_of(control)
    waiting = is_waiting(control)
    if waiting or options or _is_for_text(properties):
        text = "" if waiting else said.raw
        said.controls.insert(0, Control(0, control, options, waiting, text))
        said.raw = text
        said.boxes = [] if waiting else said.boxes
    return said


def _is_for_text(properties: Element | None) -> bool:
    """Whether a control was made to be filled; some programs wrap any text in bare controls."""
    kinds = ("text", "richText", "date", "placeholder")
    return properties is not None and any(
        properties.find(f"{{*}}{kind}") is not None for kind in kinds
    )


def is_waiting(control: Element) -> bool:
    """Whether a content control shows its prompt ("Click here to enter text")."""
    return is_on(control.find("{*}sdtPr/{*}showingPlcHdr"))


def options_of(control: Element) -> tuple[str, ...]:
    """The answers that a drop-down content control offers, without its prompt."""
    for kind in ("dropDownList", "comboBox"):
        listed = control.find(f"{{*}}sdtPr/{{*}}{kind}")
        if listed is not None:
            items = listed.iterfind("{*}listItem")
            return tuple(text for item in items if (text := _item_text(item)))
    return ()


def _item_text(item: Element) -> str:
    value = attribute(item, "value")
    if value == "":  # "Choose an item." has no value
        return ""
    return (attribute(item, "displayText") or value or "").strip()


def _symbol(code: str) -> str:
    try:
        number = int(code, 16)
        return _SYMBOLS.get(number & 0xFF, "") if number >= 0xF000 else chr(number)
    except (ValueError, OverflowError):
        return ""
