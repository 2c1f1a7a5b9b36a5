"""What tables tell about the rows and sheets around them."""

from collections import Counter

from rfp_manager.importing.columns import Mapping
from rfp_manager.importing.numbering import number_shape
from rfp_manager.importing.sheets import Block, Sheet

MIN_FIELDS = 2
SOURCE_SHARE = 0.6


def drop_sources(sheets: list[Sheet]) -> None:
    """A list of texts that another sheet shows by formula is asked there, not where it is kept."""
    for sheet in sheets:
        used = {(name, cell): other for other in sheets if other is not sheet
                for name, cell in _shown(other)}  # fmt: skip
        for block, mapping in list(sheet.tables):
            asked = [(sheet.grid.name, (row, mapping.question)) for row in block.rows]
            by = Counter(used[cell].grid.name for cell in asked if cell in used)
            if not mapping.answer_found and by.total() >= SOURCE_SHARE * len(asked) > 0:
                sheet.tables.remove((block, mapping))
                shown = by.most_common(1)[0][0]
                sheet.report.reasons.append(
                    f"Its texts are asked on the sheet “{shown}”, which shows them by formula."
                )


def _shown(sheet: Sheet) -> set[tuple[str, tuple[int, int]]]:
    """The cells of other sheets that this sheet's questions show, where they can be answered."""
    grid = sheet.grid
    return {
        source
        for block, mapping in sheet.tables
        for row in block.rows
        if (row, mapping.answer) not in grid.formulas
        for source in grid.sources.get((row, mapping.question), [])
    }


def adopt_fields(sheet: Sheet) -> None:
    """Rows above the first header that are numbered like its questions belong to the form."""
    if not sheet.tables or sheet.tables[0][0].header is None:
        return
    block, mapping = sheet.tables[0]
    first = sheet.blocks[0]
    if first.header is not None or first is block or first.grid is not block.grid:
        return
    shape = _usual_shape(sheet, mapping)
    own = [row for row in first.rows if shape and _is_field(sheet, row, mapping, shape)]
    if len(own) < MIN_FIELDS:
        return
    # Rows from the first field to the last are read as a table, the titles between them too.
    fields = Block(first.grid, None, [row for row in first.rows if own[0] <= row <= own[-1]])
    above = Block(first.grid, None, [row for row in first.rows if row < own[0]])
    below = Block(first.grid, None, [row for row in first.rows if row > own[-1]])
    sheet.blocks[:1] = [above, fields, below]
    sheet.tables.insert(0, (fields, mapping))


def _usual_shape(sheet: Sheet, mapping: Mapping) -> str:
    """The commonest shape of the numbers, if it is more than a plain count."""
    numbers = [
        sheet.grid.by_row[row].get(mapping.number or 0, "")
        for block, own in sheet.tables
        if own.number == mapping.number
        for row in block.rows
    ]
    shapes = Counter(number_shape(number) for number in numbers if number)
    usual = shapes.most_common(1)[0][0] if shapes else ""
    return usual if "a" in usual and "0" in usual else ""


def _is_field(sheet: Sheet, row: int, mapping: Mapping, shape: str) -> bool:
    cells, answer = sheet.grid.by_row[row], sheet.grid.anchor((row, mapping.answer))
    numbered = number_shape(cells.get(mapping.number or 0, "")) == shape
    free = answer not in sheet.grid.formulas and answer != (row, mapping.question)
    return numbered and bool(cells.get(mapping.question)) and free
