"""Filling answers into a copy of the buyer's own file, with proof that the rest is untouched."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rfp_manager.exporting import csv, docx, pdf, text, xlsx
from rfp_manager.exporting.types import Changed, ExportRefused, Fill, Overflow, UntouchedReport
from rfp_manager.importing.detect import detect
from rfp_manager.importing.prose.lines import TEXT
from rfp_manager.importing.types import QuestionnaireRefused

Filler = Callable[..., UntouchedReport]

# To add a format: a module with the same `fill` and its line here.
FILLERS: dict[str, Filler] = {
    "xlsx": xlsx.fill,
    "csv": csv.fill,
    "docx": docx.fill,
    "pdf": pdf.fill,
    "text": text.fill,
}


def fill(source: Path, *, fills: Sequence[Fill], out: Path) -> UntouchedReport:
    """Write a copy of `source` to `out` that differs only in the cells of `fills`.

    `out` appears whole or not at all. Raises ExportRefused, with `out` as it was before, when
    the file cannot be filled or a comparison of both files finds any other difference.
    """
    try:
        name = detect(source)
        if name == "csv" and any(fill.place.sheet == TEXT for fill in fills):
            name = "text"  # a table's places have no sheet, those of a text do
        filler = FILLERS.get(name)
        if filler is None:
            raise ExportRefused(f"Answers cannot be written into a {name} file.")
        return filler(source, fills=fills, out=out)
    except QuestionnaireRefused as error:
        raise ExportRefused(str(error)) from error


__all__ = ["Changed", "ExportRefused", "Fill", "Overflow", "UntouchedReport", "fill"]
