"""Plain text and pasted questions are read line by line, and come back with their answers."""

from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook

from rfp_manager.exporting import ExportRefused, Fill, fill
from rfp_manager.importing import Questionnaire, QuestionnaireRefused, read_questionnaire
from rfp_manager.importing.pasted import as_file
from rfp_manager.importing.types import Place
from tests.rfp_manager.layouts_pdf import ASKED, LAYOUTS

NUMBERED = """Security

1. Do you encrypt backups?
2) How often are they tested, and by whom?

Operations

3. Describe how access rights are granted and reviewed by the people who are
responsible for them.
"""
MARKED = (
    "1.1 Do you encrypt backups?\r\nAnswer: ______\r\n1.2 Where are they kept?\r\nAnswer:\r\n"
    "\r\nCompany name: _______\r\n"
)


def read_text(text: str, folder: Path, name: str = "questions.txt") -> Questionnaire:
    path = folder / name
    path.write_bytes(text.encode())
    return read_questionnaire(path, filename=name)


def answered(text: str, folder: Path, answer: str = "Yes.") -> str:
    found = read_text(text, folder)
    fills = [
        Fill(q.answer_place, q.allowed_choices[0] if q.allowed_choices else answer)
        for q in found.questions
    ]
    report = fill(folder / "questions.txt", fills=fills, out=folder / "out.txt")
    assert report.untouched and report.answers_written == len(fills)
    return (folder / "out.txt").read_bytes().decode()


def test_one_question_on_each_line_is_a_questionnaire(tmp_path: Path) -> None:
    found = read_text("\n".join(ASKED), tmp_path)
    assert [q.text for q in found.questions] == ASKED
    assert found.format == "text"


def test_numbers_titles_and_wrapped_lines_are_understood(tmp_path: Path) -> None:
    found = read_text(NUMBERED, tmp_path).questions
    assert [(q.number.rstrip(".)"), q.section) for q in found] == [
        ("1", "Security"), ("2", "Security"), ("3", "Operations"),
    ]  # fmt: skip
    assert found[2].text.endswith("the people who are responsible for them.")


def test_headings_and_points_of_markdown_are_understood(tmp_path: Path) -> None:
    text = "# Vendor\n\n## Security\n\n- Do you encrypt backups?\n\n## Law\n\n- Who audits you?\n"
    found = read_text(text, tmp_path, "questions.md").questions
    assert [(q.text, q.section) for q in found] == [
        ("Do you encrypt backups?", "Vendor › Security"), ("Who audits you?", "Vendor › Law"),
    ]  # fmt: skip


def test_answers_stand_below_their_questions(tmp_path: Path) -> None:
    lines = answered(NUMBERED, tmp_path).splitlines()
    assert lines[lines.index("1. Do you encrypt backups?") + 1] == "Answer: Yes."
    assert lines[lines.index("responsible for them.") + 1] == "Answer: Yes."


def test_answers_go_onto_the_lines_left_for_them(tmp_path: Path) -> None:
    assert answered(MARKED, tmp_path) == (
        "1.1 Do you encrypt backups?\r\nAnswer: Yes.\r\n1.2 Where are they kept?\r\nAnswer: Yes."
        "\r\n\r\nCompany name: Yes.\r\n"
    )


def test_printed_boxes_are_ticked(tmp_path: Path) -> None:
    text = "1. Do you encrypt backups? ☐ Yes ☐ No\n2. Is MFA enforced? ☐ Yes ☐ No\n"
    assert answered(text, tmp_path) == text.replace("☐ Yes", "☒ Yes")


@pytest.mark.parametrize("text", [NUMBERED, MARKED, "\n\n".join(ASKED), "\ufeff" + NUMBERED])
def test_every_line_of_the_buyer_stays(text: str, tmp_path: Path) -> None:
    shown = answered(text, tmp_path, "Two\nlines.").replace("\r\n", "\n").split("\n")
    for line in text.replace("\r\n", "\n").split("\n"):
        assert any(other.startswith(line.rstrip("_ ")) for other in shown)


def test_a_line_that_is_not_there_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    read_text(NUMBERED, tmp_path)
    with pytest.raises(ExportRefused, match="no line 99"):
        fills = [Fill(Place("Text", 99, 1), "Yes")]
        fill(tmp_path / "questions.txt", fills=fills, out=tmp_path / "out.txt")
    assert not (tmp_path / "out.txt").exists()


def test_a_text_without_questions_says_how_to_write_them(tmp_path: Path) -> None:
    with pytest.raises(QuestionnaireRefused, match="one question on each line"):
        read_text("Dear all,\n\nthe meeting is on Monday.\n", tmp_path)


def test_a_table_in_a_text_file_stays_a_table(tmp_path: Path) -> None:
    rows = "\n".join(f"{n}\t{text}\t" for n, text in enumerate(ASKED, 1))
    found = read_text(f"No.\tQuestion\tAnswer\n{rows}\n", tmp_path)
    assert found.format == "csv" and [q.text for q in found.questions] == ASKED


# -- pasted -------------------------------------------------------------------------------
def test_cells_pasted_from_a_spreadsheet_become_a_table(tmp_path: Path) -> None:
    cells = 'No.\tQuestion\tAnswer\r\n1\t"Do you encrypt,\n and how?"\t\r\n2\tWho audits you?\t\r\n'
    name, content = as_file(cells)
    (tmp_path / name).write_bytes(content)
    found = read_questionnaire(tmp_path / name, filename=name)
    assert name.endswith(".csv")
    assert [q.text.split() for q in found.questions] == [
        ["Do", "you", "encrypt,", "and", "how?"], ["Who", "audits", "you?"],
    ]  # fmt: skip


def test_pasted_text_is_kept_as_it_was_typed() -> None:
    name, content = as_file("1. Do you?\r\n2. Did you, and when?\r\n")
    assert name.endswith(".txt")
    assert content.decode() == "1. Do you?\n2. Did you, and when?\n"


# -- the same questions in every format ---------------------------------------------------
def as_workbook(folder: Path) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["No.", "Question", "Response"])
    for number, text in enumerate(ASKED, 1):
        sheet.append([f"1.{number}", text])
    book.save(folder / "form.xlsx")
    return folder / "form.xlsx"


def as_word(folder: Path) -> Path:
    document = Document()
    table = document.add_table(rows=1, cols=3)
    rows = [("No.", "Question", "Response")]
    rows += [(f"1.{number}", text, "") for number, text in enumerate(ASKED, 1)]
    for place, row in enumerate(rows):
        cells = table.rows[0].cells if place == 0 else table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = text
    document.save(str(folder / "form.docx"))
    return folder / "form.docx"


def as_csv(folder: Path) -> Path:
    rows = "".join(f'1.{n},"{text}",\n' for n, text in enumerate(ASKED, 1))
    (folder / "form.csv").write_text(f"No.,Question,Response\n{rows}", encoding="utf-8")
    return folder / "form.csv"


def as_pdf(folder: Path) -> Path:
    (folder / "form.pdf").write_bytes(LAYOUTS["table_with_rules"]().maker.data())
    return folder / "form.pdf"


def as_text(folder: Path) -> Path:
    lines = "\n".join(f"1.{n} {text}" for n, text in enumerate(ASKED, 1))
    (folder / "form.txt").write_text(lines, encoding="utf-8")
    return folder / "form.txt"


@pytest.mark.parametrize("make", [as_workbook, as_word, as_csv, as_pdf, as_text])
def test_the_same_questions_give_the_same_import_from_every_format(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path)
    found = read_questionnaire(path, filename=path.name)
    assert [(q.number, q.text) for q in found.questions] == [
        (f"1.{number}", text) for number, text in enumerate(ASKED, 1)
    ]
