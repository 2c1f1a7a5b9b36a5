"""The paragraphs of a Word document as lines of running text."""

import re

from rfp_manager.importing.prose.lines import Item, Line, Room
from rfp_manager.importing.types import Place
from rfp_manager.importing.word.document import Paragraph, WordDocument, WordTable
from rfp_manager.importing.word.marks import (
    field_label,
    is_prompt,
    mark_of,
    options_in,
    split_mark,
    without_room,
)

MAX_BOX_ROWS = 2
_BULLET = re.compile(r"\s*[•·▪◦‣●○■□–—*-]\s+(?=\S)")


def to_items(document: WordDocument) -> list[Item]:
    """Paragraphs and tables in order; tables inside of tables are no part of the text."""
    return [
        _line(item) if isinstance(item, Paragraph) else Room(item.name, answer_box(item))
        for item in document.items
        if isinstance(item, Paragraph) or not item.nested
    ]


def answer_box(table: WordTable) -> Place | None:
    """Where a table that is nothing but room for an answer takes it."""
    if table.rows > MAX_BOX_ROWS or len(table.cells) > MAX_BOX_ROWS or not table.cells:
        return None
    free = None
    for place, cell in sorted(table.cells.items()):
        if not cell.text or is_prompt(cell.text):
            free = free or Place(table.name, *place)
        elif mark_of(cell.text) != "answer":
            return None
    first = Place(table.name, *min(table.cells))
    return free or first


def _line(paragraph: Paragraph) -> Line:
    said, text = paragraph.said, paragraph.text
    bullet = _BULLET.match(text)
    line = Line(
        row=paragraph.row,
        text=text,
        number=paragraph.label,
        depth=0 if paragraph.depth is None and bullet else paragraph.depth,
        level=paragraph.level,
        bold=paragraph.bold,
        title=paragraph.title,
        contents=paragraph.contents,
        hidden=said.hidden,
    )
    _add_choices(line, paragraph)
    if line.choices:
        return line
    line.mark = mark_of(text)
    if line.mark:
        rest = split_mark(text)[1].strip()
        line.existing = "" if is_prompt(rest) else rest
    elif is_prompt(text) or (not text and said.controls):
        line.text, line.prompt, line.room = "", text, True
    else:
        line.field = _field(paragraph)
        if line.field:
            line.existing = _written(paragraph)
    return line


def _add_choices(line: Line, paragraph: Paragraph) -> None:
    options = options_in(paragraph.said)
    if options and (len(options.labels) > 1 or not options.stem):
        line.choices, line.stem = options.labels, without_room(options.stem)
        line.existing = ", ".join(options.labels[index] for index in options.ticked)
        return
    listed = next((c for c in paragraph.said.controls if c.options), None)
    if listed:
        line.choices = listed.options
        line.stem = paragraph.said.raw[: listed.at].strip()
        line.existing = "" if listed.waiting else listed.text.strip()


def _field(paragraph: Paragraph) -> str:
    """The label before a line to write on, or before a text control at the paragraph's end."""
    label = field_label(paragraph.text)
    controls = [c for c in paragraph.said.controls if not c.options]
    if label or len(controls) != 1:
        return label
    raw = paragraph.said.raw
    before, after = raw[: controls[0].at], raw[controls[0].at + len(controls[0].text) :]
    return before.strip().rstrip(":：").strip() if not after.strip() else ""


def _written(paragraph: Paragraph) -> str:
    controls = [c for c in paragraph.said.controls if not c.options and not c.waiting]
    return controls[0].text.strip() if controls else ""
