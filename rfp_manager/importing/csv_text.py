"""Comma-separated text as records of fields that remember where they stand in the file."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rfp_manager.importing.code_pages import code_page
from rfp_manager.importing.grid import MAX_CELLS
from rfp_manager.importing.types import QuestionnaireRefused

DELIMITERS = (",", ";", "\t", "|")
MAX_BYTES = 50 * 1024 * 1024
SNIFFED_RECORDS = 200
MIN_LIST = 3  # lines from which on a text may be a plain list
FORMULA_LEADS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SEP_LINE = re.compile(r"\"?sep=(.)\"?\r?\n?", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Field:
    """A value and its span (quotes included) in the decoded text."""

    value: str
    start: int
    end: int
    quoted: bool


@dataclass
class Record:
    """One record without its line end; `end` is where the line end begins."""

    fields: list[Field]
    end: int


@dataclass
class CsvText:
    """A decoded file; `bom + text.encode(encoding)` gives back its exact bytes."""

    text: str
    encoding: str
    bom: bytes
    delimiter: str
    records: list[Record]
    has_separator_line: bool = False  # Excel's "sep=;" before the first record


def starts_like_formula(text: str) -> bool:
    """Whether a spreadsheet that opens the file would compute this text."""
    return text.startswith(FORMULA_LEADS)


def guarded(text: str) -> str:
    """`text` with a leading apostrophe if a spreadsheet would otherwise compute it."""
    return f"'{text}" if starts_like_formula(text.lstrip("'")) else text


def unguarded(value: str) -> str:
    """The text that `guarded` was given."""
    return value[1:] if value[:1] == "'" and starts_like_formula(value.lstrip("'")) else value


def read_csv_text(path: Path) -> CsvText:
    """Decode and split the file at `path`; raises QuestionnaireRefused."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise QuestionnaireRefused(
            f"The file has {size // 2**20} MB; at most {MAX_BYTES // 2**20} MB of text are read. "
            "Split it into smaller files."
        )
    bom, encoding, text = decode(path.read_bytes())
    sep = _SEP_LINE.match(text)
    delimiter = sep[1] if sep else sniff_delimiter(text)
    records = list(_capped(text, delimiter))
    return CsvText(text, encoding, bom, delimiter, records, has_separator_line=bool(sep))


def decode(data: bytes) -> tuple[bytes, str, str]:
    """(byte order mark, encoding, text); always reversible to the same bytes."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return bom, encoding, data[len(bom) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise _damaged(encoding) from error
    for encoding in _guesses(data):
        try:
            return b"", encoding, data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return b"", "latin-1", data.decode("latin-1")


def sniff_delimiter(text: str) -> str:
    """The delimiter that gives the most records the same number of fields, at least two.

    A plain list, one question a line, has commas only inside its sentences: then it is a
    delimiter that the text does not hold, so that each line stays one field.
    """
    found = {delimiter: _evenness(text, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: found[delimiter][:2])
    count, _, filled = found[best]
    unused = next((mark for mark in (";", "\t", "|") if mark not in text), None)
    is_list = best == "," and filled >= MIN_LIST and count * 2 < filled and _spaced(text)
    return unused if is_list and unused else best


def _evenness(text: str, delimiter: str) -> tuple[int, int, int]:
    """(records of the commonest width, that width, records that are not blank)."""
    widths: Counter[int] = Counter()
    filled = 0
    for number, record in enumerate(tokenize(text, delimiter)):
        if number >= SNIFFED_RECORDS:
            break
        filled += bool(record.fields)
        widths[len(record.fields)] += len(record.fields) > 1
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return count, width, filled


def _spaced(text: str) -> bool:
    """Whether commas are followed by blanks, as in sentences, and nothing is quoted."""
    return '"' not in text.replace('""', "") and text.count(", ") == text.count(",")


def tokenize(text: str, delimiter: str) -> Iterator[Record]:
    """Split as csv.reader does: record n here is its n-th list, blank lines included."""
    plain = rf"[^{re.escape(delimiter)}\r\n]*"
    field = re.compile(rf'"(?P<quoted>(?:[^"]|"")*)"?(?P<rest>{plain})|(?P<plain>{plain})')
    position, length = 0, len(text)
    while position < length:
        fields: list[Field] = []
        while True:
            match = field.match(text, position)
            if match is None:  # cannot be: the plain branch matches anything, even nothing
                break
            fields.append(_field(match))
            position = match.end()
            if position < length and text[position] == delimiter:
                position += 1
                continue
            break
        blank = len(fields) == 1 and fields[0].start == fields[0].end
        yield Record([] if blank else fields, position)
        end = _LINE_END.match(text, position)
        position = end.end() if end else length


def _field(match: re.Match[str]) -> Field:
    if match["plain"] is not None:
        return Field(match["plain"], match.start(), match.end(), quoted=False)
    value = match["quoted"].replace('""', '"') + match["rest"]
    return Field(value, match.start(), match.end(), quoted=True)


def _capped(text: str, delimiter: str) -> Iterator[Record]:
    cells = 0
    for record in tokenize(text, delimiter):
        cells += sum(1 for field in record.fields if field.value)
        if cells > MAX_CELLS:
            raise QuestionnaireRefused(
                f"The file has more than {MAX_CELLS:,} filled cells, more than any questionnaire. "
                "Split it into smaller files."
            )
        yield record


def _guesses(data: bytes) -> list[str]:
    sample = data[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if even + odd > len(sample) // 4:
        return ["utf-16-be" if even > odd else "utf-16-le"]
    return ["utf-8"] if _is_unicode(data) else [code_page(data)]


def _is_unicode(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _damaged(encoding: str) -> QuestionnaireRefused:
    return QuestionnaireRefused(
        f"The file says it is {encoding.upper()} text but is damaged. Export it again as UTF-8."
    )
