"""From grids to a questionnaire: tables are found, mapped, and every row accounted for."""

from typing import Any

from rfp_manager.importing.across import asked_across
from rfp_manager.importing.cards import ABOUT
from rfp_manager.importing.columns import Mapping
from rfp_manager.importing.conditions import link_conditions
from rfp_manager.importing.corrections import (
    SET_BY_YOU,
    Correction,
    read_corrections,
)
from rfp_manager.importing.grid import Book, Cell, Grid
from rfp_manager.importing.headers import Header
from rfp_manager.importing.limits import Limit, find_limit, limit_in_column
from rfp_manager.importing.mapping import lent_mapping
from rfp_manager.importing.neighbours import adopt_fields, drop_sources
from rfp_manager.importing.rows import ASK, SKIP, TITLE, Table, Verdict, classify
from rfp_manager.importing.sheets import (
    Block,
    Sheet,
    find_all_cards,
    is_priced_row,
    map_as_set,
    map_by_content,
    map_by_shape,
    map_with_headers,
    open_sheet,
)
from rfp_manager.importing.texts import is_note, split_number
from rfp_manager.importing.ticks import (
    further_places,
    is_empty_box,
    printed_choices,
    tick_marks,
    tick_places,
    ticked,
)
from rfp_manager.importing.types import (
    FoundQuestion,
    NothingAsked,
    Place,
    Questionnaire,
    SheetReport,
)
from rfp_manager.importing.word.marks import is_prompt
from rfp_manager.importing.words import QUESTION

SECTION_JOIN = " › "


def analyse(
    book: Book, *, format_name: str, overrides: dict[str, Any] | None = None
) -> Questionnaire:
    """Read all sheets of `book`; raises QuestionnaireRefused if none asks anything.

    `overrides` are a person's corrections: sheet name -> {"skip", "header_row", "columns",
    "rows"}; what they set holds instead of what would be guessed.
    """
    corrections = read_corrections(overrides)
    sheets = [open_sheet(grid, corrections.get(grid.name, Correction())) for grid in book.grids]
    visible = [sheet for sheet in sheets if not sheet.left_out]
    _find_tables(visible)
    several = sum(bool(sheet.tables) for sheet in visible) > 1
    for sheet in visible:
        _read_rows(sheet, several=several)
    result = Questionnaire(format=format_name, warnings=list(book.warnings), book=book)
    result.sheets = [sheet.report for sheet in sheets]
    result.questions = [question for sheet in visible for question in sheet.questions]
    if not result.questions and not corrections:
        raise NothingAsked(_nothing_found(sheets), book)
    _finish(result)
    return result


def _find_tables(sheets: list[Sheet]) -> None:
    for sheet in sheets:
        map_with_headers(sheet)
    headed = [mapping for sheet in sheets for _, mapping in sheet.tables]
    find_all_cards(sheets)
    for sheet in sheets:
        if not (sheet.tables or sheet.cards):
            map_by_content(sheet, headed)
        if not (sheet.tables or sheet.cards):
            map_by_shape(sheet)
        if sheet.correction.maps:
            map_as_set(sheet)
    drop_sources(sheets)
    for sheet in sheets:
        adopt_fields(sheet)


def _read_rows(sheet: Sheet, *, several: bool) -> None:
    found = {id(block): mapping for block, mapping in sheet.tables}
    label = _sheet_label(sheet) if several or sheet.grid.title is not None else ""
    for block in sheet.blocks:
        mapping = found.get(id(block))
        if mapping:
            _describe(sheet.report, mapping, block.header)
            _read_table(sheet, _table(block, mapping), label)
        else:
            _skip_block(sheet, block, label)
    sheet.report.questions = len(sheet.questions)
    if sheet.cards and sheet.questions:
        sheet.report.reasons.append("Each question has a card with a line for its answer.")
    elif sheet.questions and not sheet.tables:
        sheet.report.reasons.append("Questions stand in a row; each answer goes below its own.")
    elif not sheet.tables:
        sheet.report.reasons.append("No table of questions was recognised on this sheet.")


def _table(block: Block, mapping: Mapping) -> Table:
    return Table(block.grid, mapping, block.header, block.rows, block.below, block.leads_on)


def _describe(report: SheetReport, mapping: Mapping, header: Header | None) -> None:
    if report.question_column is not None:
        return
    report.header_row = header.bottom if header else None
    report.question_column = mapping.question
    report.answer_column = mapping.answer
    report.comment_column = mapping.comment
    report.number_column = mapping.number
    report.section_columns = list(mapping.sections)
    report.reasons.extend(mapping.reasons)


def _skip_block(sheet: Sheet, block: Block, label: str) -> None:
    if block.header:
        _skip_header(sheet, block.header, "the header of a table that asks nothing")
    reason = "in a table that asks nothing" if block.header else "outside any table of questions"
    across = {} if sheet.tables or sheet.ruled_out else asked_across(block.grid)
    across |= {card.question[0]: [card.asked(block.grid, label)] for card in sheet.cards}
    carded = {row for card in sheet.cards for row in card.rows}
    for row in block.rows:
        verdict = _as_set(sheet, row)
        if verdict is None and row in across:
            sheet.questions += across[row]
        elif verdict is None and row in carded:
            sheet.skip(row, next(iter(block.grid.by_row[row].values())), ABOUT)
        elif verdict and verdict.kind == ASK:
            _ask_outside(sheet, block, row)
        else:
            shown = next(iter(block.grid.by_row[row].values()))
            sheet.skip(row, shown, verdict.reason if verdict else reason)


def _as_set(sheet: Sheet, row: int, column: int | None = None) -> Verdict | None:
    """What a person has said that the row is."""
    kind = sheet.correction.rows.get(row)
    if kind is None:
        return None
    cells = sheet.grid.by_row[row]
    text = cells.get(column or 0) or next(iter(cells.values()))
    reasons = {SKIP: f"skipped, as {SET_BY_YOU}", TITLE: f"the title of a section, {SET_BY_YOU}"}
    return Verdict(kind, text, reasons.get(kind, ""))


def _ask_outside(sheet: Sheet, block: Block, row: int) -> None:
    """A row that a person calls a question although it stands in no table of questions."""
    known = sheet.tables[0][1] if sheet.tables else None
    mapping = lent_mapping(block.grid, row, known)
    table = Table(block.grid, mapping, None, [row])
    sheet.questions.append(_question(sheet, table, row, "", ""))


def _read_table(sheet: Sheet, table: Table, label: str) -> None:
    banner = _title_in_header(table)
    if table.header:
        _skip_header(sheet, table.header, "the header of the table")
    for row in table.rows:
        verdict = _as_set(sheet, row, table.mapping.question) or classify(table, row)
        if verdict.kind == ASK:
            sheet.questions.append(_question(sheet, table, row, banner, label))
        elif verdict.kind == TITLE:
            banner = " ".join(verdict.text.split())
            sheet.skip(row, verdict.text, verdict.reason or "the title of a section")
        else:
            sheet.skip(row, verdict.text, verdict.reason)


def _skip_header(sheet: Sheet, header: Header, reason: str) -> None:
    for row in range(header.top, header.bottom + 1):
        cells = sheet.grid.by_row.get(row, {})
        if cells:
            sheet.skip(row, " | ".join(cells.values()), reason)


def _title_in_header(table: Table) -> str:
    """Some forms put the section's title where "Question" would stand in the header."""
    if table.header is None or table.mapping.question in table.header.columns(QUESTION):
        return ""
    title = table.header.texts.get(table.mapping.question, "")
    return "" if table.header.labels.get(table.mapping.question) else title


def _question(sheet: Sheet, table: Table, row: int, banner: str, label: str) -> FoundQuestion:
    grid, mapping = table.grid, table.mapping
    text = table.cell(row, mapping.question)
    answer, comment = table.answer_cell(row), table.comment_cell(row)
    if not text:  # only for a row that a person calls a question
        mapping = lent_mapping(grid, row, mapping)
        text = table.cell(row, mapping.question)
    if answer in grid.formulas and comment:
        answer, comment = comment, None
    ticks = tick_places(grid, table.header, mapping.ticking, row)
    printed = printed_choices(grid.cells.get(answer, ""))
    listed = list(ticks) or grid.options(answer) or printed
    listed = listed or (mapping.choices if comment else [])
    limit = _limit(table, row, text, comment or answer)
    return FoundQuestion(
        ordinal=0,
        number=table.label(row) or split_number(text)[0],
        text=text,
        section=_section(table, row, banner, label),
        place=Place(grid.name, row, mapping.question),
        answer_place=Place(grid.name, *answer),
        comment_place=Place(grid.name, *comment) if comment else None,
        allowed_choices=[option for option in listed if not is_prompt(option)],
        existing_answer=_existing(grid, answer, ticks),
        further_places=further_places(ticks, _evidence(table, row), tick_marks(grid, ticks)),
        max_characters=limit.characters,
        max_words=limit.words,
    )


def _existing(grid: Grid, answer: Cell, ticks: dict[str, list[int]]) -> str:
    text = grid.cells.get(answer, "").strip()
    if ticks:
        return ticked(grid, ticks)
    return "" if is_empty_box(text) or printed_choices(text) or is_prompt(text) else text


def _evidence(table: Table, row: int) -> list[int] | None:
    if table.mapping.evidence is None:
        return None
    cell = table.grid.anchor((row, table.mapping.evidence))
    own = (table.answer_cell(row), table.comment_cell(row), (row, table.mapping.question))
    return None if cell in table.grid.formulas or cell in own else list(cell)


def _limit(table: Table, row: int, text: str, written: Cell) -> Limit:
    """The strictest limit that the question, the titles, a column or the cell's own rule tell."""
    mapping, titles = table.mapping, table.header.texts if table.header else {}
    told = find_limit(text).within(find_limit(titles.get(written[1], "")))
    if mapping.limit is not None:
        cell = table.cell(row, mapping.limit)
        told = told.within(limit_in_column(titles.get(mapping.limit, ""), cell))
    return told.within(Limit(characters=table.grid.limit(written)))


def _section(table: Table, row: int, banner: str, label: str) -> str:
    parts = [label, banner]
    for column in table.mapping.sections:
        parts.append(table.grid.text((row, column)) or table.section_above(row, column))
    flat = (" ".join(part.split()) for part in parts if part)
    return SECTION_JOIN.join(dict.fromkeys(flat))


def _sheet_label(sheet: Sheet) -> str:
    """The sheet's own title if one stands above its table, else its name."""
    if sheet.grid.title is not None:
        return sheet.grid.title
    first = next((block.rows for block in sheet.blocks if not block.header), [])
    for row in first[:3]:
        cells = list(sheet.grid.by_row[row].values())
        if sheet.tables[:1] and len(cells) == 1 and len(cells[0]) <= 80 and not is_note(cells[0]):
            return cells[0]
    return sheet.grid.name


def _finish(result: Questionnaire) -> None:
    for ordinal, question in enumerate(result.questions, start=1):
        question.ordinal = ordinal
    link_conditions(result.questions)
    shared: dict[Place, int] = {}
    for question in result.questions:
        shared[question.answer_place] = shared.get(question.answer_place, 0) + 1
    for place, count in shared.items():
        if count > 1:
            where = f"{place.sheet}!{place.ref}" if place.sheet else place.ref
            result.warnings.append(f"{count} questions share the answer cell {where}.")
    for sheet in result.sheets:
        sheet.skipped.sort(key=lambda skipped: skipped.row)
        if sheet.hidden and sheet.skipped:
            result.warnings.append(f"The hidden sheet “{sheet.name}” was left out.")
        hidden = sum(skipped.reason == "the row is hidden" for skipped in sheet.skipped)
        if hidden:
            result.warnings.append(
                f"{hidden} hidden rows of “{sheet.name}” were left out. Filtered and collapsed "
                "rows are hidden, too: show them and upload the file again if they count."
            )


def _nothing_found(sheets: list[Sheet]) -> str:
    if not any(sheet.grid.by_row for sheet in sheets):
        return "The file has no filled cells, so there is nothing to answer."
    kind = "It looks like a price sheet. " if any(map(_shows_prices, sheets)) else ""
    return (
        "This does not look like a questionnaire: no column of questions or requirements with "
        f"room for answers was found. {kind}If it is one, put a header row with “Question” and "
        "“Answer” above its columns and upload it again."
    )


def _shows_prices(sheet: Sheet) -> bool:
    return any(map(is_priced_row, sheet.grid.by_row.values()))
