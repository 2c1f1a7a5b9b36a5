"""What a person has set for a sheet; it holds instead of what would be guessed."""

from dataclasses import dataclass, field
from typing import Any

from rfp_manager.importing.answer_columns import room_beside
from rfp_manager.importing.columns import Mapping, profile
from rfp_manager.importing.grid import MAX_COLUMN, MAX_ROW, Grid
from rfp_manager.importing.headers import Header
from rfp_manager.importing.mapping import explain_answer
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.importing.words import read_label

SET_BY_YOU = "set by you"
KINDS = ("question", "section", "skip")
_ROLES = ("question", "answer", "comment", "number")


@dataclass
class Correction:
    """The corrections for one sheet; rows and columns count from 1, None means "as guessed"."""

    skip: bool | None = None
    header_set: bool = False
    header_row: int | None = None  # with header_set: None means that the table has no header
    columns: dict[str, int | None] = field(default_factory=dict)
    sections: list[int] | None = None
    rows: dict[int, str] = field(default_factory=dict)

    @property
    def maps(self) -> bool:
        """Whether it says where the table is or what its columns are."""
        return self.header_set or bool(self.columns) or self.sections is not None


def read_corrections(overrides: dict[str, Any] | None) -> dict[str, Correction]:
    """Sheet name -> its correction; raises QuestionnaireRefused for what cannot be meant."""
    if overrides is None:
        return {}
    if not isinstance(overrides, dict):
        raise _refused("they are not listed by sheet")
    return {str(name): _correction(str(name), data) for name, data in overrides.items()}


def _correction(name: str, data: Any) -> Correction:
    if not isinstance(data, dict):
        raise _refused(f"those for “{name[:60]}” are not a list of settings")
    columns, rows = data.get("columns") or {}, data.get("rows") or {}
    if not isinstance(columns, dict) or not isinstance(rows, dict):
        raise _refused(f"the columns or rows of “{name[:60]}” are not listed by name")
    header = data.get("header_row")
    sections = columns.get("section")
    if not isinstance(sections, list | None):
        raise _refused(f"the columns of sections of “{name[:60]}” are not a list")
    return Correction(
        skip=None if data.get("skip") is None else bool(data["skip"]),
        header_set="header_row" in data,
        header_row=None if header is None else _within(header, MAX_ROW, "row"),
        columns={role: _column(columns[role]) for role in _ROLES if role in columns},
        sections=None if sections is None else [_within(c, MAX_COLUMN, "column") for c in sections],
        rows={_within(row, MAX_ROW, "row"): _kind(kind) for row, kind in rows.items()},
    )


def _column(value: Any) -> int | None:
    return None if value is None else _within(value, MAX_COLUMN, "column")


def _within(value: Any, most: int, what: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if not 1 <= number <= most:
        raise _refused(f"“{str(value)[:40]}” is no {what} of a sheet")
    return number


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise _refused(f"a row can be a {', a '.join(KINDS[:2])} or be skipped")
    return str(value)


def _refused(what: str) -> QuestionnaireRefused:
    return QuestionnaireRefused(
        f"The corrections to the columns cannot be used: {what}. Set them again."
    )


def corrected_header(grid: Grid, row: int) -> Header:
    """The header that a person sees in `row`, whatever stands there."""
    texts = dict(grid.by_row.get(row, {}))
    labels = {c: label for c, text in texts.items() if (label := read_label(text))}
    return Header(row, row, labels, texts)


def correct_mapping(
    mapping: Mapping | None, correction: Correction, grid: Grid, rows: list[int]
) -> Mapping | None:
    """`mapping` with the columns a person has set; None while no column of questions is known."""
    question = correction.columns.get("question") or (mapping.question if mapping else None)
    if question is None:
        return None
    if mapping is None or mapping.question != question:
        columns = range(1, max(grid.last_column, question) + 2)
        profiles = {column: profile(grid, column, rows) for column in columns}
        mapping = Mapping(question=question, answer=0, profiles=profiles)
        mapping.answer = room_beside(mapping)
    _set_columns(mapping, correction)
    mapping.reasons = [f"The columns were {SET_BY_YOU}.", explain_answer(mapping)]
    return mapping


def _set_columns(mapping: Mapping, correction: Correction) -> None:
    chosen = correction.columns
    if chosen.get("answer"):
        mapping.answer, mapping.answer_found = chosen["answer"] or mapping.answer, True
        mapping.ticks = []
    if "comment" in chosen:
        mapping.comment = chosen["comment"]
    if "number" in chosen:
        mapping.number = chosen["number"]
    if correction.sections is not None:
        mapping.sections = list(correction.sections)
    if mapping.comment == mapping.answer:
        mapping.comment = None
