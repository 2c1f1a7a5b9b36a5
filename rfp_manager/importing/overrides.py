"""A person's corrections as they come from a form: checked, and joined with those made before.

The shape is the one that `analysis.analyse` reads: sheet name -> {"skip", "header_row",
"columns", "rows"}. What is not named stays as it is guessed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rfp_manager.importing.grid import MAX_COLUMN, MAX_ROW
from rfp_manager.importing.types import QuestionnaireRefused

SINGLE_ROLES = ("question", "answer", "comment", "number")
ROLES = (*SINGLE_ROLES, "section")
ROW_KINDS = ("question", "section", "skip")
MAX_DRAFT_CHARACTERS = 400_000
UNREADABLE = "The corrections on this page could not be read. Load it again and set them anew."

Overrides = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class SheetShown:
    """How the form showed a sheet; only what was changed from that is a correction."""

    name: str
    hidden: bool = False
    is_read: bool = True
    header_row: int | None = None
    roles: dict[int, str] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)

    def dumps(self) -> str:
        rows = [[int(row) for row in self.rows]]
        return json.dumps([self.is_read, self.header_row, self.roles, *rows])

    @classmethod
    def loads(cls, text: str, *, name: str, hidden: bool) -> "SheetShown":
        """Raises QuestionnaireRefused for anything that `dumps` has not made."""
        try:
            is_read, header, roles, rows = json.loads(text[:MAX_DRAFT_CHARACTERS])
            return cls(
                name,
                hidden,
                bool(is_read),
                None if header is None else within(header, MAX_ROW),
                {within(column, MAX_COLUMN): _role(role) for column, role in roles.items()},
                [within(row, MAX_ROW) for row in rows],
            )
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise QuestionnaireRefused(UNREADABLE) from error


def corrected(before: Overrides, shown: SheetShown, posted: Mapping[str, str]) -> Overrides:
    """`before` with what the form changes at one sheet. Fields: "read", "header", "column-3",
    "row-12". Raises QuestionnaireRefused."""
    own = dict(before.get(shown.name, {}))
    _set_skip(own, shown, posted)
    _set_header(own, shown, posted)
    _set_columns(own, shown, posted)
    _set_rows(own, shown, posted)
    others = {name: values for name, values in before.items() if name != shown.name}
    return clean({**others, shown.name: own} if own else others)


def _set_skip(own: dict[str, Any], shown: SheetShown, posted: Mapping[str, str]) -> None:
    read = "read" in posted
    if read == shown.is_read:
        return
    own.pop("skip", None)
    if read == shown.hidden:  # a hidden sheet is left out, and another is read, unless it is said
        own["skip"] = not read


def _set_header(own: dict[str, Any], shown: SheetShown, posted: Mapping[str, str]) -> None:
    if "header" not in posted:
        return
    text = posted["header"].strip()
    header = _number(text, MAX_ROW, "row") if text else None
    if header != shown.header_row:
        own["header_row"] = header


def _set_columns(own: dict[str, Any], shown: SheetShown, posted: Mapping[str, str]) -> None:
    chosen = {
        _number(name[7:], MAX_COLUMN, "column"): _role(role)
        for name, role in posted.items()
        if name.startswith("column-")
    }
    changed = {c: role for c, role in chosen.items() if role != shown.roles.get(c, "")}
    if not changed:
        return
    roles = {c: role for c, role in {**shown.roles, **chosen}.items() if role}
    columns = dict(own.get("columns") or {})
    touched = set(changed.values()) | {shown.roles.get(column, "") for column in changed}
    # Another column of questions makes a new table: what is seen of the others has to hold.
    for role in SINGLE_ROLES if "question" in touched else sorted(touched & set(SINGLE_ROLES)):
        columns[role] = _holder(role, roles, changed)
    if "section" in touched or "question" in touched:
        columns["section"] = sorted(c for c, role in roles.items() if role == "section")
    own["columns"] = {
        role: value
        for role, value in columns.items()
        if value is not None or role not in ("question", "answer")
    }


def _holder(role: str, roles: dict[int, str], changed: dict[int, str]) -> int | None:
    """The column of a role: one that was given it just now comes before one that had it."""
    new = [column for column, given in changed.items() if given == role]
    return next(iter(new or sorted(c for c, held in roles.items() if held == role)), None)


def _set_rows(own: dict[str, Any], shown: SheetShown, posted: Mapping[str, str]) -> None:
    rows = dict(own.get("rows") or {})
    for row in shown.rows:
        kind = posted.get(f"row-{row}")
        if kind == "":
            rows.pop(str(row), None)
        elif kind in ROW_KINDS:
            rows[str(row)] = kind
    own.pop("rows", None)
    if rows:
        own["rows"] = rows


def clean(data: Any) -> Overrides:
    """Only what corrections are made of. Raises QuestionnaireRefused for anything else."""
    try:
        found = {str(name): _clean_sheet(values) for name, values in data.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise QuestionnaireRefused(UNREADABLE) from error
    return {name: values for name, values in found.items() if values}


def _clean_sheet(values: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if values.get("skip") is not None:
        found["skip"] = bool(values["skip"])
    if "header_row" in values:
        header = values["header_row"]
        found["header_row"] = None if header is None else within(header, MAX_ROW)
    if columns := values.get("columns"):
        found["columns"] = {
            role: [within(c, MAX_COLUMN) for c in value]
            if role == "section"
            else (None if value is None else within(value, MAX_COLUMN))
            for role, value in columns.items()
            if role in ROLES
        }
    if rows := values.get("rows"):
        found["rows"] = {
            str(within(row, MAX_ROW)): kind for row, kind in rows.items() if kind in ROW_KINDS
        }
    return found


def loads(text: str) -> Overrides:
    """What `dumps` has made. Raises QuestionnaireRefused."""
    if len(text) > MAX_DRAFT_CHARACTERS:
        raise QuestionnaireRefused("There are more corrections than can be kept. Apply some first.")
    try:
        return clean(json.loads(text or "{}"))
    except (ValueError, RecursionError) as error:
        raise QuestionnaireRefused(UNREADABLE) from error


def dumps(overrides: Overrides) -> str:
    return json.dumps(overrides, sort_keys=True)


def within(value: Any, most: int) -> int:
    """Raises ValueError for what is no number of a row or column."""
    number = int(value)
    if not 1 <= number <= most:
        raise ValueError(value)
    return number


def _number(text: str, most: int, what: str) -> int:
    try:
        return within(text, most)
    except ValueError as error:
        raise QuestionnaireRefused(
            f"“{text[:40]}” is no {what} of a sheet. Give a number from 1 to {most:,}."
        ) from error


def _role(role: Any) -> str:
    if role not in ("", *ROLES):
        raise QuestionnaireRefused(UNREADABLE)
    return str(role)
