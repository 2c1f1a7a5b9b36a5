"""Writing a PDF from its first byte to its last; what is written is not kept in memory."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from rfp_manager.exporting.pdf.fonts import packed
from rfp_manager.exporting.pdf.increment import dictionary, reference


class PdfFile:
    """Objects are written as they come; `finish` writes where each of them stands."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = 0
        self._offsets: list[int] = []  # by number, from 1; 0 until written
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> int:
        """A number for an object that is added later."""
        self._offsets.append(0)
        return len(self._offsets)

    def add(self, content: bytes, number: int | None = None) -> int:
        number = self.reserve() if number is None else number
        self._offsets[number - 1] = self._at
        self._write(b"%d 0 obj\n" % number + content + b"\nendobj\n")
        return number

    def add_stream(self, data: bytes, entries: Mapping[str, str], number: int | None = None) -> int:
        """A stream that is packed here; `entries` of its dictionary as they are written."""
        body = packed(data)
        told = {"Length": str(len(body)), "Filter": "/FlateDecode", **entries}
        return self.add(dictionary(told) + b"\nstream\n" + body + b"\nendstream", number)

    def finish(self, root: int, info: int) -> None:
        begin = self._at
        size = len(self._offsets) + 1
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        for offset in self._offsets:
            self._write(b"%010d 00000 n \n" % offset)
        trailer = {"Size": str(size), "Root": reference(root), "Info": reference(info)}
        self._write(b"trailer\n" + dictionary(trailer) + b"\nstartxref\n%d\n%%%%EOF\n" % begin)

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)


def text_string(text: str) -> str:
    """Any text as the format writes it in a dictionary."""
    return f"<feff{text.encode('utf-16-be').hex()}>"


def array(pieces: Sequence[str]) -> str:
    return f"[{' '.join(pieces)}]"
