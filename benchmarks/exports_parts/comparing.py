"""Whether a filled file differs from the buyer's in its answers alone, by other libraries than
those that filled it. Each function gives the differences in words; none is as it should be."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from pypdf import PdfReader

from rfp_manager.importing.csv_text import read_csv_text
from rfp_manager.importing.types import Place

#: What is there to be written over: blanks, lines, and boxes with their word.
ROOM = re.compile(r"(?:[\W_]*$|\s*[☐☑☒□❑❏▢○◯]\s*\S{1,20}\s*$)")
Texts = dict[Place, str]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def compare(kind: str, source: Path, out: Path, texts: Texts) -> list[str]:
    return list(COMPARERS[kind](source, out, texts))


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def _changed_parts(source: Path, out: Path) -> tuple[list[str], list[str]]:
    """Names of the parts that differ, and other differences."""
    before, after = _parts(source), _parts(out)
    wrong = [] if list(before) == list(after) else ["the list of parts differs"]
    return [n for n in before if n in after and before[n] != after[n]], wrong


# -- workbooks -----------------------------------------------------------------------------
def _xlsx(source: Path, out: Path, texts: Texts) -> Iterator[str]:
    changed, wrong = _changed_parts(source, out)
    yield from wrong
    cells = _cells_by_part(source, texts)
    yield from (f"the part {name} differs" for name in changed if name not in cells)
    before, after = _parts(source), _parts(out)
    for name, refs in cells.items():
        if _sheet_without(before[name], refs) != _sheet_without(after[name], refs):
            yield f"{name} differs outside of the answers"
    yield from _by_openpyxl(source, out, texts)


def _cells_by_part(source: Path, texts: Texts) -> dict[str, set[str]]:
    parts = _parts(source)
    targets = {
        each.get("Id"): str(each.get("Target"))
        for each in etree.fromstring(parts["xl/_rels/workbook.xml.rels"])
    }
    found: dict[str, set[str]] = {}
    for sheet in etree.fromstring(parts["xl/workbook.xml"]).iter(f"{SHEET}sheet"):
        target = targets[sheet.get(RELATION)]
        name = target[1:] if target.startswith("/") else f"xl/{target}"
        refs = {
            f"{get_column_letter(place.column)}{place.row}"
            for place in texts
            if place.sheet == sheet.get("name")
        }
        if refs:
            found[name] = refs
    return found


def _sheet_without(data: bytes, refs: set[str]) -> str:
    """A hash of the sheet without the answer cells and the rows that hold nothing else."""
    root = etree.fromstring(data)
    for cell in list(root.iter(f"{SHEET}c")):
        if cell.get("r") in refs:
            cell.getparent().remove(cell)
    for row in list(root.iter(f"{SHEET}row")):
        if len(row) == 0 and set(row.attrib) <= {"r"}:
            row.getparent().remove(row)
        elif len(row) == 0:
            row.text = None
    for table in root.iter(f"{SHEET}sheetData"):
        table.text = table.text if len(table) else None
    return hashlib.sha256(etree.tostring(root, method="c14n")).hexdigest()


def _by_openpyxl(source: Path, out: Path, texts: Texts) -> Iterator[str]:
    wanted = {(p.sheet, p.row, p.column): text for p, text in texts.items()}
    before, after = load_workbook(source), load_workbook(out)
    for sheet in before.worksheets:
        for row in after[sheet.title].iter_rows():
            for cell in row:
                place = (sheet.title, cell.row, cell.column)
                old = sheet.cell(cell.row, cell.column)
                if place not in wanted and cell.value != old.value:
                    yield f"{sheet.title}!{cell.coordinate} has another value"
                if cell.number_format != old.number_format and old.has_style:
                    yield f"{sheet.title}!{cell.coordinate} has another format"
    for (name, line, column), _ in wanted.items():
        cell = after[name].cell(line, column)
        if cell.value is None or cell.data_type == "f":
            yield f"{name}!{cell.coordinate} holds no answer"


# -- Word, CSV, PDF ------------------------------------------------------------------------
def _docx(source: Path, out: Path, texts: Texts) -> Iterator[str]:
    changed, wrong = _changed_parts(source, out)
    yield from wrong
    yield from (f"the part {name} differs" for name in changed if name != "word/document.xml")
    before, after = _paragraphs(source), _paragraphs(out)
    matcher = SequenceMatcher(None, [p[0] for p in before], [p[0] for p in after], autojunk=False)
    lines = (line.strip() for text in texts.values() for line in re.split("[\n\t]", text))
    answers = {line for line in lines if line}
    lost = 0
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        asked = [text for _, text in before[a:b] if not ROOM.match(text)]
        lost += len(asked)
        shown = " ".join(text for _, text in after[c:d])
        if (asked or shown.strip()) and not any(answer in shown for answer in answers):
            was = " ".join(asked)
            yield f"paragraphs {a + 1} to {b} without an answer: {was[:80]!r} is {shown[:80]!r}"
    if lost > len(texts):
        yield f"{lost} paragraphs differ, for {len(texts)} answers"


def _paragraphs(path: Path) -> list[tuple[str, str]]:
    root = etree.fromstring(_parts(path)["word/document.xml"])
    return [
        (
            hashlib.sha256(etree.tostring(p, method="c14n")).hexdigest(),
            "".join(t.text or "" for t in p.iter(f"{WORD}t")),
        )
        for p in root.iter(f"{WORD}p")
    ]


def _csv(source: Path, out: Path, texts: Texts) -> Iterator[str]:
    read = read_csv_text(source)
    texts_of = (path.read_bytes().decode(read.encoding) for path in (source, out))
    before, after = (
        list(csv.reader(io.StringIO(text), delimiter=read.delimiter)) for text in texts_of
    )
    if len(before) != len(after):
        yield "the number of records differs"
    wanted = {(p.row, p.column) for p in texts}
    for row, (old, new) in enumerate(zip(before, after, strict=False), 1):
        width = max(len(old), len(new))
        old, new = old + [""] * (width - len(old)), new + [""] * (width - len(new))
        for column in range(1, width + 1):
            if (row, column) not in wanted and old[column - 1] != new[column - 1]:
                yield f"field {column} of record {row} differs"


def _pdf(source: Path, out: Path, texts: Texts) -> Iterator[str]:
    if not out.read_bytes().startswith(source.read_bytes()):
        yield "it does not begin with the buyer's bytes"
    before, after = PdfReader(source), PdfReader(out)
    if before.is_encrypted:
        before.decrypt(""), after.decrypt("")
    for number, page in enumerate(before.pages):
        if page.extract_text() != after.pages[number].extract_text():
            yield f"page {number + 1} has another text"


COMPARERS = {"xlsx": _xlsx, "docx": _docx, "csv": _csv, "pdf": _pdf}
