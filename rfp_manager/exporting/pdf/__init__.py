"""Filling answers into a copy of a PDF: the buyer's bytes stay, and ours come after them."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from rfp_manager.exporting.cell_text import visible
from rfp_manager.exporting.files import write_whole
from rfp_manager.exporting.merging import by_cell
from rfp_manager.exporting.types import Changed, ExportRefused, Fill, UntouchedReport
from rfp_manager.importing.types import Place
from solution_library.parsing.sandbox import ChildError, run_in_child

_WRITER = "rfp_manager.exporting.pdf.child:increment"
_COMPARER = "rfp_manager.exporting.pdf.child:compare"


def fill(source: Path, *, fills: Sequence[Fill], out: Path) -> UntouchedReport:
    """Write `out`; raises ExportRefused if anything but the answers would differ."""
    report = UntouchedReport(format="pdf")
    texts = {
        place: visible(text, place, report)
        for place, text in by_cell(fills, lambda place: place, report).items()
    }
    original = source.read_bytes()
    made = _made(source, texts)
    appended = base64.b64decode(made["increment"])

    def write(stream: BinaryIO) -> None:
        stream.write(original)
        stream.write(appended)

    write_whole(out, write, lambda draft: _verify(original, draft, made, report))
    _tell(made, texts, report)
    return report


def _made(source: Path, texts: dict[Place, str]) -> dict[str, Any]:
    # Here, because it loads the text shaper, which only a PDF needs.
    from rfp_manager.exporting.pdf.more_fonts import fonts_for

    fills = [[place.sheet, place.row, place.column, text] for place, text in texts.items()]
    arguments = {"fills": fills, "fonts": fonts_for(list(texts.values()))}
    try:
        return run_in_child(_WRITER, path=source, arguments=arguments)
    except ChildError as error:
        raise ExportRefused(error.reason) from error


def _verify(original: bytes, draft: Path, made: dict[str, Any], report: UntouchedReport) -> None:
    """Read the copy again with another program and compare it with the original."""
    with draft.open("rb") as stream:
        if stream.read(len(original)) != original:
            report.problems.append("the buyer's own bytes differ")
    try:
        seen = run_in_child(_COMPARER, path=draft, arguments={"size": len(original)})
    except ChildError as error:
        raise ExportRefused(f"The filled PDF cannot be read: {error.reason}") from error
    report.problems += seen["problems"]
    if (seen["pages"] > made["pages"]) != bool(made["annex"]):
        report.problems.append("the number of pages is not the one expected")
    report.problems += _lost(made, seen)
    report.parts_compared, report.cells_compared = made["pages"], len(seen["values"])
    report.parts_changed = ["appended after the buyer's last byte"]
    report.untouched = not report.problems
    if report.problems:
        raise ExportRefused(
            "The filled file would differ from the buyer's beyond the answers, so it was not "
            f"kept: {'; '.join(report.problems[:3])}."
        )


def _lost(made: dict[str, Any], seen: dict[str, Any]) -> list[str]:
    """Answers that were written and cannot be read again."""
    found = []
    annotations = [tuple(entry) for entry in seen["annotations"]]
    for entry in made["annotations"]:
        if tuple(entry) not in annotations:
            found.append(f"an answer on page {entry[0]} cannot be read again")
    for name, value in made["values"].items():
        if seen["values"].get(name) != value:
            found.append(f"the field “{name[:40]}” does not hold its answer")
    return found


def _tell(made: dict[str, Any], texts: dict[Place, str], report: UntouchedReport) -> None:
    report.answers_written = len(texts)
    report.notes += made["notes"]
    count = len(made["annex"])
    if count:
        answers = "1 answer is" if count == 1 else f"{count} answers are"
        report.notes.append(
            f"{answers} longer than the room left for it; the whole text stands in the annex at "
            "the end."
        )
    for character in made["missing"]:
        place = next(p for p, text in texts.items() if character in text)
        report.changed.append(Changed(place, f"U+{ord(character):04X}", "\ufffd"))
    if made["missing"]:
        report.notes.append(
            "Some characters could not be drawn, because no installed font has them; install one "
            "(Debian: apt-get install fonts-droid-fallback) and export again."
        )


__all__ = ["fill"]
