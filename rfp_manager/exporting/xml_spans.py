"""Where the elements of an XML part stand in its bytes, so that the rest is never rewritten."""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from rfp_manager.exporting.types import ExportRefused

_TAG = re.compile(rb"<([^\s/>]+)(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ENCODING = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)[\"']")
_ASCII = (b"utf-8", b"us-ascii", b"ascii")


@dataclass(frozen=True)
class Span:
    """An element's bytes: its start tag ends at `inner`, its end tag begins at `close`."""

    start: int
    inner: int
    close: int
    end: int

    @property
    def empty(self) -> bool:
        """Written as <p/>."""
        return self.inner == self.end


@dataclass(frozen=True)
class Edit:
    """Bytes from `start` to `end` become `new`."""

    start: int
    end: int
    new: bytes


def spans_of(data: bytes, root: Any, wanted: Iterable[Any]) -> dict[Any, Span]:
    """The spans of the wanted elements of the tree `root`, which was parsed from `data`.

    Both parsers meet the elements in the same order, so the n-th here is the n-th there.
    Raises ExportRefused when the part is not UTF-8.
    """
    targets = set(wanted)
    scan = _scan(data)
    found = {}
    for ordinal, element in enumerate(root.iter("*")):
        if element in targets:
            found[element] = Span(*scan[4 * ordinal : 4 * ordinal + 4])
    return found


def spliced(data: bytes, edits: Iterable[Edit]) -> bytes:
    """`data` with all edits made; raises ExportRefused if two of them overlap."""
    pieces: list[bytes] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise ExportRefused(
                "Two answers would be written into the same spot of the text. Correct where the "
                "answers go, and export again."
            )
        pieces += [data[position : edit.start], edit.new]
        position = edit.end
    return b"".join([*pieces, data[position:]])


def prefix_of(data: bytes, span: Span) -> str:
    """The prefix of an element's name with its colon, e.g. "w:"."""
    tag = _TAG.match(data, span.start)
    name = tag[1].decode("utf-8") if tag else ""
    prefix, colon, _ = name.rpartition(":")
    return prefix + colon


def _scan(data: bytes) -> "array[int]":
    """Four numbers for each element in order: start, inner, close, end."""
    declared = _ENCODING.match(data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        declared and declared[1].lower() not in _ASCII
    ):
        raise ExportRefused(
            "The text of the document is not written in UTF-8. Open it in Word, save it again "
            "and import that copy."
        )
    numbers = array("q")
    opened: list[int] = []
    parser = expat.ParserCreate()

    def start(_name: str, _attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex
        tag = _TAG.match(data, at)
        if tag is None:
            raise ExportRefused("The text of the document is written in an unusual way.")
        opened.append(len(numbers))
        numbers.extend((at, tag.end(), tag.end(), tag.end()))

    def end(_name: str) -> None:
        place = opened.pop()
        if data[numbers[place + 1] - 2 : numbers[place + 1]] != b"/>":
            close = parser.CurrentByteIndex
            numbers[place + 2], numbers[place + 3] = close, data.index(b">", close) + 1

    def doctype(*_: Any) -> None:
        raise ExportRefused("The document declares a document type, which is refused for safety.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:
        raise ExportRefused("The text of the document is damaged: invalid XML.") from error
    return numbers
