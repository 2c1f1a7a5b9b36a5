"""A batch asks the model only for what nobody has answered yet: approved answers are used again,
and questions that ask the same share one draft."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.models import JobLog, Status
from llm_manager.models import LLMUsage
from rfp_manager.batches import start_responder
from rfp_manager.editing import edit_answer
from rfp_manager.models import RFP, Answer, LibraryAnswerUse, Question, RFPBatchJob, UseKind
from rfp_manager.reusing import answers_it, mapped_choice, still_holds
from rfp_manager.sparing import in_order, rules_out
from solution_library.answers.finding import AnswerMatch
from solution_library.answers.freshness import freshness_of
from solution_library.models import Collection, LibraryAnswer
from tests.llm_manager.fake_llm import FakeLLM, status
from tests.rfp_manager.answer_world import QUESTIONS, Commit, answers, fresh, make_rfp
from tests.solution_library.answer_world import an_answer, document_of

pytestmark = pytest.mark.django_db
ASKED, OTHER, _ = [text for _, text in QUESTIONS]
APPROVED = "Every backup of our databases is encrypted with AES-256. Keys stay in Frankfurt."


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.item_rows.FIRST_BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr("rfp_manager.sparing.WAIT_SECONDS", 0.01)


def respond(rfp: RFP, commit: Commit, **options: Any) -> RFPBatchJob:
    with commit():
        job = start_responder(rfp, rfp.owner, **options)
    found: RFPBatchJob = fresh(job)
    assert found.status == Status.COMPLETED
    return found


def approve(commit: Commit, user: Any, question: str = ASKED, **values: Any) -> LibraryAnswer:
    with commit():
        return an_answer(user, question, values.pop("text", APPROVED), **values)


def calls(job: RFPBatchJob) -> int:
    return LLMUsage.objects.filter(job_id=job.pk, purpose="answer").count()


# -- approved answers ---------------------------------------------------------------------------
def test_an_approved_answer_is_the_draft_word_for_word_and_no_model_is_asked(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    kept = approve(commit, alice)
    job = respond(rfp, commit)
    found = answers(rfp)["1.1"]
    assert (found.text, found.outcome, found.model) == (APPROVED, "answered", None)
    assert found.unsupported == [] and "Approved answer" in found.explanation
    [citation] = found.citations.all()
    assert citation.chunk.version.document_id == kept.document_id
    assert citation.quote == citation.chunk.text and APPROVED in citation.quote
    use = LibraryAnswerUse.objects.get(answer=found, kind=UseKind.REUSED)
    assert (use.library_answer, use.answer_version) == (kept, found.version)
    assert calls(job) == 2
    assert (job.result["approved"], job.result["calls_saved"]) == (1, 1)
    assert JobLog.objects.filter(job_id=job.pk, message__contains="1 calls").exists()


@pytest.mark.parametrize("why", ["expired", "draft", "foreign", "other collection"])
def test_what_may_not_answer_is_not_used(rfp: RFP, commit: Commit, bob: Any, why: str) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    kept = approve(commit, bob, approve=why != "draft",
                   until=yesterday if why == "expired" else None)  # fmt: skip
    if why == "foreign":
        closed = Collection.objects.create(name="Closed", is_restricted=True)
        document_of(kept).collections.add(closed)
    if why == "other collection":
        rfp.collections.add(Collection.objects.create(name="Elsewhere"))
    respond(rfp, commit)
    assert not LibraryAnswerUse.objects.exists()
    assert APPROVED not in {answer.text for answer in answers(rfp).values()}


def test_the_choice_is_the_questionnaires_word_for_what_was_approved(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    rfp.questions.filter(number="1.1").update(
        allowed_choices=["Fully met", "Partly met", "Not met"]
    )
    approve(commit, alice, choice="Yes")
    respond(rfp, commit)
    found = answers(rfp)["1.1"]
    assert (found.choice, found.text, found.outcome) == ("Fully met", APPROVED, "answered")


def test_a_choice_that_is_not_offered_is_left_to_a_person(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    rfp.questions.filter(number="1.1").update(allowed_choices=["Gold", "Silver"])
    approve(commit, alice, choice="Yes")
    respond(rfp, commit)
    found = answers(rfp)["1.1"]
    assert (found.choice, found.outcome) == ("", "partly")
    assert "“Yes”, which is not among the allowed choices" in found.explanation


def test_an_approved_answer_is_shortened_at_a_sentence_or_called_too_long(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    approve(commit, alice)
    rfp.questions.filter(number="1.1").update(max_characters=60)
    respond(rfp, commit)
    assert answers(rfp)["1.1"].text == APPROVED.partition(" Keys")[0]
    rfp.questions.filter(number="1.1").update(max_characters=20)
    respond(rfp, commit, only_unanswered=False)
    found = answers(rfp)["1.1"]
    assert (found.text, found.outcome) == (APPROVED, "partly")
    assert "longer than the asked 20 characters" in found.explanation


def test_a_draft_that_is_no_longer_the_approved_answer_is_no_use_of_it(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    kept = approve(commit, alice)
    respond(rfp, commit)
    LibraryAnswer.objects.filter(pk=kept.pk).update(valid_until="2020-01-01")
    respond(rfp, commit, only_unanswered=False)
    assert answers(rfp)["1.1"].text != APPROVED
    assert not LibraryAnswerUse.objects.exists()


def test_an_answer_that_was_changed_since_it_was_looked_up_does_not_hold(
    commit: Commit, alice: Any, library: None
) -> None:
    kept = approve(commit, alice)
    looked_up = (kept.pk, kept.version)
    assert still_holds(looked_up, alice)
    LibraryAnswer.objects.filter(pk=kept.pk).update(version=kept.version + 1)
    assert not still_holds(looked_up, alice)
    LibraryAnswer.objects.filter(pk=kept.pk).update(version=kept.version, valid_until="2020-01-01")
    assert not still_holds(looked_up, alice)


def test_what_is_near_in_meaning_but_of_another_thing_is_not_used(
    rfp: RFP, commit: Commit, alice: Any
) -> None:
    kept = approve(commit, alice, "Are database laptops encrypted with AES?")
    near = AnswerMatch(kept, kept.question, 0.9, "same", (), freshness_of(kept))
    assert not answers_it(near, "Are database printers encrypted with AES?")
    assert not answers_it(near, "How are database laptops encrypted with AES?")
    assert answers_it(near, "Are laptops of the database encrypted with AES?")
    assert not answers_it(replace(near, exactness="similar"), kept.question)


@pytest.mark.parametrize(
    ("choice", "allowed", "expected"),
    [
        ("yes", ["Yes", "No"], "Yes"),
        ("Yes", ["Compliant", "Not compliant"], "Compliant"),
        ("No", ["Compliant", "Not compliant"], "Not compliant"),
        ("Yes", ["Available", "Included", "No"], ""),
        ("N/A", ["Yes", "No"], ""),
        ("", ["Yes", "No"], ""),
    ],
)
def test_a_choice_is_mapped_only_where_one_says_the_same(
    choice: str, allowed: list[str], expected: str
) -> None:
    assert mapped_choice(choice, allowed) == expected


# -- questions that ask the same ----------------------------------------------------------------
REPEATED = [("1", ASKED), ("2", OTHER), ("3", ASKED + " "), ("4", "Please: " + ASKED)]


@pytest.fixture
def repeated(alice: Any, library: None) -> RFP:
    return make_rfp(alice, REPEATED)


def test_questions_that_ask_the_same_cost_one_call_and_have_citations_of_their_own(
    repeated: RFP, commit: Commit
) -> None:
    job = respond(repeated, commit)
    found = answers(repeated)
    assert (job.total_items, job.successful_questions, calls(job)) == (4, 4, 2)
    assert (job.result["repeated"], job.result["calls_saved"]) == (2, 2)
    for number in ("3", "4"):
        assert found[number].text == found["1"].text
        assert "question 1, which asks the same" in found[number].explanation
        assert found[number].model == found["1"].model
        [citation] = found[number].citations.all()
        assert citation.quote in citation.chunk.text


def test_a_repeat_with_other_choices_is_drafted_by_itself(repeated: RFP, commit: Commit) -> None:
    repeated.questions.filter(number="3").update(allowed_choices=["Yes", "No"])
    assert calls(respond(repeated, commit)) == 3


def test_a_repeat_that_may_be_longer_is_drafted_by_itself(repeated: RFP, commit: Commit) -> None:
    repeated.questions.filter(number="1").update(max_characters=100)
    assert calls(respond(repeated, commit)) == 4


def test_where_the_first_one_fails_each_repeat_is_drafted_by_itself(
    repeated: RFP, commit: Commit, llm: FakeLLM
) -> None:
    left = [status(400, {"code": "content_filter"})]

    def reply(handler: Any) -> None:
        from tests.llm_manager import fake_llm

        first = "chat" in handler.path and "encrypted with AES" in str(handler.asked) and left
        (left.pop() if first else fake_llm.properly)(handler)

    llm.always = reply
    job = respond(repeated, commit)
    assert (job.failed_questions, job.successful_questions) == (1, 3)
    assert set(answers(repeated)) == {"2", "3", "4"}


def test_what_a_person_wrote_for_the_first_one_serves_the_repeats(
    repeated: RFP, commit: Commit, alice: Any
) -> None:
    respond(repeated, commit)
    Answer.objects.filter(question__number__in=["3", "4"]).delete()
    ours = "All database backups are encrypted with AES-256."
    edit_answer(answers(repeated)["1"], text=ours, user=alice, version=1)
    job = respond(repeated, commit)
    assert (calls(job), answers(repeated)["3"].text) == (0, ours)


def test_no_evidence_of_an_earlier_batch_is_looked_for_again(repeated: RFP, commit: Commit) -> None:
    respond(repeated, commit)
    Answer.objects.filter(question__number="1").update(text="", outcome="no_evidence")
    Answer.objects.filter(question__number="3").delete()
    assert calls(respond(repeated, commit)) == 1


def test_who_waits_comes_after_whom_it_waits_for(repeated: RFP) -> None:
    first, second, third, fourth = repeated.questions.order_by("ordinal")
    Question.objects.filter(pk=second.pk).update(same_as=first)
    assert in_order(repeated.questions.all()) == [first.pk, third.pk, fourth.pk, second.pk]


def test_two_questions_that_depend_on_each_other_still_end(repeated: RFP, commit: Commit) -> None:
    first, second, *_ = repeated.questions.order_by("ordinal")
    Question.objects.filter(pk=first.pk).update(parent=second, condition="Yes")
    Question.objects.filter(pk=second.pk).update(parent=first, condition="Yes")
    assert respond(repeated, commit).successful_questions == 4


# -- questions that another's answer has made pointless -------------------------------------------
def test_a_follow_up_of_yes_is_not_applicable_after_a_no_and_says_why(
    rfp: RFP, commit: Commit
) -> None:
    parent, follow_up = rfp.questions.get(number="1.1"), rfp.questions.get(number="1.2")
    Question.objects.filter(pk=parent.pk).update(allowed_choices=["Yes", "No"])
    Question.objects.filter(pk=follow_up.pk).update(parent=parent, condition="Yes")
    respond(rfp, commit)
    Answer.objects.filter(question=parent).update(choice="No", state="approved")
    Answer.objects.filter(question=follow_up).delete()
    job = respond(rfp, commit)
    found = answers(rfp)["1.2"]
    assert (found.text, found.outcome, calls(job)) == ("Not applicable.", "partly", 0)
    assert "Asked only where question 1.1 is answered “Yes”; its answer is “No”" in (
        found.explanation
    )
    assert found.citations.count() == 1


@pytest.mark.parametrize(
    ("choice", "text", "outcome", "condition", "expected"),
    [
        ("No", "", "answered", "Yes", True),
        ("Yes", "", "answered", "Yes", False),
        ("", "No, we do not.", "answered", "yes", True),
        ("", "Backups are made.", "answered", "Yes", False),
        ("Partially", "", "partly", "Yes", False),
        ("No", "", "no_evidence", "Yes", False),
        ("Silver", "", "answered", "Gold", True),
        ("Silver", "", "answered", "Platinum", False),
        ("Yes", "", "answered", "No", True),
    ],
)
def test_only_a_clear_answer_rules_a_follow_up_out(
    choice: str, text: str, outcome: str, condition: str, expected: bool
) -> None:
    parent = Question(allowed_choices=["Yes", "No", "Gold", "Silver"])
    answer = Answer(choice=choice, text=text, outcome=outcome)
    assert rules_out(parent, answer, condition) is expected
