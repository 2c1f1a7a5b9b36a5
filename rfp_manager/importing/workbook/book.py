"""Reading an .xlsx or .xlsm workbook into sparse grids."""

import posixpath
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from rfp_manager.importing import zip_checks
from rfp_manager.importing.grid import Book, Grid
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.importing.workbook import xml
from rfp_manager.importing.workbook.choices import resolve_choices
from rfp_manager.importing.workbook.formulas import resolve_formulas
from rfp_manager.importing.workbook.sheet import CellBudget, SheetReader
from rfp_manager.importing.workbook.text import rich_text


@dataclass
class SheetPart:
    """A worksheet's name, state and the zip member that holds it."""

    name: str
    member: str
    hidden: bool


@dataclass
class WorkbookParts:
    """What the workbook part says about the file."""

    sheets: list[SheetPart]
    defined_names: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)  # relationship type's end -> member


def read_book(path: Path, *, computed: bool = False) -> Book:
    """All worksheets of the workbook at `path`; raises QuestionnaireRefused.

    `computed` gives formulas without a stored result the text they would show, where that is
    plain joining of texts; without it cells hold exactly what the file stores.
    """
    with zip_checks.open_checked(path) as archive:
        parts = workbook_parts(archive)
        reader = SheetReader(
            strings=_shared_strings(archive, parts),
            bold_styles=_bold_styles(archive, parts),
            unlocked_styles=_unlocked_styles(archive, parts),
            budget=CellBudget(),
        )
        grids = [_read_sheet(archive, part, reader) for part in parts.sheets]
    if computed:
        resolve_formulas(grids, reader.pending_formulas)
    resolve_choices(grids, reader.pending_choices, parts.defined_names)
    return Book(grids=grids, warnings=[])


def workbook_parts(archive: zipfile.ZipFile) -> WorkbookParts:
    """Find the worksheets by the workbook's relationships, never by file names."""
    member = _workbook_member(archive)
    relations = _relations(archive, member)
    parts = WorkbookParts(sheets=[])
    for kind, target in relations.values():
        parts.targets.setdefault(kind, target)
    data = zip_checks.read_part(archive, member)
    for element in xml.elements(data, "sheet", "definedName"):
        if xml.local(element) == "definedName":
            parts.defined_names[element.get("name", "").lower()] = (element.text or "").strip()
            continue
        kind, target = relations.get(xml.attribute(element, "id"), ("", ""))
        if kind == "worksheet":  # chart and dialog sheets hold no cells
            state = element.get("state", "visible")
            parts.sheets.append(SheetPart(element.get("name", ""), target, state != "visible"))
    if not parts.sheets:
        raise QuestionnaireRefused("The workbook holds no worksheet: there is nothing to answer.")
    return parts


def _workbook_member(archive: zipfile.ZipFile) -> str:
    for kind, target in _relations(archive, "").values():
        if kind == "officeDocument":
            return target
    raise QuestionnaireRefused(
        "The workbook is damaged: it does not say where its sheets are. Save it again as .xlsx."
    )


def _relations(archive: zipfile.ZipFile, member: str) -> dict[str, tuple[str, str]]:
    """Relationship id -> (end of its type, zip member); external targets are left out."""
    folder, name = posixpath.split(member)
    part = posixpath.join(folder, "_rels", f"{name}.rels")
    known = {entry.lower(): entry for entry in archive.namelist()}
    if part.lower() not in known:
        return {}
    found: dict[str, tuple[str, str]] = {}
    data = zip_checks.read_part(archive, known[part.lower()])
    for element in xml.elements(data, "Relationship"):
        if element.get("TargetMode") == "External":
            continue
        target = element.get("Target", "").replace("\\", "/")
        full = target if target.startswith("/") else posixpath.join("/", folder, target)
        path = posixpath.normpath(full).lstrip("/")
        kind = element.get("Type", "").rpartition("/")[2]
        found[element.get("Id", "")] = (kind, known.get(path.lower(), path))
    return found


def _read_sheet(archive: zipfile.ZipFile, part: SheetPart, reader: SheetReader) -> Grid:
    grid = Grid(name=part.name, hidden=part.hidden)
    reader.read(zip_checks.read_part(archive, part.member), grid)
    return grid


def _shared_strings(archive: zipfile.ZipFile, parts: WorkbookParts) -> list[str]:
    member = parts.targets.get("sharedStrings")
    if not member or member not in archive.namelist():
        return []
    data = zip_checks.read_part(archive, member)
    return [rich_text(element) for element in xml.elements(data, "si")]


def _bold_styles(archive: zipfile.ZipFile, parts: WorkbookParts) -> set[int]:
    """The style numbers (attribute s of a cell) whose font is bold."""
    member = parts.targets.get("styles")
    if not member or member not in archive.namelist():
        return set()
    bold_fonts: set[str] = set()
    bold: set[int] = set()
    for element in xml.elements(zip_checks.read_part(archive, member), "fonts", "cellXfs"):
        children = [child for child in element if isinstance(child.tag, str)]
        if xml.local(element) == "fonts":
            bold_fonts = {str(n) for n, font in enumerate(children) if _is_bold(font)}
        else:
            fonts = [child.get("fontId", "0") for child in children]
            bold = {n for n, font in enumerate(fonts) if font in bold_fonts}
    return bold


def _unlocked_styles(archive: zipfile.ZipFile, parts: WorkbookParts) -> set[int]:
    """The style numbers of cells that stay free to write when their sheet is protected."""
    member = parts.targets.get("styles")
    if not member or member not in archive.namelist():
        return set()
    for element in xml.elements(zip_checks.read_part(archive, member), "cellXfs"):
        styles = [child for child in element if isinstance(child.tag, str)]
        return {n for n, style in enumerate(styles) if _is_unlocked(style)}
    return set()


def _is_unlocked(style: xml.Element) -> bool:
    rules = (child for child in style if xml.local(child) == "protection")
    return any(not xml.is_true(rule.get("locked", "1")) for rule in rules)


def _is_bold(font: xml.Element) -> bool:
    return any(xml.local(c) == "b" and xml.is_true(c.get("val", "1")) for c in font)
