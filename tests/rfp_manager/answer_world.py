"""A tiny library, a questionnaire of a buyer and a fake LLM: the whole path of an answer."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from openpyxl import Workbook

from jobs.models import Job
from rfp_manager.models import RFP, Answer, Question, Section
from solution_library import embedding
from solution_library.chunking import chunk_document
from solution_library.ingest import receive
from solution_library.models import Document
from solution_library.parsing import ParsedDocument, reader
from solution_library.reading import ReadDocument, embed_drafts
from tests.llm_manager import fake_models
from tests.llm_manager.fake_llm import FakeLLM

LIBRARY = {
    "backups.md": "# Backups\n\nAll database backups are encrypted with AES-256 every night. "
    "Backup copies are kept for 35 days in Frankfurt.\n",
    "access.md": "# Access\n\nEmployees sign in with multi-factor authentication. "
    "Access rights are reviewed every quarter by the security team.\n",
}
QUESTIONS = [
    ("1.1", "Are database backups encrypted with AES?"),
    ("1.2", "How often are access rights reviewed by the security team?"),
    ("1.3", "Do you breed giraffes on Jupiter?"),
]
Commit = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        fake_models.use(fake)
        yield fake


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Commit:
    """`with commit():` runs what was queued in it, as the relay and a worker would."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def library(llm: FakeLLM, tmp_path: Path) -> None:
    for name, text in LIBRARY.items():
        add_document(tmp_path, name, text)
    llm.requests.clear()


def add_document(folder: Path, name: str, text: str) -> Document:
    """As an upload and its embedding leave it; our own text needs no sandbox to be read in."""
    (folder / name).write_text(text)
    document = receive(folder / name, filename=name, user=None, embed=False).document
    task = embedding.prepare(document.pk)
    parsed = ParsedDocument.from_dict(reader.read(folder / name, filename=name))
    drafts = chunk_document(parsed)
    found = ReadDocument(task.version_id, parsed, drafts, embed_drafts(task, drafts))
    embedding.store(found)
    return document


@pytest.fixture
def rfp(alice: Any, library: None) -> RFP:
    return make_rfp(alice, QUESTIONS)


def make_rfp(owner: Any, questions: list[tuple[str, str]]) -> RFP:
    """As the import of `workbook(questions)` leaves it."""
    rfp = RFP(name="Tender", owner=owner, filename="tender.xlsx", file_format="xlsx", sha256="0")
    rfp.questionnaire.save("tender.xlsx", ContentFile(workbook(questions).getvalue()), save=True)
    section = Section.objects.create(rfp=rfp, ordinal=1, sheet="Security")
    Question.objects.bulk_create(
        Question(
            rfp=rfp, section=section, ordinal=n, number=number, text=text, sheet="Security",
            row=n + 3, column=2, answer_row=n + 3, answer_column=3, comment_row=n + 3,
            comment_column=4,
        )
        for n, (number, text) in enumerate(questions, 1)
    )  # fmt: skip
    return rfp


def workbook(questions: list[tuple[str, str]]) -> BytesIO:
    """A buyer's questionnaire: a title, headers, a question in each row."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Security"
    sheet.append(["Questionnaire of Wexmoor plc"])
    sheet.append([])
    sheet.append(["No.", "Question", "Vendor response", "Comments"])
    for number, question in questions:
        sheet.append([number, question])
    sheet.append([])
    sheet["F2"] = "=1+1"
    out = BytesIO()
    book.save(out)
    out.seek(0)
    return out


def answers(rfp: RFP) -> dict[str, Answer]:
    found = Answer.objects.filter(question__rfp=rfp).select_related("question")
    return {answer.question.number: answer for answer in found}


def fresh(job: Job) -> Any:
    return type(job).objects.get(pk=job.pk)
