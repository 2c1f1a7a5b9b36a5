"""Workbooks: what is hidden, computed, offered or hostile in them is handled in words."""

import json
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from rfp_manager.importing import Questionnaire, QuestionnaireRefused, read_questionnaire

HEADER = ["No", "Question", "Answer", "Comments"]
ROWS = [
    [1, "Do you encrypt data at rest?"],
    [2, "Describe your backup process."],
    [3, "The supplier shall keep logs for one year."],
]
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def read(path: Path) -> Questionnaire:
    return read_questionnaire(path, filename=path.name)


def book_with(rows: list[list[object]]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def saved(book: Workbook, tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None], **more: bytes) -> Path:
    """A copy of the zip with `change` applied to each part and the parts `more` added."""
    copy = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
        for name, data in more.items():
            new.writestr(name, data)
    return copy


def replaced(path: Path, part: str, old: bytes, new: bytes) -> Path:
    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        assert old in data
        return data.replace(old, new)

    return rewritten(path, change)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return saved(book_with([HEADER, *ROWS]), tmp_path)


def test_a_hidden_sheet_is_left_out_and_listed(tmp_path: Path) -> None:
    book = book_with([HEADER, *ROWS])
    hidden = book.create_sheet("Old questions")
    hidden.append(HEADER)
    hidden.append([9, "Is this question hidden?"])
    hidden.sheet_state = "veryHidden"
    found = read(saved(book, tmp_path))
    assert len(found.questions) == 3
    assert [(s.name, s.hidden, len(s.skipped)) for s in found.sheets] == [
        ("Sheet", False, 1),
        ("Old questions", True, 2),
    ]
    assert any("Old questions" in warning for warning in found.warnings)


def test_a_hidden_row_is_left_out_and_counted(tmp_path: Path) -> None:
    book = book_with([HEADER, *ROWS])
    book.active.row_dimensions[3].hidden = True
    found = read(saved(book, tmp_path))
    assert [q.place.row for q in found.questions] == [2, 4]
    assert [(s.row, s.reason) for s in found.sheets[0].skipped if s.row == 3] == [
        (3, "the row is hidden")
    ]
    (warning,) = found.warnings
    assert warning.startswith("1 hidden rows of “Sheet” were left out. Filtered and collapsed")


def test_a_hidden_column_neither_asks_nor_numbers(tmp_path: Path) -> None:
    book = book_with([["Key", *HEADER], *([f"K-{n}", *row] for n, row in enumerate(ROWS))])
    book.active.column_dimensions["A"].hidden = True
    found = read(saved(book, tmp_path))
    assert [q.number for q in found.questions] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "formula",
    ['"Yes, No,N/A"', "$H$1:$H$3", "Lists!$A$1:$A$3", "'My Lists'!$A$1:$A$3", "Choices",
     'INDIRECT("Choices")'],
)  # fmt: skip
def test_drop_downs_become_allowed_choices(formula: str, tmp_path: Path) -> None:
    book = book_with([HEADER, *ROWS])
    for title in ("Lists", "My Lists"):
        sheet = book.create_sheet(title)
        sheet.sheet_state = "hidden"
        for value in ("Yes", "No", "N/A"):
            sheet.append([value])
    for row, value in enumerate(("Yes", "No", "N/A"), 1):
        book.worksheets[0].cell(row, 8).value = value
    book.defined_names["Choices"] = DefinedName("Choices", attr_text="Lists!$A$1:$A$3")
    listed = DataValidation(type="list", formula1=formula)
    listed.add("C2:C3")
    book.worksheets[0].add_data_validation(listed)
    found = read(saved(book, tmp_path))
    assert [q.allowed_choices for q in found.questions] == [["Yes", "No", "N/A"]] * 2 + [[]]


def test_drop_downs_of_the_newer_extension_are_read(path: Path) -> None:
    extension = (
        b'<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
        b'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" uri="{CCE6A557}">'
        b'<x14:dataValidations count="1"><x14:dataValidation type="list"><x14:formula1>'
        b'<xm:f>"Full,Partly"</xm:f></x14:formula1><xm:sqref>C2 C4</xm:sqref>'
        b"</x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
    )
    found = read(replaced(path, "xl/worksheets/sheet1.xml", b"</worksheet>", extension))
    assert [q.allowed_choices for q in found.questions] == [
        ["Full", "Partly"],
        [],
        ["Full", "Partly"],
    ]


def test_a_computed_question_is_read_by_its_last_value(path: Path) -> None:
    computed = replaced(
        path,
        "xl/worksheets/sheet1.xml",
        b'<c r="B2" ',
        b'<c r="B2" t="str"><f>A9&amp;"?"</f><v>Do you test restores?</v></c><c r="AA2" ',
    )
    assert read(computed).questions[0].text == "Do you test restores?"


def test_a_row_whose_answer_is_a_formula_is_never_offered_for_an_answer(tmp_path: Path) -> None:
    book = book_with(
        [["No", "Question", "Answer"], *ROWS, [None, "Questions answered", "=COUNTA(C2:C4)"]]
    )
    found = read(saved(book, tmp_path))
    assert "C5" not in [q.answer_place.ref for q in found.questions]
    assert any("formula" in row.reason for row in found.sheets[0].skipped)


def test_strict_workbooks_read_the_same(path: Path) -> None:
    strict = rewritten(path, lambda _, data: data.replace(NAMESPACE.encode(), STRICT.encode()))
    assert read(strict).to_dict() == read(path).to_dict()


def test_cells_without_references_are_counted_from_the_left(path: Path) -> None:
    def change(name: str, data: bytes) -> bytes:
        if not name.startswith("xl/worksheets/"):
            return data
        data = re.sub(rb'<row r="\d+"[^>]*>', b"<row>", data)
        return re.sub(rb'<c r="[A-Z]+\d+"', b"<c", data)

    assert read(rewritten(path, change)).questions == read(path).questions


def test_one_far_cell_costs_nothing_and_is_mentioned(tmp_path: Path) -> None:
    book = book_with([HEADER, *ROWS])
    book.active["XFD1048576"] = "far"
    found = read(saved(book, tmp_path))
    assert len(found.questions) == 3
    assert any("right of column" in reason for reason in found.sheets[0].reasons)


def test_a_questionnaire_survives_the_way_between_processes(path: Path) -> None:
    found = read(path)
    assert Questionnaire.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_a_name_and_a_type_are_only_claims(path: Path) -> None:
    renamed = path.rename(path.with_name("questions.pdf"))
    assert len(read(renamed).questions) == 3


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([["Role", "Hourly rate", "Hours", "Total cost"], ["PM", 50, 10, 500]],
         "price sheet"),
        ([["Version", "Date", "Author", "Description", "Comments"], ["1", "May", "Al", "New", "-"]],
         "questionnaire"),
        ([["Team", "City", "Cups"], ["Blues", "St. Louis", 1]], "questionnaire"),
        ([], "no filled cells"),
    ],
)  # fmt: skip
def test_what_is_no_questionnaire_is_refused_with_advice(
    rows: list[list[object]], word: str, tmp_path: Path
) -> None:
    with pytest.raises(QuestionnaireRefused, match=word):
        read(saved(book_with(rows), tmp_path))


def test_a_bomb_is_refused_before_it_is_unpacked(path: Path) -> None:
    bomb = rewritten(path, lambda _, data: data, **{"xl/media/zeros.bin": bytes(30 * 2**20)})
    with pytest.raises(QuestionnaireRefused, match="bomb"):
        read(bomb)


def test_a_document_type_is_refused_and_its_entity_never_read(path: Path) -> None:
    doctype = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hostname">]><worksheet'
    with pytest.raises(QuestionnaireRefused, match="document type"):
        read(replaced(path, "xl/worksheets/sheet1.xml", b"<worksheet", doctype))


def test_a_document_type_hidden_in_utf16_is_refused(path: Path) -> None:
    hidden = '<!DOCTYPE w [<!ENTITY x "y">]><w/>'.encode("utf-16")
    with pytest.raises(QuestionnaireRefused, match="document type"):
        read(rewritten(path, lambda _, data: data, **{"xl/more.xml": hidden}))


@pytest.mark.parametrize("name", ["../../tmp/x", "/etc/x", "C:\\x", "a\\..\\..\\x"])
def test_parts_that_point_outside_are_refused(name: str, path: Path) -> None:
    with pytest.raises(QuestionnaireRefused, match="points outside"):
        read(rewritten(path, lambda _, data: data, **{name: b"x"}))


def test_a_part_that_exists_twice_is_refused(path: Path) -> None:
    twice = rewritten(path, lambda _, data: data, **{"xl/Workbook.xml": b"<workbook/>"})
    with pytest.raises(QuestionnaireRefused, match="twice"):
        read(twice)


@pytest.mark.parametrize("percent", range(5, 100, 10))
def test_a_file_cut_off_anywhere_is_refused_as_damaged(percent: int, path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * percent // 100])
    with pytest.raises(QuestionnaireRefused, match="damaged"):
        read(path)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "old binary format"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"<html><body><table><tr><th>Question</th></tr></table></body></html>", "web page"),
        (b"MZ\x90\0" + b"\0" * 80, "Windows program"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04" + b"\0" * 40, "damaged"),
        (struct.pack("<64I", *range(0xF0000000, 0xF0000040)) + b"\x01\x02\x03" * 50, "binary"),
    ],
)
def test_other_kinds_of_files_are_named_and_refused(data: bytes, word: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.xlsx"
    path.write_bytes(data)
    with pytest.raises(QuestionnaireRefused, match=word):
        read(path)
