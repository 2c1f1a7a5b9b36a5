"""The export page: what would leave, what would not, and what has left."""

import json
from datetime import timedelta
from typing import Any

import docx
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from jobs.models import JobArtifact, Status
from rfp_manager.exports import start_export
from rfp_manager.models import RFP, Answer, AnswerState, ExportJob, Question
from tests.rfp_manager.answer_world import QUESTIONS, Commit, fresh
from tests.rfp_manager.answer_world import make_rfp as excel_rfp
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db
LONG = "".join(f"Sentence {n} of a very long answer. " for n in range(2000))


@pytest.fixture
def rfp(alice: User) -> RFP:
    rfp = make_rfp(alice, questions=4)
    make_answer(question(rfp, 1), "Yes.", state=AnswerState.APPROVED)
    make_answer(question(rfp, 2), "No.")
    return rfp


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def url(rfp: RFP) -> str:
    return reverse("rfp_manager:exports", args=[rfp.pk])


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_it_says_before_what_would_be_left_out(page: Client, rfp: RFP) -> None:
    text = words(page.get(url(rfp)))
    assert "2 of 4 questions answered, 1 approved." in text
    assert "All 2" in text and "1 of them is not approved" in text
    assert "Only the 1 approved" in text and "1 answer is left out" in text
    assert 'value="book-docx"' in text and 'value="receipts"' in text
    assert ">Q2</p>" in text and ">Q3, Q4</p>" in text


def test_cells_that_keep_the_buyers_text_are_named_before(page: Client, rfp: RFP) -> None:
    Question.objects.filter(rfp=rfp, ordinal=2).update(existing_answer="Last year: no.")
    text = words(page.get(url(rfp)))
    assert "where the buyer’s file holds a text already" in text and "Sheet1 C13" in text


def test_where_approval_is_asked_for_nothing_else_is_offered(page: Client, rfp: RFP) -> None:
    RFP.objects.update(approval_required=True)
    text = words(page.get(url(rfp)))
    assert 'value="all"' not in text and "This RFP asks for approval." in text


def test_without_javascript_a_form_makes_the_export_and_comes_back(
    page: Client, rfp: RFP, commit: Commit
) -> None:
    sent = {"output": "book-docx", "answers": "approved", "next": url(rfp)}
    with commit():
        answer = page.post(reverse("rfp_manager:export", args=[rfp.pk]), sent)
    assert (answer.status_code, answer["Location"]) == (303, url(rfp))
    job = ExportJob.objects.get()
    assert (job.output, job.only_approved, job.status) == ("book-docx", True, Status.COMPLETED)
    text = words(page.get(url(rfp)))
    assert "tender - answered - answer book.docx" in text and job.revision[:12] in text
    file = page.get(reverse("jobs:artifact", args=[job.artifacts.get().pk]))
    assert file["Content-Type"].endswith("wordprocessingml.document")


def test_each_kind_can_be_made_beside_the_others_and_none_twice(
    page: Client, rfp: RFP, alice: User
) -> None:
    export = reverse("rfp_manager:export", args=[rfp.pk])
    codes = [
        page.post(export, {"output": kind}).status_code
        for kind in ("filled", "filled", "book-pdf", "book-pdf", "nothing")
    ]
    assert codes == [303, 400, 303, 400, 422]
    text = words(page.get(url(rfp)))
    assert text.count("Answer book, PDF “Tender”") >= 1 and "Export “Tender”" in text


def test_the_report_can_be_read_and_taken_along_as_text_and_json(
    page: Client, alice: User, commit: Commit
) -> None:
    rfp = excel_rfp(alice, QUESTIONS)
    make_answer(rfp.questions.get(number="1.1"), "Yes.")
    with commit():
        job = fresh(start_export(rfp, alice))
    job = fresh(job)
    where = reverse("rfp_manager:export_detail", args=[rfp.pk, job.pk])
    shown = words(page.get(where))
    assert "Only answer cells were written" in shown and job.revision in shown
    text = page.get(f"{where}?as=txt")
    assert "attachment" in text["Content-Disposition"]
    assert "Only answer cells were written." in text.content.decode()
    assert job.artifacts.get().sha256 in text.content.decode()
    found = json.loads(page.get(f"{where}?as=json").content)
    assert found["report"] == job.report and found["revision"] == job.revision


def test_an_answer_longer_than_a_cell_goes_on_in_a_document_that_comes_with_it(
    page: Client, alice: User, commit: Commit
) -> None:
    rfp = excel_rfp(alice, QUESTIONS)
    for asked in rfp.questions.all():
        make_answer(asked, f"{asked.number}: {LONG}")
    with commit():
        job = fresh(start_export(rfp, alice))
    job = fresh(job)
    companion, main = job.artifacts.order_by("pk")
    assert job.result["artifact_id"] == main.pk
    assert companion.name == "tender - answered - answers continued.docx"
    texts = [paragraph.text for paragraph in docx.Document(companion.file.path).paragraphs]
    sheet = load_workbook(main.file.path)["Security"]
    for number in (1, 2, 3):
        cell = str(sheet[f"C{number + 3}"].value)
        assert len(cell) <= 32_767
        head, mark = cell.rsplit(" [", 1)
        assert mark == f'continued in "Answers continued", no. {number}]'
        at = texts.index(f"No. {number}: Security!C{number + 3}")
        assert texts[at + 1] == " ".join(QUESTIONS[number - 1])
        assert texts[at + 2] == f"1.{number}: {LONG}"
        assert texts[at + 2].startswith(head)
    where = reverse("rfp_manager:export_detail", args=[rfp.pk, job.pk])
    assert "No. 3 in full" in words(page.get(where))


def test_a_csv_field_is_no_longer_than_a_cell_either(rfp: RFP, alice: User, commit: Commit) -> None:
    rfp.questionnaire.save("t.csv", ContentFile(b"Nr,Question,Answer\n1,Why?,\n"))
    rfp.questions.exclude(ordinal=1).delete()
    rfp.questions.update(sheet="", row=2, column=2, answer_row=2, answer_column=3)
    Answer.objects.update(text="=" + LONG)
    with commit():
        job = fresh(start_export(rfp, alice))
    job = fresh(job)
    companion, main = job.artifacts.order_by("pk")
    with main.file.open() as file:
        line = file.read().decode().splitlines()[1]
    field = line.removeprefix('1,Why?,"').removesuffix('"').replace('""', '"')
    assert len(field) <= 32_767 and field.endswith('[continued in "Answers continued", no. 1]')
    assert "=" + LONG in [p.text for p in docx.Document(companion.file.path).paragraphs]


def test_what_an_attempt_that_was_cut_off_has_left_goes_with_the_next_one(
    rfp: RFP, alice: User, commit: Commit
) -> None:
    with commit():
        job = start_export(rfp, alice, output="book-xlsx")
        JobArtifact.objects.create(job_id=job.pk, name="old.docx", sha256="", size=0, file="gone")
    names = [file.name for file in job.artifacts.all()]
    assert names == ["tender - answered - answer book.xlsx"]


def test_the_page_takes_the_same_queries_however_much_was_exported(
    page: Client, rfp: RFP, alice: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        job = ExportJob.objects.create(
            rfp=rfp, status="completed", output="book-pdf", started_by=alice,
            completed_at=timezone.now() - timedelta(days=n),
        )  # fmt: skip
        JobArtifact.objects.create(job_id=job.pk, name=f"{n}.pdf", sha256="", size=1, owner=alice)
    with django_assert_max_num_queries(14):
        text = words(page.get(url(rfp)))
    assert "11.pdf" in text
