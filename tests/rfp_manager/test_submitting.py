"""What left the house: snapshots of exports, what was submitted, and what it promises."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from jobs.finding import purgeable
from jobs.models import Job, JobArtifact, Status
from rfp_manager.batches import start_responder
from rfp_manager.commitments.ledger import decide, given
from rfp_manager.commitments.repeating import warnings_for
from rfp_manager.editing import answer_for, edit_answer, set_state
from rfp_manager.exporting import ExportRefused
from rfp_manager.exports import start_export
from rfp_manager.models import (
    RFP,
    AnswerState,
    Commitment,
    ExportedAnswer,
    ExportedCitation,
    ExportJob,
    Question,
)
from rfp_manager.snapshots import SnapshotOutdated, keep, snapshot
from rfp_manager.submitting import SubmissionRefused, mark_submitted, take_back
from solution_library.models import Chunk
from tests.rfp_manager.answer_world import Commit, answers, fresh, make_rfp

pytestmark = pytest.mark.django_db
PROMISE = "Our ISO 27001 certificate is valid until 31 March 2027."
TODAY = date(2026, 6, 1)


def export(rfp: RFP, commit: Commit, **options: Any) -> ExportJob:
    with commit():
        job = start_export(rfp, rfp.owner, **options)
    found: ExportJob = fresh(job)
    assert found.status == Status.COMPLETED, found.last_error
    return found


def write(rfp: RFP, number: str, text: str, **values: str) -> None:
    answer = answer_for(rfp.questions.get(number=number), rfp.owner)
    edit_answer(answer, text=text, user=rfp.owner, version=answer.version, **values)


def cells(job: ExportJob) -> dict[str, Any]:
    with job.artifacts.get().file.open() as file:
        sheet = load_workbook(io.BytesIO(file.read()))["Security"]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value}


@pytest.fixture
def drafted(rfp: RFP, commit: Commit, alice: Any) -> RFP:
    with commit():
        start_responder(rfp, alice)
    return rfp


# -- what an export keeps ------------------------------------------------------------------
def test_an_export_keeps_its_answers_with_what_they_rested_on(
    drafted: RFP, commit: Commit, alice: Any
) -> None:
    before = answers(drafted)["1.1"]
    quotes = list(before.citations.values_list("chunk", "quote"))
    job = export(drafted, commit)
    write(drafted, "1.1", "Something else.")
    kept = ExportedAnswer.objects.get(export=job, question__number="1.1")
    assert (kept.text, kept.answer_version) == (before.text, before.version)
    assert list(kept.citations.values_list("chunk", "quote")) == quotes


def test_a_question_without_evidence_has_nothing_to_export(drafted: RFP, commit: Commit) -> None:
    job = export(drafted, commit)
    numbers = job.exported_answers.values_list("question__number", flat=True)
    assert sorted(numbers) == ["1.1", "1.2"]


def test_a_second_attempt_of_a_job_replaces_what_the_first_has_kept(
    drafted: RFP, commit: Commit
) -> None:
    job = export(drafted, commit)
    keep(job, snapshot(drafted).taken)
    assert job.exported_answers.count() == 2


def test_answers_whose_passages_are_gone_meanwhile_are_collected_again(
    drafted: RFP, commit: Commit
) -> None:
    job, taken = export(drafted, commit), snapshot(drafted).taken
    ExportedCitation.objects.all().delete()
    chunks = [c.chunk_id for c in answers(drafted)["1.1"].citations.all()]
    answers(drafted)["1.1"].citations.all().delete()
    Chunk.objects.filter(pk__in=chunks).delete()
    with pytest.raises(SnapshotOutdated):
        keep(job, taken)


# -- approval ------------------------------------------------------------------------------
def test_only_approved_answers_leave_where_the_rfp_asks_for_it(
    drafted: RFP, commit: Commit, alice: Any
) -> None:
    RFP.objects.filter(pk=drafted.pk).update(approval_required=True)
    drafted.refresh_from_db()
    set_state(answers(drafted)["1.2"], AnswerState.APPROVED, alice)
    job = export(drafted, commit)
    assert "C4" not in cells(job) and "C5" in cells(job)
    assert job.report["unapproved"] == ["1.1"]
    assert [each.question.number for each in job.exported_answers.all()] == ["1.2"]


def test_asking_for_all_of_them_is_refused_in_a_sentence(drafted: RFP, alice: Any) -> None:
    drafted.approval_required = True
    with pytest.raises(ExportRefused, match="Approve the others first"):
        start_export(drafted, alice, only_approved=False)


def test_approval_that_is_asked_for_after_an_export_was_queued_counts(
    drafted: RFP, commit: Commit, alice: Any
) -> None:
    with commit():
        job = start_export(drafted, alice, only_approved=False)
        RFP.objects.filter(pk=drafted.pk).update(approval_required=True)
    assert "C4" not in cells(fresh(job))


def test_a_kind_of_export_that_there_is_not_is_refused(drafted: RFP, alice: Any) -> None:
    with pytest.raises(ExportRefused):
        start_export(drafted, alice, output="book-stone")


# -- ticks and evidence --------------------------------------------------------------------
def test_the_box_of_the_choice_is_ticked_and_the_words_go_beside_it(
    rfp: RFP, commit: Commit
) -> None:
    Question.objects.filter(number="1.1").update(
        allowed_choices=["Yes", "No"], further_places={"ticks": {"Yes": [4, 3], "No": [4, 5]}}
    )
    write(rfp, "1.1", "Not at all.", choice="No")
    found = cells(export(rfp, commit))
    assert found["E4"] == "X" and found["D4"] == "Not at all." and "C4" not in found


def test_words_for_which_the_file_has_no_cell_are_said_and_not_kept_as_given(
    rfp: RFP, commit: Commit
) -> None:
    Question.objects.filter(number="1.1").update(
        allowed_choices=["Yes", "No"], comment_row=None, comment_column=None,
        further_places={"ticks": {"Yes": [4, 3], "No": [4, 5]}},
    )  # fmt: skip
    write(rfp, "1.1", "With AES-256.", choice="Yes")
    job = export(rfp, commit)
    assert cells(job)["C4"] == "X" and job.report["homeless"] == ["1.1"]
    kept = job.exported_answers.get()
    assert (kept.choice, kept.text) == ("Yes", "")


def test_the_evidence_column_names_the_documents(drafted: RFP, commit: Commit) -> None:
    Question.objects.filter(number="1.1").update(further_places={"evidence": [4, 5]})
    assert cells(export(drafted, commit))["E4"] == "Backups"


@pytest.mark.parametrize(
    "places",
    [[], {"ticks": []}, {"ticks": {"Yes": "C4"}}, {"evidence": [0, -1]}, {"evidence": ["a", 1]},
     {"ticks": {"Yes": [None, 2]}}],
)  # fmt: skip
def test_places_that_make_no_sense_are_as_good_as_none(
    rfp: RFP, commit: Commit, places: Any
) -> None:
    Question.objects.filter(number="1.1").update(further_places=places)
    write(rfp, "1.1", "Yes.")
    assert cells(export(rfp, commit))["C4"] == "Yes."


# -- submitted -----------------------------------------------------------------------------
def test_what_was_submitted_is_noted_and_its_file_kept(
    drafted: RFP, commit: Commit, alice: Any
) -> None:
    job = export(drafted, commit)
    mark_submitted(drafted, job, alice)
    assert (drafted.submitted_export_id, drafted.submitted_by) == (job.pk, alice)
    assert job.artifacts.get().expires_at is None
    take_back(drafted)
    assert drafted.submitted_at is None and job.artifacts.get().expires_at is not None


def test_neither_what_was_submitted_nor_the_newest_export_is_ever_purged(
    drafted: RFP, commit: Commit, alice: Any
) -> None:
    jobs = [export(drafted, commit) for _ in range(3)]
    mark_submitted(drafted, jobs[0], alice)
    long_ago = timezone.now() - timedelta(days=1000)
    JobArtifact.objects.update(expires_at=long_ago)
    Job.objects.update(completed_at=long_ago)
    old = set(purgeable(Status.COMPLETED, 90).values_list("pk", flat=True))
    assert old & {job.pk for job in jobs} == {jobs[1].pk}


def test_what_cannot_have_been_submitted_is_refused(
    drafted: RFP, commit: Commit, alice: Any
) -> None:
    job = export(drafted, commit)
    with pytest.raises(SubmissionRefused):
        mark_submitted(make_rfp(alice, [("1", "Why?")]), job, alice)
    with pytest.raises(SubmissionRefused):
        mark_submitted(drafted, export(drafted, commit, output="receipts"), alice)
    ExportJob._default_manager.filter(pk=job.pk).update(status=Status.FAILED)
    with pytest.raises(SubmissionRefused, match="not finished"):
        mark_submitted(drafted, fresh(job), alice)


# -- the ledger ----------------------------------------------------------------------------
@pytest.fixture
def promised(rfp: RFP, commit: Commit, alice: Any) -> RFP:
    RFP.objects.filter(pk=rfp.pk).update(customer="Wexmoor plc")
    rfp.refresh_from_db()
    write(rfp, "1.1", PROMISE)
    mark_submitted(rfp, export(rfp, commit), alice)
    return rfp


def ledger() -> Any:
    return given(RFP.objects.all())


def test_promises_come_into_the_ledger_when_an_export_is_submitted(promised: RFP) -> None:
    row = ledger().get()
    assert (row.customer, row.kind, row.subject) == ("Wexmoor plc", "certificate", "ISO 27001")
    assert row.expires_on == date(2027, 3, 31)
    assert row.exported_answer.text[row.start : row.end] == row.words


def test_the_same_export_submitted_twice_promises_once(promised: RFP, alice: Any) -> None:
    mark_submitted(promised, fresh(promised.submitted_export), alice)
    assert Commitment.objects.count() == 1


def test_a_decision_holds_for_the_same_words_in_the_next_export(
    promised: RFP, commit: Commit, alice: Any
) -> None:
    decide(ledger().get(), alice, state="dismissed")
    write(promised, "1.2", "We notify you within 72 hours.")
    mark_submitted(promised, export(promised, commit), alice)
    assert {row.kind: row.state for row in ledger()} == {
        "certificate": "dismissed", "notice": "found",
    }  # fmt: skip


def test_what_was_taken_back_is_not_in_the_ledger_and_returns_with_its_decision(
    promised: RFP, alice: Any
) -> None:
    job = fresh(promised.submitted_export)
    decide(ledger().get(), alice, state="confirmed", expires_on=date(2028, 1, 1))
    take_back(promised)
    assert not ledger().exists()
    mark_submitted(promised, job, alice)
    assert (ledger().get().state, ledger().get().expires_on) == ("confirmed", date(2028, 1, 1))


def test_promising_again_what_has_expired_is_warned_of(promised: RFP) -> None:
    text = "Yes, we are certified to ISO/IEC 27001."
    assert warnings_for(text, TODAY) == []
    (warning,) = warnings_for(text, date(2027, 4, 1))
    assert "ISO 27001" in warning and "31 Mar 2027" in warning


def test_a_renewed_certificate_is_not_warned_of(promised: RFP, commit: Commit, alice: Any) -> None:
    other = make_rfp(alice, [("1", "Are you certified?")])
    write(other, "1", "Our ISO 27001 certificate is valid until 31 March 2030.")
    mark_submitted(other, export(other, commit), alice)
    assert warnings_for("We are ISO 27001 certified.", date(2027, 4, 1)) == []


@pytest.mark.parametrize("state", ["ended", "dismissed"])
def test_what_somebody_has_ended_is_warned_of_and_what_is_none_is_not(
    promised: RFP, alice: Any, state: str
) -> None:
    decide(ledger().get(), alice, state=state)
    found = warnings_for("We are ISO 27001 certified.", date(2030, 1, 1))
    assert bool(found) == (state == "ended")


def test_a_date_that_is_past_is_warned_of_without_any_ledger() -> None:
    assert warnings_for("SCIM will be available by Q1 2025.", TODAY)
    assert not warnings_for("SCIM will be available by Q1 2027.", TODAY)


# -- the pages -----------------------------------------------------------------------------
@pytest.fixture
def signed_in() -> Callable[[Any], Client]:
    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def test_the_ledger_can_be_read_filtered_and_decided(
    promised: RFP, alice: Any, signed_in: Callable[[Any], Client]
) -> None:
    client, url = signed_in(alice), reverse("rfp_manager:commitments")
    assert "31 March 2027" in client.get(url).text
    assert "No commitment fits" in client.get(url, {"kind": "notice"}).text
    assert "31 March 2027" in client.get(url, {"customer": "Wexmoor plc", "q": "ISO"}).text
    row = ledger().get()
    decision = reverse("rfp_manager:commitment_decide", args=[row.pk])
    client.post(decision, {"state": "confirmed", "expires_on": "2027-01-31"})
    row.refresh_from_db()
    assert (row.state, row.expires_on, row.decided_by) == ("confirmed", date(2027, 1, 31), alice)
    client.post(decision, {"state": "nonsense"})
    row.refresh_from_db()
    assert row.state == "confirmed"


def test_strangers_see_and_decide_nothing(
    promised: RFP, charlie: Any, signed_in: Callable[[Any], Client]
) -> None:
    client = signed_in(charlie)
    assert "Wexmoor" not in client.get(reverse("rfp_manager:commitments")).text
    assert b"Wexmoor" not in b"".join(client.get(reverse("rfp_manager:commitments_csv")))
    url = reverse("rfp_manager:commitment_decide", args=[ledger().get().pk])
    assert client.post(url, {"state": "ended"}).status_code == 404
    url = reverse("rfp_manager:submitted", args=[promised.pk])
    assert client.post(url, {"do": "take_back"}).status_code == 404


def test_the_ledger_as_csv_holds_no_formulas(
    promised: RFP, alice: Any, signed_in: Callable[[Any], Client]
) -> None:
    Commitment.objects.update(customer="=HYPERLINK(1)", words="+1")
    data = b"".join(signed_in(alice).get(reverse("rfp_manager:commitments_csv")))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 2 and rows[1][0] == "'=HYPERLINK(1)" and "'+1" in rows[1]


@pytest.mark.parametrize("count", [1, 40])
def test_the_ledger_takes_the_same_number_of_queries_for_any_number_of_promises(
    promised: RFP, alice: Any, signed_in: Callable[[Any], Client], count: int,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    row = ledger().get()
    for n in range(count):
        row.pk, row.start, row.end = None, 1000 + n, 2000 + n
        row.save()
    client = signed_in(alice)
    with django_assert_max_num_queries(12):
        assert client.get(reverse("rfp_manager:commitments")).status_code == 200


def test_an_export_is_marked_as_submitted_on_the_page_and_taken_back(
    drafted: RFP, commit: Commit, alice: Any, signed_in: Callable[[Any], Client]
) -> None:
    job, client = export(drafted, commit), signed_in(alice)
    url = reverse("rfp_manager:submitted", args=[drafted.pk])
    assert "Mark as submitted" in client.get(drafted.get_absolute_url()).text
    assert client.post(url, {"export": str(job.pk)}).status_code == 303
    assert "Submitted" in client.get(drafted.get_absolute_url()).text
    client.post(url, {"do": "take_back"})
    drafted.refresh_from_db()
    assert drafted.submitted_export is None
    for nonsense in ("", "x", "9" * 40, "²"):
        assert client.post(url, {"export": nonsense}).status_code == 404


def test_an_export_that_is_refused_says_why_on_the_page(
    drafted: RFP, alice: Any, signed_in: Callable[[Any], Client]
) -> None:
    RFP.objects.filter(pk=drafted.pk).update(approval_required=True)
    url = reverse("rfp_manager:export", args=[drafted.pk])
    answer = signed_in(alice).post(url, {"answers": "all"})
    assert answer.status_code == 422 and "Approve the others first" in answer.text
