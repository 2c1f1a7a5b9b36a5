"""Word forms as buyers really lay them out are read without a question lost or invented."""

from pathlib import Path

import pytest

from rfp_manager.importing import Questionnaire, QuestionnaireRefused, read_questionnaire
from rfp_manager.importing.types import FoundQuestion, Place
from tests.rfp_manager.layouts_word import LAYOUTS, make
from tests.rfp_manager.word_world import Form, Gold

ASKING = [name for name in LAYOUTS if make(name).asks]
SILENT = [name for name in LAYOUTS if name not in ASKING]


def read_form(form: Form, folder: Path) -> Questionnaire:
    path = form.save(folder / "form.docx")
    return read_questionnaire(path, filename="form.docx")


def key(gold: Gold) -> tuple[str, int, str]:
    return gold.sheet, gold.row, gold.text


def found_key(question: FoundQuestion) -> tuple[str, int, str]:
    return question.place.sheet, question.place.row, question.text


def places(gold: Gold) -> set[Place]:
    found = set()
    for part in gold.answer.split("|"):
        sheet, _, cell = part.partition("!")
        row, _, column = cell.partition(",")
        found.add(Place(sheet, int(row), int(column)))
    return found


@pytest.mark.parametrize("name", ASKING)
def test_exactly_the_questions_of_the_form_are_found_in_their_order(
    name: str, tmp_path: Path
) -> None:
    form = make(name)
    found = read_form(form, tmp_path)
    assert [found_key(q) for q in found.questions] == [key(g) for g in form.gold]


@pytest.mark.parametrize("name", ASKING)
def test_answers_numbers_and_choices_are_those_of_the_form(name: str, tmp_path: Path) -> None:
    form = make(name)
    gold = {key(g): g for g in form.gold}
    for question in read_form(form, tmp_path).questions:
        wanted = gold[found_key(question)]
        assert question.answer_place in places(wanted)
        assert question.number == wanted.number
        assert tuple(question.allowed_choices) == wanted.choices


@pytest.mark.parametrize("name", SILENT)
def test_what_is_no_questionnaire_says_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionnaireRefused, match="does not look like a questionnaire"):
        read_form(make(name), tmp_path)


@pytest.mark.parametrize("name", ASKING)
def test_every_paragraph_and_row_with_text_is_a_question_or_listed_with_its_reason(
    name: str, tmp_path: Path
) -> None:
    found = read_form(make(name), tmp_path)
    asked = {(q.place.sheet, q.place.row) for q in found.questions}
    for sheet, grid in zip(found.sheets, found.book.grids, strict=True):
        skipped = {row.row for row in sheet.skipped}
        accounted = skipped | {row for name, row in asked if name == sheet.name}
        assert set(grid.by_row) <= accounted
        assert all(row.reason for row in sheet.skipped)
