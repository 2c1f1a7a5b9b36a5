"""The tool that proves exports sees what differs, and finds nothing in the hardest of workbooks."""

import io
import zipfile
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule
from openpyxl.styles import PatternFill, Protection
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from benchmarks.exports_parts.comparing import compare
from rfp_manager.exporting import Fill, fill
from rfp_manager.importing.types import Place

SHEET = "xl/worksheets/sheet1.xml"
CALC = (
    '<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<c r="E2" i="1"/></calcChain>'
)


def hard_workbook(path: Path) -> Path:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet, lists = book.worksheets[0], book.create_sheet("Lists")
    sheet.title, lists.sheet_state = "Security & risk", "hidden"
    for word in ("Yes", "No"):
        lists.append([word])
    sheet.append(["No.", "Question", "Complies", "Response", "Score"])
    for n in range(2, 12):
        sheet.append([str(n), f"Do you encrypt the data of kind {n}?", None, None, f"=A{n}*2"])
        sheet.cell(n, 4).number_format = "0.00%" if n % 2 else "dd/mm/yyyy"
        sheet.cell(n, 4).protection = Protection(locked=False)
        sheet.cell(n, 4).comment = Comment("Answer here", "Buyer")
    sheet["D3"] = CellRichText("please ", TextBlock(InlineFont(b=True), "insert"), " it")
    sheet["D4"], sheet["D5"] = 3.5, "tbd"
    choices = DataValidation(type="list", formula1="Lists!$A$1:$A$2")
    sheet.add_data_validation(choices)
    choices.add("C2:C11")
    red = PatternFill("solid", bgColor="FF0000")
    sheet.conditional_formatting.add("C2:C11", CellIsRule("equal", formula=['"No"'], fill=red))
    sheet.conditional_formatting.add(
        "E2:E11", ColorScaleRule(start_type="min", start_color="FFFFFF", end_type="max",
                                 end_color="00FF00")
    )  # fmt: skip
    sheet.add_table(Table(displayName="Answers", ref="A1:E11"))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=5, min_row=1, max_row=11), titles_from_data=True)
    sheet.add_chart(chart, "J3")
    book.defined_names["Total"] = DefinedName("Total", attr_text="Lists!$A$1")
    sheet.protection.sheet = True
    stream = io.BytesIO()
    book.save(stream)
    return _with_macros(stream, path)


def _with_macros(stream: io.BytesIO, path: Path) -> Path:
    """What openpyxl does not write: shared formulas, a chain of calculation, macros."""
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == SHEET:
                data = data.replace(b"<f>A2*2</f>", b'<f t="shared" ref="E2:E11" si="0">A2*2</f>')
                for n in range(3, 12):
                    data = data.replace(b"<f>A%d*2</f>" % n, b'<f t="shared" si="0"/>')
            new.writestr(entry.filename, data)
        new.writestr("xl/calcChain.xml", CALC)
        new.writestr("xl/vbaProject.bin", bytes(range(256)))
    return path


def filled(folder: Path) -> tuple[Path, Path, dict[Place, str]]:
    source, out = hard_workbook(folder / "hard.xlsx"), folder / "out.xlsx"
    texts = {Place("Security & risk", row, 4): f"=answer {row}" for row in range(2, 12)}
    texts |= {Place("Security & risk", row, 3): "No" for row in range(2, 12)}
    fill(source, fills=[Fill(place, text) for place, text in texts.items()], out=out)
    return source, out, texts


def test_the_hardest_workbook_differs_in_its_answers_alone(tmp_path: Path) -> None:
    assert compare("xlsx", *filled(tmp_path)) == []


def test_a_changed_cell_beside_the_answers_is_seen(tmp_path: Path) -> None:
    source, out, texts = filled(tmp_path)
    book = load_workbook(source)
    book["Lists"]["A1"] = "Maybe"
    book.save(out)
    found = compare("xlsx", source, out, texts)
    assert "Lists!A1 has another value" in found


def test_a_changed_byte_in_a_part_that_holds_no_answer_is_seen(tmp_path: Path) -> None:
    source, out, texts = filled(tmp_path)
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(other, "w") as new:
        for entry in old.infolist():
            more = b"!" if entry.filename == "xl/vbaProject.bin" else b""
            new.writestr(entry.filename, old.read(entry) + more)
    assert compare("xlsx", source, other, texts) == ["the part xl/vbaProject.bin differs"]
