"""Reads Rich Text: what is said, in which encoding, under which headings, and what is hidden."""

import re
from dataclasses import dataclass, field, replace

from solution_library.parsing.rtf_tables import RtfTable
from solution_library.parsing.rtf_tokens import Token, tokens
from solution_library.parsing.rtf_words import (
    KEPT_STARRED,
    SKIPPED,
    SYMBOLS,
    codec_of,
    codec_of_set,
)
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.types import Block

_HEADING_NAME = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop) ?([1-9])", re.I)
_SETS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850", "ansi": "cp1252"}
_TINY_HALF_POINTS = 4
_WHITE = (255, 255, 255)
_DEEPEST = 10_000


@dataclass(slots=True)
class _State:
    """What a group inherits and gives back at its end. `into`: where its text goes."""

    into: str = "body"
    is_new: bool = False
    is_starred: bool = False
    font: int = -1
    half_points: int = 24
    is_hidden: bool = False
    is_deleted: bool = False
    ink: int = 0
    paint: int = 0
    fallback: int = 1


@dataclass(slots=True)
class _Paragraph:
    style: int = 0
    outline: int | None = None
    is_item: bool = False
    list_depth: int = 0
    in_table: bool = False
    is_shaded: bool = False


@dataclass
class RtfText:
    """`read` fills `blocks` and `title`."""

    blocks: list[Block] = field(default_factory=list)
    title: str = ""
    _codec: str = "cp1252"
    _fonts: dict[int, str | None] = field(default_factory=dict)
    _colours: list[tuple[int, int, int]] = field(default_factory=list)
    _mixing: dict[str, int] = field(default_factory=dict)
    _style_names: dict[int, str] = field(default_factory=dict)
    _style_levels: dict[int, int] = field(default_factory=dict)
    _state: _State = field(default_factory=_State)
    _outer: list[_State] = field(default_factory=list)
    _paragraph: _Paragraph = field(default_factory=_Paragraph)
    _table: RtfTable = field(default_factory=RtfTable)
    _raw: bytearray = field(default_factory=bytearray)
    _skip: int = 0
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)
    _entry: int = -1

    def read(self, content: bytes) -> None:
        for token in tokens(content):
            if token.kind == "raw":
                self._take_raw(token)
            elif token.kind == "open":
                self._open()
            elif token.kind == "close":
                self._close()
            else:
                self._take_word(token.name, token.value)
        self._end_paragraph()
        self._end_table()
        self.blocks += [Block("paragraph", note) for note in self._notes if note]

    # Groups

    def _open(self) -> None:
        self._decode()
        if len(self._outer) < _DEEPEST:
            self._outer.append(self._state)
            self._state = replace(self._state, is_new=True, is_starred=False)

    def _close(self) -> None:
        self._decode()
        self._skip = 0
        if not self._outer:
            return
        ended, self._state = self._state, self._outer.pop()
        if ended.into != self._state.into:
            self._end_group(ended.into)

    def _end_group(self, into: str) -> None:
        """A group that was not body text: its text has a use of its own."""
        if into in ("skip", "body", "hidden"):
            return
        text = squeeze(clean("".join(self._texts.pop(into, []))))
        if into == "title":
            self.title = text
        elif into == "note":
            self._notes.append(text)
        elif into == "label":
            self._paragraph.is_item = True
            if any(character.isalnum() for character in text):
                self._say(f"{text} ")

    def _enter(self, name: str) -> bool:
        """Take a control word that names its group; False when it is no such word."""
        state = self._state
        if name == "*":
            state.is_starred = True
            return True
        if not state.is_new:
            return False
        state.is_new = False
        if state.into == "skip":
            return True
        into = _DESTINATIONS.get(name)
        if into is None and (name in SKIPPED or (state.is_starred and name not in KEPT_STARRED)):
            into = "skip"
        if into is None or state.into in ("fonts", "colours", "styles"):
            return False
        state.into = into
        return True

    # Text

    def _take_raw(self, token: Token) -> None:
        self._state.is_new = False
        raw = token.raw
        if self._skip:  # what stands for a character that was already given as Unicode
            taken = min(self._skip, len(raw))
            self._skip -= taken
            raw = raw[taken:]
        if self._state.into == "colours":
            self._colours += [self._mixed() for _ in range(raw.count(b";"))]
        elif self._state.into != "skip":
            self._raw += raw

    def _mixed(self) -> tuple[int, int, int]:
        mixing, self._mixing = self._mixing, {}
        return mixing.get("red", 0), mixing.get("green", 0), mixing.get("blue", 0)

    def _decode(self) -> None:
        """Bytes of text so far, in the encoding of their font."""
        if not self._raw:
            return
        raw, self._raw = bytes(self._raw), bytearray()
        codec = self._fonts.get(self._state.font) or self._codec
        self._say(raw.decode(codec, "replace"))

    def _say(self, text: str) -> None:
        state = self._state
        if state.into == "skip" or state.is_deleted:
            return
        if state.into == "styles":
            self._name_style(text)
        elif state.into in ("body", "note") and self._is_unseen():
            self._texts.setdefault("hidden", []).append(text)
        elif state.into != "fonts":
            self._texts.setdefault(state.into, []).append(text)

    def _name_style(self, text: str) -> None:
        name, ended, _ = text.partition(";")
        whole = self._style_names.get(self._entry, "") + name
        self._style_names[self._entry] = whole
        found = _HEADING_NAME.fullmatch(whole.strip())
        if ended and found:
            self._style_levels.setdefault(self._entry, int(found.group(1)))
        if ended:
            self._entry = -1

    def _is_unseen(self) -> bool:
        state = self._state
        if state.is_hidden or 0 < state.half_points <= _TINY_HALF_POINTS:
            return True
        on_paper = not (state.paint or self._paragraph.in_table or self._paragraph.is_shaded)
        is_known = 0 < state.ink < len(self._colours)
        return on_paper and is_known and self._colours[state.ink] == _WHITE

    # Control words

    def _take_word(self, name: str, value: int | None) -> None:
        if name not in ("u", "'"):
            self._decode()
        if self._enter(name):
            return
        if self._state.into == "skip":
            return
        if name == "u":
            self._unicode(value or 0)
        elif self._skip and name in SYMBOLS:
            self._skip -= 1
        elif name in SYMBOLS:
            self._say(SYMBOLS[name])
        elif name in ("par", "sect", "page", "row", "cell", "pard", "trowd"):
            self._structure(name)
        elif name in ("red", "green", "blue"):
            self._mixing[name] = value or 0
        else:
            self._properties(name, value)

    def _unicode(self, value: int) -> None:
        self._decode()
        self._skip = self._state.fallback
        self._say(chr(value % 65_536))

    def _structure(self, name: str) -> None:
        if name == "trowd":
            self._table.begin_row()
        elif name == "pard":
            self._paragraph = _Paragraph()
        elif self._state.into != "body":
            self._say(" ")
        elif name == "cell":
            self._table.end_cell(self._taken())
            self._add_concealed()
        elif name == "row":
            self._table.end_row()
        else:
            self._end_paragraph()

    def _properties(self, name: str, value: int | None) -> None:
        state, number = self._state, value if value is not None else 1
        if name in _SETS:
            self._codec = _SETS[name]
        elif name == "ansicpg":
            self._codec = codec_of(number) or self._codec
        elif state.into == "fonts":
            self._font_property(name, number)
        elif name == "v":
            state.is_hidden = number != 0
        elif name == "deleted":
            state.is_deleted = number != 0
        elif name == "plain":
            state.is_hidden, state.is_deleted, state.half_points = False, False, 24
            state.ink = state.paint = 0
        elif name in _STATE_NUMBERS:
            setattr(state, _STATE_NUMBERS[name], number)
        else:
            self._paragraph_property(name, number)

    def _font_property(self, name: str, number: int) -> None:
        if name == "f":
            self._entry = number
        elif name == "fcharset":
            self._fonts[self._entry] = codec_of_set(number)
        elif name == "cpg":
            self._fonts[self._entry] = codec_of(number)

    def _paragraph_property(self, name: str, number: int) -> None:
        paragraph = self._paragraph
        if self._state.into == "styles":
            if name == "s":
                self._entry = number
            elif name == "outlinelevel" and 0 <= number < 9:
                self._style_levels[self._entry] = number + 1
        elif name == "s":
            paragraph.style = number
        elif name == "outlinelevel":
            paragraph.outline = number + 1 if 0 <= number < 9 else 0
        elif name == "ls":
            paragraph.is_item = number > 0
        elif name == "ilvl":
            paragraph.list_depth = max(0, min(number, 8))
        elif name in ("intbl", "itap"):
            paragraph.in_table = number != 0
        elif name == "cbpat":
            paragraph.is_shaded = number != 0
        else:
            self._table.take_word(name)

    # Paragraphs

    def _taken(self) -> str:
        """The text since the last paragraph; halves of characters are put together."""
        text = "".join(self._texts.pop("body", []))
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return squeeze(clean(whole))

    def _end_paragraph(self) -> None:
        self._decode()
        if self._paragraph.in_table:
            self._say("\n")
            return
        text = self._taken()
        if text:
            self._end_table()
            self._add(text)
        self._add_concealed()

    def _add(self, text: str) -> None:
        paragraph = self._paragraph
        level = paragraph.outline
        if level is None:
            level = self._style_levels.get(paragraph.style, 0)
        if level:
            self.blocks.append(Block("heading", text, level))
        elif paragraph.is_item:
            self.blocks.append(Block("list_item", text, paragraph.list_depth))
        else:
            self.blocks.append(Block("paragraph", text))

    def _add_concealed(self) -> None:
        if text := squeeze(clean("".join(self._texts.pop("hidden", [])))):
            self.blocks.append(Block("paragraph", text, hidden=True))

    def _end_table(self) -> None:
        if self._table.rows or self._table.cells:
            self.blocks += self._table.blocks()


_DESTINATIONS = {
    "fonttbl": "fonts", "colortbl": "colours", "stylesheet": "styles", "info": "info",
    "title": "title", "listtext": "label", "pntext": "label", "footnote": "note",
}  # fmt: skip
_STATE_NUMBERS = {
    "f": "font", "fs": "half_points", "cf": "ink", "cb": "paint", "highlight": "paint",
    "chcbpat": "paint", "uc": "fallback",
}  # fmt: skip
