"""The reviewer batch: every draft checked against what it cites, never kinder than the code."""

from typing import Any

import pytest

from jobs.models import ItemState, Status
from llm_manager.models import Budget, LLMModel, LLMUsage
from rfp_manager.batches import start_responder, start_reviewer
from rfp_manager.editing import edit_answer
from rfp_manager.models import RFP, Answer, Review, RFPBatchJob
from rfp_manager.suggestions import dismiss
from tests.llm_manager.fake_llm import FakeLLM, follows_the_prompt, status
from tests.rfp_manager.answer_world import Commit, answers, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(rfp: RFP, commit: Commit, llm: FakeLLM) -> RFP:
    with commit():
        start_responder(rfp, rfp.owner)
    llm.requests.clear()
    return rfp


def review(rfp: RFP, commit: Commit) -> RFPBatchJob:
    with commit():
        job = start_reviewer(rfp, rfp.owner)
    found: RFPBatchJob = fresh(job)
    return found


def says(llm: FakeLLM, **data: Any) -> None:
    llm.answer = lambda prompt: {"verdict": "supported", "score": 1.0, "comment": "", **data}


def words_of(found: Review) -> list[str]:
    return [finding["words"] for finding in found.findings]


def test_every_draft_with_a_text_is_reviewed(drafted: RFP, commit: Commit) -> None:
    job = review(drafted, commit)
    assert (job.status, job.total_items, job.successful_items) == (Status.COMPLETED, 2, 2)
    assert job.result == {"reviewed": 2, "contradictions": 0}
    for answer in (answers(drafted)["1.1"], answers(drafted)["1.2"]):
        found = answer.reviews.get()
        assert (found.verdict, found.score, found.findings) == ("supported", 1.0, [])
        assert found.answer_version == answer.version
    assert not Review.objects.filter(answer__question__number="1.3").exists()


def test_the_reviewer_sees_the_answer_and_the_cited_passages_only(
    drafted: RFP, commit: Commit, llm: FakeLLM
) -> None:
    review(drafted, commit)
    prompts = [asked["messages"][1]["content"] for _, _, asked in llm.requests]
    about_backups = next(p for p in prompts if "encrypted with AES?" in p)
    assert about_backups.count("</passage") == 1
    assert about_backups.endswith("All database backups are encrypted with AES-256 every night.")


def test_reviews_are_booked(drafted: RFP, commit: Commit) -> None:
    job = review(drafted, commit)
    assert LLMUsage.objects.filter(job_id=job.pk, purpose="review").count() == 2


@pytest.mark.parametrize(
    "text",
    [
        "All database backups are encrypted with AES-128 every night.",
        "All database backups are not encrypted with AES-256 every night.",
        "Some database backups are encrypted with AES-256 every night.",
        "Backup copies are kept for 53 days in Frankfurt.",
        "Backup copies are kept for 35 days in Lisbon.",
    ],
)
def test_a_kind_model_cannot_pass_what_the_code_finds_wrong(
    drafted: RFP, commit: Commit, llm: FakeLLM, alice: Any, text: str
) -> None:
    answer = answers(drafted)["1.1"]
    edit_answer(answer, text=text, user=alice, version=1)
    says(llm)
    review(drafted, commit)
    found = answer.reviews.get(answer_version=2)
    assert found.verdict == "partly"
    assert found.score <= 0.5
    assert found.findings


def test_a_strict_models_verdict_stays(drafted: RFP, commit: Commit, llm: FakeLLM) -> None:
    says(llm, verdict="unsupported", score=0.1, comment="Not said.", unsupported=["every night"])
    review(drafted, commit)
    found = answers(drafted)["1.1"].reviews.get()
    assert (found.verdict, found.score, found.comment) == ("unsupported", 0.1, "Not said.")
    assert words_of(found) == ["every night"]
    assert found.findings[0]["by"] == "model"


@pytest.mark.parametrize(
    "data",
    [{"verdict": "fine"}, {"verdict": None}, {"score": "high"}, {"score": None}, {"score": True}],
)
def test_a_reply_without_a_verdict_is_no_review(
    drafted: RFP, commit: Commit, llm: FakeLLM, monkeypatch: pytest.MonkeyPatch, data: Any
) -> None:
    monkeypatch.setattr("jobs.item_rows.FIRST_BACKOFF_SECONDS", 0.001)
    says(llm, **data)
    job = review(drafted, commit)
    assert (job.status, job.failed_items) == (Status.COMPLETED, 2)
    assert "no verdict" in job.items.filter(state=ItemState.FAILED)[0].error
    assert not Review.objects.exists()


def test_odd_details_of_a_review_are_made_to_fit(
    drafted: RFP, commit: Commit, llm: FakeLLM
) -> None:
    says(llm, score=99, comment="x" * 100_000, unsupported=[1, None, {"a": 1}, " words ", "\x00"])
    job = review(drafted, commit)
    assert job.failed_items == 0
    found = answers(drafted)["1.1"].reviews.get()
    assert (found.score, words_of(found)) == (1.0, ["words"])
    assert len(found.comment) < 5000


def test_a_second_review_of_the_same_version_takes_the_place_of_the_first(
    drafted: RFP, commit: Commit, llm: FakeLLM
) -> None:
    review(drafted, commit)
    says(llm, verdict="partly", score=0.4)
    review(drafted, commit)
    assert Review.objects.count() == 2
    assert set(Review.objects.values_list("verdict", flat=True)) == {"partly"}


def test_a_review_started_during_the_drafting_waits_for_it(
    rfp: RFP, commit: Commit, llm: FakeLLM
) -> None:
    with commit():
        drafting = start_responder(rfp, rfp.owner)
        reviewing = start_reviewer(rfp, rfp.owner)
        assert reviewing.depends_on_id == drafting.pk
    assert fresh(drafting).status == Status.COMPLETED
    assert fresh(reviewing).status == Status.COMPLETED
    assert Review.objects.count() == 2


def test_a_review_whose_drafting_failed_is_not_started(
    rfp: RFP, commit: Commit, llm: FakeLLM
) -> None:
    LLMModel.objects.filter(kind="chat").update(is_system_default=False)
    with commit():
        start_responder(rfp, rfp.owner)
        reviewing = start_reviewer(rfp, rfp.owner)
    assert fresh(reviewing).status == Status.CANCELLED
    assert "did not complete" in fresh(reviewing).last_error


def test_a_refused_key_stops_the_review_with_one_sentence(
    drafted: RFP, commit: Commit, llm: FakeLLM
) -> None:
    llm.always = status(401)
    job = review(drafted, commit)
    assert (job.status, job.last_error) == (
        Status.FAILED,
        "The API refused the key. Enter a valid one.",
    )
    llm.always, llm.answer = None, follows_the_prompt
    assert review(drafted, commit).status == Status.COMPLETED


def test_a_spent_budget_stops_the_review(drafted: RFP, commit: Commit, llm: FakeLLM) -> None:
    LLMModel.objects.filter(kind="chat").update(input_price=2)
    Budget.objects.create(name="All", limit=0)
    assert "budget" in review(drafted, commit).last_error
    assert not llm.requests


def test_an_answer_without_citations_is_reviewed_as_resting_on_nothing(
    drafted: RFP, commit: Commit, alice: Any, llm: FakeLLM
) -> None:
    answer = Answer.objects.get(question__number="1.3")
    edit_answer(answer, text="We keep 12 giraffes.", user=alice, version=1)
    says(llm)
    review(drafted, commit)
    found = answer.reviews.get()
    assert found.verdict == "partly" and "12" in words_of(found)


# -- what is judged, and what is suggested ----------------------------------------------------
def test_three_things_are_judged_and_the_code_may_lower_each(
    drafted: RFP, commit: Commit, llm: FakeLLM, alice: Any
) -> None:
    answer = answers(drafted)["1.2"]
    edit_answer(answer, text="The security team reviews access rights. TODO", user=alice, version=1)
    says(llm, scores={"correctness": 1, "completeness": 1, "tone": 1})
    review(drafted, commit)
    found = answer.reviews.get(answer_version=2)
    assert found.scores["completeness"] == 0.0  # "How often" is left out
    assert found.scores["tone"] == 0.5 and found.scores["correctness"] == 0.5
    assert found.score < 0.3
    assert {f["kind"] for f in found.findings} >= {"unanswered", "unfinished"}


def test_findings_say_in_words_what_is_wrong_and_where(
    drafted: RFP, commit: Commit, llm: FakeLLM, alice: Any
) -> None:
    answer = answers(drafted)["1.1"]
    text = "All database backups are encrypted with AES-128 every night."
    edit_answer(answer, text=text, user=alice, version=1)
    says(llm)
    review(drafted, commit)
    [finding] = answer.reviews.get(answer_version=2).findings
    assert text[finding["start"] : finding["end"]] == finding["words"] == "AES-128"
    assert finding["sentence"] == "“AES-128” stands in no cited passage."


def test_a_rewrite_that_the_passages_hold_is_suggested(
    drafted: RFP, commit: Commit, llm: FakeLLM, alice: Any
) -> None:
    right = "All database backups are encrypted with AES-256 every night."
    answer = answers(drafted)["1.1"]
    edit_answer(answer, text=right.replace("256", "128"), user=alice, version=1)
    says(llm, verdict="unsupported", score=0.2, suggestion=right)
    review(drafted, commit)
    found = answer.reviews.get(answer_version=2)
    assert (found.suggestion, found.suggestion_state) == (right, "open")


def test_a_rewrite_with_facts_of_its_own_is_dropped_and_says_so(
    drafted: RFP, commit: Commit, llm: FakeLLM
) -> None:
    says(llm, verdict="partly", score=0.2, suggestion="Backups are encrypted with AES-512 in Oslo.")
    review(drafted, commit)
    found = answers(drafted)["1.1"].reviews.get()
    assert "AES-512" not in found.suggestion
    assert "dropped" in found.comment and "AES-512" in found.comment


def test_without_a_rewrite_of_the_model_the_passages_own_words_are_suggested(
    drafted: RFP, commit: Commit, llm: FakeLLM, alice: Any
) -> None:
    answer = answers(drafted)["1.1"]
    text = "All database backups are encrypted with AES-128 every night. Unicorns guard our tapes."
    edit_answer(answer, text=text, user=alice, version=1)
    says(llm)
    review(drafted, commit)
    found = answer.reviews.get(answer_version=2)
    assert found.suggestion == "All database backups are encrypted with AES-256 every night."


def test_a_sound_answer_gets_no_suggestion(drafted: RFP, commit: Commit, llm: FakeLLM) -> None:
    review(drafted, commit)
    assert set(Review.objects.values_list("suggestion_state", flat=True)) == {"none"}


def test_a_dismissed_suggestion_stays_dismissed_in_the_next_review(
    drafted: RFP, commit: Commit, llm: FakeLLM, alice: Any
) -> None:
    answer = answers(drafted)["1.1"]
    edit_answer(answer, text="All database backups are encrypted with AES-128 every night.",
                user=alice, version=1)  # fmt: skip
    says(llm)
    review(drafted, commit)
    dismiss(answer.reviews.get(answer_version=2))
    review(drafted, commit)
    assert answer.reviews.get(answer_version=2).suggestion_state == "dismissed"
    says(llm, suggestion="Database backups are encrypted with AES-256.")
    review(drafted, commit)
    assert answer.reviews.get(answer_version=2).suggestion_state == "open"
