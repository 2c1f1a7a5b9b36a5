"""A corrected reading is merged into an RFP without losing what people have done."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from jobs.models import Status
from rfp_manager.importing.types import NothingAsked, QuestionnaireRefused
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerState,
    Question,
    QuestionComment,
    RFPBatchJob,
    Section,
)
from rfp_manager.reading import kept_preview
from rfp_manager.remapping import RemappingRefused, apply, state_of, trial
from tests.rfp_manager.mapping_world import HEADER, form, imported, rows, workbook
from tests.rfp_manager.view_world import make_answer

pytestmark = pytest.mark.django_db
ANSWER_IN_REMARKS = {"Security": {"columns": {"answer": 5, "comment": None}}}


def test_questions_whose_answer_cell_moves_keep_their_answers(alice: Any) -> None:
    rfp = imported(form(), alice)
    first = rfp.questions.get(ordinal=1)
    answer = make_answer(first, state=AnswerState.APPROVED, edited_by=alice)
    done = apply(rfp, ANSWER_IN_REMARKS, alice, seen=state_of(rfp))
    assert (done.total, done.new, done.deleted) == (6, 0, 0)
    again = Question.objects.get(pk=first.pk)
    assert (again.answer_column, again.answer.pk, again.answer.state) == (
        5, answer.pk, AnswerState.APPROVED,
    )  # fmt: skip
    assert RFP.objects.get(pk=rfp.pk).mapping == {"sheets": ANSWER_IN_REMARKS}


def test_a_row_left_out_goes_and_the_others_are_numbered_anew(alice: Any) -> None:
    rfp = imported(form(), alice)
    second = rfp.questions.get(ordinal=2)
    done = apply(rfp, {"Security": {"rows": {str(second.row): "skip"}}}, alice, seen=state_of(rfp))
    assert (done.total, done.deleted) == (5, 1)
    assert list(rfp.questions.values_list("ordinal", flat=True)) == [1, 2, 3, 4, 5]
    assert not Question.objects.filter(pk=second.pk).exists()


def test_what_a_person_wrote_stays_until_they_let_it_go(alice: Any) -> None:
    rfp = imported(form(), alice)
    second = rfp.questions.get(ordinal=2)
    make_answer(second, edited_by=alice)
    left_out = {"Security": {"rows": {str(second.row): "skip"}}}
    plan = trial(rfp, left_out)
    assert [(h.question.pk, h.must_stay) for h in plan.held] == [(second.pk, False)]
    done = apply(rfp, left_out, alice, seen=state_of(rfp))
    assert (done.total, done.kept_anyway) == (6, 1)
    assert Question.objects.get(pk=second.pk).ordinal == 2
    rfp.refresh_from_db()
    done = apply(rfp, left_out, alice, seen=state_of(rfp), drop=frozenset([second.pk]))
    assert (done.total, done.deleted) == (5, 1)


def test_comments_and_machine_drafts_are_told_apart(alice: Any) -> None:
    rfp = imported(form(), alice)
    commented, drafted = rfp.questions.get(ordinal=1), rfp.questions.get(ordinal=2)
    QuestionComment.objects.create(question=commented, author=alice, text="Ask legal.")
    make_answer(drafted)
    plan = trial(rfp, {"Security": {"skip": True}})
    assert [(h.question.pk, h.reasons) for h in plan.held] == [(commented.pk, ["it has comments"])]
    assert len(plan.gone) == 6 and plan.found == []


def test_approved_answers_to_other_words_go_back_into_review(alice: Any) -> None:
    rfp = imported(form(), alice)
    make_answer(rfp.questions.get(ordinal=3), state=AnswerState.APPROVED, approved_by=alice)
    topics = {"Security": {"columns": {"question": 2, "answer": 4, "comment": 5, "number": 1}}}
    done = apply(rfp, topics, alice, seen=state_of(rfp))
    asked = rfp.questions.get(ordinal=3)
    assert (done.to_check, asked.text) == (1, "Logging")
    assert (asked.answer.state, asked.answer.approved_by) == (AnswerState.IN_REVIEW, None)


def test_two_who_correct_at_once_do_not_overwrite_each_other(alice: Any) -> None:
    rfp = imported(form(), alice)
    seen = state_of(rfp)
    apply(rfp, ANSWER_IN_REMARKS, alice, seen=seen)
    with pytest.raises(RemappingRefused, match="Somebody else"):
        apply(rfp, {}, alice, seen=seen)
    assert rfp.questions.first().answer_column == 5


@pytest.mark.parametrize("status", [Status.PENDING, Status.PROCESSING])
def test_nothing_is_remapped_while_a_batch_runs(status: str, alice: Any) -> None:
    rfp = imported(form(), alice)
    RFPBatchJob.objects.create(rfp=rfp, job_type="responder", started_by=alice, status=status)
    with pytest.raises(RemappingRefused, match="A batch is working"):
        apply(rfp, ANSWER_IN_REMARKS, alice, seen=state_of(rfp))
    assert rfp.questions.first().answer_column == 4


def test_a_correction_that_makes_no_sense_changes_nothing(alice: Any) -> None:
    rfp = imported(form(), alice)
    with pytest.raises(QuestionnaireRefused):
        apply(rfp, {"Security": {"columns": {"answer": "much"}}}, alice, seen=state_of(rfp))
    assert rfp.questions.count() == 6


def test_a_file_that_is_gone_says_so(alice: Any) -> None:
    rfp = imported(form(), alice)
    rfp.questionnaire.storage.delete(rfp.questionnaire.name)
    with pytest.raises(QuestionnaireRefused, match="not stored any more"):
        trial(rfp, {})


def test_left_out_sheets_come_back_with_their_sections(alice: Any) -> None:
    body = [HEADER, *rows(4)]
    rfp = imported(workbook(("One", body), ("Two", [HEADER, *rows(4, start=10)])), alice)
    names = list(Section.objects.filter(rfp=rfp).values_list("sheet", flat=True).distinct())
    assert (rfp.questions.count(), names) == (8, ["One", "Two"]) or len(names) >= 2
    apply(rfp, {"One": {"skip": True}}, alice, seen=state_of(rfp))
    assert set(rfp.sections.values_list("sheet", flat=True)) == {"Two"}
    rfp.refresh_from_db()
    apply(rfp, {}, alice, seen=state_of(rfp))
    assert list(rfp.questions.values_list("ordinal", flat=True)) == list(range(1, 9))
    assert list(rfp.sections.values_list("ordinal", flat=True)) == list(
        range(1, rfp.sections.count() + 1)
    )


def test_a_thousand_questions_are_remapped_with_few_queries(
    alice: Any, django_assert_max_num_queries: Any
) -> None:
    rfp = imported(form(1000), alice)
    with django_assert_max_num_queries(60):
        done = apply(rfp, ANSWER_IN_REMARKS, alice, seen=state_of(rfp))
    assert (done.total, done.new, done.deleted) == (1000, 0, 0)


# -- files that ask nothing ------------------------------------------------------------------
PRICES = [("Item", "Unit", "Price per unit"), ("Bolt", "piece", "1.20"), ("Nut", "piece", "0.80")]


def test_a_file_that_asks_nothing_says_what_was_seen(alice: Any) -> None:
    with pytest.raises(NothingAsked) as caught:
        imported(workbook(("Prices", PRICES)), alice)
    assert "“Prices” with 3 rows (item | unit | price per unit)" in str(caught.value)
    assert not RFP.objects.exists()


def test_it_can_be_kept_and_read_as_a_person_says(alice: Any) -> None:
    rfp = imported(workbook(("Prices", PRICES)), alice, keep_anyway=True)
    assert (rfp.questions.count(), rfp.file_format) == (0, "xlsx")
    assert "does not look like a questionnaire" in rfp.import_report["warnings"][0]
    own = {"Prices": {"header_row": 1, "columns": {"question": 1, "answer": 4}}}
    done = apply(rfp, own, alice, seen=state_of(rfp))
    assert done.total == 2
    assert list(rfp.questions.values_list("text", flat=True)) == ["Bolt", "Nut"]


# -- what the page shows of the file ---------------------------------------------------------
def test_the_sheets_are_kept_with_merged_cells_and_pages(alice: Any) -> None:
    rfp = imported(form(200), alice)
    preview = kept_preview(rfp)
    sheet = preview.sheets[0]
    assert (sheet["name"], sheet["columns"]) == ("Security", [1, 2, 3, 4, 5, 6])
    assert len(sheet["pages"]) == 4 and sheet["more_rows"] == 0
    assert preview.page(0, 0)["rows"][0] == [1, {"1": "Acme supplier form"}, 0]
    assert preview.page(0, 99) == {"rows": [], "merges": []}


def test_an_rfp_from_before_there_were_such_pages_gets_them(alice: Any) -> None:
    rfp = imported(form(), alice)
    storage, name = rfp.questionnaire.storage, f"{rfp.questionnaire.name}.view"
    storage.delete(name)
    assert kept_preview(rfp).sheets[0]["name"] == "Security"
    with storage.open(name, "wb") as stream:
        stream.write(b"PK\x03\x04 cut off")
    assert kept_preview(rfp).sheets[0]["name"] == "Security"


def test_rows_that_share_a_merged_answer_cell_are_one_question(alice: Any) -> None:
    book = load_workbook(io.BytesIO(form(6)))
    book.active.merge_cells("D4:D5")
    stream = io.BytesIO()
    book.save(stream)
    rfp = imported(stream.getvalue(), alice)
    first = rfp.questions.get(ordinal=1)
    assert rfp.questions.count() == 5
    assert "area 1," in first.text and "area 2," in first.text
    assert Answer.objects.count() == 0
