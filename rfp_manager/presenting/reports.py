"""What an import found and left out, and what an export proved, in words.

Reports are stored as JSON by versions of the product that may be older than this one, so
every part of one may be missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.formats import number_text
from rfp_manager.importing.types import column_letters
from rfp_manager.presenting.places import place

ROWS_SHOWN = 12


@dataclass(frozen=True)
class LeftOut:
    """Rows that were left out for one reason; `rows` are (row, text), `more` are not shown."""

    reason: str
    count: int
    rows: list[tuple[int, str]]
    more: int


@dataclass(frozen=True)
class SheetWords:
    name: str
    hidden: bool
    questions: int
    places: list[str]
    reasons: list[str]
    left_out: list[LeftOut]

    @property
    def left_out_count(self) -> int:
        return sum(group.count for group in self.left_out)


@dataclass(frozen=True)
class ImportReport:
    sheets: list[SheetWords]
    warnings: list[str]
    whole: bool = False

    @property
    def questions(self) -> int:
        return sum(sheet.questions for sheet in self.sheets)

    @property
    def left_out(self) -> int:
        return sum(sheet.left_out_count for sheet in self.sheets)

    @property
    def is_cut(self) -> bool:
        return any(group.more for sheet in self.sheets for group in sheet.left_out)


def import_report(report: Mapping[str, Any], *, whole: bool = False) -> ImportReport:
    """`whole` shows every row that was left out, not just the first of each reason."""
    sheets = [_sheet(sheet, whole) for sheet in _list(report, "sheets")]
    return ImportReport(sheets, [str(warning) for warning in _list(report, "warnings")], whole)


def _list(report: Mapping[str, Any], name: str) -> list[Any]:
    found = report.get(name)
    return found if isinstance(found, list) else []


def _sheet(sheet: Mapping[str, Any], whole: bool) -> SheetWords:
    return SheetWords(
        name=str(sheet.get("name") or "The file"),
        hidden=bool(sheet.get("hidden")),
        questions=int(sheet.get("questions") or 0),
        places=_places(sheet),
        reasons=[str(reason) for reason in _list(sheet, "reasons")],
        left_out=_left_out(_list(sheet, "skipped"), whole),
    )


def _places(sheet: Mapping[str, Any]) -> list[str]:
    """As in “Questions in column B”."""
    kinds = (("question", "Questions"), ("answer", "Answers"), ("comment", "Comments"))
    found = []
    for kind, label in kinds:
        column = sheet.get(f"{kind}_column")
        if isinstance(column, int) and column > 0:
            found.append(f"{label} in column {column_letters(column)}")
    if sheet.get("header_row"):
        found.append(f"Header in row {sheet['header_row']}")
    return found


def _left_out(skipped: Sequence[Mapping[str, Any]], whole: bool) -> list[LeftOut]:
    by_reason: dict[str, list[tuple[int, str]]] = {}
    for row in skipped:
        entry = (int(row.get("row") or 0), str(row.get("text", "")))
        by_reason.setdefault(str(row.get("reason", "")), []).append(entry)
    limit = None if whole else ROWS_SHOWN
    return [
        LeftOut(reason, len(rows), rows[:limit], len(rows) - len(rows[:limit]))
        for reason, rows in by_reason.items()
    ]


@dataclass(frozen=True)
class ExportReport:
    """`untouched` is None where the report does not say."""

    untouched: bool | None
    proof: list[str]
    problems: list[str]
    notes: list[str]
    changed: list[str]
    overflow: list[str]
    kept: list[str]
    homeless: list[str]
    unapproved: list[str]
    warnings: list[str]


def export_report(report: Mapping[str, Any]) -> ExportReport | None:
    """None for a job without a report."""
    if not report:
        return None
    return ExportReport(
        untouched=report.get("untouched"),
        proof=_proof(report),
        problems=[str(problem) for problem in _list(report, "problems")],
        notes=[str(note) for note in _list(report, "notes")],
        changed=[_changed(entry) for entry in _list(report, "changed")],
        overflow=[_overflow(entry) for entry in _list(report, "overflow")],
        kept=[str(cell) for cell in _list(report, "kept")],
        homeless=[str(number) for number in _list(report, "homeless")],
        unapproved=[str(number) for number in _list(report, "unapproved")],
        warnings=[str(sentence) for sentence in _list(report, "warnings")],
    )


def _proof(report: Mapping[str, Any]) -> list[str]:
    counts = (
        ("answers_written", "1 answer written", "{} answers written"),
        ("cells_compared", "1 other cell compared", "{} other cells compared"),
        ("parts_compared", "1 part of the file compared", "{} parts of the file compared"),
    )
    found = []
    for name, one, many in counts:
        number = report.get(name)
        if isinstance(number, int):
            found.append(one if number == 1 else many.format(number_text(number)))
    return found


def _changed(entry: object) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    written = entry.get("written") or "nothing"
    return f"{_at(entry)}: {entry.get('character')!r} was written as “{written}”"


def _overflow(entry: object) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    length = len(str(entry.get("text", "")))
    characters = number_text(length)
    return f"{_at(entry)}: an answer of {characters} characters is longer than a cell can hold"


def _at(entry: Mapping[str, Any]) -> str:
    cell = entry.get("place")
    if not isinstance(cell, Mapping):
        return "Somewhere"
    return place(str(cell.get("sheet", "")), int(cell.get("row", 0)), int(cell.get("column", 0)))
