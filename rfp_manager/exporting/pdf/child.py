"""What the sandboxed child runs to fill a PDF in, and to compare the copy with the original."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rfp_manager.exporting.pdf.fonts import FontSet
from rfp_manager.exporting.pdf.form_values import FormWriter, value_of
from rfp_manager.exporting.pdf.writing import Writer
from rfp_manager.exporting.types import ExportRefused
from rfp_manager.importing.pdf.document import Document, read_document, room_of
from rfp_manager.importing.pdf.fields import leaves
from rfp_manager.importing.pdf.model import FormField
from rfp_manager.importing.pdf.opening import open_objects
from rfp_manager.importing.pdf.questionnaire import to_questionnaire
from rfp_manager.importing.types import QuestionnaireRefused
from solution_library.parsing.errors import Refusal

_LOCKED = (
    "The PDF is protected against changes, so answers cannot be written into it. Ask the buyer "
    "for a copy without the protection, or give the answers as a document of their own."
)
_DAMAGED = (
    "The PDF is too damaged for answers to be written into it. Open it in a PDF viewer, print it "
    "to a new PDF and import that one."
)


def increment(path: str | Path, fills: list[Any], fonts: list[str]) -> dict[str, Any]:
    """What is to be appended to the PDF; `fills` are [sheet, row, column, text].

    Raises Refusal, which reaches the parent with its sentence.
    """
    try:
        return _increment(Path(path), fills, [base64.b64decode(font) for font in fonts])
    except (ExportRefused, QuestionnaireRefused) as error:
        raise Refusal(str(error)) from error


def _increment(path: Path, fills: list[Any], fonts: list[bytes]) -> dict[str, Any]:
    reader = open_objects(path)
    if reader is None:
        raise ExportRefused(_DAMAGED)
    if reader.is_encrypted:
        raise ExportRefused(_LOCKED)
    document = read_document(path)
    writer = Writer(path.read_bytes(), reader, FontSet(fonts))
    form = FormWriter(reader, writer, dict(_fields(document)))
    asked = _asked(document)
    notes: list[str] = []
    for sheet, row, column, text in fills:
        question = asked.get((sheet, row, column)) or _beside(document, sheet, row)
        notes += _put(document, writer, form, (sheet, row, column), text, question)
    if _is_signed(reader):
        notes.append("The PDF was signed; the signature now covers only the buyer's pages.")
    data = writer.finish()
    return {
        "increment": base64.b64encode(data).decode(),
        "annotations": [[done.page, done.text] for done in writer.written if done.text],
        "values": form.values,
        "pages": len(reader.pages),
        "annex": [entry.text for entry in writer.annex],
        "notes": form.notes + notes,
        "missing": writer.fonts.missing,
    }


def _put(
    document: Document,
    writer: Writer,
    form: FormWriter,
    place: tuple[str, int, int],
    text: str,
    question: str,
) -> list[str]:
    """Write one text; the notes say what could not go where it belongs."""
    room = room_of(document, *place)
    if room is None:
        raise ExportRefused(
            f"The PDF has no place “{place[0]}”, row {place[1]}. It is not the file that was "
            "imported: import it again."
        )
    if room.ticks and writer.tick(room, text):
        return []
    if room.field or room.choices:
        if form.put(room, text, question):
            return []
        writer.write(_without_field(room), text, question)
        return [f"“{text[:60]}” is none of the choices of its field; it stands in the annex."]
    writer.write(room, text, question)
    return []


def _without_field(room: Any) -> Any:
    return type(room)(room.page, None, beside=room.box, turned=room.turned)


def _fields(document: Document) -> Iterator[tuple[str, FormField]]:
    asked = [*document.form, *(a for stack in document.stacks for a in stack.asked.values())]
    for one in asked:
        for found in one.fields:
            yield found.name, found


def _asked(document: Document) -> dict[tuple[str, int, int], str]:
    """The question of each answer's place, for the annex."""
    try:
        found = to_questionnaire(document, None).questions
    except QuestionnaireRefused:
        return {}
    texts: dict[tuple[str, int, int], str] = {}
    for question in found:
        text = f"{question.number} {question.text}".strip()
        for place in (question.answer_place, question.comment_place):
            if place is not None:
                texts[place.sheet, place.row, place.column] = text
    return texts


def _beside(document: Document, sheet: str, row: int) -> str:
    """What stands in the row, for a place that a person has chosen."""
    stack = document.stack(sheet)
    if stack is not None:
        return " ".join(stack.grid.by_row.get(row, {}).values())
    inside = sheet == "Text" and 1 <= row <= len(document.paragraphs)
    return document.paragraphs[row - 1].text if inside else ""


def _is_signed(reader: Any) -> bool:
    from rfp_manager.importing.pdf.fields import inherited

    return any(
        str(inherited(node, "/FT")) == "/Sig" and inherited(node, "/V") is not None
        for _, node in leaves(reader)
    )


def compare(path: str | Path, size: int) -> dict[str, Any]:
    """What the filled copy at `path` shows, and whether its pages are those of the original,
    which is its first `size` bytes. Read with another program than the one that wrote it."""
    from pypdfium2 import PdfDocument

    data = Path(path).read_bytes()
    old, new = PdfDocument(data[:size]), PdfDocument(data)
    problems: list[str] = []
    if len(new) < len(old):
        problems.append("pages are missing")
    annotations: list[list[Any]] = []
    for number in range(min(len(old), len(new))):
        problems += _differences(old[number], new[number], number + 1)
        annotations += [[number + 1, text] for text in _contents(new[number])]
    texts = [new[n].get_textpage().get_text_range() for n in range(len(old), len(new))]
    reader = open_objects(Path(path))
    values = {name: value_of(node) for name, node in leaves(reader)} if reader else {}
    return {
        "problems": problems, "pages": len(new), "annotations": annotations, "annex": texts,
        "values": values,
    }  # fmt: skip


def _differences(old: Any, new: Any, number: int) -> list[str]:
    found = []
    if old.get_size() != new.get_size() or old.get_rotation() != new.get_rotation():
        found.append(f"the size of page {number} differs")
    before, after = old.get_textpage(), new.get_textpage()
    if before.get_text_range() != after.get_text_range():
        found.append(f"the text of page {number} differs")
    return found


def _contents(page: Any) -> Iterator[str]:
    """The texts of the page's free text annotations."""
    import ctypes

    from pypdfium2 import raw

    for index in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_FREETEXT:
            size = raw.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
            buffer = (ctypes.c_ushort * (size // 2 + 1))()
            raw.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size)
            yield bytes(buffer)[: max(size - 2, 0)].decode("utf-16-le", "replace")
        raw.FPDFPage_CloseAnnot(annotation)
