"""The buyer's questionnaire as the workbook a procurement office would send."""

import datetime as dt
import io
from dataclasses import dataclass, field
from itertools import groupby

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from samples.builder.questions import Form, Question, QuestionSheet
from samples.builder.zips import repack

_DARK, _PALE, _INPUT = "0B4F6C", "D5E5EC", "FFFBE6"
_LINE = Side(style="thin", color="A0A0A0")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WRAP = Alignment(wrap_text=True, vertical="top")
_NAME = "AnswerOptions"


@dataclass(frozen=True)
class Layout:
    """`columns` lists (header, width, role); a role is what a question's row puts there."""

    header_row: int
    first_column: int
    columns: tuple[tuple[str, float, str], ...]
    instructions: tuple[str, ...] = field(default=())

    def column(self, role: str) -> int:
        roles = [one[2] for one in self.columns]
        return self.first_column + roles.index(role)

    @property
    def last_column(self) -> int:
        return self.first_column + len(self.columns) - 1


LAYOUTS = {
    "plain": Layout(
        5,
        1,
        (
            ("No.", 8, "id"),
            ("Question", 62, "text"),
            ("Response", 34, "response"),
            ("Comments / Evidence", 48, "comment"),
        ),
        ("Please answer every question. Cells with a yellow background are yours to fill.",),
    ),
    "wide": Layout(
        6,
        1,
        (
            ("Ref.", 10, "id"),
            ("Control area", 18, "area"),
            ("Question", 58, "text"),
            ("Mandatory", 11, "mandatory"),
            ("Response", 30, "response"),
            ("Comments / Evidence", 46, "comment"),
        ),
        (
            "Where a list is offered, choose one entry and explain it under Comments / Evidence.",
            "M = mandatory, D = desirable",
        ),
    ),
    "indented": Layout(
        4,
        2,
        (
            ("No.", 8, "id"),
            ("Requirement or question", 66, "text"),
            ("Response", 32, "response"),
            ("Comments / Evidence", 46, "comment"),
        ),
    ),
}


def build_workbook(form: Form) -> tuple[bytes, dict[str, dict[str, str]]]:
    """The xlsx and, by question id, its sheet and cells."""
    book = Workbook()
    _instructions(book, form)
    places: dict[str, dict[str, str]] = {}
    for sheet in form.sheets:
        places |= _question_sheet(book, form, sheet)
    _lists(book, form)
    stamp = dt.datetime(2026, 11, 2, 8, 30)
    book.properties.title, book.properties.creator = form.title, form.buyer
    book.properties.created = book.properties.modified = stamp
    out = io.BytesIO()
    book.save(out)
    return repack(out.getvalue(), f"{stamp.isoformat()}Z"), places


def _instructions(book: Workbook, form: Form) -> None:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Instructions"
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 90
    sheet.merge_cells("A1:B1")
    sheet["A1"], sheet["A1"].font = form.title, Font(bold=True, size=16, color=_DARK)
    lines = [
        ("Issued by", form.buyer),
        ("Reference", form.reference),
        ("Return by", form.deadline),
        ("Questions to", form.contact),
        (
            "How to answer",
            "Fill the columns Response and Comments / Evidence of the three sheets. "
            "Do not add, move or delete rows or columns: the file is read by a program.",
        ),
        ("Lists", "Some responses must be chosen from a list: " + ", ".join(form.choices) + "."),
        (
            "Evidence",
            "Name the document and section that supports the response. Statements "
            "without evidence may be disregarded.",
        ),
        ("Not known", "If you cannot answer, say so. An invented answer leads to exclusion."),
        (
            "Confidentiality",
            "Responses are used only for this procurement and are kept for six years.",
        ),
    ]
    for row, (label, text) in enumerate(lines, start=3):
        sheet.cell(row, 1, label).font = Font(bold=True)
        sheet.cell(row, 2, text).alignment = _WRAP


def _question_sheet(
    book: Workbook, form: Form, content: QuestionSheet
) -> dict[str, dict[str, str]]:
    layout = LAYOUTS[content.layout]
    sheet = book.create_sheet(content.name)
    _title_rows(sheet, form, content, layout)
    _header(sheet, layout)
    places: dict[str, dict[str, str]] = {}
    row = layout.header_row + 1
    for section, questions in groupby(content.questions, key=lambda one: one.section):
        _banner(sheet, layout, row, section)
        for question in questions:
            row += 1
            places[question.id] = _question_row(sheet, layout, row, question)
        row += 1
    _drop_downs(sheet, places, content)
    _page_setup(sheet, layout, row - 1)
    return places


def _title_rows(sheet: Worksheet, form: Form, content: QuestionSheet, layout: Layout) -> None:
    first, last = layout.first_column, layout.last_column
    lines = (f"{form.buyer}: {content.name[2:]}", f"Reference {form.reference}")
    for row, text in enumerate((*lines, *layout.instructions), start=1):
        sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
        cell = sheet.cell(row, first, text)
        cell.font = Font(bold=row == 1, size=14 if row == 1 else 10, italic=row > 2)


def _header(sheet: Worksheet, layout: Layout) -> None:
    for offset, (text, width, _) in enumerate(layout.columns):
        column = layout.first_column + offset
        cell = sheet.cell(layout.header_row, column, text)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", _DARK)
        cell.border, cell.alignment = _BOX, Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    if layout.first_column > 1:
        sheet.column_dimensions["A"].width = 3


def _banner(sheet: Worksheet, layout: Layout, row: int, text: str) -> None:
    first, last = layout.first_column, layout.last_column
    sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    cell = sheet.cell(row, first, text)
    cell.font, cell.fill = Font(bold=True), PatternFill("solid", _PALE)


def _question_row(sheet: Worksheet, layout: Layout, row: int, question: Question) -> dict[str, str]:
    texts = {
        "id": question.id,
        "text": question.text,
        "area": question.area,
        "mandatory": "M" if question.has_choices else "D",
    }
    for offset, (_, _, role) in enumerate(layout.columns):
        cell = sheet.cell(row, layout.first_column + offset, texts.get(role))
        cell.border, cell.alignment = _BOX, _WRAP
        if role in ("response", "comment"):
            cell.fill = PatternFill("solid", _INPUT)
    sheet.row_dimensions[row].height = 15.0 * (1 + len(question.text) // 52)
    cells = {
        role: f"{get_column_letter(layout.column(role))}{row}"
        for role in ("text", "response", "comment")
    }
    return {
        "sheet": sheet.title,
        "question_cell": cells["text"],
        "response_cell": cells["response"],
        "comment_cell": cells["comment"],
    }


def _drop_downs(
    sheet: Worksheet, places: dict[str, dict[str, str]], content: QuestionSheet
) -> None:
    """The first two sheets point at the defined name, the last one at the hidden sheet itself."""
    source = "Lists!$A$2:$A$5" if content.layout == "indented" else _NAME
    rule = DataValidation("list", formula1=f"={source}", allow_blank=True, showErrorMessage=True)
    rule.errorTitle, rule.error = "Not in the list", "Please choose an entry of the list."
    for question in content.questions:
        if question.has_choices:
            rule.add(places[question.id]["response_cell"])
    sheet.add_data_validation(rule)


def _page_setup(sheet: Worksheet, layout: Layout, last_row: int) -> None:
    after_text = get_column_letter(layout.column("text") + 1)
    sheet.freeze_panes = f"{after_text}{layout.header_row + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{layout.header_row}:{layout.header_row}"
    first, last = get_column_letter(layout.first_column), get_column_letter(layout.last_column)
    sheet.print_area = f"{first}1:{last}{last_row}"
    footer = sheet.HeaderFooter.oddFooter
    assert footer is not None
    footer.center.text = "Page &P of &N"


def _lists(book: Workbook, form: Form) -> None:
    sheet = book.create_sheet("Lists")
    sheet["A1"] = "Answer options"
    for row, choice in enumerate(form.choices, start=2):
        sheet.cell(row, 1, choice)
    sheet.sheet_state = "hidden"
    last = len(form.choices) + 1
    book.defined_names[_NAME] = DefinedName(_NAME, attr_text=f"Lists!$A$2:$A${last}")
