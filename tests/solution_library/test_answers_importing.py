"""A sheet of questions and answers is taken in row by row: each counted, none doubled."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from jobs.models import Job
from llm_manager.models import LLMModel
from solution_library.answers import sheets
from solution_library.answers.errors import AnswerRefused
from solution_library.answers.importing import start_import, take_row
from solution_library.answers.writing import Details, content_now
from solution_library.models import Collection, LibraryAnswer
from solution_library.parsing.errors import Refusal
from tests.solution_library.answer_world import (  # noqa: F401
    Commit,
    an_answer,
    commit,
    document_of,
    fresh,
    llm,
    small,
)

pytestmark = pytest.mark.django_db
HEAD = "Question,Answer,Choice,Variants,Valid until,Tags\n"


def rows_of(tmp_path: Any, data: bytes, name: str = "a.csv") -> list[dict[str, str]]:
    path = tmp_path / name
    path.write_bytes(data)
    found: list[dict[str, str]] = sheets.read(path, filename=name)["rows"]
    return found


def a_workbook(*sheets_: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for number, lines in enumerate(sheets_, 1):
        sheet = book.create_sheet(f"Sheet{number}")
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# -- reading the file -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "data",
    [
        b"Question,Answer\nQ?,A\n",
        "﻿Frage;Antwort\r\nQ?;A\r\n".encode(),
        b"sep=;\nquestions;Response\nQ?;A",
        "Our answers\n\nQUESTION\tAnswer\nQ?\tA".encode("utf-16"),
        b"Nr,Question,Owner,Answer\n1,Q?,me,A\n,,,\n",
    ],
)
def test_columns_are_found_by_their_names_in_whatever_csv(data: bytes, tmp_path: Any) -> None:
    row = rows_of(tmp_path, data)[0]
    assert (row["question"], row["answer"]) == ("Q?", "A")


def test_every_sheet_of_a_workbook_is_read_with_dates_and_places(tmp_path: Any) -> None:
    from datetime import datetime

    first = [["Our bank of answers"], ["Question", "Answer", "Valid until"],
             ["Q?", "A", datetime(2031, 5, 4)], [None, None, None], ["R?", 7.0, None]]  # fmt: skip
    data = a_workbook(first, [["Notes"], ["nothing"]])
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    found = sheets.read(path, filename="a.xlsx")
    assert [(r["place"], r["answer"], r["valid_until"]) for r in found["rows"]] == [
        ("Sheet1, row 3", "A", "2031-05-04"), ("Sheet1, row 5", "7", ""),
    ]  # fmt: skip
    assert found["skipped_sheets"] == ["Sheet2"]


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"Name,Place\nx,y\n", "Question and Answer"), (b"Question,Answer\n", "Question and Answer"),
     (b"PK\x03\x04nonsense", "damaged"), (bytes(range(256)) * 8, "binary")],
)  # fmt: skip
def test_a_file_without_answers_is_refused_with_what_to_do(
    data: bytes, says: str, tmp_path: Any
) -> None:
    with pytest.raises(Refusal, match=says):
        rows_of(tmp_path, data)


def test_an_exported_formula_sign_comes_back_as_it_was(tmp_path: Any) -> None:
    row = rows_of(tmp_path, b"Question,Answer\n'=1+1?,'quoted'\n")[0]
    assert (row["question"], row["answer"]) == ("=1+1?", "'quoted'")


# -- rows -----------------------------------------------------------------------------------
def test_a_row_is_made_once_and_renewed_when_its_words_change(alice: User) -> None:
    def take(text: str) -> Any:
        row = {"question": "Q?", "answer": text, "variants": "Q or not?", "tags": "a; b"}
        return take_row(row, alice, Details(), approve=True)["outcome"]

    assert [take("One"), take("One"), take("Two")] == ["created", "unchanged", "updated"]
    answer = LibraryAnswer.objects.get()
    assert (answer.text, answer.version) == ("Two", 2)
    assert content_now(answer).variants == ("Q or not?",)
    assert {tag.name for tag in document_of(answer).tags.all()} == {"a", "b"}


def test_another_persons_answer_is_not_changed_by_an_import(alice: User, bob: User) -> None:
    answer = an_answer(alice, "Q?", "Alice's")
    with pytest.raises(AnswerRefused, match="belongs to somebody"):
        take_row({"question": "q", "answer": "Bob's"}, bob, Details(), approve=True)
    assert fresh(answer).text == "Alice's"


@pytest.mark.parametrize(
    ("row", "says"),
    [({"question": "Q?", "answer": ""}, "answer is missing"),
     ({"question": "", "answer": "A"}, "question is missing"),
     ({"question": "Q?", "answer": "A", "valid_until": "31/12/27"}, "no date"),
     ({"question": "Q?", "answer": "A", "valid_until": "2027-02-30"}, "no date"),
     ({"question": "Q?", "answer": "A", "tags": ",".join(map(str, range(30)))}, "30 tags")],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_says_why(row: dict[str, str], says: str, alice: User) -> None:
    with pytest.raises(AnswerRefused, match=says):
        take_row(row, alice, Details(), approve=True)


# -- the job --------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_import_counts_every_row_and_names_those_that_failed(
    alice: User, small: LLMModel, commit: Commit
) -> None:
    group = Collection.objects.create(name="EU")
    lines = "First?,One,,,2031-01-01,\nSecond?,,,,,\nThird?,Three,Yes,Third or not?,,\n"
    file = io.BytesIO((HEAD + lines).encode())
    with commit():
        job = start_import(
            file, filename="answers.csv", user=alice,
            details=Details(collections=[group]), approve=True,
        )  # fmt: skip
    job = Job.objects.get(pk=job.pk)
    assert (job.status, job.successful_items, job.failed_items) == ("completed", 2, 1)
    failed = job.items.get(state="failed")
    assert (failed.key, "answer is missing" in failed.error) == ("Row 3", True)
    first = LibraryAnswer.objects.get(question="First?")
    assert str(first.valid_until) == "2031-01-01"
    assert document_of(first).collections.get() == group
    assert document_of(first).embedding_status == "ready"


@pytest.mark.slow
def test_the_page_refuses_a_sheet_without_answers_and_keeps_the_form(
    alice: User, client: Client
) -> None:
    client.force_login(alice)
    url = reverse("solution_library:answer_import")
    sent = {"file": SimpleUploadedFile("x.csv", b"Name,Place\nx,y\n")}
    answer = client.post(url, sent)
    assert answer.status_code == 422
    assert "no columns named Question and Answer" in answer.content.decode()
    assert client.post(url, {}).status_code == 422
    assert not Job.objects.exists()
    sent = {"file": SimpleUploadedFile("x.csv", b"Question,Answer\nQ?,A\n")}
    answer = client.post(url, sent)
    assert answer["Location"] == Job.objects.get().get_absolute_url()
