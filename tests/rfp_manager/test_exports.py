"""From the buyer's file to the answers in a copy of it, and back by reading that copy."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from jobs.errors import AlreadyRunning
from jobs.models import JobArtifact, Status
from rfp_manager.batches import start_responder
from rfp_manager.creating import create_rfp
from rfp_manager.editing import answer_for, edit_answer, set_state
from rfp_manager.exports import start_export
from rfp_manager.models import RFP, AnswerState, ExportJob, Question
from rfp_manager.tasks import export_questionnaire
from tests.rfp_manager.answer_world import QUESTIONS, Commit, answers, fresh, make_rfp, workbook

pytestmark = pytest.mark.django_db


def export(rfp: RFP, commit: Commit) -> ExportJob:
    with commit():
        job = start_export(rfp, rfp.owner)
    found: ExportJob = fresh(job)
    return found


def cells(job: ExportJob) -> dict[str, Any]:
    with job.artifacts.get().file.open() as file:
        sheet = load_workbook(BytesIO(file.read()))["Security"]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value}


def write(rfp: RFP, number: str, text: str, user: Any, **values: str) -> None:
    answer = answer_for(rfp.questions.get(number=number), user)
    edit_answer(answer, text=text, user=user, version=answer.version, **values)


def test_the_whole_path_from_a_file_to_the_answers_in_its_copy(
    alice: Any, library: None, commit: Commit
) -> None:
    sent = workbook(QUESTIONS)
    rfp = create_rfp(sent, filename="tender.xlsx", name="Tender", user=alice)
    assert [q.text for q in rfp.questions.all()] == [text for _, text in QUESTIONS]
    with commit():
        start_responder(rfp, alice)
    job = export(rfp, commit)
    assert job.status == Status.COMPLETED
    found = cells(job)
    assert found["C4"] == "All database backups are encrypted with AES-256 every night."
    assert found["C5"].startswith("Access rights are reviewed every quarter")
    assert "C6" not in found
    before = {c.coordinate: c.value for row in load_workbook(workbook(QUESTIONS)).active for c in row
              if c.value}  # fmt: skip
    assert {place: value for place, value in found.items() if place not in ("C4", "C5")} == before
    assert job.result == {"artifact_id": job.artifacts.get().pk, "answers_written": 2}


def test_the_copy_is_named_after_the_buyers_file_and_belongs_to_who_asked(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    write(rfp, "1.1", "Yes.", alice)
    artifact = export(rfp, commit).artifacts.get()
    assert artifact.name == "tender - answered.xlsx"
    assert artifact.owner == alice
    assert artifact.size == Path(artifact.file.path).stat().st_size


def test_the_buyers_file_itself_is_never_touched(rfp: RFP, commit: Commit, alice: Any) -> None:
    before = Path(rfp.questionnaire.path).read_bytes()
    write(rfp, "1.1", "Yes.", alice)
    export(rfp, commit)
    assert Path(rfp.questionnaire.path).read_bytes() == before


def test_a_second_export_has_what_was_changed_and_the_first_one_stays(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    write(rfp, "1.1", "One.", alice)
    first = export(rfp, commit)
    write(rfp, "1.1", "Two.", alice)
    second = export(rfp, commit)
    assert (cells(first)["C4"], cells(second)["C4"]) == ("One.", "Two.")
    assert first.revision != second.revision
    assert JobArtifact.objects.count() == 2


def test_the_same_answers_have_the_same_revision(rfp: RFP, commit: Commit, alice: Any) -> None:
    write(rfp, "1.1", "One.", alice)
    assert export(rfp, commit).revision == export(rfp, commit).revision


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-5 to 10", "@all", "Yes\nand no", "€ 5 “x” ✓"])
def test_texts_arrive_as_texts_whatever_they_look_like(
    rfp: RFP, commit: Commit, alice: Any, text: str
) -> None:
    write(rfp, "1.1", text, alice)
    assert cells(export(rfp, commit))["C4"] == text


def test_a_comment_goes_beside_the_answer(rfp: RFP, commit: Commit, alice: Any) -> None:
    write(rfp, "1.1", "Yes.", alice, comment="See the policy.")
    found = cells(export(rfp, commit))
    assert (found["C4"], found["D4"]) == ("Yes.", "See the policy.")


def test_where_choices_are_given_the_cell_gets_the_choice_and_the_comment_the_text(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    Question.objects.filter(number="1.1").update(allowed_choices=["Yes", "No"])
    write(rfp, "1.1", "With AES-256.", alice, choice="Yes", comment="See A.")
    found = cells(export(rfp, commit))
    assert (found["C4"], found["D4"]) == ("Yes", "With AES-256.\nSee A.")


def test_a_text_of_the_buyer_in_the_answer_cell_gives_way_to_people_only(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    with commit():
        start_responder(rfp, alice)
    Question.objects.filter(number__in=["1.1", "1.2"]).update(existing_answer="See contract.")
    Question.objects.filter(number="1.2").update(existing_answer="[Please enter your answer]")
    job = export(rfp, commit)
    assert "C4" not in cells(job) and "C5" in cells(job)
    assert job.report["kept"] == ["Security C4"]
    set_state(answers(rfp)["1.1"], AnswerState.APPROVED, alice)
    assert "C4" in cells(export(rfp, commit))


def test_an_rfp_without_answers_is_exported_as_it_came(rfp: RFP, commit: Commit) -> None:
    job = export(rfp, commit)
    assert job.status == Status.COMPLETED
    assert job.result["answers_written"] == 0


def test_a_lost_file_is_said_and_fails_only_the_export(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    write(rfp, "1.1", "Yes.", alice)
    Path(rfp.questionnaire.path).write_bytes(b"not a workbook")
    job = export(rfp, commit)
    assert job.status == Status.FAILED
    assert job.last_error and not job.artifacts.exists()


def test_a_file_that_is_gone_is_said_in_a_sentence(rfp: RFP, commit: Commit, alice: Any) -> None:
    Path(rfp.questionnaire.path).unlink()
    job = export(rfp, commit)
    assert job.status == Status.FAILED
    assert "/" not in job.last_error


def test_one_export_at_a_time(rfp: RFP) -> None:
    start_export(rfp, rfp.owner)
    with pytest.raises(AlreadyRunning):
        start_export(rfp, rfp.owner)


def test_a_gone_rfp_is_said() -> None:
    assert export_questionnaire(999_999) == {
        "success": False, "job_id": None, "error": "RFP 999999 not found",
    }  # fmt: skip


def test_two_rfps_are_exported_side_by_side(alice: Any, library: None, commit: Commit) -> None:
    rfps = [make_rfp(alice, QUESTIONS), make_rfp(alice, QUESTIONS)]
    for number, each in enumerate(rfps):
        write(each, "1.1", f"Answer {number}.", alice)
    assert [cells(export(each, commit))["C4"] for each in rfps] == ["Answer 0.", "Answer 1."]
