"""From grids to a questionnaire: tables are found, mapped, and every row accounted for."""

import re
from dataclasses import dataclass, field

from rfp_manager.importing.below import answer_boxes, answer_lines, pair
from rfp_manager.importing.grid import Book, Cell, Grid
from rfp_manager.importing.headers import Header, find_headers
from rfp_manager.importing.mapping import Mapping, is_convincing, propose
from rfp_manager.importing.rows import ASK, TITLE, Table, classify
from rfp_manager.importing.texts import is_note, split_number
from rfp_manager.importing.types import (
    FoundQuestion,
    Place,
    Questionnaire,
    QuestionnaireRefused,
    SheetReport,
    SkippedRow,
)
from rfp_manager.importing.words import QUESTION, is_price_label

SHOWN_CHARS = 200
SECTION_JOIN = " › "

_ABOUT_SHEET = re.compile(
    r"\b(instruction|read ?me|cover\b|glossar|definition|legend|lookup|change ?log|revisions?\b|"
    r"version\b|introduction|overview|how to|acknowledge|terms\b|contents\b|faqs?\b|scoring|"
    r"guid(e|ance|elines?)\b|disclaimer|copyright|background|summary|help\b|example|about\b|"
    r"anleitung|deckblatt|hinweis|glosario|instrucc|consignes|lisez|表紙|説明|記入例|记入例)",
    re.IGNORECASE,
)


@dataclass
class _Block:
    """Rows between one header and the next; `grid` is the sheet or a window on it."""

    grid: Grid
    header: Header | None
    rows: list[int]
    below: dict[int, Cell] = field(default_factory=dict)
    leads_on: bool = False  # another header follows right after its last row


@dataclass
class _Sheet:
    """A sheet while it is being read."""

    grid: Grid
    report: SheetReport
    blocks: list[_Block]
    tables: list[tuple[_Block, Mapping]] = field(default_factory=list)
    questions: list[FoundQuestion] = field(default_factory=list)

    def skip(self, row: int, text: str, reason: str) -> None:
        flat = " ".join(text.split())
        self.report.skipped.append(SkippedRow(row, flat[:SHOWN_CHARS], reason))


def analyse(book: Book, *, format_name: str) -> Questionnaire:
    """Read all sheets of `book`; raises QuestionnaireRefused if none asks anything."""
    sheets = [_open_sheet(grid) for grid in book.grids]
    visible = [sheet for sheet in sheets if not sheet.report.hidden]
    for sheet in visible:
        _map_with_headers(sheet)
    headed = any(sheet.tables for sheet in visible)
    for sheet in visible:
        if not sheet.tables:
            _map_by_content(sheet, headed=headed)
    several = sum(bool(sheet.tables) for sheet in visible) > 1
    for sheet in visible:
        _read_rows(sheet, several=several)
    result = Questionnaire(format=format_name, warnings=list(book.warnings))
    result.sheets = [sheet.report for sheet in sheets]
    result.questions = [question for sheet in visible for question in sheet.questions]
    if not result.questions:
        raise QuestionnaireRefused(_nothing_found(sheets))
    _finish(result)
    return result


def _open_sheet(grid: Grid) -> _Sheet:
    report = SheetReport(name=grid.name, hidden=grid.hidden, reasons=list(grid.notes))
    if grid.hidden:
        report.reasons.append("The sheet is hidden, so its rows were left out.")
        sheet = _Sheet(grid, report, [])
        for row, cells in grid.by_row.items():
            sheet.skip(row, next(iter(cells.values())), "the sheet is hidden")
        return sheet
    return _Sheet(grid, report, _blocks(grid))


def _blocks(grid: Grid) -> list[_Block]:
    headers = find_headers(grid)
    starts = [header.top for header in headers] + [max(grid.by_row, default=0) + 1]
    blocks = [_Block(grid, None, [row for row in grid.by_row if row < starts[0]])]
    for header, end in zip(headers, starts[1:], strict=True):
        for part, own in _parts(grid, header):
            body = [row for row in part.by_row if header.bottom < row < end]
            blocks.append(_Block(part, own, body))
    for block in blocks:
        block.leads_on = bool(block.rows) and block.rows[-1] + 1 in starts[:-1]
    return blocks


def _parts(grid: Grid, header: Header) -> list[tuple[Grid, Header]]:
    sides = header.side_by_side()
    windows = [(grid.window(*side), header.window(*side)) for side in sides]
    return windows or [(grid, header)]


def _map_with_headers(sheet: _Sheet) -> None:
    """Blocks with the same header are one table cut in pieces: they share one mapping."""
    groups: dict[tuple[tuple[int, str], ...], list[_Block]] = {}
    for block in sheet.blocks:
        if block.header:
            groups.setdefault(_signature(block.header), []).append(block)
    for blocks in groups.values():
        header = max((b.header for b in blocks if b.header), key=lambda h: len(h.labels))
        rows = [row for block in blocks for row in block.rows]
        rows = [row for row in rows if row not in sheet.grid.hidden_rows]
        mapping = propose(blocks[0].grid, header, rows)
        if mapping and is_convincing(mapping, header, strict=False):
            sheet.tables.extend((block, mapping) for block in blocks)


def _signature(header: Header) -> tuple[tuple[int, str], ...]:
    # A section's title may stand where the question's title was, so that one is left out.
    return tuple(item for item in header.signature if item[1] in ("answer", "comment", "tick"))


def _map_by_content(sheet: _Sheet, *, headed: bool) -> None:
    """`headed`: another sheet has a real table, so prose here is more likely about the form."""
    grid = sheet.grid
    about = bool(_ABOUT_SHEET.search(grid.name))
    lines = answer_lines(grid, [row for row in grid.by_row if row not in grid.hidden_rows])
    rows = [row for row in grid.by_row if row not in lines]
    mapping = propose(grid, None, [row for row in rows if row not in grid.hidden_rows])
    below = pair(list(grid.by_row), lines) | answer_boxes(grid, rows)
    strict = (headed or about) and not below
    if strict and headed and mapping and not _shows_form(mapping, about=about):
        return
    if mapping and is_convincing(mapping, None, strict=strict):
        if below:
            mapping.reasons[-1] = "Each question is answered in the line or box below it."
        sheet.blocks = [_Block(grid, None, rows, below)]
        sheet.tables = [(sheet.blocks[0], mapping)]
        for row in lines:
            sheet.skip(row, next(iter(grid.by_row[row].values())), "the line for an answer")


def _shows_form(mapping: Mapping, *, about: bool) -> bool:
    """Whether a sheet without a header still looks made for answers, beside one that has one."""
    answer = mapping.profiles.get(mapping.answer)
    if answer and answer.choices > 0:
        return True
    return not about and (mapping.number is not None or mapping.asking >= 0.8)


def _read_rows(sheet: _Sheet, *, several: bool) -> None:
    found = {id(block): mapping for block, mapping in sheet.tables}
    label = _sheet_label(sheet) if several else ""
    for block in sheet.blocks:
        mapping = found.get(id(block))
        if mapping:
            _describe(sheet.report, mapping, block.header)
            _read_table(sheet, _table(block, mapping), label)
        else:
            _skip_block(sheet, block)
    sheet.report.questions = len(sheet.questions)
    if not sheet.tables:
        sheet.report.reasons.append("No table of questions was recognised on this sheet.")


def _table(block: _Block, mapping: Mapping) -> Table:
    return Table(block.grid, mapping, block.header, block.rows, block.below, block.leads_on)


def _describe(report: SheetReport, mapping: Mapping, header: Header | None) -> None:
    if report.question_column is not None:
        return
    report.header_row = header.bottom if header else None
    report.question_column = mapping.question
    report.answer_column = mapping.answer
    report.comment_column = mapping.comment
    report.reasons.extend(mapping.reasons)


def _skip_block(sheet: _Sheet, block: _Block) -> None:
    if block.header:
        _skip_header(sheet, block.header, "the header of a table that asks nothing")
    reason = "in a table that asks nothing" if block.header else "outside any table of questions"
    for row in block.rows:
        sheet.skip(row, next(iter(block.grid.by_row[row].values())), reason)


def _read_table(sheet: _Sheet, table: Table, label: str) -> None:
    banner = _title_in_header(table)
    if table.header:
        _skip_header(sheet, table.header, "the header of the table")
    for row in table.rows:
        verdict = classify(table, row)
        if verdict.kind == ASK:
            sheet.questions.append(_question(sheet, table, row, banner, label))
        elif verdict.kind == TITLE:
            banner = " ".join(verdict.text.split())
            sheet.skip(row, verdict.text, "the title of a section")
        else:
            sheet.skip(row, verdict.text, verdict.reason)


def _skip_header(sheet: _Sheet, header: Header, reason: str) -> None:
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


def _question(sheet: _Sheet, table: Table, row: int, banner: str, label: str) -> FoundQuestion:
    grid, mapping = table.grid, table.mapping
    text = table.cell(row, mapping.question)
    answer, comment = table.answer_cell(row), table.comment_cell(row)
    if answer in grid.formulas and comment:
        answer, comment = comment, None
    listed = grid.options(answer) or (mapping.choices if comment else [])
    return FoundQuestion(
        ordinal=0,
        number=table.label(row) or split_number(text)[0],
        text=text,
        section=_section(table, row, banner, label),
        place=Place(grid.name, row, mapping.question),
        answer_place=Place(grid.name, *answer),
        comment_place=Place(grid.name, *comment) if comment else None,
        allowed_choices=list(listed),
        existing_answer=grid.cells.get(answer, "").strip(),
    )


def _section(table: Table, row: int, banner: str, label: str) -> str:
    parts = [label, banner]
    for column in table.mapping.sections:
        parts.append(table.grid.text((row, column)) or table.section_above(row, column))
    flat = (" ".join(part.split()) for part in parts if part)
    return SECTION_JOIN.join(dict.fromkeys(flat))


def _sheet_label(sheet: _Sheet) -> str:
    """The sheet's own title if one stands above its table, else its name."""
    first = next((block.rows for block in sheet.blocks if not block.header), [])
    for row in first[:3]:
        cells = list(sheet.grid.by_row[row].values())
        if sheet.tables[:1] and len(cells) == 1 and len(cells[0]) <= 80 and not is_note(cells[0]):
            return cells[0]
    return sheet.grid.name


def _finish(result: Questionnaire) -> None:
    for ordinal, question in enumerate(result.questions, start=1):
        question.ordinal = ordinal
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
            result.warnings.append(f"{hidden} hidden rows of “{sheet.name}” were left out.")


def _nothing_found(sheets: list[_Sheet]) -> str:
    if not any(sheet.grid.by_row for sheet in sheets):
        return "The file has no filled cells, so there is nothing to answer."
    kind = "It looks like a price sheet. " if any(map(_shows_prices, sheets)) else ""
    return (
        "This does not look like a questionnaire: no column of questions or requirements with "
        f"room for answers was found. {kind}If it is one, put a header row with “Question” and "
        "“Answer” above its columns and upload it again."
    )


def _shows_prices(sheet: _Sheet) -> bool:
    rows = (set(cells.values()) for cells in sheet.grid.by_row.values())
    return any(sum(map(is_price_label, texts)) >= 2 for texts in rows)
