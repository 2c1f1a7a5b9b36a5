"""An evaluation asks every question of a set with the present default and with the candidate,
once each, and says what came of it; nothing is lost or paid twice on the way."""

from decimal import Decimal
from typing import Any

import pytest

from jobs.dispatch import run_inline
from jobs.errors import AlreadyRunning
from jobs.models import JobItem
from jobs.retrying import resume, retry_failed_items
from llm_manager.control.ledger import Booking
from llm_manager.defaults import NeedsEvaluation, Option, change_default
from llm_manager.models import Budget, LLMApi, LLMModel, LLMUsage, PromptVersion, Trial
from llm_manager.prompts import answer_system
from rfp_manager.batches import start_responder
from rfp_manager.drafting import draft, to_json
from rfp_manager.evaluating import comparing, running
from rfp_manager.evaluating.candidates import CandidateRefused, find, groups, key_of
from rfp_manager.evaluating.starting import estimate, plan, start_evaluation
from rfp_manager.models import RFP, Evaluation, EvaluationResult, QuestionSet
from solution_library.indexing.indexes import active_index
from solution_library.indexing.starting import start_build
from tests.llm_manager.fake_llm import FakeLLM, body, completion, follows_the_prompt, status
from tests.rfp_manager.answer_world import Commit, fresh
from tests.rfp_manager.evaluation_world import evaluate

pytestmark = pytest.mark.django_db
INVENTED = {
    "outcome": "answered",
    "answer": "Backups are encrypted with AES-512 by 40 engineers in Paris.",
    "choice": None,
    "citations": [{"passage": 1, "quote": "encrypted with AES-512 by 40 engineers"},
                  {"passage": 1, "quote": "All database backups are encrypted"}],
    "explanation": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.item_rows.FIRST_BACKOFF_SECONDS", 0.001)


@pytest.fixture
def few_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "FEWEST_QUESTIONS", 3)


def results(evaluation: Evaluation, side: str) -> list[EvaluationResult]:
    return list(evaluation.results.filter(side=side).order_by("question__ordinal"))


def figure(evaluation: Evaluation, key: str) -> dict[str, Any]:
    assert evaluation.summary is not None
    found: dict[str, Any] = {entry["key"]: entry for entry in evaluation.summary["metrics"]}[key]
    return found


def test_every_question_is_answered_once_by_each_side(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, llm: FakeLLM,
    other_llm: FakeLLM,
) -> None:  # fmt: skip
    evaluation, job = evaluate(question_set, candidate, commit)
    assert (job.status, job.successful_items) == ("completed", 6)
    assert evaluation.finished_at is not None
    chats = [path for path, _, _ in llm.requests if path.endswith("/chat/completions")]
    assert len(chats) == len(other_llm.requests) == 3
    for side in ("baseline", "candidate"):
        first, second, third = results(evaluation, side)
        assert first.text == "All database backups are encrypted with AES-256 every night."
        assert (first.outcome, first.held, first.claimed, first.recall) == ("answered", 1, 1, 1.0)
        assert first.citations[0]["quote"] == first.text
        assert (third.outcome, third.recall, third.likeness) == ("no_evidence", None, None)
        assert first.likeness == 1.0 and second.likeness is not None and second.likeness > 0.6


def test_tokens_time_and_cost_of_each_answer_are_kept_and_booked_for_the_evaluation(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit
) -> None:
    evaluation, job = evaluate(question_set, candidate, commit)
    first = results(evaluation, "candidate")[0]
    assert (first.input_tokens, first.output_tokens) == (1000, 100)
    assert first.cost == Decimal("0.003")
    booked = LLMUsage.objects.filter(subject=evaluation.ref, purpose="evaluation", job_id=job.pk)
    assert booked.count() == 6 and {row.user for row in booked} == {question_set.owner}
    assert figure(evaluation, "cost")["difference"] == pytest.approx(0.003)


def test_quotes_that_a_model_made_up_count_as_citations_that_do_not_hold(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, other_llm: FakeLLM
) -> None:
    other_llm.answer = lambda prompt: INVENTED
    evaluation, _ = evaluate(question_set, candidate, commit)
    first = results(evaluation, "candidate")[0]
    assert (first.held, first.claimed) == (1, 2)
    assert {finding["words"] for finding in first.findings} >= {"40"}
    held = figure(evaluation, "held")
    assert (held["baseline"], held["candidate"]) == (1.0, 0.5)
    assert any(
        "Citations that hold: 50\u00a0% instead of 100\u00a0%" in text
        for text in evaluation.summary["objections"]
    )  # type: ignore[index]


def test_what_an_evaluation_found_lets_the_default_move_or_not(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, other_llm: FakeLLM,
    few_will_do: None,
) -> None:  # fmt: skip
    other_llm.answer = lambda prompt: INVENTED
    evaluate(question_set, candidate, commit)
    with pytest.raises(NeedsEvaluation, match="Citations that hold"):
        change_default(candidate, user=None)
    other_llm.answer = follows_the_prompt
    evaluation, _ = evaluate(question_set, candidate, commit)
    change = change_default(candidate, user=None)
    assert change is not None and change.evaluation_ref == evaluation.ref


def test_a_few_questions_cannot_tell(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit
) -> None:
    evaluate(question_set, candidate, commit)
    with pytest.raises(NeedsEvaluation, match="Only 3 questions were asked; at least 20"):
        change_default(candidate, user=None)


def test_an_answer_that_fails_is_a_result_with_its_reason_and_can_be_tried_again(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, other_llm: FakeLLM
) -> None:
    refusal = completion("", finish="content_filter")
    other_llm.script.append(body(refusal))
    evaluation, job = evaluate(question_set, candidate, commit)
    failed = evaluation.results.get(side="candidate", outcome="")
    assert "filter" in failed.error and evaluation.finished_at is not None
    assert figure(evaluation, "errors")["candidate"] == pytest.approx(1 / 3)
    with commit():
        again = retry_failed_items(job, user=question_set.owner)
    assert fresh(again).successful_items == 1
    assert not evaluation.results.exclude(error="").exists()
    evaluation.refresh_from_db()
    assert figure(evaluation, "errors")["candidate"] == 0


def test_a_key_that_is_refused_stops_it_and_leaves_no_verdict(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, other_llm: FakeLLM
) -> None:
    other_llm.always = status(401, {"type": "authentication_error", "message": "bad key"})
    evaluation, job = evaluate(question_set, candidate, commit)
    assert job.status == "failed"
    assert evaluation.finished_at is None and not Trial.objects.exists()


def test_a_candidate_is_not_answered_for_by_its_fallback(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, other_llm: FakeLLM
) -> None:
    default = LLMModel.objects.get(kind="chat", is_system_default=True)
    LLMModel.objects.filter(pk=candidate.pk).update(fallback=default)
    other_llm.always = status(401, {"type": "authentication_error", "message": "bad key"})
    _, job = evaluate(question_set, candidate, commit)
    assert job.status == "failed"


def test_a_reply_that_was_kept_in_a_crash_is_used_instead_of_asking_again(
    question_set: QuestionSet, candidate: LLMModel, other_llm: FakeLLM
) -> None:
    job = start_evaluation(question_set, Option("chat", candidate), question_set.owner)
    work = running.Work(job.evaluation, Booking("evaluation", job.pk))
    for n, question in enumerate(question_set.questions.all()):
        item = JobItem.objects.create(job=job, key=f"{question.pk}:candidate", ordinal=n)
        item.received = to_json(draft(work.prepare(item)))
        item.save()
    run_inline(job.pk)
    assert fresh(job).status == "completed" and len(other_llm.requests) == 3
    first = results(job.evaluation, "candidate")[0]
    assert (first.held, first.recall, first.cost) == (1, 1.0, Decimal("0.003"))


def test_both_sides_read_the_same_passages(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, llm: FakeLLM
) -> None:
    evaluation, _ = evaluate(question_set, candidate, commit)
    for before, after in comparing.paired(evaluation):
        assert before.found == after.found
    searches = [path for path, _, _ in llm.requests if path.endswith("/embeddings")]
    assert len(searches) == 3 + 3, "one for each question, and for its share in the estimate"


def test_a_prompt_is_compared_with_the_present_one(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, llm: FakeLLM
) -> None:
    prompt = PromptVersion.objects.create(name="Terse", text="Answer in five words.")
    llm.requests.clear()
    with commit():
        job = start_evaluation(question_set, find(f"prompt:{prompt.pk}"), question_set.owner)
    systems = [asked["messages"][0]["content"] for path, _, asked in llm.requests
               if path.endswith("/chat/completions")]  # fmt: skip
    assert sum(text.startswith("Answer in five words.") for text in systems) == 3
    assert len(systems) == 6 and fresh(job).status == "completed"
    assert Trial.objects.get().candidate_prompt == prompt


def test_drafts_are_written_with_the_default_prompt(rfp: RFP, commit: Commit, llm: FakeLLM) -> None:
    PromptVersion.objects.create(name="Terse", text="Answer in five words.", is_default=True)
    with commit():
        start_responder(rfp, rfp.owner)
    systems = {asked["messages"][0]["content"] for path, _, asked in llm.requests
               if path.endswith("/chat/completions")}  # fmt: skip
    prompt = answer_system("Answer in five words.")
    assert systems and all(text.startswith(prompt) for text in systems)


def test_a_prompt_is_not_tried_on_the_built_in_model_which_reads_none(
    question_set: QuestionSet,
) -> None:
    LLMModel.objects.get(api__kind="builtin", kind="chat").make_default()
    prompt = PromptVersion.objects.create(name="Terse", text="Answer in five words.")
    with pytest.raises(CandidateRefused, match="reads no prompt"):
        plan(question_set, Option("prompt", prompt=prompt), None)


def test_the_same_evaluation_does_not_run_twice_at_once(
    question_set: QuestionSet, candidate: LLMModel, settings: Any
) -> None:
    start_evaluation(question_set, Option("chat", candidate), question_set.owner)
    with pytest.raises(AlreadyRunning):
        start_evaluation(question_set, Option("chat", candidate), question_set.owner)
    assert Evaluation.objects.count() == 1


def test_a_spent_budget_stops_it_with_a_sentence_and_it_goes_on_when_there_is_more(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit
) -> None:
    Budget.objects.create(name="Trials", limit=Decimal("0.01"))
    LLMModel.objects.filter(pk=candidate.pk).update(input_price=5000, output_price=5000)
    evaluation, job = evaluate(question_set, candidate, commit)
    assert job.status == "failed" and "Trials" in job.last_error
    assert evaluation.finished_at is None
    Budget.objects.update(limit=Decimal(1000))
    with commit():
        rest = resume(job, user=question_set.owner)
    evaluation.refresh_from_db()
    assert fresh(rest).status == "completed" and evaluation.finished_at is not None
    assert evaluation.results.count() == 6
    paid = LLMUsage.objects.filter(purpose="evaluation", outcome="ok")
    assert paid.count() == 6, "no answer was asked for twice"


def test_before_it_runs_it_says_what_both_sides_will_take(
    question_set: QuestionSet, candidate: LLMModel
) -> None:
    expected = estimate(plan(question_set, Option("chat", candidate), None))
    assert expected.calls == 6 and expected.cost > 0 and expected.input_tokens > 600


def test_the_choices_are_what_can_be_used_and_is_not_the_default(candidate: LLMModel) -> None:
    names = [name for _, options in groups() for _, name in options]
    default = LLMModel.objects.get(kind="chat", is_system_default=True)
    assert str(candidate) in names and str(default) not in names
    for _, options in groups():
        assert all(key_of(find(key)) == key for key, _ in options)


@pytest.fixture
def vectors(candidate: LLMModel, llm: FakeLLM) -> LLMModel:
    """Another embedding model, of the server of the present one."""
    api = LLMApi.objects.get(kind="openai", base_url=llm.base_url("openai"))
    return LLMModel.objects.create(api=api, model_id="embed-other", kind="embedding")


def test_an_embedding_model_is_tried_on_vectors_beside_those_in_use(
    question_set: QuestionSet, vectors: LLMModel, commit: Commit, llm: FakeLLM, few_will_do: None
) -> None:
    with pytest.raises(CandidateRefused, match="Build them beside the present ones"):
        find(f"model:{vectors.pk}")
    with commit():
        start_build(vectors, None, switch=False)
    llm.requests.clear()
    evaluation, job = evaluate(question_set, vectors, commit)
    assert (job.status, figure(evaluation, "recall")["candidate"]) == ("completed", 1.0)
    asked = {asked["model"] for path, _, asked in llm.requests if path.endswith("/embeddings")}
    assert asked == {"text-embed-small", "embed-other"}
    assert active_index().model.model_id == "text-embed-small"  # type: ignore[union-attr]
    assert change_default(vectors, user=None) is not None
    assert active_index().model == vectors  # type: ignore[union-attr]


def test_an_evaluation_does_not_count_searches_by_words_alone(
    question_set: QuestionSet, candidate: LLMModel, commit: Commit, llm: FakeLLM
) -> None:
    llm.always = status(401, {"type": "authentication_error", "message": "bad key"})
    evaluation, job = evaluate(question_set, candidate, commit)
    assert job.status == "failed" and evaluation.finished_at is None


@pytest.mark.parametrize("key", ["", "model:", "model:x", "prompt:999", "model:99999999999999999"])
def test_an_unknown_candidate_is_refused_with_a_sentence(key: str, db: Any) -> None:
    with pytest.raises(CandidateRefused, match="Choose another"):
        find(key)
