"""How the buyer's file was read, shown on its own sheets: what each column, row and cell is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from rfp_manager.importing.overrides import ROLES, Overrides, SheetShown, dumps
from rfp_manager.importing.types import FoundQuestion, SheetReport, column_letters
from rfp_manager.models import RFP, Question
from rfp_manager.reading import Preview
from rfp_manager.remapping import Held, Plan
from rfp_manager.storing import SHEET_CHARS

MERGES_ON_PAGE = 400
TEXTS_SHOWN = 12
SECTION_REASON = "title of a section"
HEADER_REASON = "the header of"
ROLE_LABELS = {
    "": "Not used",
    "question": "Questions",
    "answer": "Answers",
    "comment": "Comments",
    "number": "Numbers",
    "section": "Sections",
}
ROW_CHOICES = (("question", "A question"), ("section", "A section’s title"), ("skip", "Left out"))
Cell = tuple[int, int]


@dataclass(frozen=True)
class CellShown:
    """One cell, or one merged area; `hint` names an empty cell that will be filled."""

    text: str
    role: str
    hint: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True)
class LineShown:
    """`kind` is "question", "section", "header", "skip" or ""; `chosen` what a person has set."""

    number: int
    kind: str
    label: str
    why: str
    chosen: str
    hidden: bool
    jumps: bool
    cells: list[CellShown]

    @property
    def can_choose(self) -> bool:
        """An empty row is nothing, and a header is set by its number."""
        return self.kind in ("question", "section", "skip") or bool(self.chosen)


@dataclass(frozen=True)
class ColumnShown:
    number: int
    letters: str
    role: str
    hidden: bool

    @property
    def label(self) -> str:
        return ROLE_LABELS[self.role]


@dataclass(frozen=True)
class SheetTab:
    number: int
    label: str
    questions: int
    note: str
    active: bool


@dataclass(frozen=True)
class Change:
    """What applying the corrections would do to the questions there are."""

    total: int
    more: int
    fewer: int
    new: list[str]
    gone: list[str]
    reworded: int
    held: list[Held]

    @property
    def is_any(self) -> bool:
        return bool(self.more or self.fewer or self.reworded)

    @property
    def more_new(self) -> int:
        return self.more - len(self.new)

    @property
    def more_gone(self) -> int:
        return self.fewer - len(self.gone)


@dataclass
class Roles:
    """What one sheet's columns, rows and cells are."""

    header_row: int | None = None
    columns: dict[int, str] = field(default_factory=dict)
    questions: dict[int, str] = field(default_factory=dict)  # row: what it is called
    cells: dict[Cell, str] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)  # row: why
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MappingShown:
    """One page of one sheet; `draft` and `shown` travel with the form."""

    tabs: list[SheetTab]
    sheet: int
    page: int
    name: str
    hidden: bool
    is_read: bool
    header_row: int | None
    reasons: list[str]
    columns: list[ColumnShown]
    lines: list[LineShown]
    pages: list[tuple[str, str, bool]]  # where to go, its rows in words, whether it is this one
    more_columns: int
    more_rows: int
    draft: str
    shown: str
    change: Change | None = None

    roles = tuple(ROLE_LABELS.items())
    row_choices = ROW_CHOICES

    @property
    def label(self) -> str:
        return self.name or "The file"

    @property
    def at(self) -> str:
        return f"{self.sheet}.{self.page}"


# -- what everything is ----------------------------------------------------------------------
def roles_as_stored(rfp: RFP, name: str, rows: Sequence[int]) -> Roles:
    """As the RFP has it now: its import report, and its questions that reach into `rows`."""
    sheets = rfp.import_report.get("sheets")
    reports = [s for s in sheets if isinstance(s, Mapping)] if isinstance(sheets, list) else []
    report = next((s for s in reports if s.get("name") == name), {})
    roles = _roles_of_report(report)
    own = rfp.questions.filter(sheet=name[:SHEET_CHARS]).order_by()
    for question in own.filter(Q(row__in=rows) | Q(answer_row__in=rows)):
        _add_stored(roles, question)
    return roles


def roles_as_tried(plan: Plan, name: str) -> Roles:
    """As a corrected reading has it."""
    found = plan.reading.found
    report = next((s for s in found.sheets if s.name == name), None) if found else None
    roles = _roles_of_report((report or SheetReport(name)).to_dict())
    for question in plan.found:
        if question.place.sheet == name:
            _add_found(roles, question)
    return roles


def _roles_of_report(report: Mapping[str, Any]) -> Roles:
    roles = Roles(header_row=_number(report.get("header_row")))
    for column in _list(report, "section_columns"):
        roles.columns[int(column)] = "section"
    for role in ("number", "comment", "answer", "question"):
        column = _number(report.get(f"{role}_column"))
        if column:
            roles.columns[column] = role
    roles.reasons = [str(reason) for reason in _list(report, "reasons")]
    for row in _list(report, "skipped"):
        roles.skipped[int(row.get("row") or 0)] = str(row.get("reason", ""))
    return roles


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _list(report: Mapping[str, Any], name: str) -> list[Any]:
    found = report.get(name)
    return found if isinstance(found, list) else []


def _add_stored(roles: Roles, q: Question) -> None:
    comment = (q.comment_row, q.comment_column) if q.comment_row and q.comment_column else None
    name = q.number or str(q.ordinal)
    _add(roles, name, (q.row, q.column), (q.answer_row, q.answer_column), comment)
    _add_further(roles, q.further_places)


def _add_found(roles: Roles, q: FoundQuestion) -> None:
    comment = (q.comment_place.row, q.comment_place.column) if q.comment_place else None
    answer = q.answer_place.row, q.answer_place.column
    _add(roles, q.number or str(q.ordinal), (q.place.row, q.place.column), answer, comment)
    _add_further(roles, q.further_places)


def _add(roles: Roles, name: str, asked: Cell, answer: Cell, comment: Cell | None) -> None:
    roles.questions[asked[0]] = name
    if comment:
        roles.cells.setdefault(comment, "comment")
    roles.cells[answer] = "answer"
    roles.cells[asked] = "question"


def _add_further(roles: Roles, further: Mapping[str, Any]) -> None:
    ticks = further.get("ticks")
    cells = list(ticks.values()) if isinstance(ticks, Mapping) else []
    for cell, role in [*((c, "answer") for c in cells), (further.get("evidence"), "comment")]:
        if isinstance(cell, list | tuple) and len(cell) == 2:
            roles.cells.setdefault((int(cell[0]), int(cell[1])), role)


# -- one page of it --------------------------------------------------------------------------
def mapping_shown(
    rfp: RFP, preview: Preview, draft: Overrides, *, sheet: int, page: int, plan: Plan | None
) -> MappingShown:
    """The page `page` of the sheet `sheet`, both from 0, or the nearest there is. `plan`: what
    the draft would make of it; None shows what there is."""
    sheet = min(max(sheet, 0), max(len(preview.sheets) - 1, 0))
    about: dict[str, Any] = preview.sheets[sheet] if preview.sheets else _NOTHING
    page = min(max(page, 0), max(len(about["pages"]) - 1, 0))
    name = about["name"]
    own, content = draft.get(name, {}), preview.page(sheet, page)
    rows = [row for row, _, _ in content["rows"]]
    roles = roles_as_tried(plan, name) if plan else roles_as_stored(rfp, name, rows)
    skip = own.get("skip")
    is_read = not (about["hidden"] if skip is None else skip)
    columns = [
        ColumnShown(c, column_letters(c), roles.columns.get(c, ""), c in about["hidden_columns"])
        for c in about["columns"]
    ]
    return MappingShown(
        tabs=_tabs(rfp, preview, draft, sheet, plan),
        sheet=sheet,
        page=page,
        name=name,
        hidden=about["hidden"],
        is_read=is_read,
        header_row=roles.header_row,
        reasons=roles.reasons,
        columns=columns,
        lines=_lines(content, about["columns"], roles, own.get("rows") or {}),
        pages=_pages(about["pages"], sheet, page),
        more_columns=about["more_columns"],
        more_rows=about["more_rows"],
        draft=dumps(draft),
        shown=SheetShown(
            name, about["hidden"], is_read, roles.header_row,
            {c: role for c, role in roles.columns.items() if role in ROLES},
            [row for row, cells, _ in content["rows"] if cells],
        ).dumps(),
        change=change_of(plan) if plan else None,
    )  # fmt: skip


_NOTHING: dict[str, Any] = {
    "name": "", "hidden": False, "columns": [], "hidden_columns": [], "pages": [],
    "more_columns": 0, "more_rows": 0,
}  # fmt: skip


def change_of(plan: Plan) -> Change:
    new, gone = plan.new, plan.gone
    return Change(
        total=len(plan.found),
        more=len(new),
        fewer=len(gone),
        new=[found.text for found in new[:TEXTS_SHOWN]],
        gone=[question.text for question in gone[:TEXTS_SHOWN]],
        reworded=len(plan.reworded),
        held=plan.held,
    )


def _tabs(
    rfp: RFP, preview: Preview, draft: Overrides, sheet: int, plan: Plan | None
) -> list[SheetTab]:
    names = (
        [question.place.sheet[:SHEET_CHARS] for question in plan.found]
        if plan
        else list(rfp.questions.values_list("sheet", flat=True))
    )
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return [
        SheetTab(
            number,
            about["name"] or "The file",
            counts.get(about["name"][:SHEET_CHARS], 0),
            _note(about, draft.get(about["name"], {})),
            number == sheet,
        )
        for number, about in enumerate(preview.sheets)
    ]


def _note(about: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    if own.get("skip"):
        return "left out"
    if about["hidden"]:
        return "hidden" if own.get("skip") is None else "hidden, read"
    return "corrected" if own else ""


def _pages(pages: Sequence[Sequence[int]], sheet: int, at: int) -> list[tuple[str, str, bool]]:
    return [
        (f"{sheet}.{number}", f"{first}–{last}", number == at)
        for number, (first, last) in enumerate(pages)
    ]


def _lines(
    content: Mapping[str, Any], columns: Sequence[int], roles: Roles, chosen: Mapping[str, str]
) -> list[LineShown]:
    spans = _Spans(content, columns)
    lines, before = [], None
    for row, texts, hidden in content["rows"]:
        kind, label, why = _kind(row, bool(texts), roles)
        cells = [
            _cell((row, column), texts.get(str(column), ""), kind, roles, spans)
            for column in columns
            if (row, column) not in spans.covered
        ]
        jumps = before is not None and row > before + 1
        own = str(chosen.get(str(row), ""))
        lines.append(LineShown(row, kind, label, why, own, bool(hidden), jumps, cells))
        before = row
    return lines


def _kind(row: int, filled: bool, roles: Roles) -> tuple[str, str, str]:
    """(kind, in words, why)"""
    why = roles.skipped.get(row, "")
    if row in roles.questions:
        kept = f"kept for what people did on it, though left out: {why}" if why else ""
        return "question", f"Question {roles.questions[row]}", kept
    if SECTION_REASON in why:
        return "section", "Section", ""
    if HEADER_REASON in why:
        return "header", "Header", ""
    if not filled:
        return "", "", ""
    return "skip", "Left out", why


def _cell(place: Cell, text: str, kind: str, roles: Roles, spans: "_Spans") -> CellShown:
    role = roles.cells.get(place, "")
    if not role and kind in ("question", "header"):
        role = roles.columns.get(place[1], "")
        role = role if kind == "header" or role in ("number", "section") else ""
    elif not role:
        role = kind if kind in ("section", "skip") else ""
    rows, columns, merged = spans.at.get(place, (1, 1, ""))
    shown = text or merged
    hint = ROLE_LABELS[role][:-1] if not shown and role in ("answer", "comment") else ""
    return CellShown(shown, role, hint, columns, rows)


class _Spans:
    """Merged areas as far as they are on the page: `at` the cell that is drawn for each (rows,
    columns, text), `covered` those that are not drawn."""

    def __init__(self, content: Mapping[str, Any], columns: Sequence[int]) -> None:
        self.at: dict[Cell, tuple[int, int, str]] = {}
        self.covered: set[Cell] = set()
        numbers = [row for row, _, _ in content["rows"]]
        for top, left, bottom, right, text in content["merges"][:MERGES_ON_PAGE]:
            rows = [row for row in numbers if top <= row <= bottom]
            across = [column for column in columns if left <= column <= right]
            self._add(rows, across, text)

    def _add(self, rows: Sequence[int], columns: Sequence[int], text: str) -> None:
        cells = {(row, column) for row in rows for column in columns}
        if len(cells) < 2 or cells & (self.covered | self.at.keys()):
            return  # areas that overlap cannot be drawn; the first one is
        anchor = rows[0], columns[0]
        self.at[anchor] = len(rows), len(columns), text
        self.covered |= cells - {anchor}
