"""Columns to tick: "Yes | No | Partial" with an X in the right one."""

import re
from collections import Counter
from typing import Any

from rfp_manager.importing.grid import Grid
from rfp_manager.importing.headers import Header
from rfp_manager.importing.words import TICK

MIN_COLUMNS = 2
MIN_BOXED = 0.4  # of the rows
TICKED_BOX = "☒"
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


def printed_box(text: str) -> str:
    """The words beside the only box of a cell: "☐ Yes" -> Yes; "" for anything else."""
    parts = _PRINTED.split(text)
    words = [" ".join(part.split()).strip(" ,;/|") for part in parts]
    single = len(words) == 2 and sorted(map(bool, words)) == [False, True]
    word = "".join(words) if single else ""
    return word if len(word) <= MAX_CHOICE_CHARS else ""


def boxed_columns(grid: Grid, rows: list[int]) -> list[int]:
    """Neighbouring columns whose cells print one box each: "☐ Yes" | "☐ No"."""
    boxed = Counter(c for row in rows for c, text in grid.by_row[row].items() if printed_box(text))
    often = sorted(c for c, count in boxed.items() if count >= MIN_BOXED * len(rows))
    run = [c for c in often if c - 1 in often or c + 1 in often]
    together = bool(run) and len(run) == run[-1] - run[0] + 1
    return run if together else []


def _boxed_places(grid: Grid, columns: list[int], row: int) -> dict[str, list[int]]:
    words = {column: printed_box(grid.text((row, column))) for column in columns}
    return {word: [row, column] for column, word in words.items() if word}


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
    if len(columns) < MIN_COLUMNS:
        return {}
    boxed = _boxed_places(grid, columns, row)
    if len(boxed) == len(columns):
        return boxed
    if header is None:
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


def tick_marks(grid: Grid, ticks: dict[str, list[int]]) -> dict[str, str]:
    """Choice -> what its cell says once it is ticked, where the box has its words beside it."""
    texts = {choice: grid.text((row, column)) for choice, (row, column) in ticks.items()}
    return {c: _PRINTED.sub(TICKED_BOX, text) for c, text in texts.items() if printed_box(text)}


def further_places(
    ticks: dict[str, list[int]], evidence: list[int] | None, marks: dict[str, str] | None = None
) -> dict[str, Any]:
    """What FoundQuestion.further_places holds for these cells."""
    found: dict[str, Any] = {}
    if ticks:
        found["ticks"] = ticks
    if marks:
        found["marks"] = marks
    if evidence:
        found["evidence"] = evidence
    return found
