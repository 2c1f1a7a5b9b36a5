"""Forms as buyers really lay them out are read without a question lost or invented."""

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.utils import column_index_from_string

from rfp_manager.importing import Questionnaire, read_questionnaire
from rfp_manager.importing.types import FoundQuestion
from tests.rfp_manager.layouts_wild import ANY, DEMANDS, LAYOUTS, NOUNS, SECURITY, Gold, build

STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main":
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships":
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
}  # fmt: skip
ANSWER_TITLES = [
    "Your Company", "Vendor 1", "Bidder's statement", "Details of compliance",
    "How do you meet this requirement?", "Enter response in this column", "Fit / Gap",
    "Specifications offered", "To be completed by bidder", "Proposed solution", "Findings",
    "Outcome", "C/NC", "Compliant (C) / Non-compliant (NC)", "Rückmeldung", "Angabe Bieter",
    "Votre réponse", "Su respuesta", "Odpowiedź", "回答", "答复", "답변",
]  # fmt: skip
QUESTION_TITLES = [
    "Query", "Checkpoint", "Area of enquiry", "Information required", "User story", "Criteria",
    "Statement of requirement", "Item description", "Technical specification", "Particulars",
    "What we need to know", "Prüffrage", "Kriterium", "Besoin", "Requerimiento", "Krav",
]  # fmt: skip


def read_layout(name: str, folder: Path) -> tuple[Questionnaire, list[Gold]]:
    form = build(name)
    form.save(folder / "book.xlsx")
    return read_questionnaire(folder / "book.xlsx", filename="book.xlsx"), form.gold


def asked(found: list[FoundQuestion]) -> set[tuple[str, int, str]]:
    return {(q.place.sheet, q.place.row, q.text) for q in found}


def cells(gold: Gold, columns: str) -> set[tuple[int, int]]:
    """ "C|D+1" -> column C of the question's row, or D of the row below."""
    parts = (part.partition("+") for part in columns.split("|"))
    return {(gold.row + int(down or 0), column_index_from_string(c)) for c, _, down in parts}


@pytest.mark.parametrize("name", LAYOUTS)
def test_exactly_the_questions_of_the_form_are_found(name: str, tmp_path: Path) -> None:
    found, gold = read_layout(name, tmp_path)
    assert asked(found.questions) == {(g.sheet, g.row, g.text.strip()) for g in gold}


@pytest.mark.parametrize("name", LAYOUTS)
def test_answers_and_comments_go_where_the_form_wants_them(name: str, tmp_path: Path) -> None:
    found, gold = read_layout(name, tmp_path)
    by_row = {(g.sheet, g.row, g.text.strip()): g for g in gold}
    for question in found.questions:
        wanted = by_row[question.place.sheet, question.place.row, question.text]
        answer, comment = question.answer_place, question.comment_place
        assert (answer.row, answer.column) in cells(wanted, wanted.answer)
        if wanted.comment != ANY:
            assert comment is not None
            assert (comment.row, comment.column) in cells(wanted, wanted.comment)


@pytest.mark.parametrize("name", sorted(LAYOUTS)[::4])
def test_the_strict_variant_of_the_format_reads_the_same(name: str, tmp_path: Path) -> None:
    found, _ = read_layout(name, tmp_path)
    with (
        zipfile.ZipFile(tmp_path / "book.xlsx") as old,
        zipfile.ZipFile(tmp_path / "strict.xlsx", "w") as new,
    ):
        for entry in old.infolist():
            data = old.read(entry)
            for loose, strict in STRICT.items():
                data = data.replace(loose, strict)
            new.writestr(entry, data)
    again = read_questionnaire(tmp_path / "strict.xlsx", filename="strict.xlsx")
    assert again.questions == found.questions


def read_titled(folder: Path, question: str, answer: str, texts: list[str]) -> Questionnaire:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in ["Form"], [], ["No.", question, answer, "Remarks"]:
        sheet.append(row)
    for number, text in enumerate(texts, 1):
        sheet.append([number, text])
    book.save(folder / "book.xlsx")
    return read_questionnaire(folder / "book.xlsx", filename="book.xlsx")


@pytest.mark.parametrize("texts", [SECURITY, DEMANDS, NOUNS], ids=["asking", "shall", "nouns"])
@pytest.mark.parametrize("title", ANSWER_TITLES)
def test_unusual_titles_of_the_answer_column_are_understood(
    title: str, texts: list[str], tmp_path: Path
) -> None:
    found = read_titled(tmp_path, "Requirement", title, texts)
    assert [q.text for q in found.questions] == texts
    assert {q.answer_place.column for q in found.questions} == {3}


@pytest.mark.parametrize("texts", [SECURITY, DEMANDS, NOUNS], ids=["asking", "shall", "nouns"])
@pytest.mark.parametrize("title", QUESTION_TITLES)
def test_unusual_titles_of_the_question_column_are_understood(
    title: str, texts: list[str], tmp_path: Path
) -> None:
    found = read_titled(tmp_path, title, "Response", texts)
    assert [q.text for q in found.questions] == texts
    assert {q.answer_place.column for q in found.questions} == {3}


def test_a_plain_list_with_commas_in_it_is_one_column(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Security questions", *SECURITY]), encoding="utf-8")
    found = read_questionnaire(path, filename="list.csv")
    assert [q.text for q in found.questions] == SECURITY
