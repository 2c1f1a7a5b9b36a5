"""Text files: any usual encoding and delimiter, split exactly as everyone else splits them."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfp_manager.importing import QuestionnaireRefused, read_questionnaire
from rfp_manager.importing.csv_text import decode, tokenize

QUESTIONS = ["Ist die Übertragung verschlüsselt?", "Gibt es ein Löschkonzept für Kundendaten?"]


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "questions.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_every_delimiter_and_encoding_gives_the_same_questions(
    delimiter: str, encoding: str, tmp_path: Path
) -> None:
    lines = [["Nr", "Frage", "Antwort"], ["1", QUESTIONS[0], ""], ["2", QUESTIONS[1], ""]]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    found = read_questionnaire(write(tmp_path, text.encode(encoding)), filename="x.csv")
    assert [q.text for q in found.questions] == QUESTIONS
    assert [q.answer_place.ref for q in found.questions] == ["C2", "C3"]


def test_rows_are_counted_as_records_with_preamble_and_lines_inside_cells(tmp_path: Path) -> None:
    text = 'Vendor form,,\n\nRef,Question,Answer\n1,"Do you encrypt?\nHow?",\n2,Do you test?,\n'
    found = read_questionnaire(write(tmp_path, text.encode()), filename="x.csv")
    assert [(q.text, q.place.ref) for q in found.questions] == [
        ("Do you encrypt?\nHow?", "B4"),
        ("Do you test?", "B5"),
    ]
    assert [row.row for row in found.sheets[0].skipped] == [1, 3]


def test_the_separator_line_of_excel_is_obeyed_and_not_read(tmp_path: Path) -> None:
    text = "sep=;\nNo;Question, please;Answer\n1;Do you encrypt, always?;\n2;Do you log?;\n"
    found = read_questionnaire(write(tmp_path, text.encode()), filename="x.csv")
    assert [(q.text, q.answer_place.ref) for q in found.questions] == [
        ("Do you encrypt, always?", "C3"),
        ("Do you log?", "C4"),
    ]


def test_cells_that_look_like_formulas_are_text(tmp_path: Path) -> None:
    text = 'ID,Question,Answer\n1,=1+1 is what,\n2,"=HYPERLINK(""http://x.invalid"")",\'=old\n3,@SUM(A1),\n'
    found = read_questionnaire(write(tmp_path, text.encode()), filename="x.csv")
    assert [q.text for q in found.questions] == [
        "=1+1 is what",
        '=HYPERLINK("http://x.invalid")',
        "@SUM(A1)",
    ]
    assert found.questions[1].existing_answer == "=old"


def test_prose_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionnaireRefused, match="does not look like a questionnaire"):
        read_questionnaire(write(tmp_path, b"Dear all,\nhere is our offer.\nBye\n"), filename="x")


@given(st.text(alphabet="a\"b,;\n\r '", max_size=60), st.sampled_from([",", ";"]))
def test_records_are_those_of_the_standard_reader(text: str, delimiter: str) -> None:
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    records = list(tokenize(text, delimiter))
    assert [[field.value for field in record.fields] for record in records] == expected


@given(st.binary(max_size=80))
def test_decoding_never_loses_a_byte(data: bytes) -> None:
    try:
        bom, encoding, text = decode(data)
    except QuestionnaireRefused:
        return
    assert bom + text.encode(encoding) == data
