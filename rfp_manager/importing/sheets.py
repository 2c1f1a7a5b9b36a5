"""The sheets of a book, and which of their rows are tables of questions."""

import re
from dataclasses import dataclass, field

from rfp_manager.importing.below import answer_boxes, answer_lines, pair
from rfp_manager.importing.cards import MIN_CARDS, Card, find_cards
from rfp_manager.importing.columns import Mapping
from rfp_manager.importing.convincing import (
    is_agenda,
    is_convincing,
    is_ruled_out,
    is_schedule,
)
from rfp_manager.importing.corrections import (
    SET_BY_YOU,
    Correction,
    correct_mapping,
    corrected_header,
)
from rfp_manager.importing.grid import Cell, Grid
from rfp_manager.importing.headers import Header, find_headers, header_by_shape
from rfp_manager.importing.mapping import propose
from rfp_manager.importing.texts import asks
from rfp_manager.importing.types import FoundQuestion, SheetReport, SkippedRow
from rfp_manager.importing.words import OTHER, is_price_label, read_label

SHOWN_CHARS = 200

_ABOUT_SHEET = re.compile(
    r"\b(instruction|read ?me|cover\b|glossar|definition|legend|lookup|change ?log|revisions?\b|"
    r"version\b|introduction|overview|how to|acknowledge|terms\b|contents\b|faqs?\b|scoring|"
    r"guid(e|ance|elines?)\b|disclaimer|copyright|background|summary|help\b|example|about\b|"
    r"anleitung|deckblatt|hinweis|glosario|instrucc|consignes|lisez|表紙|説明|記入例|记入例)",
    re.IGNORECASE,
)


@dataclass
class Block:
    """Rows between one header and the next; `grid` is the sheet or a window on it."""

    grid: Grid
    header: Header | None
    rows: list[int]
    below: dict[int, Cell] = field(default_factory=dict)
    leads_on: bool = False  # another header follows right after its last row


@dataclass
class Sheet:
    """A sheet while it is being read."""

    grid: Grid
    report: SheetReport
    blocks: list[Block]
    correction: Correction = field(default_factory=Correction)
    left_out: bool = False
    ruled_out: bool = False  # its titles say that it is something else
    tables: list[tuple[Block, Mapping]] = field(default_factory=list)
    questions: list[FoundQuestion] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)  # of a form without columns

    def skip(self, row: int, text: str, reason: str) -> None:
        flat = " ".join(text.split())
        self.report.skipped.append(SkippedRow(row, flat[:SHOWN_CHARS], reason))


def open_sheet(grid: Grid, correction: Correction) -> Sheet:
    report = SheetReport(name=grid.name, hidden=grid.hidden, reasons=list(grid.notes))
    hidden = grid.hidden if correction.skip is None else correction.skip
    if not hidden:
        return Sheet(grid, report, _blocks(grid, correction.rows), correction)
    reason = "the sheet is hidden" if grid.hidden else f"the sheet is left out, as {SET_BY_YOU}"
    report.reasons.append(f"{reason[0].upper()}{reason[1:]}, so its rows were left out.")
    sheet = Sheet(grid, report, [], correction, left_out=True)
    for row, cells in grid.by_row.items():
        sheet.skip(row, next(iter(cells.values())), reason)
    return sheet


def _blocks(grid: Grid, set_rows: dict[int, str]) -> list[Block]:
    """The parts between headers; a row that a person calls a question is no header."""
    headers = [
        header
        for header in find_headers(grid)
        if not any(row in set_rows for row in range(header.top, header.bottom + 1))
    ]
    starts = [header.top for header in headers] + [max(grid.by_row, default=0) + 1]
    blocks = [Block(grid, None, [row for row in grid.by_row if row < starts[0]])]
    for header, end in zip(headers, starts[1:], strict=True):
        for part, own in _parts(grid, header):
            body = [row for row in part.by_row if header.bottom < row < end]
            blocks.append(Block(part, own, body))
    for block in blocks:
        block.leads_on = bool(block.rows) and block.rows[-1] + 1 in starts[:-1]
    return blocks


def _parts(grid: Grid, header: Header) -> list[tuple[Grid, Header]]:
    sides = header.side_by_side()
    windows = [(grid.window(*side), header.window(*side)) for side in sides]
    return windows or [(grid, header)]


def map_with_headers(sheet: Sheet) -> None:
    """Blocks with the same header are one table cut in pieces: they share one mapping."""
    groups: dict[tuple[tuple[int, str], ...], list[Block]] = {}
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
        elif mapping and is_ruled_out(mapping, header):
            sheet.ruled_out = True


def _signature(header: Header) -> tuple[tuple[int, str], ...]:
    # A section's title may stand where the question's title was, so that one is left out.
    return tuple(item for item in header.signature if item[1] in ("answer", "comment", "tick"))


def map_by_content(sheet: Sheet, others: list[Mapping]) -> None:
    """`others` are the tables with headers elsewhere: beside them, prose is rather about the form,
    and a table of a text with the same columns goes on with them."""
    grid, headed = sheet.grid, bool(others)
    if any(is_agenda(list(cells.values())) for cells in grid.by_row.values()):
        return
    about = bool(_ABOUT_SHEET.search(grid.name))
    lines = answer_lines(grid, [row for row in grid.by_row if row not in grid.hidden_rows])
    rows = [row for row in grid.by_row if row not in lines]
    mapping = propose(grid, None, [row for row in rows if row not in grid.hidden_rows])
    below = pair(list(grid.by_row), lines) | answer_boxes(grid, rows)
    strict = (headed or about) and not below
    if strict and headed and mapping and not _shows_form(mapping, about=about):
        return
    if mapping and (sheet.ruled_out or _is_titled_otherwise(grid, mapping, rows)):
        return
    marked = bool(below) or (mapping is not None and _goes_on(grid, mapping, others))
    if mapping and is_convincing(mapping, None, strict=strict, marked=marked):
        if below:
            mapping.reasons[-1] = "Each question is answered in the line or box below it."
        sheet.blocks = [Block(grid, None, rows, below)]
        sheet.tables = [(sheet.blocks[0], mapping)]
        for row in lines:
            sheet.skip(row, next(iter(grid.by_row[row].values())), "the line for an answer")


def find_all_cards(sheets: list[Sheet]) -> None:
    """Where no columns are titled, each question may have a card of its own."""
    free = [sheet for sheet in sheets if not (sheet.tables or sheet.correction.maps)]
    found = [(sheet, find_cards(sheet.grid)) for sheet in free]
    if sum(len(cards) for _, cards in found) >= MIN_CARDS:
        for sheet, cards in found:
            sheet.cards = cards


def map_by_shape(sheet: Sheet) -> None:
    """A table under titles that we do not know, told by what it leaves empty."""
    grid = sheet.grid
    if sheet.ruled_out or _ABOUT_SHEET.search(grid.name):
        return
    header = header_by_shape(grid)
    priced = any(is_priced_row(cells) for cells in grid.by_row.values())
    if header is None or is_schedule(header) or priced:
        return
    body = [row for row in grid.by_row if row > header.bottom]
    mapping = propose(grid, header, [row for row in body if row not in grid.hidden_rows])
    if mapping and is_convincing(mapping, header, strict=True):
        above = Block(grid, None, [row for row in grid.by_row if row < header.top])
        sheet.blocks = [above, Block(grid, header, body)]
        sheet.tables = [(sheet.blocks[1], mapping)]


def is_priced_row(cells: dict[int, str]) -> bool:
    return sum(is_price_label(text) for text in set(cells.values())) >= 2


def _goes_on(grid: Grid, mapping: Mapping, others: list[Mapping]) -> bool:
    columns = (mapping.number, mapping.question)
    return grid.title is not None and any((o.number, o.question) == columns for o in others)


def _is_titled_otherwise(grid: Grid, mapping: Mapping, rows: list[int]) -> bool:
    """Whether the column's first cell says that it holds definitions, hints or the like."""
    row = next((row for row in rows if mapping.question in grid.by_row[row]), 0)
    text = grid.by_row[row][mapping.question] if row else ""
    label = read_label(text)
    titled = label is not None and label.role == OTHER and not asks(text)
    return titled and len(grid.by_row[row]) > 1


def _shows_form(mapping: Mapping, *, about: bool) -> bool:
    """Whether a sheet without a header still looks made for answers, beside one that has one."""
    answer = mapping.profiles.get(mapping.answer)
    if answer and answer.choices > 0:
        return True
    return not about and (mapping.number is not None or mapping.asking >= 0.8)


def map_as_set(sheet: Sheet) -> None:
    """Use the columns a person has set, for every table of the sheet."""
    correction = sheet.correction
    whole = sheet.tables and all(block.grid is sheet.grid for block, _ in sheet.tables)
    if not whole or not _keeps_header(sheet):
        header = None
        if correction.header_row:
            header = corrected_header(sheet.grid, correction.header_row)
        top = header.bottom if header else 0
        block = Block(sheet.grid, header, [row for row in sheet.grid.by_row if row > top])
        above = [row for row in sheet.grid.by_row if row < top]
        sheet.blocks = [Block(sheet.grid, None, above), block]
        sheet.tables = []
    tables: list[tuple[Block, Mapping | None]] = [*sheet.tables]
    sheet.tables = []
    for block, guessed in tables or [(sheet.blocks[-1], _guess(sheet.blocks[-1]))]:
        mapping = correct_mapping(guessed, correction, sheet.grid, block.rows)
        if mapping:
            sheet.tables.append((block, mapping))


def _keeps_header(sheet: Sheet) -> bool:
    """Whether the header that was set is the one that was found anyway."""
    header = sheet.tables[0][0].header
    found = header.bottom if header else None
    return not sheet.correction.header_set or sheet.correction.header_row == found


def _guess(block: Block) -> Mapping | None:
    shown = [row for row in block.rows if row not in block.grid.hidden_rows]
    return propose(block.grid, block.header, shown)
