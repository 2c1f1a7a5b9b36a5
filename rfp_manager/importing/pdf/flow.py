"""Running text: lines become paragraphs, each with the room that is left for its answer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rfp_manager.importing.pdf.model import Room, Sheet, around
from rfp_manager.importing.pdf.writing_lines import WrittenOn, is_contents, read_line
from rfp_manager.importing.texts import is_number, split_number
from rfp_manager.importing.words import read_label
from solution_library.parsing.pdf_columns import pieces_of
from solution_library.parsing.pdf_lines import Box, TextLine, Word
from solution_library.parsing.pdf_measures import (
    Measures,
    could_be_heading,
    edge_lines,
    edge_name,
)
from solution_library.parsing.pdf_page import Line, Page
from solution_library.parsing.text import join_lines

_BULLETS = "•‣▪●◦○■□–—*\uf0b7\uf0a7☐☒☑✓➢►"
_SENTENCE_END = (".", "!", "?", ":", ";", "。", "！", "？", "؟")
_PAGE_NUMBER = re.compile(r"[^\W\d]{0,10}\W{0,3}(\d{1,4})(?:\D{1,8}(\d{1,4}))?\D{0,3}$")
_LARGE = 1.12  # times the body's height: a heading


@dataclass
class Paragraph:
    """`mark`: it only says where an answer or a comment goes; `written`: what stands there.
    `is_line`: it is nothing but a line to write on or an empty box."""

    page: int
    lines: list[TextLine]
    texts: list[str]
    bold: bool
    turned: int = 0
    rooms: list[Room] = field(default_factory=list)
    mark: str = ""
    written: str = ""
    size: float = 0.0
    is_line: bool = False
    running: bool = False  # a running title or a page's number
    entry: bool = False  # of a table of contents
    counted: str = ""  # its number, where only its place or its neighbours tell that it is one

    @property
    def text(self) -> str:
        return join_lines([text for text in self.texts if text])

    @property
    def box(self) -> Box:
        return around([(line.left, line.right, line.top, line.bottom) for line in self.lines])

    @property
    def number(self) -> str:
        return split_number(self.text)[0]

    @property
    def is_contents(self) -> bool:
        return self.entry or any(is_contents(line.text) for line in self.lines)


@dataclass
class Flow:
    """Makes paragraphs of the lines of one page after the other."""

    body: float
    gap: float
    running: set[str]

    def paragraphs(
        self, sheet: Sheet, lines: Iterable[TextLine], boxes: list[Box]
    ) -> list[Paragraph]:
        """In reading order; `boxes` without text are rooms of their own."""
        lines = _rejoined(list(lines))
        margin = max((line.right for line in lines), default=0.0)
        found: list[Paragraph] = []
        for line in lines:
            if line.aside:
                continue
            read = read_line(line, margin)
            if found and self._goes_on(found[-1], line, read, sheet, margin):
                _extend(found[-1], line, read, sheet)
            else:
                found.append(self._begin(line, read, sheet))
        for box in boxes:
            _insert_box(found, box, sheet)
        return found

    def running_on(self, sheet: Sheet) -> set[int]:
        """Ids of the lines that stand at the edge of all pages, but for titles of columns, which
        are repeated, too."""
        return {
            id(line)
            for line in sheet.lines
            if _tells_page(line, sheet)
            or _edge(line, sheet) in self.running
            and not any(read_label(piece.text) for piece in pieces_of(line))
        }

    def _begin(self, line: TextLine, read: WrittenOn, sheet: Sheet) -> Paragraph:
        text = read.text
        paragraph = Paragraph(
            sheet.number, [line], [] if read.mark else [text], id(line) in sheet.bold,
            turned=sheet.turned, mark=read.mark, written=read.written, size=line.height,
            running=_edge(line, sheet) in self.running or _tells_page(line, sheet),
        )  # fmt: skip
        if read.room:
            paragraph.rooms.append(Room(sheet.number, read.room, turned=sheet.turned))
        if not read.text and read.room:
            paragraph.is_line = True
        return paragraph

    def _goes_on(
        self, open_: Paragraph, line: TextLine, read: WrittenOn, sheet: Sheet, margin: float
    ) -> bool:
        before = open_.lines[-1]
        if not read.text and read.room:
            return bool(open_.rooms or open_.mark)  # one more line to write on
        if read.mark or open_.rooms or open_.running:
            return bool(open_.mark and open_.written and not read.mark and self._near(before, line))
        if (id(line) in sheet.bold) != open_.bold or _begins_item(line.text):
            return False
        if standing_apart(line):
            return False
        if abs(before.height - line.height) > 0.15 * max(before.height, line.height):
            return False
        if before.wraps_word:
            return True
        if not self._near(before, line) or line.left < before.left - 0.4 * margin:
            return False
        short = margin - before.right > 0.25 * (margin - before.left)
        sentence = before.text.endswith(_SENTENCE_END)
        if sentence and not line.text[:1].islower() and _has_room(before, line, margin):
            return False
        return not (short and (sentence or not _could_go_on(line.text)))

    def goes_over(self, open_: Paragraph, paragraph: Paragraph) -> bool:
        """Whether the page ended within a sentence."""
        if paragraph.page != open_.page + 1 or open_.rooms or open_.mark or paragraph.mark:
            return False
        if paragraph.is_line or open_.bold != paragraph.bold or _begins_item(paragraph.text):
            return False
        if is_large(open_, self.body) or abs(open_.size - paragraph.size) > 0.15 * self.body:
            return False
        return not open_.text.endswith(_SENTENCE_END) and _could_go_on(paragraph.text)

    def _near(self, before: TextLine, line: TextLine) -> bool:
        return -0.5 * self.body < before.bottom - line.top < self.gap + 0.35 * self.body


def flow_for(sheets: list[Sheet]) -> Flow:
    """Measure the text of all pages: its usual height and gap, and repeated lines."""
    measures = Measures()
    for sheet in sheets:
        measures.add(_page(sheet, sheet.lines))
    running = {name for name in measures.edges if measures.is_running_title(name)}
    gap = min(measures.usual_gap, 1.2 * measures.body)
    return Flow(measures.body, gap, running)


def is_large(paragraph: Paragraph, body: float) -> bool:
    return paragraph.size > body * _LARGE and could_be_heading(paragraph.text)


def _page(sheet: Sheet, lines: list[TextLine]) -> Page:
    _, _, top, bottom = sheet.drawing.sheet
    return Page(sheet.number, [_line(line, sheet) for line in lines], top=top, bottom=bottom)


def _line(line: TextLine, sheet: Sheet) -> Line:
    return Line(
        line.text, sheet.number, round(line.left, 1), round(line.right, 1), round(line.top, 1),
        round(line.bottom, 1), aside=line.aside,
    )  # fmt: skip


def _edge(line: TextLine, sheet: Sheet) -> str:
    made = _line(line, sheet)
    page = Page(sheet.number, top=sheet.drawing.sheet[2], bottom=sheet.drawing.sheet[3])
    return edge_name(made) if edge_lines([made], page) else ""


def _tells_page(line: TextLine, sheet: Sheet) -> bool:
    """Whether it is at the edge and tells the page's number: "Page 2 of 7", "- 2 -", "2/7"."""
    if line.aside or not (numbers := _PAGE_NUMBER.match(line.text)) or not _edge(line, sheet):
        return False
    if numbers[2] is None and not any(sign.isalpha() for sign in line.text):
        heights = [other.middle for other in sheet.lines if not other.aside]
        left, right, _, _ = sheet.drawing.sheet
        outermost = line.middle in (min(heights), max(heights))
        if not outermost or line.left < left + 0.3 * (right - left):
            return False  # rather the number of a row
    return int(numbers[1]) == sheet.number


def _rejoined(lines: list[TextLine]) -> list[TextLine]:
    """A number and its text, side by side, may have been written one after the other."""
    joined: list[TextLine] = []
    for line in lines:
        before = joined[-1] if joined else None
        beside = (
            before is not None
            and abs(before.middle - line.middle) < 0.3 * line.height
            and before.right <= line.left + 1 < before.right + 60
        )
        if before is not None and beside:
            words = [*before.words, *line.words]
            top, bottom = max(before.top, line.top), min(before.bottom, line.bottom)
            joined[-1] = TextLine(words, top, bottom, line.wraps_word, order=before.order)
        else:
            joined.append(line)
    return joined


def _extend(paragraph: Paragraph, line: TextLine, read: WrittenOn, sheet: Sheet) -> None:
    paragraph.lines.append(line)
    if paragraph.mark and read.text:
        paragraph.written = join_lines([paragraph.written, read.text])
    elif read.text:
        paragraph.texts.append(read.text)
    if read.room is None:
        return
    known = [room.box for room in paragraph.rooms if room.box]
    if known and not read.text:
        box = around([*known, read.room])
        paragraph.rooms = [Room(sheet.number, box, turned=sheet.turned)]
    else:
        paragraph.rooms.append(Room(sheet.number, read.room, turned=sheet.turned))


def _insert_box(found: list[Paragraph], box: Box, sheet: Sheet) -> None:
    """An empty box belongs to what stands right beside it, or after what stands right above it."""
    beside = [paragraph for paragraph in found if _stands_left(paragraph, box)]
    if beside:
        for paragraph, part in zip(beside, _shares(beside, box), strict=True):
            paragraph.rooms.append(Room(sheet.number, part, turned=sheet.turned))
        return
    room = Room(sheet.number, box, turned=sheet.turned)
    above = [
        index
        for index, paragraph in enumerate(found)
        if paragraph.box[3] >= box[2] - 4
        and paragraph.box[0] < box[1]
        and box[0] < paragraph.box[1]
    ]
    at = min(above, key=lambda index: found[index].box[3], default=-1)
    line = TextLine([Word("", box[0], box[1], 0)], box[2], box[3])
    paragraph = Paragraph(
        sheet.number, [line], [], False, turned=sheet.turned, rooms=[room], is_line=True
    )
    found.insert(at + 1, paragraph)


def _stands_left(paragraph: Paragraph, box: Box) -> bool:
    last = paragraph.lines[-1]
    return not paragraph.is_line and last.right <= box[0] + 4 and box[3] < last.middle < box[2]


def _shares(beside: list[Paragraph], box: Box) -> list[Box]:
    """One coloured area may be the cells of many rows: each text has what is as high as it."""
    tops = [paragraph.box[2] for paragraph in beside]
    shares = []
    for top in tops:
        begin = box[2] if top == max(tops) else top
        end = max((other for other in tops if other < top), default=box[3])
        shares.append((box[0], box[1], begin, end))
    return shares


def standing_apart(line: TextLine) -> str:
    """The number that stands left of a text, with more white between than words have."""
    first, *others = pieces_of(line)
    counts = is_number(first.text) and any(sign.isdigit() for sign in first.text)
    return first.text if others and counts and first.left < others[0].left else ""


def _begins_item(text: str) -> bool:
    if text[:1] in _BULLETS and text[1:2] in (" ", ""):
        return True
    number, _ = split_number(text)
    if number:
        return True
    head = text[:6].split(" ")[0]
    return (
        len(head) > 1
        and head[-1] in ".)"
        and head.strip("().").isalnum()
        and (len(head.strip("().")) <= 3)
    )


def _has_room(before: TextLine, line: TextLine, margin: float) -> bool:
    """Whether the first word would have found room on the line before: it was put on a new one."""
    first = line.words[0]
    return before.right + 0.5 * before.height + (first.right - first.left) < margin - 1


def _could_go_on(text: str) -> bool:
    first = text[:1]
    return first.islower() or (first.isalpha() and not first.isupper()) or first in "(‘“\"'"
