"""Values of form fields, with the appearance that every viewer shows at once."""

from typing import Any

from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject, NameObject, TextStringObject

from rfp_manager.exporting.pdf.annex import Entry
from rfp_manager.exporting.pdf.drawing import text_lines
from rfp_manager.exporting.pdf.increment import indirect
from rfp_manager.exporting.pdf.layout import LARGEST, PAD, SMALLEST, STEP, Laid, wrap
from rfp_manager.exporting.pdf.writing import Writer, Written
from rfp_manager.importing.pdf.fields import (
    flags_of,
    form_of,
    inherited,
    kind_of,
    leaves,
    state_of,
    widgets_of,
)
from rfp_manager.importing.pdf.model import FormField, Room
from solution_library.parsing.pdf_words import turned_box

_EDITABLE = 1 << 18
_OFF = NameObject("/Off")
LEADING = 1.22


class FormWriter:
    """Fills the fields of one PDF in; what a field cannot hold goes into the annex."""

    def __init__(self, reader: PdfReader, writer: Writer, fields: dict[str, FormField]) -> None:
        self.writer, self.fields = writer, fields
        self.nodes = dict(leaves(reader))
        self.values: dict[str, str] = {}  # what each field holds afterwards
        self.notes: list[str] = []
        self._turned: dict[int, int] = {}
        _drop_xfa(reader, writer, self.notes)

    def put(self, room: Room, text: str, question: str) -> bool:
        """Whether the field (or one of the buttons) holds the whole text now."""
        if room.choices:
            return self._press(room, text, question)
        node, field = self.nodes.get(room.field), self.fields.get(room.field)
        if node is None or field is None:
            return False
        if field.kind == "choice":
            return self._choose(node, field, text, question)
        self._write(node, field, text, question)
        return True

    def _write(self, node: Any, field: FormField, text: str, question: str) -> None:
        value, longest = text, field.max_length
        if longest is not None and len(text) > longest:
            note = f" … annex, no. {len(self.writer.annex) + 1}"
            value = text[: max(longest - len(note), 0)] + note[:longest]
            self.writer.annex.append(Entry(question, text))
        self._set(node, field, value, question, whole=value == text)

    def _set(self, node: Any, field: FormField, value: str, question: str, *, whole: bool) -> None:
        _owner(node)[NameObject("/V")] = TextStringObject(value)
        for key in ("/RV", "/I"):
            if key in _owner(node):
                del _owner(node)[NameObject(key)]
        fits = all([self._show(widget, field, value) for widget in widgets_of(node)])
        if not fits and whole:
            self.writer.annex.append(Entry(question, value))
        self._changed(node)
        self.values[field.name] = value

    def _show(self, widget: Any, field: FormField, value: str) -> bool:
        """Draw the value; False when not all of it can be seen."""
        left, bottom, right, top = (float(edge) for edge in widget["/Rect"])
        flat = (min(left, right), max(left, right), max(top, bottom), min(top, bottom))
        turned = self._turns(widget)
        box = turned_box(flat, turned)
        width, height = box[1] - box[0], box[2] - box[3]
        laid = _fitted(value, width - 2 * PAD - 1, height - 2, self.writer)
        # A single line stands in the middle of its field.
        top_of_text = height - 1 if len(laid.lines) > 1 else (height + laid.size * LEADING) / 2
        drawn = text_lines(
            laid.lines, left=PAD + 0.5, top=top_of_text, width=width - 2 * PAD, size=laid.size,
            fonts=self.writer.fonts,
        )  # fmt: skip
        number = self.writer.appearance(box, f"/Tx BMC q\n{drawn}\nQ EMC", turned)
        shape = DictionaryObject({NameObject("/N"): indirect(number, self.writer.reader)})
        widget[NameObject("/AP")] = shape
        return laid.whole

    def _turns(self, widget: Any) -> int:
        style = widget.get("/MK")
        style = style.get_object() if hasattr(style, "get_object") else style
        quarter = style.get("/R", 0) if hasattr(style, "get") else 0
        return (-int(quarter) // 90) % 4 if isinstance(quarter, int) else 0

    def _choose(self, node: Any, field: FormField, text: str, question: str) -> bool:
        wanted = text.strip().casefold()
        for stored, shown in field.options:
            if wanted in (stored.strip().casefold(), shown.strip().casefold()):
                self._set(node, field, shown, question, whole=True)
                _owner(node)[NameObject("/V")] = TextStringObject(stored)
                self.values[field.name] = stored
                return True
        if flags_of(node) & _EDITABLE:
            self._set(node, field, text, question, whole=True)
            return True
        return False

    def _press(self, room: Room, text: str, question: str) -> bool:
        """Switch one button on and the others of the same question off."""
        wanted = text.strip().casefold()
        chosen = next((c for c in room.choices if c[0].strip().casefold() == wanted), None)
        if chosen is None and len(room.choices) == 1 and wanted in ("yes", "no"):
            chosen = room.choices[0] if wanted == "yes" else ("", "", "")
        if chosen is None:
            return False
        for name in dict.fromkeys(name for _, name, _ in room.choices):
            node = self.nodes.get(name)
            if node is None:
                return False
            self._switch(node, name, chosen[2] if name == chosen[1] else "")
        return True

    def _switch(self, node: Any, name: str, state: str) -> None:
        on = NameObject(state) if state else _OFF
        _owner(node)[NameObject("/V")] = on
        for widget in widgets_of(node):
            widget[NameObject("/AS")] = on if state and state_of(widget) == state else _OFF
        self._changed(node)
        self.values[name] = str(on)

    def _changed(self, node: Any) -> None:
        for changed in (_owner(node), *widgets_of(node)):
            if getattr(changed, "indirect_reference", None) is not None:
                self.writer.increment.change(changed)
        page = self.fields[next(n for n, known in self.nodes.items() if known is node)].page
        self.writer.written.append(Written(page, ""))


def _fitted(value: str, width: float, height: float, writer: Writer) -> Laid:
    size = LARGEST
    while size > SMALLEST - 1:
        lines = wrap(value, width, size, writer.fonts)
        if len(lines) * size * LEADING <= height + 1:
            return Laid(tuple(lines), size, whole=True)
        size -= STEP
    lines = wrap(value, width, SMALLEST, writer.fonts)
    return Laid(tuple(lines[: max(1, int(height / (SMALLEST * LEADING)))]), SMALLEST, whole=False)


def _owner(node: Any) -> Any:
    """Where the value is kept: the parent of widgets that are only places of one field."""
    return node


def _drop_xfa(reader: PdfReader, writer: Writer, notes: list[str]) -> None:
    """A form may hold its fields twice; where the XFA half stays, viewers show that half."""
    form = form_of(reader)
    if "/XFA" not in form:
        return
    del form[NameObject("/XFA")]
    root: Any = reader.trailer["/Root"]
    reference = root.raw_get("/AcroForm")
    if isinstance(reference, IndirectObject):
        form.indirect_reference = reference
        writer.increment.change(form)
    else:
        writer.increment.change(root)
    notes.append("The form's second copy of its fields (XFA) was left out, as it would hide them.")


def value_of(node: Any) -> str:
    """A field's value as it is stored."""
    value = inherited(node, "/V")
    return "" if value is None else str(value)


__all__ = ["FormWriter", "kind_of", "value_of"]
