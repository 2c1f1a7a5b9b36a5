"""Texts by formula: what a cell shows when the file stores no result, and which cell it repeats."""

import re

from rfp_manager.importing.grid import Cell, Grid, parse_cell
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.importing.workbook.sheet import PendingFormula

MAX_DEPTH = 8
MAX_STEPS = 50_000  # of all formulas of a book: each may name others many times over
MAX_TEXT_CHARS = 32_767  # what one cell can hold

_SHEET = r"(?:(?P<sheet>'(?:[^'\[\]]|'')+'|[\w.]+)!)?"
_REFERENCE = re.compile(rf"{_SHEET}(?P<cell>\$?[A-Za-z]{{1,3}}\$?[0-9]{{1,7}})")
_STRING = re.compile(r'"((?:[^"]|"")*)"')
_JOINING = re.compile(
    r"(CONCATENATE|CONCAT|_xlfn\.CONCAT|T|TRIM)\((.*)\)", re.IGNORECASE | re.DOTALL
)


class _Unknown(Exception):
    """The formula does more than join texts and repeat cells."""


def resolve_formulas(grids: list[Grid], pending: list[PendingFormula]) -> None:
    """Give cells without a stored result their text; note those that cannot be computed."""
    book = _Sheets({grid.name.lower(): grid for grid in grids}, {})
    for formula in pending:
        if not formula.cached:
            book.formulas[id(formula.grid), formula.cell] = formula.formula
    unknown: dict[int, int] = {}
    for formula in pending:
        _note_sources(formula, book)
        if formula.cached:
            continue
        try:
            text = book.value(formula.formula, formula.grid, 0)
        except (_Unknown, QuestionnaireRefused):
            unknown[id(formula.grid)] = unknown.get(id(formula.grid), 0) + 1
        else:
            formula.grid.cells[formula.cell] = text
    for grid in grids:
        if count := unknown.get(id(grid)):
            grid.notes.append(
                f"{count} formulas have no stored result and were not computed; open the file in "
                "a spreadsheet program and save it if questions are missing."
            )


class _Sheets:
    """The sheets by name, and the formulas whose results are missing."""

    def __init__(self, grids: dict[str, Grid], formulas: dict[tuple[int, Cell], str]) -> None:
        self.grids, self.formulas = grids, formulas
        self.steps = 0

    def find(self, match: re.Match[str], own: Grid) -> tuple[Grid, Cell]:
        name = match["sheet"]
        grid = self.grids.get(name.strip("'").replace("''", "'").lower()) if name else own
        if grid is None:
            raise _Unknown
        return grid, parse_cell(match["cell"])

    def value(self, formula: str, own: Grid, depth: int) -> str:
        """The text of a formula that only joins strings and cells; raises _Unknown otherwise."""
        if depth > MAX_DEPTH:
            raise _Unknown
        joined = "".join(self._piece(p, own, depth) for p in _split(formula.strip(), "&"))
        return joined[:MAX_TEXT_CHARS]

    def _piece(self, piece: str, own: Grid, depth: int) -> str:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _Unknown
        piece = piece.strip()
        if string := _STRING.fullmatch(piece):
            return string[1].replace('""', '"')
        if call := _JOINING.fullmatch(piece):
            parts = [self.value(part, own, depth + 1) for part in _split(call[2], ",")]
            return "".join(parts).strip() if call[1].upper() == "TRIM" else "".join(parts)
        match = _REFERENCE.fullmatch(piece)
        if not match:
            raise _Unknown
        grid, cell = self.find(match, own)
        missing = self.formulas.get((id(grid), cell))
        if missing is not None and cell not in grid.cells:
            return self.value(missing, grid, depth + 1)
        return grid.cells.get(cell, "")


def _split(text: str, mark: str) -> list[str]:
    """Divide at `mark` outside of strings, quoted names and brackets."""
    parts, depth, quote, start = [], 0, "", 0
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == mark and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _note_sources(formula: PendingFormula, book: _Sheets) -> None:
    """Remember the cells of other sheets whose texts this cell shows."""
    for match in _REFERENCE.finditer(formula.formula):
        if match["sheet"]:
            try:
                grid, cell = book.find(match, formula.grid)
            except (_Unknown, QuestionnaireRefused):
                continue
            if len(grid.cells.get(cell, "")) >= MIN_SOURCE_CHARS:
                formula.grid.sources.setdefault(formula.cell, []).append((grid.name, cell))


MIN_SOURCE_CHARS = 12  # a shorter text is a name or a unit, not what is asked
