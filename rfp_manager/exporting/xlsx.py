"""Filling answers into a copy of an Excel workbook."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

from rfp_manager.exporting.cell_text import fit, visible
from rfp_manager.exporting.files import write_whole
from rfp_manager.exporting.merging import by_cell
from rfp_manager.exporting.sheet_scan import SheetScan, scan_sheet
from rfp_manager.exporting.sheet_splice import digest_without, splice
from rfp_manager.exporting.types import ExportRefused, Fill, UntouchedReport
from rfp_manager.exporting.zip_copy import copy_with
from rfp_manager.importing import zip_checks
from rfp_manager.importing.grid import MAX_COLUMN, MAX_COLUMNS, MAX_ROW, Book, Cell, Grid
from rfp_manager.importing.types import Place
from rfp_manager.importing.workbook.book import read_book, workbook_parts

SheetTexts = dict[str, dict[Cell, str]]  # zip member -> texts by cell


def fill(source: Path, *, fills: Sequence[Fill], out: Path) -> UntouchedReport:
    """Write `out`; raises ExportRefused if anything but the answers would differ."""
    report = UntouchedReport(format="xlsx")
    with zip_checks.open_checked(source) as archive:
        members = {part.name: part.member for part in workbook_parts(archive).sheets}
        if any(name.startswith("_xmlsignatures/") for name in archive.namelist()):
            report.notes.append("The workbook's digital signature is no longer valid.")
        texts = _texts(archive, members, fills, report)
        sheets = {
            member: splice(zip_checks.read_part(archive, member), cells)
            for member, cells in texts.items()
        }
    data = source.read_bytes()
    write_whole(
        out,
        lambda stream: copy_with(data, sheets, stream),
        lambda draft: _verify(source, draft, texts, members, report),
    )
    report.answers_written = sum(map(len, texts.values()))
    return report


def _texts(
    archive: zipfile.ZipFile,
    members: dict[str, str],
    fills: Sequence[Fill],
    report: UntouchedReport,
) -> SheetTexts:
    scans: dict[str, SheetScan] = {}
    for place in (fill.place for fill in fills):
        _refuse_unknown(place, members)
        if place.sheet not in scans:
            scans[place.sheet] = scan_sheet(zip_checks.read_part(archive, members[place.sheet]))

    def anchor(place: Place) -> Place:
        return Place(place.sheet, *scans[place.sheet].anchor((place.row, place.column)))

    texts: SheetTexts = {}
    for place, text in by_cell(fills, anchor, report).items():
        shown = fit(visible(text, place, report), place, report)
        texts.setdefault(members[place.sheet], {})[place.row, place.column] = shown
    return texts


def _refuse_unknown(place: Place, members: dict[str, str]) -> None:
    if place.sheet not in members:
        raise ExportRefused(
            f"The workbook has no sheet “{place.sheet}”. It is not the file that was imported: "
            "import it again."
        )
    if not (1 <= place.row <= MAX_ROW and 1 <= place.column <= MAX_COLUMN):
        raise ExportRefused(f"No sheet has a cell in row {place.row}, column {place.column}.")


def _verify(
    source: Path,
    draft: Path,
    texts: SheetTexts,
    members: dict[str, str],
    report: UntouchedReport,
) -> None:
    """Read both files again, independently of how the copy was made, and compare them."""
    _compare_parts(source, draft, texts, report)
    filled = {name: texts.get(member, {}) for name, member in members.items()}
    _compare_books(read_book(source), read_book(draft), filled, report)
    report.untouched = not report.problems
    if report.problems:
        raise ExportRefused(
            "The filled file would differ from the buyer's beyond the answers, so it was not "
            f"kept: {'; '.join(report.problems[:3])}."
        )


def _compare_parts(source: Path, draft: Path, texts: SheetTexts, report: UntouchedReport) -> None:
    with zip_checks.open_checked(source) as old, zip_checks.open_checked(draft) as new:
        if old.namelist() != new.namelist():
            report.problems.append("the list of parts differs")
            return
        for name in old.namelist():
            report.parts_compared += 1
            before, after = zip_checks.read_part(old, name), zip_checks.read_part(new, name)
            if name in texts:
                cells = set(texts[name])
                same = digest_without(before, cells) == digest_without(after, cells)
                report.parts_changed.append(name)
            else:
                same = hashlib.sha256(before).digest() == hashlib.sha256(after).digest()
            if not same:
                report.problems.append(f"the part {name} differs")


def _compare_books(
    old: Book, new: Book, filled: dict[str, dict[Cell, str]], report: UntouchedReport
) -> None:
    for before, after in zip(old.grids, new.grids, strict=True):
        _compare_grids(before, after, filled.get(before.name, {}), report)


def _compare_grids(
    before: Grid, after: Grid, texts: dict[Cell, str], report: UntouchedReport
) -> None:
    for cell in before.cells.keys() | after.cells.keys() | texts.keys():
        expected = texts.get(cell, before.cells.get(cell, ""))
        if cell in texts and cell not in after.cells and cell[1] > MAX_COLUMNS:
            continue  # beyond the columns that are read; the part's digest covers it
        report.cells_compared += 1
        if after.cells.get(cell, "") != expected:
            report.problems.append(
                f"cell {Place(before.name, *cell).ref} of “{before.name}” differs"
            )
    if before.formulas != after.formulas or before.merges != after.merges:
        report.problems.append(f"formulas or merged cells of “{before.name}” differ")
