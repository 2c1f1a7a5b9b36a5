"""Where and how an answer is put into a Word document, as edits of its bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rfp_manager.exporting.docx_boxes import Ticker, inserted_last, same
from rfp_manager.exporting.docx_format import Look, first_run, is_prompt_style
from rfp_manager.exporting.types import ExportRefused
from rfp_manager.exporting.xml_spans import Edit, Span, prefix_of, spans_of
from rfp_manager.importing.prose.lines import AFTER_COLUMN, BOX_COLUMN, TEXT
from rfp_manager.importing.types import Place
from rfp_manager.importing.word.document import (
    Paragraph,
    WordCell,
    WordDocument,
    WordTable,
    wrapping_control,
)
from rfp_manager.importing.word.lines import answer_box
from rfp_manager.importing.word.marks import is_prompt, options_in, room_at_end, split_mark
from rfp_manager.importing.word.spoken import Control, Spoken
from solution_library.parsing.docx_styles import Styles
from solution_library.parsing.office_xml import attribute, children, local

_CROSS = ("x", "☒", "☑", "✓", "✗")
_LINE_SIGNS = "_.\u2026- \t\n\xa0"


@dataclass(frozen=True)
class Target:
    """What one answer is written into: a cell, a paragraph, or the room after its text."""

    place: Place
    unit: Any  # the element of which the bytes may change
    cell: WordCell | None = None
    paragraph: Paragraph | None = None
    after: bool = False


def target_of(document: WordDocument, place: Place) -> Target:
    """Raises ExportRefused for a place that the document does not have."""
    if place.sheet == TEXT:
        paragraph = document.paragraphs.get(place.row)
        if paragraph is None or not 1 <= place.column <= AFTER_COLUMN:
            raise _unknown(f"paragraph {place.row}")
        after = place.column == AFTER_COLUMN
        control = None if after else wrapping_control(paragraph.element)
        unit = paragraph.element if control is None else control
        return Target(place, unit, paragraph=paragraph, after=after)
    table = document.tables.get(place.sheet)
    cell = table.at((place.row, place.column)) if table else None
    after = cell is None
    if table is not None and cell is None and place.column == table.columns + 1:
        cell = _asking_cell(table, place.row)
    if cell is None:
        raise _unknown(f"cell {place.ref} in “{place.sheet}”")
    around = cell.element.getparent()
    wrapped = local(around) == "sdtContent"
    unit = around.getparent() if wrapped else cell.element
    return Target(place, unit, cell=cell, after=after)


def real_place(document: WordDocument, place: Place) -> Place:
    """Where `place` is written: the first of merged cells, and the cell of a box in the text."""
    if place.sheet == TEXT and place.column == BOX_COLUMN:
        place = _box_after(document, place.row)
    target = target_of(document, place)
    if target.cell is None or target.after:
        return place
    return Place(place.sheet, *target.cell.area.anchor)


def _box_after(document: WordDocument, row: int) -> Place:
    for item, below in pairwise(document.items):
        if isinstance(item, Paragraph) and item.row == row and isinstance(below, WordTable):
            box = answer_box(below)
            if box is not None:
                return box
    raise _unknown(f"box below paragraph {row}")


def _asking_cell(table: WordTable, row: int) -> WordCell | None:
    """In a table without room for answers: the cell with the most words in the row."""
    cells = [cell for (top, _), cell in sorted(table.cells.items()) if top == row]
    return max(cells, key=lambda cell: len(cell.text), default=None)


def _unknown(what: str) -> ExportRefused:
    return ExportRefused(
        f"The document has no {what}. It is not the file that was imported: import it again."
    )


class Filler:
    """Turns texts for targets into edits of the document's bytes."""

    def __init__(self, document: WordDocument, targets: list[Target]) -> None:
        self._document, self._data = document, document.package.data
        units = [target.unit for target in targets]
        wanted = [e for unit in units for e in (unit, *unit.iter("*"), *_row_of(unit))]
        self.spans = spans_of(self._data, document.package.root, wanted)
        prefix = prefix_of(self._data, self.spans[units[0]]) if units else "w:"
        self._look = Look(prefix, self._bytes)
        self._ticker = Ticker(self._data, self.spans, self._look)

    def edits(self, target: Target, text: str) -> Iterator[Edit]:
        if target.cell is not None and target.after:
            yield self._inserted_below(target.cell, text)
        elif target.cell is not None:
            yield from self._into_cell(target.cell, text)
        elif target.paragraph is not None and target.after:
            yield self._after(target.paragraph, text)
        elif target.paragraph is not None:
            yield from self._into_paragraph(target.paragraph, text)

    def _bytes(self, element: Any) -> bytes:
        span = self.spans[element]
        return self._data[span.start : span.end]

    def _into_cell(self, cell: WordCell, text: str) -> Iterator[Edit]:
        chosen = self._chosen(cell.said, text)
        if chosen is not None:
            yield from chosen
        elif cell.said.boxes and options_in(cell.said):
            yield self._inserted_below(cell, text)  # the buyer's boxes stay
        elif len(cell.said.controls) == 1 and not split_mark(cell.text)[0] and _only(cell):
            yield from self._into_control(cell.said.controls[0], text)
        elif split_mark(cell.text)[0]:
            marked = next(p for p in cell.paragraphs if split_mark(p.text)[0])
            yield from self._into_paragraph(marked, text)
        elif cell.nested:
            yield self._inserted_below(cell, text)
        else:
            yield self._replaced(cell, text)

    def _chosen(self, said: Spoken, text: str) -> list[Edit] | None:
        """Ticks or chooses what `text` names; None when it names nothing that is offered."""
        options = options_in(said)
        if len(said.boxes) == 1 and text.strip().lower() in _CROSS:
            return self._ticker.set(said.boxes, {0})
        if options is not None:
            on = {n for n, label in enumerate(options.labels) if same(label, text)}
            return self._ticker.set(said.boxes, on) if on else None
        for control in said.controls:
            if any(same(option, text) for option in control.options):
                return list(self._into_control(control, text))
        return None

    def _into_control(self, control: Control, text: str) -> Iterator[Edit]:
        if local(control.element) == "fldChar":
            yield from self._ticker.choose(control, text)
            return
        sdt, content = control.element, control.element.find("{*}sdtContent")
        # A control that is bound to another part would show that part's text again in Word.
        for name in ("showingPlcHdr", "dataBinding"):
            mark = sdt.find(f"{{*}}sdtPr/{{*}}{name}")
            if mark is not None:
                yield Edit(self.spans[mark].start, self.spans[mark].end, b"")
        if content is None:
            raise ExportRefused("A content control of the document is damaged: it holds nothing.")
        cell = content.find("{*}tc")
        if cell is not None:
            yield self._content(self.spans[cell], cell.find("{*}tcPr"), self._in_cell(cell, text))
        else:
            run = self._control_run(sdt, content, text)
            paragraph = content.find("{*}p")
            if paragraph is not None:
                shape = self._look.paragraph_of(paragraph.find("{*}pPr"), text, keep_list=True)
                run = self._look.paragraph(text, shape, run)
            else:
                run = self._look.run(text, run)
            yield self._content(self.spans[content], None, run)

    def _control_run(self, sdt: Any, content: Any, text: str) -> bytes:
        own = sdt.find("{*}sdtPr/{*}rPr")
        shown = first_run(content)
        if own is None and not is_prompt_style(shown):
            own = shown
        return self._look.run_of(own, text)

    def _content(self, span: Span, kept: Any, new: bytes) -> Edit:
        """Replace what an element holds, but for its child `kept`."""
        if span.empty:
            return inserted_last(self._data, span, new)
        start = self.spans[kept].end if kept is not None else span.inner
        return Edit(start, span.close, new)

    def _replaced(self, cell: WordCell, text: str) -> Edit:
        element = cell.element
        new = self._in_cell(element, text)
        return self._content(self.spans[element], element.find("{*}tcPr"), new)

    def _in_cell(self, element: Any, text: str) -> bytes:
        """A paragraph with the look of the cell's first one."""
        first = next(iter(element.iter("{*}p")), None)
        shape = first.find("{*}pPr") if first is not None else None
        return self._look.paragraph(
            text, self._look.paragraph_of(shape, text), self._cell_run(element, first, text)
        )

    def _cell_run(self, element: Any, first: Any, text: str) -> bytes:
        own = first_run(element)
        if own is not None and not is_prompt_style(own) and not is_prompt(_said(element)):
            return self._look.run_of(own, text)
        mark = first.find("{*}pPr/{*}rPr") if first is not None else None
        if mark is not None and len(mark):
            return self._look.run_of(mark, text)
        for neighbour in reversed(_row_of(element)):
            if local(neighbour) == "rPr":
                return self._look.neighbour_run(neighbour, text)
        return self._look.run_of(None, text)

    def _inserted_below(self, cell: WordCell, text: str) -> Edit:
        """A new paragraph at the cell's end, in its letters but not as loud as a title."""
        element, styles = cell.paragraphs[-1].element, self._document.package.styles
        shape = self._look.paragraph_below(
            element.find("{*}pPr"), text, with_style=_is_plain(element, styles)
        )
        run = self._look.shared_run(first_run(cell.element), text)
        new = self._look.paragraph(text, shape, run)
        return inserted_last(self._data, self.spans[cell.element], new)

    def _into_paragraph(self, paragraph: Paragraph, text: str) -> Iterator[Edit]:
        chosen = self._chosen(paragraph.said, text)
        if chosen is not None:
            yield from chosen
            return
        waiting = [c for c in paragraph.said.controls if not c.options]
        if waiting:
            yield from self._into_control(waiting[0], text)
            return
        yield from self._without_lines(paragraph)
        gap = " " if paragraph.said.raw.rstrip(_LINE_SIGNS) else ""
        run = self._look.run(gap + text, self._line_run(paragraph, text))
        yield inserted_last(self._data, self.spans[paragraph.element], run)

    def _line_run(self, paragraph: Paragraph, text: str) -> bytes:
        element = paragraph.element
        own = first_run(element)
        if own is not None and not is_prompt(paragraph.text):
            return self._look.shared_run(own, text)
        return self._look.run_of(element.find("{*}pPr/{*}rPr"), text)

    def _without_lines(self, paragraph: Paragraph) -> Iterator[Edit]:
        """Take the line to write on away; what stands before it stays."""
        for element in reversed(list(paragraph.element.iter("{*}t"))):
            text = element.text or ""
            kept = "" if is_prompt(text) else text[: len(text) - room_at_end(text)]
            if kept != text:
                span, x = self.spans[element], self._look.x
                new = _escaped(kept)
                yield Edit(
                    span.start, span.end, f'<{x}t xml:space="preserve">{new}</{x}t>'.encode()
                )
            if kept.strip():
                return

    def _after(self, paragraph: Paragraph, text: str) -> Edit:
        element, styles = paragraph.element, self._document.package.styles
        shape = self._look.paragraph_below(
            element.find("{*}pPr"), text, with_style=_is_plain(element, styles)
        )
        run = self._look.shared_run(first_run(element), text)
        end = self.spans[element].end
        return Edit(end, end, self._look.paragraph(text, shape, run))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _only(cell: WordCell) -> bool:
    """Whether the cell's control is all that it says."""
    control = cell.said.controls[0]
    return not cell.text or cell.text.strip() == control.text.strip()


def _said(element: Any) -> str:
    return "".join(text.text or "" for text in element.iter("{*}t"))


def _is_plain(element: Any, styles: Styles) -> bool:
    """Whether a paragraph's style is one of running text, not of a heading or list."""
    style = attribute(element.find("{*}pPr/{*}pStyle"), "val")
    return not styles.heading_level(style) and styles.numbering(style) is None


def _row_of(unit: Any) -> list[Any]:
    """The properties of the letters in the cells left of a cell, with their own parts."""
    if local(unit) == "sdt":
        unit = unit.find("{*}sdtContent/{*}tc")
    if unit is None or local(unit) != "tc":
        return []
    found = []
    for sibling in unit.itersiblings("{*}tc", preceding=True):
        properties = first_run(sibling)
        if properties is not None:
            found += [properties, *[child for _, child in children(properties)]]
            break
    return found
