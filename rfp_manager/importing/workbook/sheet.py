"""Reading one worksheet part: only cells that hold something are kept."""

from dataclasses import dataclass, field

from rfp_manager.importing.grid import (
    MAX_CELLS,
    MAX_COLUMN,
    MAX_COLUMNS,
    MAX_ROW,
    Area,
    Cell,
    Grid,
    TextLimit,
    parse_area,
    parse_cell,
)
from rfp_manager.importing.types import QuestionnaireRefused, column_letters
from rfp_manager.importing.workbook import xml
from rfp_manager.importing.workbook.text import rich_text, unescape

MAX_MERGES = 50_000
MAX_FORMULA_CHARS = 500
_PARTS = ("c", "row", "col", "mergeCell", "dataValidation", "sheetProtection")
MAX_LIMITS = 2_000


@dataclass
class CellBudget:
    """Counts the cells of all sheets together, so that no file makes us keep too many."""

    used: int = 0

    def spend(self) -> None:
        self.used += 1
        if self.used > MAX_CELLS:
            raise QuestionnaireRefused(
                f"The workbook has more than {MAX_CELLS:,} filled cells. Delete the sheets that "
                "are not part of the questionnaire, or split it."
            )


@dataclass
class PendingChoices:
    """A drop-down whose formula still has to be looked up in the finished book."""

    grid: Grid
    areas: list[Area]
    formula: str


@dataclass
class PendingFormula:
    """A cell whose text is computed; `cached` tells whether the file also stores the result."""

    grid: Grid
    cell: Cell
    formula: str
    cached: bool


@dataclass
class SheetReader:
    """Reads worksheet parts that share one table of strings and styles."""

    strings: list[str]
    bold_styles: set[int]
    budget: CellBudget
    pending_choices: list[PendingChoices] = field(default_factory=list)
    choice_areas: int = 0
    unlocked_styles: set[int] = field(default_factory=set)
    pending_formulas: list[PendingFormula] = field(default_factory=list)

    def read(self, data: bytes, grid: Grid) -> None:
        """Fill `grid` from the worksheet XML in `data`."""
        position = _Position()
        far: list[int] = []
        protected = False
        # A row ends after its cells, so the position of a cell comes from its row's start;
        # rows that leave out their number are counted when they end.
        for element in xml.elements(data, *_PARTS):
            match xml.local(element):
                case "c":
                    self._cell(element, grid, position, far)
                case "row":
                    position.end_row(element, grid)
                case "col":
                    _hidden_columns(element, grid)
                case "mergeCell":
                    _merge(element, grid)
                case "dataValidation":
                    self._validation(element, grid)
                case "sheetProtection":
                    protected = xml.is_true(element.get("sheet", "0"))
        if not protected:
            grid.unlocked.clear()
        if far:
            grid.notes.append(
                f"{len(far)} cells right of column {column_letters(MAX_COLUMNS)} were not read."
            )

    def _cell(
        self, element: xml.Element, grid: Grid, position: "_Position", far: list[int]
    ) -> None:
        cell = position.of_cell(element)
        has_formula = any(xml.local(child) == "f" for child in element)
        text = self._value(element)
        if not text and not has_formula:
            if _number(element.get("s", "0")) in self.unlocked_styles:
                self._free(cell, grid)
            return
        if cell[1] > MAX_COLUMNS:
            far.append(cell[1])
            return
        self.budget.spend()
        if text:
            grid.cells[cell] = text
        if has_formula:
            grid.formulas.add(cell)
            formula = next((c.text or "" for c in element if xml.local(c) == "f"), "")
            if formula and len(formula) <= MAX_FORMULA_CHARS:
                self.pending_formulas.append(PendingFormula(grid, cell, formula, bool(text)))
        style = grid.styles[cell] = _number(element.get("s", "0"))
        if style in self.bold_styles:
            grid.bold.add(cell)
        if style in self.unlocked_styles:
            self._free(cell, grid)

    def _free(self, cell: Cell, grid: Grid) -> None:
        # Only a hint, so a sheet with more such cells than can be filled loses nothing.
        if len(grid.unlocked) < MAX_CELLS and cell[1] <= MAX_COLUMNS:
            grid.unlocked.add(cell)

    def _value(self, element: xml.Element) -> str:
        kind = element.get("t", "n")
        if kind == "inlineStr":
            return next((rich_text(c) for c in element if xml.local(c) == "is"), "")
        raw = next((c.text or "" for c in element if xml.local(c) == "v"), "")
        if kind == "s":
            index = _number(raw)
            return self.strings[index] if 0 <= index < len(self.strings) else ""
        if kind == "str":
            return unescape(raw)
        if kind == "b":
            return "TRUE" if xml.is_true(raw) else "FALSE"
        return _tidy_number(raw) if kind == "n" else raw

    def _validation(self, element: xml.Element, grid: Grid) -> None:
        if element.get("type") == "textLength":
            _text_limit(element, grid)
        if element.get("type") != "list":
            return
        # The x14 extension keeps formula and area as child elements (formula1/f and sqref).
        formula, areas = "", element.get("sqref", "")
        for child in element.iter():
            name = xml.local(child)
            if name in ("formula1", "f") and (child.text or "").strip() and not formula:
                formula = (child.text or "").strip()
            elif name == "sqref":
                areas = areas or (child.text or "")
        if formula and areas.strip():
            parsed = [parse_area(area) for area in areas.split()]
            self.choice_areas += len(parsed)
            if self.choice_areas > MAX_MERGES:
                raise QuestionnaireRefused(
                    f"The workbook has more than {MAX_MERGES:,} drop-down areas. Remove those "
                    "that are not part of the questionnaire."
                )
            self.pending_choices.append(PendingChoices(grid, parsed, formula))


@dataclass
class _Position:
    """Rows and cells may leave out their reference: then they follow the one before."""

    row: int = 0
    cell_row: int = 0
    column: int = 0

    def of_cell(self, element: xml.Element) -> Cell:
        ref = element.get("r")
        if ref:
            self.cell_row, self.column = parse_cell(ref)
            return self.cell_row, self.column
        parent = element.getparent()
        number = parent.get("r") if parent is not None else None
        row = _number(number) if number else self.row + 1
        if row != self.cell_row:
            self.cell_row, self.column = row, 0
        self.column += 1
        return self.cell_row, min(self.column, MAX_COLUMN)

    def end_row(self, element: xml.Element, grid: Grid) -> None:
        number = element.get("r")
        self.row = _number(number) if number else max(self.row + 1, self.cell_row)
        if not 1 <= self.row <= MAX_ROW:
            parse_cell(f"A{self.row}")
        if xml.is_true(element.get("hidden", "0")):
            grid.hidden_rows.add(self.row)


def _text_limit(element: xml.Element, grid: Grid) -> None:
    """A validation "textLength" with an upper bound that is a plain number."""
    operator = element.get("operator", "between")
    bounds = {xml.local(c): (c.text or "").strip() for c in element}
    bound = bounds.get("formula2" if operator == "between" else "formula1", "")
    most = _number(bound) - (operator == "lessThan")
    upper = operator in ("between", "lessThan", "lessThanOrEqual", "equal")
    if upper and most > 0 and len(grid.limits) < MAX_LIMITS:
        areas = [parse_area(area) for area in element.get("sqref", "").split()]
        grid.limits.append(TextLimit(areas[:MAX_LIMITS], most))


def _hidden_columns(element: xml.Element, grid: Grid) -> None:
    if xml.is_true(element.get("hidden", "0")):
        first, last = _number(element.get("min", "0")), _number(element.get("max", "0"))
        grid.hidden_columns.update(range(max(first, 1), min(last, MAX_COLUMNS) + 1))


def _merge(element: xml.Element, grid: Grid) -> None:
    if len(grid.merges) >= MAX_MERGES:
        raise QuestionnaireRefused(
            f"A sheet has more than {MAX_MERGES:,} merged areas. Unmerge what is not needed."
        )
    grid.merges.append(parse_area(element.get("ref", "")))


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return -1


def _tidy_number(raw: str) -> str:
    """A number as people see it: 2.1000000000000001 -> "2.1", 3.0 -> "3"."""
    try:
        value = float(raw)
    except ValueError:
        return raw
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"
