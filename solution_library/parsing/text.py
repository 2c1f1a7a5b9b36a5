"""Bytes to clean text: the encoding (and how sure we are of it), and tidy lines."""

import codecs
import re
from dataclasses import dataclass

from solution_library.parsing.errors import ParseRefused

_SAMPLE = 1 << 16
_HUGE = 1 << 20
_LOOSE_SPACE = re.compile(r"\s{2,}|[^\S ]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Invisible: controls (but tab and line ends), soft hyphen, zero-width space and joiner, BOM.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_IDEOGRAPHIC = re.compile("[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60]")
# As text: only web pages need them compiled.
_META_CHARSET = rb"(?i)<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([\w.:-]{2,40})"
_XML_ENCODING = rb"^\s{0,100}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})"


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    warnings: list[str]


def decode(raw: bytes, *, declared_inside: bool = False) -> Decoded:
    """Turn a text file into clean text; the warnings tell every guess and every loss.

    `declared_inside`: an HTML or XML file may name its own encoding. Raises ParseRefused
    when this is no text in any encoding.
    """
    text, warnings = _decode(raw, declared_inside)
    replaced = text.count("\ufffd")
    if replaced:
        warnings.append(f"{replaced} characters could not be read and were replaced by \ufffd.")
    return Decoded(clean(text), warnings)


def clean(text: str) -> str:
    """Line ends as \\n, no NULs or other invisible characters."""
    text = _LINE_ENDS.sub("\n", text)
    return _UNWANTED.sub("", text)


def squeeze(text: str) -> str:
    """All white space runs to one space, none at the ends."""
    if len(text) > _HUGE:  # ten million words as objects would fill the memory
        return _LOOSE_SPACE.sub(" ", text).strip()
    return " ".join(text.split())


def join_lines(lines: list[str]) -> str:
    """Undo line wrapping: with a space, or without one between two ideographs."""
    joined: list[str] = []
    for line in (squeeze(line) for line in lines):
        if joined and line and not (_is_ideograph(joined[-1][-1:]) and _is_ideograph(line[0])):
            joined.append(" ")
        joined.append(line)
    return "".join(joined).strip()


def _is_ideograph(character: str) -> bool:
    return bool(_IDEOGRAPHIC.match(character))


def _decode(raw: bytes, declared_inside: bool) -> tuple[str, list[str]]:
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), []
    wide = _wide_encoding(raw)
    if wide:
        return raw.decode(wide, "replace"), [f"No encoding was stated; read as {wide.upper()}."]
    if _looks_binary(raw):
        raise ParseRefused("This is binary data of an unknown kind, not a document.")
    head = raw[:8192].lower()
    if (
        declared_inside
        and (b"charset" in head or b"encoding" in head)
        and (text := _as_declared(raw)) is not None
    ):
        return text, []
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as error:
        return _guess(raw, error.start)


def _wide_encoding(raw: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark shows as zero bytes at regular places."""
    sample = raw[: _SAMPLE // 4 * 4][:4096]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    zeros = [sample[place::4].count(0) / (len(sample) / 4) for place in range(4)]
    if min(zeros[1:]) > 0.6 and zeros[0] < 0.2:
        return "utf-32-le"
    if min(zeros[:2]) > 0.6 and zeros[3] < 0.2:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > 0.3 and max(zeros[0], zeros[2]) < 0.1:
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > 0.3 and max(zeros[1], zeros[3]) < 0.1:
        return "utf-16-be"
    return None


def _looks_binary(raw: bytes) -> bool:
    sample = raw[:_SAMPLE]
    controls = sum(sample.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13, 27))
    return controls > max(4, len(sample) // 20)


def _as_declared(raw: bytes) -> str | None:
    found = re.search(_XML_ENCODING, raw[:1024]) or re.search(_META_CHARSET, raw[:8192])
    if not found:
        return None
    try:
        return raw.decode(found.group(1).decode("ascii"))
    except (LookupError, ValueError):
        return None


def _guess(raw: bytes, first_bad: int) -> tuple[str, list[str]]:
    """Not UTF-8 throughout: UTF-8 with damage, else one of the one-byte encodings."""
    as_utf8 = raw.decode("utf-8", "replace")
    damaged = as_utf8.count("\ufffd")
    # Other encodings form valid sequences by chance only, so most of them are then damage.
    if sum(1 for character in as_utf8 if character > "\x7f") >= 3 * damaged:
        return as_utf8, []
    encoding = _one_byte_encoding(raw[max(0, first_bad - 2048) : first_bad + _SAMPLE])
    text = raw.decode(encoding, "replace")
    return text, [f"The file is not UTF-8; its encoding was guessed as {encoding}."]


def _one_byte_encoding(sample: bytes) -> str:
    letters = sum(1 for byte in sample if byte > 127 or chr(byte).isalpha())
    foreign = sum(1 for byte in sample if byte > 127)
    # Few accented letters among plain ones: Western European, and too little to analyse.
    if foreign >= 20 and (foreign * 4 > letters or foreign > 2000):
        from charset_normalizer import from_bytes  # 15 ms to load: only when it is needed

        best = from_bytes(sample).best()
        if best is not None:
            return best.encoding
    return "cp1252"
