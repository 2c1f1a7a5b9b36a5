"""What is read with a question: its limits, what it depends on, the cells to tick."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from rfp_manager.importing import Questionnaire, QuestionnaireRefused, read_questionnaire
from rfp_manager.importing.analysis import analyse
from rfp_manager.importing.conditions import condition_of
from rfp_manager.importing.grid import Book, Grid
from rfp_manager.importing.limits import Limit, find_limit
from tests.rfp_manager.layouts_wild import LAYOUTS, PRIVACY, SECURITY, build


def read(book: Workbook, folder: Path, **more: Any) -> Questionnaire:
    book.save(folder / "form.xlsx")
    return read_questionnaire(folder / "form.xlsx", filename="form.xlsx", **more)


def form(*rows: list[Any]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return book


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Describe your service (max. 500 characters).", Limit(characters=500)),
        ("Answer in no more than 200 words: who are you?", Limit(words=200)),
        ("Beschreiben Sie das Vorgehen (höchstens 1.000 Zeichen).", Limit(characters=1000)),
        ("Décrivez la démarche (1 500 caractères maximum).", Limit(characters=1500)),
        ("Response [250 words]", Limit(words=250)),
        ("Explain. 300 words max", Limit(words=300)),
        ("Do you support passwords of up to 128 characters?", Limit()),
        ("Are incidents reported within 24 hours?", Limit()),
        ("Must passwords have at least 12 characters?", Limit()),
    ],
)
def test_limits_of_the_answer_are_told_from_other_counts(text: str, limit: Limit) -> None:
    assert find_limit(text) == limit


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("If yes, please describe.", "If yes"),
        ("If not, when is it planned?", "If not"),
        ("Falls ja, bitte erläutern", "Falls ja"),
        ("Si oui, précisez", "Si oui"),
        ("If the answer is no, why?", "If the answer is no"),
        ("Where applicable, attach the report.", "Where applicable"),
        ("If a breach occurs, who is informed?", ""),
        ("If data is lost, how fast is it restored?", ""),
    ],
)
def test_a_condition_is_told_by_its_own_words(text: str, condition: str) -> None:
    assert condition_of(text) == condition


def test_follow_ups_know_the_question_they_depend_on(tmp_path: Path) -> None:
    book = form(
        ["No", "Question", "Answer"],
        ["1", SECURITY[0]], ["1a", "How often are they checked?"],
        ["2", SECURITY[1]], ["", "If yes, please name the reviewer."],
        ["3", SECURITY[2]], ["4", "If yes to 1, who checks them?"], ["5", PRIVACY[0]],
    )  # fmt: skip
    found = read(book, tmp_path).questions
    assert [q.parent for q in found] == [None, 1, None, 3, None, 1, None]
    assert [q.condition for q in found] == ["", "", "", "If yes", "", "If yes to 1", ""]


def test_a_column_and_a_rule_of_the_cell_limit_the_answer_too(tmp_path: Path) -> None:
    book = form(
        ["No", "Question", "Max. characters", "Answer"],
        *([n, text, 400 + n] for n, text in enumerate(PRIVACY, 1)),
    )
    rule = DataValidation(type="textLength", operator="lessThanOrEqual", formula1="100")
    rule.add("D3")
    book.worksheets[0].add_data_validation(rule)
    found = read(book, tmp_path).questions
    assert [q.max_characters for q in found] == [401, 100, 403, 404, 405, 406]
    assert {q.answer_place.column for q in found} == {4}


def test_boxes_to_tick_become_choices_with_a_cell_each(tmp_path: Path) -> None:
    book = form(
        ["No", "Question", "Yes", "No", "N/A", "Comments", "Evidence"],
        *([n, text, "☐", "☐", "☐"] for n, text in enumerate(PRIVACY, 1)),
    )
    book.worksheets[0]["D3"] = "X"
    found = read(book, tmp_path).questions
    assert found[0].allowed_choices == ["Yes", "No", "N/A"]
    ticks = {"Yes": [2, 3], "No": [2, 4], "N/A": [2, 5]}
    assert found[0].further_places == {"ticks": ticks, "evidence": [2, 7]}
    assert (found[0].answer_place.ref, found[0].comment_place.ref) == ("C2", "F2")  # type: ignore[union-attr]
    assert [q.existing_answer for q in found[:3]] == ["", "No", ""]


def test_boxes_printed_in_the_answer_cell_are_choices_and_no_answer(tmp_path: Path) -> None:
    book = form(["No", "Question", "Answer"], *([n, t, "☐ Yes  ☐ No"] for n, t in
                enumerate(PRIVACY, 1)))  # fmt: skip
    found = read(book, tmp_path).questions
    assert {tuple(q.allowed_choices) for q in found} == {("Yes", "No")}
    assert {q.existing_answer for q in found} == {""}


WORDS = st.sampled_from(
    ["Question", "Answer", "Yes", "No", "1.1", "A", "Total", "Is it so?", "The vendor shall do it.",
     "If yes, why?", "Comments", "☐ Yes ☐ No", "=A1", "#REF!", "Note: see above", "Score", "x"]
)  # fmt: skip


@given(st.dictionaries(st.tuples(st.integers(1, 12), st.integers(1, 6)), WORDS, max_size=40))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_a_sheet_no_row_goes_uncounted(
    cells: dict[tuple[int, int], str],
) -> None:
    try:
        found = analyse(Book([Grid("Any", cells=dict(cells))]), format_name="csv")
    except QuestionnaireRefused:
        return
    listed = {skipped.row for skipped in found.sheets[0].skipped}
    assert {q.place.row for q in found.questions} | listed == {row for row, _ in cells}


def test_formulas_that_name_each_other_over_and_over_are_given_up(tmp_path: Path) -> None:
    book = form(["No", "Question", "Answer"], *([n, text] for n, text in enumerate(PRIVACY, 1)))
    sheet = book.worksheets[0]
    for column in "ABCDEFG":
        below = chr(ord(column) + 1)
        sheet[f"{column}20"] = "=" + "&".join([f"{below}20"] * 40)
    sheet["H20"] = "x"
    sheet["B21"] = "=B21"
    found = read(book, tmp_path)
    assert [q.text for q in found.questions][: len(PRIVACY)] == PRIVACY
    assert any("no stored result" in reason for reason in found.sheets[0].reasons)


def test_the_details_travel_between_processes(tmp_path: Path) -> None:
    book = form(["No", "Question (max. 90 characters)", "Yes", "No"], *([n, t] for n, t in
                enumerate(PRIVACY)))  # fmt: skip
    found = read(book, tmp_path)
    assert Questionnaire.from_dict(found.to_dict()).questions == found.questions


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_row_with_text_is_a_question_or_listed_with_a_reason(
    name: str, tmp_path: Path
) -> None:
    built = build(name)
    built.save(tmp_path / "form.xlsx")
    found = read_questionnaire(tmp_path / "form.xlsx", filename="form.xlsx")
    for sheet, report in zip(built.book.worksheets, found.sheets, strict=True):
        filled = {c.row for row in sheet.iter_rows() for c in row if str(c.value or "").strip()}
        asked = {q.place.row for q in found.questions if q.place.sheet == report.name}
        listed = [skipped.row for skipped in report.skipped]
        assert asked | set(listed) >= filled
        assert all(skipped.reason for skipped in report.skipped)
        assert report.questions == sum(q.place.sheet == report.name for q in found.questions)
