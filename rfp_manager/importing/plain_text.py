"""Plain text and Markdown as lines, with the room that a line leaves for an answer."""

import re
from dataclasses import dataclass
from pathlib import Path

from rfp_manager.importing.csv_text import MAX_BYTES, CsvText, decode, read_csv_text
from rfp_manager.importing.pdf.printed import printed_options
from rfp_manager.importing.prose.lines import Line
from rfp_manager.importing.texts import asks, is_heading, split_number
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.importing.word.marks import (
    field_label,
    is_prompt,
    is_signing,
    mark_of,
    split_mark,
)

MAX_LINES = 50_000
MAX_TITLE_WORDS = 8
WRAPPED_AT = 55  # characters: a line that long may go on in the next one
TABLE_SHARE = 0.6  # of the records have several fields: then it is a table, not a text
TEXT_NAMES = frozenset((".txt", ".text", ".md", ".markdown"))

_LINE_END = re.compile(r"\r\n|\r|\n")
_HEADING = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*$")
_BOLD = re.compile(r"(\*\*|__)(\S.*?)\1:?$")
_BULLET = re.compile(r"\s*[•·▪◦‣●○■□–—*+-]\s+(?=\S)")
_ITEM = re.compile(r"(\s*)(\(?(?:[a-zA-Z]|[ivx]{1,5}|\d{1,3})[.)])\s+(?=\S)")
_RULE = re.compile(r"\s*([-=*_])(?:\s*\1){2,}\s*")


@dataclass
class PlainText:
    """A decoded file; `bom + text.encode(encoding)` gives back its exact bytes.

    `lines` are (text, line end), so that all of them joined are the text.
    """

    text: str
    encoding: str
    bom: bytes
    lines: list[tuple[str, str]]

    @property
    def line_end(self) -> str:
        return next((end for _, end in self.lines if end), "\n")


def read_plain_text(path: Path) -> PlainText:
    """Raises QuestionnaireRefused for what is too big."""
    if path.stat().st_size > MAX_BYTES:
        raise QuestionnaireRefused("The text is larger than 50 MB. Split it into smaller files.")
    bom, encoding, text = decode(path.read_bytes())
    lines = list(_split(text))
    if len(lines) > MAX_LINES:
        raise QuestionnaireRefused(
            f"The text has more than {MAX_LINES:,} lines. Leave only the part with the questions."
        )
    return PlainText(text, encoding, bom, lines)


def is_text(path: Path, filename: str) -> bool:
    """Whether a delimited file is rather text: by its name, and because it is no table."""
    return Path(filename).suffix.lower() in TEXT_NAMES and not is_table(read_csv_text(path))


def is_table(source: CsvText) -> bool:
    """Whether most records have several fields; with commas, all of them the same number."""
    filled = [record for record in source.records if record.fields]
    widths = [sum(bool(field.value.strip()) for field in record.fields) for record in filled]
    if sum(width > 1 for width in widths) < max(2, TABLE_SHARE * len(filled)):
        return False
    # Sentences have commas, too, but never all as many, and blanks follow them.
    even = len({len(record.fields) for record in filled}) == 1
    quoted = any(field.quoted for record in filled for field in record.fields)
    return source.delimiter != "," or quoted or (even and ", " not in source.text)


def to_lines(source: PlainText) -> list[Line]:
    """One Line for each line of the text, blank ones too; a wrapped one is part of the first."""
    found: list[Line] = []
    open_: Line | None = None
    for row, (text, _) in enumerate(source.lines, start=1):
        if open_ is not None and _goes_on(source.lines[row - 2][0], text):
            open_.text = f"{open_.text} {text.strip()}"
            continue
        line = _line(row, text)
        found.append(line)
        line.bold = line.bold or _is_title(line, row, source)
        open_ = line if _is_open(line) else None
    return found


def last_row(source: PlainText, row: int) -> int:
    """The last line of the sentence that begins in `row`."""
    if _is_open(_line(row, source.lines[row - 1][0])):
        while row < len(source.lines) and _goes_on(source.lines[row - 1][0], source.lines[row][0]):
            row += 1
    return row


def _is_title(line: Line, row: int, source: PlainText) -> bool:
    """A few words between blank lines, with questions below them."""
    above = source.lines[row - 2][0] if row > 1 else ""
    if above.strip() or line.number or line.depth is not None or not is_heading(line.text):
        return False
    below = next((text for text, _ in source.lines[row : row + 3] if text.strip()), "")
    return len(line.text.split()) <= MAX_TITLE_WORDS and (
        bool(split_number(below.strip())[0]) or asks(below)
    )


def _split(text: str) -> list[tuple[str, str]]:
    lines, at = [], 0
    for match in _LINE_END.finditer(text):
        lines.append((text[at : match.start()], match[0]))
        at = match.end()
    return [*lines, (text[at:], "")] if at < len(text) else lines


def _is_open(line: Line) -> bool:
    return bool(line.text) and not (line.mark or line.choices or line.level or line.field)


def _goes_on(before: str, text: str) -> bool:
    """Whether a sentence was only wrapped: it is long, not ended, and goes on in small letters."""
    ended = before.rstrip().endswith((".", "?", "!", ":", ";"))
    begins = text.lstrip()[:1]
    return len(before) >= WRAPPED_AT and not ended and begins.islower() and not _ITEM.match(text)


def _line(row: int, text: str) -> Line:
    flat = text.strip()
    line = Line(row, flat)
    if _RULE.fullmatch(flat) and not flat.startswith("_"):
        line.text = ""
    elif heading := _HEADING.match(flat):
        line.level, line.text = len(heading[1]), heading[2]
    elif bold := _BOLD.match(flat):
        line.bold, line.text = True, bold[2]
    elif flat:
        _read(line, text)
    return line


def _read(line: Line, text: str) -> None:
    head, rest = split_mark(line.text)
    mark = mark_of(head) if head else ""
    if mark and (rest.strip() or head.rstrip().endswith((":", "："))):
        line.mark, line.existing = mark, "" if is_prompt(rest) else rest.strip()
    elif is_prompt(line.text):
        line.text, line.room = "", True
    else:
        _number(line, text)
        options = printed_options(line.text)
        label = field_label(line.text)
        if options:
            line.choices, line.stem = options.labels, options.stem
            line.existing = ", ".join(options.labels[at] for at in options.ticked)
        elif label and not is_signing(label):
            line.field = label


def _number(line: Line, text: str) -> None:
    number, rest = split_number(line.text)
    if number:
        line.number, line.text = number, rest
    elif item := _ITEM.match(text):
        line.number, line.text, line.depth = item[2], text[item.end() :].strip(), len(item[1]) // 2
    elif bullet := _BULLET.match(text):
        indent = len(text) - len(text.lstrip())
        line.text, line.depth = text[bullet.end() :].strip(), indent // 2
