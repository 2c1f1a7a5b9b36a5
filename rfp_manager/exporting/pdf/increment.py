"""Appending to a PDF: new and changed objects and a cross-reference, after the buyer's bytes.

This is the way that the format itself provides for later changes (ISO 32000-1, 7.5.6): the file
as it was stays in place, byte by byte.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

from pypdf import PdfReader
from pypdf.generic import IndirectObject, NullObject

from rfp_manager.exporting.pdf.fonts import packed
from rfp_manager.exporting.types import ExportRefused

_LAST = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")


class Increment:
    """Collects what is appended; `data` gives the bytes."""

    def __init__(self, original: bytes, reader: PdfReader) -> None:
        self.original, self.reader = original, reader
        self.previous = _last_reference(original)
        self._next = _first_free(reader)
        self._objects: dict[int, tuple[int, bytes]] = {}  # number -> (generation, content)

    def reserve(self) -> int:
        """A number for an object that is added later."""
        self._next += 1
        return self._next - 1

    def add(self, content: bytes, number: int | None = None) -> int:
        """A new object; its number."""
        number = self.reserve() if number is None else number
        self._objects[number] = (0, content)
        return number

    def add_stream(self, data: bytes, entries: Mapping[str, str], number: int | None = None) -> int:
        """A new stream; `entries` of its dictionary as they are written."""
        body = packed(data)
        told = {"Length": str(len(body)), "Filter": "/FlateDecode", **entries}
        return self.add(dictionary(told) + b"\nstream\n" + body + b"\nendstream", number)

    def change(self, node: Any) -> None:
        """Write `node`, an object of the buyer's file, as it is now."""
        reference = node.indirect_reference
        stream = io.BytesIO()
        node.write_to_stream(stream)
        self._objects[reference.idnum] = (reference.generation, stream.getvalue())

    def data(self) -> bytes:
        """What is appended to the original."""
        header = max(self.original.find(b"%PDF-"), 0)
        pieces = [b"\n"]
        at = len(self.original) + 1
        places: dict[int, tuple[int, int]] = {}
        for number, (generation, content) in sorted(self._objects.items()):
            body = b"%d %d obj\n" % (number, generation) + content + b"\nendobj\n"
            places[number] = (at - header, generation)
            pieces.append(body)
            at += len(body)
        table = self._table(places, at - header)
        ending = b"startxref\n%d\n%%%%EOF\n" % (at - header)
        return b"".join([*pieces, table, ending])

    def _table(self, places: dict[int, tuple[int, int]], at: int) -> bytes:
        header = max(self.original.find(b"%PDF-"), 0)
        begin = self.original[header + self.previous : header + self.previous + 20].lstrip()
        if begin.startswith(b"xref"):
            return self._plain_table(places)
        return self._stream_table(places, at)

    def _plain_table(self, places: dict[int, tuple[int, int]]) -> bytes:
        pieces = [b"xref\n"]
        for first, numbers in _runs(sorted(places)):
            pieces.append(b"%d %d\n" % (first, len(numbers)))
            pieces += [b"%010d %05d n \n" % places[number] for number in numbers]
        trailer = self._trailer(self._next)
        return b"".join([*pieces, b"trailer\n", dictionary(trailer), b"\n"])

    def _stream_table(self, places: dict[int, tuple[int, int]], at: int) -> bytes:
        """A file whose cross-references are streams gets another such stream."""
        number = self.reserve()
        places = {**places, number: (at, 0)}
        rows, index = [], []
        for first, numbers in _runs(sorted(places)):
            index.append(f"{first} {len(numbers)}")
            for one in numbers:
                offset, generation = places[one]
                rows.append(b"\x01" + offset.to_bytes(8, "big") + generation.to_bytes(2, "big"))
        body = packed(b"".join(rows))
        told = self._trailer(self._next) | {
            "Type": "/XRef", "W": "[1 8 2]", "Index": f"[{' '.join(index)}]",
            "Filter": "/FlateDecode", "Length": str(len(body)),
        }  # fmt: skip
        return b"".join(
            [b"%d 0 obj\n" % number, dictionary(told), b"\nstream\n", body,
             b"\nendstream\nendobj\n"]
        )  # fmt: skip

    def _trailer(self, size: int) -> dict[str, str]:
        told = {"Size": str(size), "Prev": str(self.previous)}
        for key in ("/Root", "/Info", "/ID"):
            raw = self.reader.trailer.raw_get(key) if key in self.reader.trailer else None
            if raw is not None and not isinstance(raw, NullObject):
                stream = io.BytesIO()
                raw.write_to_stream(stream)
                told[key[1:]] = stream.getvalue().decode("latin-1")
        return told


def dictionary(entries: Mapping[str, str]) -> bytes:
    """Entries as they are written in the file; names and values are plain Latin-1."""
    return "<< {} >>".format(" ".join(f"/{k} {v}" for k, v in entries.items())).encode("latin-1")


def text_string(text: str) -> str:
    """Any text as a string of the file."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"


def reference(number: int) -> str:
    return f"{number} 0 R"


def indirect(number: int, reader: PdfReader) -> IndirectObject:
    """A reference to a new object, to be put into an object of the buyer's file."""
    return IndirectObject(number, 0, reader)


def _runs(numbers: list[int]) -> list[tuple[int, list[int]]]:
    runs: list[tuple[int, list[int]]] = []
    for number in numbers:
        if runs and runs[-1][1][-1] == number - 1:
            runs[-1][1].append(number)
        else:
            runs.append((number, [number]))
    return runs


def _last_reference(original: bytes) -> int:
    found = _LAST.findall(original[-4096:] if len(original) > 4096 else original)
    if not found:
        raise ExportRefused(
            "The PDF is damaged: its end is missing, so nothing can be appended to it. Open it in "
            "a PDF viewer, print it to a new PDF and import that one."
        )
    return int(found[-1])


def _first_free(reader: PdfReader) -> int:
    """One more than the highest number of an object, by what the file says and has."""
    size = reader.trailer.get("/Size")
    known = [number for numbers in reader.xref.values() for number in numbers]
    return max([int(size) if isinstance(size, int) else 1, *(n + 1 for n in known)], default=1)
