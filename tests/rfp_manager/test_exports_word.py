"""From a buyer's Word document to the answers in a copy of it."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from jobs.models import Status
from rfp_manager.creating import create_rfp
from rfp_manager.editing import answer_for, edit_answer
from rfp_manager.exports import start_export
from rfp_manager.importing.word.document import read_document
from rfp_manager.models import RFP
from tests.rfp_manager.answer_world import Commit, fresh
from tests.rfp_manager.word_world import NUMBERS, Form

pytestmark = pytest.mark.django_db


def form(folder: Path) -> Path:
    made = Form()
    made.h("Security")
    made.p("Describe your backups.", num=(NUMBERS, 0))
    made.p("Answer:")
    made.p("Do you have a policy?", num=(NUMBERS, 0))
    made.p("Answer:")
    made.t(["No", "Question", "Response", "Comments"],
           ["A1", "Do you encrypt data at rest?", "☐ Yes ☐ No", ""],
           ["A2", "Who runs your data centre?", "", ""])  # fmt: skip
    return made.save(folder / "form.docx")


def create(folder: Path, user: Any) -> RFP:
    sent = BytesIO(form(folder).read_bytes())
    return create_rfp(sent, filename="form.docx", name="Tender", user=user)


def test_questions_of_text_and_tables_are_stored_with_their_sections(
    alice: Any, tmp_path: Path
) -> None:
    questions = create(tmp_path, alice).questions.select_related("section").order_by("ordinal")
    assert [(q.number, q.sheet, q.section.title) for q in questions] == [
        ("1", "Text", "Security"), ("2", "Text", "Security"),
        ("A1", "Table 1", "Security"), ("A2", "Table 1", "Security"),
    ]  # fmt: skip


def test_the_answers_come_back_in_the_document_with_its_proof(
    alice: Any, tmp_path: Path, commit: Commit
) -> None:
    rfp = create(tmp_path, alice)
    for number, values in {
        "1": {"text": "Every night."}, "A1": {"choice": "Yes", "text": "With AES-256."},
    }.items():  # fmt: skip
        answer = answer_for(rfp.questions.get(number=number), alice)
        edit_answer(answer, user=alice, version=answer.version, **({"text": ""} | values))
    with commit():
        job = start_export(rfp, alice)
    job = fresh(job)
    assert job.status == Status.COMPLETED
    assert job.report["untouched"] is True
    out = tmp_path / "out.docx"
    with job.artifacts.get().file.open() as file:
        out.write_bytes(file.read())
    document = read_document(out)
    assert document.paragraphs[3].text == "Answer: Every night."
    cells = document.tables["Table 1"].cells
    assert (cells[2, 3].text, cells[2, 4].text) == ("☒ Yes ☐ No", "With AES-256.")
