"""PDF questionnaires are read as they look: fields, tables and text, no question lost."""

import re
from pathlib import Path

import pytest

from rfp_manager.importing import Questionnaire, QuestionnaireRefused, read_questionnaire
from rfp_manager.importing.pdf.document import Document, read_document, room_of
from rfp_manager.importing.types import FoundQuestion
from tests.rfp_manager.layouts_pdf import ASKED, LAYOUTS, Form
from tests.rfp_manager.pdf_maker import Maker


def plain(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def read_layout(name: str, folder: Path) -> tuple[Questionnaire, Form, Document]:
    form = LAYOUTS[name]()
    path = folder / "form.pdf"
    path.write_bytes(form.maker.data())
    return read_questionnaire(path, filename="form.pdf"), form, read_document(path)


def read_bytes(data: bytes, folder: Path) -> Questionnaire:
    path = folder / "file.pdf"
    path.write_bytes(data)
    return read_questionnaire(path, filename="file.pdf")


def room_kind(document: Document, question: FoundQuestion) -> str:
    place = question.answer_place
    room = room_of(document, place.sheet, place.row, place.column)
    assert room is not None
    if room.field or room.choices:
        return room.field or room.choices[0][1]
    return "none" if room.box is None else "box"


@pytest.mark.parametrize("name", LAYOUTS)
def test_exactly_the_questions_of_the_form_are_found_in_their_order(
    name: str, tmp_path: Path
) -> None:
    found, form, _ = read_layout(name, tmp_path)
    assert [plain(q.text) for q in found.questions] == [plain(g.text) for g in form.gold]
    assert [q.number.rstrip(".") for q in found.questions] == [g.number for g in form.gold]


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_answer_has_the_room_that_the_form_leaves_for_it(name: str, tmp_path: Path) -> None:
    found, form, document = read_layout(name, tmp_path)
    for question, gold in zip(found.questions, form.gold, strict=True):
        wanted = "box" if gold.room in ("cell", "line") else gold.room
        assert room_kind(document, question) == wanted
        assert tuple(question.allowed_choices) == gold.choices


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_paragraph_and_field_is_a_question_or_listed_with_its_reason(
    name: str, tmp_path: Path
) -> None:
    found, _, document = read_layout(name, tmp_path)
    for sheet, rows in ("Text", len(document.paragraphs)), ("Form", len(document.form)):
        asked = {q.place.row for q in found.questions if q.place.sheet == sheet}
        taken = {q.answer_place.row for q in found.questions if q.place.sheet == sheet}
        told = {row.row for r in found.sheets if r.name == sheet for row in r.skipped}
        assert all(row.reason for r in found.sheets for row in r.skipped)
        assert asked | taken | told >= set(range(1, rows + 1))


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_two_questions_share_a_place_for_their_answers(name: str, tmp_path: Path) -> None:
    found, _, _ = read_layout(name, tmp_path)
    places = [question.answer_place for question in found.questions]
    assert len(set(places)) == len(places)


def test_a_field_tells_its_length_and_what_it_holds_already(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    page.text(60, 100, "Legal name of your company:")
    page.field(260, 98, 200, 16, "n", "/FT /Tx /MaxLen 80 /V (Acme Ltd)")
    question = read_bytes(maker.data(), tmp_path).questions[0]
    assert (question.max_characters, question.existing_answer) == (80, "Acme Ltd")


def test_a_field_for_comments_takes_the_comment_on_the_question_above(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    page.text(60, 100, ASKED[3])
    page.field(400, 98, 60, 16, "a", "/FT /Ch /Ff 131072 /Opt [(Yes) (No)]")
    page.text(60, 130, "Comments:")
    page.field(160, 128, 300, 16, "c")
    found = read_bytes(maker.data(), tmp_path)
    assert [q.text for q in found.questions] == [ASKED[3].rstrip(":")]
    comment = found.questions[0].comment_place
    assert comment is not None and (comment.sheet, comment.row) == ("Form", 2)


def test_buttons_signatures_and_locked_fields_ask_nothing(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    for y, text, more in (
        (100, "Describe your backups", "/FT /Tx"),
        (130, "Print the form", "/FT /Btn /Ff 65536"),
        (160, "Signature of the director", "/FT /Sig"),
        (190, "Reference of the buyer", "/FT /Tx /Ff 1"),
    ):
        page.text(60, y, text)
        page.field(260, y - 2, 200, 16, f"f{y}", more)
    assert [q.text for q in read_bytes(maker.data(), tmp_path).questions] == [
        "Describe your backups"
    ]


def test_a_page_that_is_turned_reads_like_one_that_is_not(tmp_path: Path) -> None:
    form = LAYOUTS["fields_below_questions"]()
    straight = read_bytes(form.maker.data(), tmp_path)
    for page in form.maker.pages:
        page.rotate = 90
    turned = read_bytes(form.maker.data(), tmp_path)
    assert [q.text for q in turned.questions] == [q.text for q in straight.questions]


def test_a_sentence_cut_by_the_end_of_the_page_is_one_question(tmp_path: Path) -> None:
    maker = Maker()
    first, second = maker.page(), maker.page()
    for at, text in enumerate(ASKED[:4], 1):
        first.text(60, 80 + at * 40, f"{at}. {text}")
        first.text(60, 95 + at * 40, "Response: " + "_" * 40)
    first.text(60, 770, "5. Describe how you make sure that the people who leave your company lose")
    second.text(60, 60, "all their access rights on the same day.")
    second.text(60, 75, "Response: " + "_" * 40)
    found = read_bytes(maker.data(), tmp_path)
    assert found.questions[-1].text.endswith("lose all their access rights on the same day.")


def test_a_person_can_leave_a_paragraph_out_or_make_it_a_question(tmp_path: Path) -> None:
    form = LAYOUTS["lines_to_write_on"]()
    path = tmp_path / "file.pdf"
    path.write_bytes(form.maker.data())
    before = read_questionnaire(path, filename="file.pdf")
    row = str(before.questions[0].place.row)
    after = read_questionnaire(
        path, filename="file.pdf", overrides={"Text": {"rows": {row: "skip"}}}
    )
    assert [q.text for q in after.questions] == [q.text for q in before.questions[1:]]
    assert any("set by you" in s.reason for r in after.sheets for s in r.skipped)


# -- what cannot be read ------------------------------------------------------------------
def refused(data: bytes, folder: Path) -> str:
    with pytest.raises(QuestionnaireRefused) as error:
        read_bytes(data, folder)
    return str(error.value)


def test_a_damaged_pdf_is_refused_with_what_to_do(tmp_path: Path) -> None:
    assert "damaged" in refused(b"%PDF-1.7\nnothing else", tmp_path)


def test_a_form_made_by_a_script_is_refused_with_what_to_do(tmp_path: Path) -> None:
    maker = Maker(form="/XFA (template)")
    maker.page().text(60, 100, "Please wait... Your PDF viewer may not be able to display this.")
    assert "XFA" in refused(maker.data(), tmp_path)


def test_a_text_that_asks_nothing_is_no_questionnaire(tmp_path: Path) -> None:
    maker = Maker()
    page = maker.page()
    page.text(60, 60, "Minutes of the meeting", size=16, bold=True)
    for at in range(8):
        page.text(60, 100 + at * 20, f"On day {at} the group met in Geneva and had coffee.")
    assert "does not look like a questionnaire" in refused(maker.data(), tmp_path)


def test_a_pdf_without_any_text_says_so(tmp_path: Path) -> None:
    maker = Maker()
    maker.page()
    assert "no text" in refused(maker.data(), tmp_path)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_a_cut_file_is_read_or_refused_but_never_breaks(cut: float, tmp_path: Path) -> None:
    data = LAYOUTS["table_with_fields"]().maker.data()
    try:
        found = read_bytes(data[: int(len(data) * cut)], tmp_path)
    except QuestionnaireRefused as error:
        assert str(error)
    else:
        assert found.questions
