"""What a person sets for a sheet holds instead of what would be guessed."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from rfp_manager.importing import Questionnaire, QuestionnaireRefused, read_questionnaire
from tests.rfp_manager.layouts_wild import PRIVACY, SECURITY

HIDDEN = {"Hidden": {"skip": False}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Form"
    sheet.append(["Our form"])
    sheet.append(["No", "Question", "Remarks", "Answer", "Other"])
    for n, text in enumerate(PRIVACY, 1):
        sheet.append([n, text])
    other = book.create_sheet("Hidden")
    other.append(["Question", "Answer"])
    for text in SECURITY:
        other.append([text])
    other.sheet_state = "hidden"
    book.save(tmp_path / "form.xlsx")
    return tmp_path / "form.xlsx"


def read(path: Path, overrides: Any) -> Questionnaire:
    return read_questionnaire(path, filename="form.xlsx", overrides=overrides)


def test_columns_that_were_set_are_used_and_said_to_be_set(path: Path) -> None:
    found = read(path, {"Form": {"columns": {"answer": 5, "comment": None, "number": None}}})
    assert {q.answer_place.column for q in found.questions} == {5}
    assert {q.comment_place for q in found.questions} == {None}
    assert [q.text for q in found.questions] == PRIVACY
    assert any("set by you" in reason for reason in found.sheets[0].reasons)


def test_rows_can_be_made_questions_sections_or_left_out(path: Path) -> None:
    rows = {"1": "question", "3": "section", "4": "skip"}
    found = read(path, {"Form": {"rows": rows}})
    assert [q.text for q in found.questions] == ["Our form", *PRIVACY[2:]]
    assert found.questions[1].section == PRIVACY[0]
    reasons = {skipped.row: skipped.reason for skipped in found.sheets[0].skipped}
    assert "set by you" in reasons[3] and "set by you" in reasons[4]


def test_another_header_row_starts_the_table_below_it(path: Path) -> None:
    columns = {"question": 2, "answer": 4}
    found = read(path, {"Form": {"header_row": 4, "columns": columns}})
    assert [q.place.row for q in found.questions] == [5, 6, 7, 8]
    assert found.sheets[0].header_row == 4


def test_a_table_can_be_said_to_have_no_header(path: Path) -> None:
    columns = {"question": 2, "answer": 4}
    rows = {"2": "skip"}
    found = read(path, {"Form": {"header_row": None, "columns": columns, "rows": rows}})
    assert [q.text for q in found.questions] == PRIVACY


def test_sheets_are_left_out_or_brought_back(path: Path) -> None:
    found = read(path, {"Form": {"skip": True}, **HIDDEN})
    assert [q.text for q in found.questions] == SECURITY
    assert "left out" in found.sheets[0].skipped[0].reason


def test_a_sheet_without_questions_is_shown_empty_rather_than_refused(path: Path) -> None:
    assert read(path, {"Form": {"skip": True}}).questions == []


def test_what_holds_for_a_missing_sheet_changes_nothing(path: Path) -> None:
    assert read(path, {"Gone": {"skip": True}}).questions == read(path, None).questions


@pytest.mark.parametrize(
    "wrong",
    [
        "text", {"Form": 3}, {"Form": {"columns": [1]}}, {"Form": {"columns": {"answer": 0}}},
        {"Form": {"columns": {"answer": "left"}}}, {"Form": {"header_row": -2}},
        {"Form": {"rows": {"x": "question"}}}, {"Form": {"rows": {"1": "maybe"}}},
        {"Form": {"columns": {"question": 99999}}},
        {"Form": {"columns": {"section": 3}}}, {"Form": {"header_row": float("inf")}},
    ],
)  # fmt: skip
def test_corrections_that_cannot_be_meant_are_refused_with_a_sentence(
    wrong: Any, path: Path
) -> None:
    with pytest.raises(QuestionnaireRefused, match="corrections"):
        read(path, wrong)
