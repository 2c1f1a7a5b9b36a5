"""Lists, sheets without titles that we know, and sheets that only look like forms."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils import column_index_from_string

from rfp_manager.importing import QuestionnaireRefused, read_questionnaire
from tests.rfp_manager.layouts_fourth import ANSWERED
from tests.rfp_manager.layouts_strangers_lists import LISTS, save_list
from tests.rfp_manager.layouts_strangers_silent import FINAL, SILENT
from tests.rfp_manager.layouts_strangers_texts import ASKED
from tests.rfp_manager.layouts_third_lists import NOTHING_ASKED

Rows = list[list[Any]]
NO_FORMS = {**SILENT, **FINAL, **NOTHING_ASKED, **ANSWERED}


def save_book(path: Path, *sheets: Rows) -> Path:
    book = Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}") if number else book.worksheets[0]
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_read_without_a_question_lost_or_invented(name: str, tmp_path: Path) -> None:
    form = save_list(name, tmp_path / "list.csv")
    found = read_questionnaire(tmp_path / "list.csv", filename="list.csv").questions
    assert [(q.place.row, q.text) for q in found] == [(g.row, g.text) for g in form.gold]
    columns = [q.answer_place.column for q in found]
    assert columns == [column_index_from_string(g.answer) for g in form.gold]


@pytest.mark.parametrize("name", NO_FORMS)
def test_a_sheet_with_an_empty_column_is_no_form_for_that(name: str, tmp_path: Path) -> None:
    path = save_book(tmp_path / "book.xlsx", NO_FORMS[name])
    with pytest.raises(QuestionnaireRefused, match="does not look like a questionnaire"):
        read_questionnaire(path, filename="book.xlsx")


@pytest.mark.parametrize("name", NO_FORMS)
def test_such_a_sheet_beside_a_form_adds_nothing_to_it(name: str, tmp_path: Path) -> None:
    form: Rows = [["No", "Question", "Answer"], *([n, t] for n, t in enumerate(ASKED, 1))]
    path = save_book(tmp_path / "book.xlsx", NO_FORMS[name], form)
    found = read_questionnaire(path, filename="book.xlsx").questions
    assert [q.text for q in found] == ASKED


def test_questions_in_one_row_are_answered_below_each_of_them(tmp_path: Path) -> None:
    path = save_book(tmp_path / "book.xlsx", [["Question", *ASKED[:8]], ["Answer"]])
    found = read_questionnaire(path, filename="book.xlsx")
    assert [q.text for q in found.questions] == ASKED[:8]
    assert [q.answer_place.ref for q in found.questions] == [f"{c}2" for c in "BCDEFGHI"]
    assert [row.row for row in found.sheets[0].skipped] == [2]


def test_prompts_are_neither_answers_nor_choices(tmp_path: Path) -> None:
    rows = [[n, text, "Please select"] for n, text in enumerate(ASKED, 1)]
    form: Rows = [["No", "Question", "Answer"], *rows]
    path = save_book(tmp_path / "book.xlsx", form)
    found = read_questionnaire(path, filename="book.xlsx").questions
    assert [(q.text, q.existing_answer) for q in found] == [(text, "") for text in ASKED]
