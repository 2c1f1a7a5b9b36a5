"""Turning the formulas behind drop-downs into the answers they offer."""

import re

from rfp_manager.importing.grid import Area, Choices, Grid, parse_area
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.importing.workbook.sheet import PendingChoices

MAX_OPTIONS = 200

_REFERENCE = re.compile(r"(?:(?P<sheet>'(?:[^']|'')+'|[^'!]+)!)?(?P<area>\$?[A-Za-z0-9$:]+)")
_INDIRECT = re.compile(r'INDIRECT\(\s*"([^"]+)"\s*\)', re.IGNORECASE)


def resolve_choices(
    grids: list[Grid], pending: list[PendingChoices], defined_names: dict[str, str]
) -> None:
    """Give each grid its drop-downs; those that cannot be looked up are noted, not guessed."""
    by_name = {grid.name.lower(): grid for grid in grids}
    unresolved: dict[int, list[str]] = {}
    for choice in pending:
        options = _options(choice.formula, choice.grid, by_name, defined_names)
        if options:
            choice.grid.choices.append(Choices(choice.areas, options))
        else:
            unresolved.setdefault(id(choice.grid), []).append(choice.formula[:80])
    for grid in grids:
        for formula in dict.fromkeys(unresolved.get(id(grid), [])):
            grid.notes.append(f"The drop-down list “{formula}” is computed and was not read.")


def _options(
    formula: str, grid: Grid, by_name: dict[str, Grid], names: dict[str, str]
) -> list[str]:
    formula = formula.strip().lstrip("=").strip()
    if formula.startswith('"') and formula.endswith('"'):
        return _unique(formula[1:-1].replace('""', '"').split(","))
    indirect = _INDIRECT.fullmatch(formula)
    formula = indirect[1] if indirect else formula
    formula = names.get(formula.lower(), formula).lstrip("=").strip()
    match = _REFERENCE.fullmatch(formula)
    if not match:
        return []
    if match["sheet"]:
        name = match["sheet"].strip("'").replace("''", "'").lower()
        source = by_name.get(name)
    else:
        source = grid
    return _values(source, match["area"]) if source else []


def _values(grid: Grid, ref: str) -> list[str]:
    try:
        area: Area = parse_area(ref)
    except QuestionnaireRefused:  # a name that looks like a reference, e.g. a table's
        return []
    found = sorted(cell for cell in grid.cells if cell in area)
    return _unique([grid.cells[cell] for cell in found[: MAX_OPTIONS + 1]])


def _unique(options: list[str]) -> list[str]:
    stripped = (option.strip() for option in options)
    unique = list(dict.fromkeys(option for option in stripped if option))
    return unique if len(unique) <= MAX_OPTIONS else []
