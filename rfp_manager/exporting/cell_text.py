"""Making any text fit for a cell; whatever is changed is reported, never silent."""

import re
import unicodedata

from rfp_manager.exporting.types import Changed, Overflow, UntouchedReport
from rfp_manager.importing.types import Place

MAX_UNITS = 32_767  # UTF-16 code units that a cell of a workbook can hold
CONTINUATION = "Answers continued"  # the title of the file that has such answers whole
REPLACEMENT = "\ufffd"

_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CLOSEST = {
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-",
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u201c": '"', "\u201d": '"',
    "\u201e": '"', "\u2022": "*", "\u2026": "...", "\u2032": "'", "\u2033": '"', "\u2190": "<-",
    "\u2192": "->", "\u21d2": "=>", "\u2212": "-", "\u2248": "~", "\u2260": "!=", "\u2264": "<=",
    "\u2265": ">=", "\u2713": "[x]", "\u2714": "[x]", "\u20ac": "EUR", "\u2122": "(TM)",
    "\u200b": "", "\ufeff": "",
}  # fmt: skip


def visible(text: str, place: Place, report: UntouchedReport) -> str:
    """`text` with one kind of line end, and control characters made visible."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")

    def show(match: re.Match[str]) -> str:
        written = _picture(match[0])
        report.changed.append(Changed(place, f"U+{ord(match[0]):04X}", written))
        return written

    return _UNSAFE.sub(show, _joined_surrogates(plain))


def fit(
    text: str, place: Place, report: UntouchedReport, *, limit: int = MAX_UNITS, whole: str = ""
) -> str:
    """`text`, or its beginning with a mark when it is longer than a cell can be. The mark's number
    is that of the text (or of `whole`, if it had to be changed) in the report's overflow."""
    if units(text) <= limit:
        return text
    mark = f' [continued in "{CONTINUATION}", no. {len(report.overflow) + 1}]'
    head = _beginning(text, limit - units(mark))
    report.overflow.append(Overflow(place, units(head), whole or text))
    return head + mark


def split(text: str) -> list[str]:
    """`text` in pieces that a cell can hold; at least one."""
    pieces = []
    while units(text) > MAX_UNITS:
        head = _first_units(text, MAX_UNITS)
        pieces.append(head)
        text = text[len(head) :]
    return [*pieces, text]


def _beginning(text: str, room: int) -> str:
    """What fits, up to the end of a line, a sentence or a word."""
    head = _first_units(text, room)
    boundary = max(head.rfind(mark) for mark in ("\n", ". ", " "))
    return head[:boundary].rstrip() if boundary > len(head) * 3 // 4 else head


def escape_format(text: str) -> str:
    """Protect text that looks like the workbook format's own escapes ("_x000D_")."""
    return _LOOKS_ESCAPED.sub("_x005F_", text)


def encodable(text: str, encoding: str, place: Place, report: UntouchedReport) -> str:
    """`text` with every character that `encoding` lacks replaced by the closest it has."""
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        pass
    pieces: list[str] = []
    for character in text:
        written = _closest(character, encoding)
        if written != character:
            report.changed.append(Changed(place, f"U+{ord(character):04X}", written))
        pieces.append(written)
    return "".join(pieces)


def units(text: str) -> int:
    """Length as spreadsheets count: characters beyond the basic plane count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else REPLACEMENT


def _joined_surrogates(text: str) -> str:
    """Two halves of one character that stand side by side become that character."""
    if not re.search("[\ud800-\udbff][\udc00-\udfff]", text):
        return text
    return re.sub(
        "[\ud800-\udbff][\udc00-\udfff]",
        lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"),
        text,
    )


def _first_units(text: str, room: int) -> str:
    head = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore")
    short = head
    while short and unicodedata.combining(text[len(short)]):  # keep an accent with its letter
        short = short[:-1]
    return short or head  # a text of accents only is cut anywhere


def _closest(character: str, encoding: str) -> str:
    plain = unicodedata.normalize("NFKD", character)
    stripped = "".join(c for c in plain if not unicodedata.combining(c))
    for candidate in (character, _CLOSEST.get(character), stripped):
        if candidate is None or (candidate == "" and character not in _CLOSEST):
            continue
        try:
            candidate.encode(encoding)
            return candidate
        except UnicodeEncodeError:
            continue
    return f"[U+{ord(character):04X}]"
