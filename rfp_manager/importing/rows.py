"""Deciding for each row of a table whether it asks, titles a section or only informs."""

import re
from collections import Counter
from dataclasses import dataclass, field

from rfp_manager.importing.columns import Mapping
from rfp_manager.importing.grid import Cell, Grid
from rfp_manager.importing.headers import Header
from rfp_manager.importing.numbering import number_kind, number_shape
from rfp_manager.importing.texts import (
    asks,
    count_words,
    is_heading,
    is_note,
    is_number,
    is_plain_note,
    is_prefix_of,
    is_shouted,
    names_section,
    questions,
    split_number,
)
from rfp_manager.importing.words import normalise

ASK, TITLE, SKIP = "question", "section", "skip"
_TITLE_MARK = re.compile(
    r"([A-Z]|\d{1,2}|[IVX]{1,4})[.):]\s|(part|section|teil|abschnitt)\b", re.IGNORECASE
)
_EXAMPLE = re.compile(
    r"\W*(e\.?g\.?|ex\.?|bsp\.?|example|sample|beispiel|exemple|ejemplo|esempio|voorbeeld|exemplo|"
    r"przykład|příklad|пример|例|示例|記入例|记入例|مثال)\s*\d*\W*",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\W*\d[\d.,]*\s*(%|points?|punkte?|pts?)?", re.IGNORECASE)
_ERROR = re.compile(r"#(REF|N/A|NAME|VALUE|DIV/0|NULL|NUM|SPILL|CALC|GETTING_DATA)[!?]?")
MOST_ALONE = 0.25  # of the rows hold nothing but a text: then that tells titles
MIN_LED = 0.4  # of the rows are numbered, and each other one follows one of them
MIN_ASKED_WORDS = 5
LOOK_AHEAD = 4  # rows in which the first child of a numbered heading is expected


@dataclass
class Verdict:
    """What a row is; for a skipped one `reason` says why in words."""

    kind: str
    text: str
    reason: str = ""


@dataclass
class Table:
    """One table of questions: its cells, columns and the habits of its rows."""

    grid: Grid
    mapping: Mapping
    header: Header | None
    rows: list[int]
    below: dict[int, Cell] = field(default_factory=dict)  # answer cells on the next line
    leads_on: bool = False  # another header follows right after the last row

    def __post_init__(self) -> None:
        asked = [row for row in self.rows if self.cell(row, self.mapping.question)]
        count = max(len(asked), 1)
        self.numbered = sum(bool(self.number(row)) for row in asked) / count
        self.listed = sum(bool(self.options(row)) for row in asked) / count
        self.plain_style = self._plain_style(asked)
        kinds = Counter(kind for row in asked if (kind := number_kind(self.number(row))))
        alone = [row for row in asked if _lonely(self, row)]
        self.alone_is_rare = len(alone) / count <= MOST_ALONE
        self.shapes = {number_shape(self.number(row)) for row in set(asked) - set(alone)}
        after = [row for row in asked if not self.number(row)]
        led = sum(bool(self.number(above)) for above, row in zip(asked, asked[1:], strict=False)
                  if not self.number(row))  # fmt: skip
        self.alternates = self.numbered >= MIN_LED and bool(after) and led >= 0.9 * len(after)
        self.usual_kind = kinds.most_common(1)[0][0] if kinds else ""
        bold = sum((row, self.mapping.question) in self.grid.bold for row in asked)
        self.bold_is_rare = bold / count < 0.5
        shouted = sum(is_shouted(self.cell(row, self.mapping.question)) for row in asked)
        self.shouting_is_rare = shouted / count < 0.4
        free = sum(self.answer_cell(row) in self.grid.unlocked for row in asked) / count
        self.lets_write = 0.3 <= free <= 0.98  # the sheet's protection tells answers from titles
        self._sections = {column: self._carried(column) for column in self.mapping.sections}
        self.index = {row: index for index, row in enumerate(self.rows)}
        self._following = dict(zip(self.rows, self.rows[1:], strict=False))

    def cell(self, row: int, column: int | None) -> str:
        """The text that this very cell holds (not one that is merged into it)."""
        return self.grid.by_row.get(row, {}).get(column or 0, "")

    def _plain_style(self, asked: list[int]) -> int | None:
        """The style of most questions, if the file styles anything at all differently."""
        column, styles = self.mapping.question, self.grid.styles
        used = Counter(styles.get((row, column)) for row in asked)
        usual, count = used.most_common(1)[0] if used else (None, 0)
        title = styles.get((self.header.bottom, column)) if self.header else None
        plain = usual is not None and title is not None and title != usual
        return usual if plain and count * 2 > len(asked) else None

    def _carried(self, column: int) -> dict[int, str]:
        texts, last = {}, ""
        for row in self.rows:
            last = texts[row] = self.cell(row, column) or last
        return texts

    def section_above(self, row: int, column: int) -> str:
        """A section column may name each section once: the name holds for the rows below."""
        return self._sections[column].get(row, "")

    def number(self, row: int) -> str:
        text = self.cell(row, self.mapping.number)
        if self.mapping.number is None:
            return split_number(self.cell(row, self.mapping.question))[0]
        return text if text and is_number(text) else ""

    def label(self, row: int) -> str:
        """Whatever stands in the number column, a number or not."""
        return self.cell(row, self.mapping.number)

    def answer_cell(self, row: int) -> Cell:
        if row in self.below:
            return self.below[row]
        return self.grid.anchor((row, self.mapping.answer))

    def comment_cell(self, row: int) -> Cell | None:
        if self.mapping.comment is None:
            return None
        cell = self.grid.anchor((row, self.mapping.comment))
        return None if cell == self.answer_cell(row) or cell in self.grid.formulas else cell

    def is_boxed(self, row: int) -> bool:
        """Whether the form itself marks the row's answer cell as one to write in."""
        cell = self.answer_cell(row)
        if cell in self.grid.cells:
            return False
        if self.lets_write and cell in self.grid.unlocked:
            return True
        area = self.grid.merge_at(cell)
        wide = area is not None and area.right > area.left > self.mapping.question
        return self.header is None and wide

    def introduces(self, row: int) -> bool:
        """Whether it stands above the first drop-down of a table whose rows all have one."""
        first = next((other for other in self.rows if self.options(other)), row)
        return self.header is None and self.listed >= 0.8 and row < first

    def options(self, row: int) -> list[str]:
        return self.grid.options(self.answer_cell(row))

    def following(self, row: int) -> list[int]:
        found: list[int] = []
        while len(found) < LOOK_AHEAD and row in self._following:
            row = self._following[row]
            found.append(row)
        return found


def classify(table: Table, row: int) -> Verdict:
    """What `row` is; every row with text gets a verdict, so nothing goes uncounted."""
    grid, mapping = table.grid, table.mapping
    text = table.cell(row, mapping.question)
    shown = text or next(iter(grid.by_row[row].values()))
    if row in grid.hidden_rows:
        return Verdict(SKIP, shown, "the row is hidden")
    if _repeats_header(table, row):
        return Verdict(SKIP, shown, "repeats the header")
    own = (row, mapping.question)
    area = grid.merge_at(own)
    if area and area.anchor != own and area.top < row:
        return Verdict(SKIP, shown, "continues the question merged above")
    if area and (area.anchor != own or _across(table, row)):
        return _banner(grid.text(own) or shown)
    if not text:
        return _without_question(table, row, shown)
    return _with_question(table, row, text)


def _across(table: Table, row: int) -> bool:
    """Whether the question's cell is merged over the answer's: then nobody can answer."""
    return table.answer_cell(row) == (row, table.mapping.question)


def _repeats_header(table: Table, row: int) -> bool:
    if table.header is None:
        return False
    titles = {normalise(text) for text in table.header.texts.values()}
    cells = [normalise(text) for text in table.grid.by_row[row].values()]
    return len(cells) > 1 and all(text in titles for text in cells)


def _banner(text: str) -> Verdict:
    if is_note(text):
        return Verdict(SKIP, text, "a note on how to fill the form in")
    if len(text) <= 160 and "\n\n" not in text:
        return Verdict(TITLE, text)
    return Verdict(SKIP, text, "a text across the table without a cell for an answer")


def _without_question(table: Table, row: int, shown: str) -> Verdict:
    columns = [c for c in table.grid.by_row[row] if c not in table.grid.hidden_columns]
    if len(columns) == 1 and columns[0] < table.mapping.question and not is_number(shown):
        return _banner(shown)
    if len(columns) == 1 and columns[0] in (table.mapping.number, *table.mapping.sections):
        return Verdict(SKIP, shown, "a number without a question")
    return Verdict(SKIP, shown, "the question column is empty in this row")


def _with_question(table: Table, row: int, text: str) -> Verdict:
    number = table.number(row)
    if is_plain_note(text) and not (number and "?" in text):
        return Verdict(SKIP, text, "a note on how to fill the form in")
    if is_note(text) and not (number or table.options(row) or _begins_asking(table, text)):
        return Verdict(SKIP, text, "a note on how to fill the form in")
    if not any(c.isalpha() for c in text):  # the numbers of the columns stand below some headers
        return Verdict(SKIP, text, "holds no words")
    if _ERROR.fullmatch(text):
        return Verdict(SKIP, text, "the formula for the question's text has failed")
    if _EXAMPLE.fullmatch(table.label(row)) or (
        table.mapping.number is None and _EXAMPLE.fullmatch(_first(table, row))
    ):
        return Verdict(SKIP, text, "an example of how to fill the form in")
    if table.answer_cell(row) in table.grid.formulas and not _rescued(table, row, number):
        return Verdict(SKIP, text, "the answer cell holds a formula, which is never overwritten")
    if _is_title(table, row, text, number) or _leads_parts(table, row, text, number):
        return Verdict(TITLE, text)
    if _explains(table, row, number):
        return Verdict(SKIP, text, "explains the question above: its answer's cell is the same")
    extra = table.numbered >= 0.6 or (table.alternates and _lonely(table, row))
    if not number and extra and not asks(text) and not table.options(row):
        return Verdict(SKIP, text, "a statement without a number in a numbered table")
    if table.introduces(row):
        return Verdict(TITLE, text)
    marked = number or table.is_boxed(row) or table.options(row)
    if table.header is None and not (asks(text) or marked):
        return Verdict(SKIP, text, "asks nothing, in a table without a header")
    return Verdict(ASK, text)


def _begins_asking(table: Table, text: str) -> bool:
    """Whether what sounds like a note only follows a question: "Do you? If not, skip."."""
    first, mark, _ = text.partition("?")
    return table.header is not None and bool(mark) and count_words(first) >= MIN_ASKED_WORDS


def _first(table: Table, row: int) -> str:
    """A short text before the question's cell, "" when there is none."""
    cells = table.grid.by_row[row]
    column = next(iter(cells))
    return cells[column] if column < table.mapping.question else ""


def _rescued(table: Table, row: int, number: str) -> bool:
    """A real question beside a formula can still be answered in its comment cell."""
    return bool(number or asks(text := table.cell(row, table.mapping.question)) and text) and (
        table.comment_cell(row) is not None
    )


def _is_title(table: Table, row: int, text: str, number: str) -> bool:
    if not is_heading(text) or not _lonely(table, row):
        above = _counts_higher(table, row, number) or _sums_up(table, row, number)
        return above and is_heading(text)
    return _is_lonely_title(table, row, text, number)


def _is_lonely_title(table: Table, row: int, text: str, number: str) -> bool:
    if _counts_higher(table, row, number):
        return True
    if table.is_boxed(row) or (table.options(row) and not _stands_out(table, row, text)):
        return False
    return _is_told_title(table, row, text, number) or _looks_like_title(table, row, number)


def _is_told_title(table: Table, row: int, text: str, number: str) -> bool:
    """Whether its words, its number or the numbers around it say so."""
    if names_section(table.label(row)) or (is_shouted(text) and table.shouting_is_rare):
        return True
    if number and any(_is_child(table, number, other) for other in table.following(row)):
        return True
    if _titles_next_table(table, row, text) or _numbers_otherwise(table, row, number):
        return True
    if not number and table.numbered >= 0.6:
        return True
    return bool(number) and table.alone_is_rare and number_shape(number) not in table.shapes


def _looks_like_title(table: Table, row: int, number: str) -> bool:
    if table.listed >= 0.7:
        return True
    if table.bold_is_rare and _is_bold(table, row):
        return True
    if number or table.numbered >= 0.3 or table.mapping.asking < 0.6:
        return False
    if row == table.rows[-1] and not table.leads_on:
        return False  # a title has something below it
    if table.plain_style is not None:
        return table.grid.styles.get((row, table.mapping.question)) != table.plain_style
    return not _in_a_list(table, row)


def _counts_higher(table: Table, row: int, number: str) -> bool:
    """Whether its number stands left of where the questions have theirs."""
    mapping, cells = table.mapping, table.grid.by_row[row]
    if number or mapping.number is None:
        return False
    higher = [c for c in cells if c < mapping.number and is_number(cells[c])]
    return bool(higher) and set(cells) <= {mapping.question, *higher}


def _sums_up(table: Table, row: int, number: str) -> bool:
    """Whether 1 stands right above 1.1, beside nothing but weights and sums."""
    below = table.following(row)[:1]
    if not number or not any(_is_child(table, number, other) for other in below):
        return False
    mapping, cells = table.mapping, table.grid.by_row[row]
    usual = {mapping.question, mapping.number, *mapping.sections}
    rest = {c: text for c, text in cells.items() if c not in usual}
    figures = all(_FIGURE.fullmatch(t) or (row, c) in table.grid.formulas for c, t in rest.items())
    return bool(rest) and figures and not table.options(row) and mapping.answer not in rest


def _leads_parts(table: Table, row: int, text: str, number: str) -> bool:
    """Whether "1 With regard to backups, state:" only leads 1a, 1b and 1c."""
    below = table.following(row)[:2]
    led = text.rstrip().endswith((":", "：")) and _lonely(table, row) and len(below) == 2
    return (
        led
        and questions(text)
        and bool(number)
        and all(_is_child(table, number, other) for other in below)
    )


def _explains(table: Table, row: int, number: str) -> bool:
    """Whether the row holds but a text, and its number and answer belong to the row above."""
    answer, own = table.answer_cell(row), table.mapping.number
    if answer[0] >= row or number or set(table.grid.by_row[row]) != {table.mapping.question}:
        return False
    return own is None or table.grid.anchor((row, own))[0] < row


def _is_bold(table: Table, row: int) -> bool:
    return (row, table.mapping.question) in table.grid.bold


def _stands_out(table: Table, row: int, text: str) -> bool:
    """Whether it looks like a title where the lists of answers reach over all rows, titles too."""
    shouted = is_shouted(text) and table.shouting_is_rare
    return table.listed >= 0.98 and (shouted or (table.bold_is_rare and _is_bold(table, row)))


def _in_a_list(table: Table, row: int) -> bool:
    """Whether it is one of three or more short entries in a row: those are fields to fill in."""
    index, run = table.index[row], 1
    for step in (-1, 1):
        at = index + step
        while 0 <= at < len(table.rows) and run < 3 and _is_entry(table, table.rows[at]):
            run, at = run + 1, at + step
    return run >= 3


def _is_entry(table: Table, row: int) -> bool:
    text = table.cell(row, table.mapping.question)
    return is_heading(text) and _lonely(table, row)


def _titles_next_table(table: Table, row: int, text: str) -> bool:
    """Whether the last row before another header is that table's title."""
    if not table.leads_on or row != table.rows[-1]:
        return False
    apart = row - 1 not in table.grid.by_row
    return (
        apart or bool(_TITLE_MARK.match(text)) or (row, table.mapping.question) in table.grid.bold
    )


def _numbers_otherwise(table: Table, row: int, number: str) -> bool:
    """Whether 1 stands above a, b, c, or A above 1, 2, 3: then the row titles those below."""
    own, below = (
        number_kind(number),
        [number_kind(table.number(other)) for other in table.following(row)[:1]],
    )
    return bool(own) and below == [table.usual_kind] and own != table.usual_kind


def _is_child(table: Table, number: str, row: int) -> bool:
    return is_prefix_of(number, table.number(row))


def _lonely(table: Table, row: int) -> bool:
    """Whether the row holds nothing beyond its number, section and question cells."""
    mapping = table.mapping
    usual = {mapping.question, mapping.number, *mapping.sections}
    visible = set(table.grid.by_row[row]) - table.grid.hidden_columns
    return visible <= usual
