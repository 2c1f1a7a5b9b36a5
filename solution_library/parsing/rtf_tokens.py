"""Rich Text cut into its parts: groups, control words, bytes of text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<value>-?\d{1,10})? ?|\\'(?P<code>[0-9a-fA-F]{2})"
    rb"|\\(?P<symbol>[^a-zA-Z])|(?P<brace>[{}])|[\r\n]+|(?P<text>[^\\{}\r\n]+)|.",
    re.S,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`raw`: bytes in the encoding in force. `value`: a control word's number, if it has one."""

    kind: Literal["open", "close", "word", "raw"]
    name: str = ""
    value: int | None = None
    raw: bytes = b""
    is_code: bool = False


_OPEN, _CLOSE = Token("open"), Token("close")


def tokens(content: bytes) -> Iterator[Token]:
    """All parts in order; pictures stored as plain bytes are stepped over."""
    place = 0
    while found := _TOKEN.match(content, place):
        place = found.end()
        kind = found.lastgroup
        if kind in ("word", "value"):
            name = found["word"].decode("ascii")
            value = int(found["value"]) if found["value"] else None
            if name == "bin" and value:
                place += max(0, value)
            else:
                yield Token("word", name, value)
        elif kind == "code":
            yield Token("raw", raw=bytes([int(found["code"], 16)]), is_code=True)
        elif kind == "text":
            yield Token("raw", raw=found["text"])
        elif kind == "brace":
            yield _OPEN if found["brace"] == b"{" else _CLOSE
        elif kind == "symbol":
            yield Token("word", found["symbol"].decode("latin-1"))
