"""A workbook comes back with the answers in it and nothing else changed, to the byte."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

from rfp_manager.exporting import ExportRefused, Fill, UntouchedReport, fill
from rfp_manager.exporting.sheet_splice import digest_without, splice
from rfp_manager.importing import read_questionnaire
from rfp_manager.importing.types import Place
from rfp_manager.importing.workbook.book import read_book

SHEET = "xl/worksheets/sheet1.xml"


def workbook(tmp_path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    sheet.title = "Q"
    sheet.append(["No", "Question", "Answer", "Comments", "Total"])
    sheet.append([1, "Do you encrypt data?", None, None, "=SUM(A2:A3)"])
    sheet.append([2, "Describe your backups.", "old answer"])
    sheet["C2"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet.merge_cells("C3:D3")
    book.create_sheet("Other").append(["Keep me", "=A1"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def filled(source: Path, *fills: tuple[str, int, int, str]) -> tuple[Path, UntouchedReport]:
    out = source.with_name("out.xlsx")
    places = [Fill(Place(sheet, row, column), text) for sheet, row, column, text in fills]
    return out, fill(source, fills=places, out=out)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_answers_stand_in_their_cells_with_the_cells_own_style(tmp_path: Path) -> None:
    out, report = filled(workbook(tmp_path), ("Q", 2, 3, "Yes, AES-256."), ("Q", 2, 4, "See §4."))
    sheet = load_workbook(out)["Q"]
    assert (sheet["C2"].value, sheet["D2"].value) == ("Yes, AES-256.", "See §4.")
    assert sheet["C2"].fill.fgColor.rgb == "00FFFF00"
    assert (report.untouched, report.answers_written, report.problems) == (True, 2, [])


def test_every_other_byte_of_the_file_stays(tmp_path: Path) -> None:
    source = workbook(tmp_path)
    out, report = filled(source, ("Q", 2, 3, "Yes"))
    before, after = parts(source), parts(out)
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {SHEET}
    assert report.parts_compared == len(before)
    cell = b'<c r="C2" s="1" t="inlineStr"><is><t xml:space="preserve">Yes</t></is></c>'
    old, end = before[SHEET].split(b'<c r="C2"', 1)
    assert after[SHEET] == old + cell + end[end.index(b'<c r="E2"') :]


def test_without_answers_the_copy_is_the_same_file(tmp_path: Path) -> None:
    source = workbook(tmp_path)
    out, _ = filled(source)
    assert out.read_bytes() == source.read_bytes()


def test_an_answer_for_a_merged_cell_goes_to_its_first_cell(tmp_path: Path) -> None:
    out, _ = filled(workbook(tmp_path), ("Q", 3, 4, "daily"))
    assert load_workbook(out)["Q"]["C3"].value == "daily"


def test_two_answers_for_one_cell_stand_below_each_other(tmp_path: Path) -> None:
    out, report = filled(workbook(tmp_path), ("Q", 3, 3, "one"), ("Q", 3, 4, "two"))
    assert load_workbook(out)["Q"]["C3"].value == "one\n\ntwo"
    assert "share the cell Q!C3" in report.notes[0]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", '=HYPERLINK("http://x.invalid")', "\t=1"]
)
def test_no_answer_ever_becomes_a_formula(text: str, tmp_path: Path) -> None:
    out, _ = filled(workbook(tmp_path), ("Q", 2, 3, text))
    cell = load_workbook(out)["Q"]["C2"]
    assert (cell.data_type, cell.value) == ("s", text)


def test_a_formula_of_the_buyer_is_never_overwritten(tmp_path: Path) -> None:
    source = workbook(tmp_path)
    with pytest.raises(ExportRefused, match="E2 holds a formula"):
        filled(source, ("Q", 2, 5, "mine"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["book.xlsx"]


def test_rows_and_cells_that_do_not_exist_yet_are_made_in_order(tmp_path: Path) -> None:
    source = workbook(tmp_path)
    wanted = [(9, 2), (5, 1), (2, 26), (1, 8), (200, 3), (3, 3), (5, 30)]
    out, report = filled(source, *(("Q", row, column, f"{row}/{column}") for row, column in wanted))
    sheet = load_workbook(out)["Q"]
    assert [sheet.cell(*cell).value for cell in wanted] == [f"{r}/{c}" for r, c in wanted]
    assert report.untouched


def test_an_unknown_sheet_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="no sheet “Nope”"):
        filled(workbook(tmp_path), ("Nope", 1, 1, "x"))
    assert not (tmp_path / "out.xlsx").exists()


def test_a_text_longer_than_a_cell_is_marked_and_returned_whole(tmp_path: Path) -> None:
    text = "Ein langer Satz mit 🙂. " * 2000
    out, report = filled(workbook(tmp_path), ("Q", 2, 3, text))
    shown = load_workbook(out)["Q"]["C2"].value
    mark = ' [continued in "Answers continued", no. 1]'
    assert shown.endswith(mark)
    assert len(shown.encode("utf-16-le")) // 2 <= 32_767
    assert [(o.text, o.place.ref) for o in report.overflow] == [(text, "C2")]
    assert text.startswith(shown.removesuffix(mark))


def test_characters_that_xml_cannot_hold_are_shown_and_reported(tmp_path: Path) -> None:
    out, report = filled(workbook(tmp_path), ("Q", 2, 3, "a\x0bb\x00c\ud800d"))
    assert load_workbook(out)["Q"]["C2"].value == "a␋b␀c\ufffdd"
    assert [change.character for change in report.changed] == ["U+000B", "U+0000", "U+D800"]


def test_a_digitally_signed_workbook_is_filled_with_a_warning(tmp_path: Path) -> None:
    source = workbook(tmp_path)
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("_xmlsignatures/sig1.xml", "<Signature/>")
    _, report = filled(source, ("Q", 2, 3, "x"))
    assert "signature" in report.notes[0]


def test_prefixed_sheets_are_filled_in_their_own_prefix() -> None:
    sheet = (
        b'<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/'
        b'spreadsheetml/2006/main"><x:sheetData><!-- keep <c r="A1"/> --><x:row r="2"/>'
        b'<x:row r="3"><x:c r="A3"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    out = splice(sheet, {(2, 1): "a", (3, 1): "b", (1, 1): "c"})
    assert out.count(b"<x:c r=") == 3
    assert b'<!-- keep <c r="A1"/> -->' in out
    assert digest_without(out, {(2, 1), (3, 1), (1, 1)}) == digest_without(
        sheet, {(2, 1), (3, 1), (1, 1)}
    )


def test_array_formulas_are_refused_in_all_their_cells() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A2">B1:B2</f><v>1</v></c></row>'
        b'<row r="2"><c r="A2"><v>2</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(ExportRefused, match="A2 holds a formula"):
        splice(sheet, {(2, 1): "x"})


def test_a_changed_cell_outside_the_answers_is_noticed() -> None:
    sheet = b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
    assert digest_without(sheet, {(2, 1)}) != digest_without(
        sheet.replace(b"<v>1</v>", b"<v>2</v>"), {(2, 1)}
    )


def test_the_filled_questionnaire_reads_as_the_same_questionnaire(tmp_path: Path) -> None:
    source = workbook(tmp_path)
    before = read_questionnaire(source, filename="x").questions
    fills = [
        ("Q", q.answer_place.row, q.answer_place.column, f"answer {q.ordinal}") for q in before
    ]
    out, _ = filled(source, *fills)
    after = read_questionnaire(out, filename="x").questions
    assert [(q.text, q.answer_place) for q in after] == [(q.text, q.answer_place) for q in before]
    assert [q.existing_answer for q in after] == ["answer 1", "answer 2"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workbook(tmp_path_factory.mktemp("round"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(st.characters(), max_size=200) | st.from_regex(r"\A_x[0-9A-F]{4}_.*\Z"))
def test_any_text_comes_back_as_it_was_or_its_changes_are_reported(shared: Path, text: str) -> None:
    out, report = filled(shared, ("Q", 2, 3, text))
    value = read_book(out).grids[0].cells.get((2, 3), "")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert report.untouched
    assert value == plain or report.changed
    assert len(value) == len(plain)
