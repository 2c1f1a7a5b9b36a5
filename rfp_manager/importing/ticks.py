"""Columns to tick: "Yes | No | Partial" with an X in the right one."""

import re
from typing import Any

from rfp_manager.importing.grid import Grid
from rfp_manager.importing.headers import Header
from rfp_manager.importing.words import TICK

MIN_COLUMNS = 2
MAX_CHOICE_CHARS = 60
_PRINTED = re.compile(r"[☐□◻○▢]|\[\s{0,3}\]|\(\s{0,3}\)")
_BOX = re.compile(r"[☐□◻◯○▢⬜_.\s]{1,12}|[\[(]\s{0,3}[\])]")
_TICKED = re.compile(r"[x✓✔☑☒✗✘●■◼v✕]|yes|ja|oui|true|\[x\]|\(x\)", re.IGNORECASE)


def is_empty_box(text: str) -> bool:
    """Whether a cell only shows where to write: "☐", "[ ]", "....."."""
    return bool(_BOX.fullmatch(text))


def printed_choices(text: str) -> list[str]:
    """The words beside boxes inside one cell: "☐ Yes  ☐ No" -> Yes, No."""
    parts = _PRINTED.split(text)
    words = [" ".join(part.split()).strip(" ,;/|") for part in parts[1:]]
    fair = all(0 < len(word) <= MAX_CHOICE_CHARS for word in words)
    return words if len(words) >= MIN_COLUMNS and fair and not parts[0].strip() else []


def tick_columns(header: Header, question: int) -> list[int]:
    """The columns to tick that stand next to each other, the largest such group first."""
    groups: list[list[int]] = []
    for column in header.columns(TICK):
        if column == question:
            continue
        if groups and groups[-1][-1] == column - 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    return max(groups, key=lambda group: (len(group), -abs(group[0] - question)), default=[])


def tick_places(
    grid: Grid, header: Header | None, columns: list[int], row: int
) -> dict[str, list[int]]:
    """Title -> [row, column] of the cell to tick; empty unless each has a title of its own."""
    if header is None or len(columns) < MIN_COLUMNS:
        return {}
    titles = {_title(grid, header, column): [row, column] for column in columns}
    return titles if len(titles) == len(columns) and "" not in titles else {}


def _title(grid: Grid, header: Header, column: int) -> str:
    """What stands right above the column, without the title of the group over it."""
    rows = range(header.bottom, header.top - 1, -1)
    texts = (grid.text((row, column)) for row in rows)
    return " ".join(next((text for text in texts if text), "").split())


def ticked(grid: Grid, places: dict[str, list[int]]) -> str:
    """The title that somebody has ticked already; "" when none or several are."""
    chosen = [
        title for title, (row, column) in places.items() if is_ticked(grid.text((row, column)))
    ]
    return chosen[0] if len(chosen) == 1 else ""


def is_ticked(text: str) -> bool:
    return bool(_TICKED.fullmatch(text.strip()))


def further_places(ticks: dict[str, list[int]], evidence: list[int] | None) -> dict[str, Any]:
    """What FoundQuestion.further_places holds for these cells."""
    found: dict[str, Any] = {}
    if ticks:
        found["ticks"] = ticks
    if evidence:
        found["evidence"] = evidence
    return found
