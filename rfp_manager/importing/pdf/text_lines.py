"""The paragraphs of a PDF as lines of running text, for the reading that all formats share."""

import re

from rfp_manager.importing.pdf.flow import Paragraph, is_large
from rfp_manager.importing.pdf.printed import printed_options
from rfp_manager.importing.prose.lines import Line
from rfp_manager.importing.texts import split_number
from rfp_manager.importing.word.marks import is_signing

_BULLET = re.compile(r"\s*[•·▪◦‣●○■□–—*➢►✓\uf0b7\uf0a7-]\s+(?=\S)")
_ITEM = re.compile(r"\s*(\(?(?:[a-zA-Z]|[ivx]{1,5}|\d{1,2})[.)])\s+(?=\S)")


def to_line(paragraph: Paragraph, row: int, body: float) -> Line:
    """`body`: the height of most lines; larger ones are headings."""
    text = paragraph.text
    line = Line(
        row, text, bold=paragraph.bold, mark=paragraph.mark, existing=paragraph.written,
        contents=paragraph.is_contents, level=_level(paragraph, body),
    )  # fmt: skip
    if paragraph.is_line:
        line.mark, line.room, line.text = "", True, ""
    elif paragraph.mark:
        line.text = paragraph.lines[0].text
    else:
        _number(line, text, paragraph.counted)
        _choices(line)
        if paragraph.rooms and not line.choices and not is_signing(line.text):
            line.field = line.text.rstrip(" :：")
    return line


def _level(paragraph: Paragraph, body: float) -> int:
    """Larger letters stand higher: 1 to 9, or 0 for plain text."""
    if not is_large(paragraph, body):
        return 0
    return max(1, 9 - round(2 * (paragraph.size - body)))


def _number(line: Line, text: str, counted: str) -> None:
    number, rest = split_number(text)
    if number:
        line.number, line.text = number, rest
    elif counted and text.startswith(counted + " "):
        line.number, line.text = counted, text[len(counted) + 1 :]
    elif item := _ITEM.match(text):
        line.number, line.text, line.depth = item[1], text[item.end() :], 0
    elif bullet := _BULLET.match(text):
        line.text, line.depth = text[bullet.end() :], 0


def _choices(line: Line) -> None:
    """Boxes to tick that are only printed."""
    options = printed_options(line.text)
    if options:
        line.choices, line.stem = options.labels, options.stem
        line.existing = ", ".join(options.labels[index] for index in options.ticked)
