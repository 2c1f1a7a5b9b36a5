"""The reviewer batch: every draft checked against the passages it cites."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from jobs.batch import Steps, add_items, work_items
from jobs.models import JobItem
from jobs.run import JobRun
from llm_manager.calling import Call, ModelAccess, write
from llm_manager.control.ledger import Booking
from llm_manager.errors import BadResponse
from llm_manager.providers.base import Passage, ReviewInputs, Spent
from rfp_manager.checking import Checked, Remark, check
from rfp_manager.contradictions import contradictions_of, keep
from rfp_manager.drafting import number_between
from rfp_manager.models import (
    Answer,
    AnswerOutcome,
    Citation,
    Review,
    RFPBatchJob,
    SuggestionState,
    Verdict,
)
from rfp_manager.responder import booking_of, chosen_model
from rfp_manager.rewriting import Suggestion, suggestion_of

MAX_COMMENT = 4000
MAX_FINDINGS = 50


@dataclass(frozen=True)
class ToReview:
    """One version of an answer with the passages it rests on."""

    answer_id: int
    version: int
    inputs: ReviewInputs
    model: ModelAccess
    booking: Booking = Booking("review")


def review_answers(run: JobRun) -> dict[str, Any]:
    """The work of a reviewer job."""
    job = run.job
    assert isinstance(job, RFPBatchJob)
    model = chosen_model(job)
    add_items(run, [str(pk) for pk in answers_to_review(job)])

    def prepare(item: JobItem) -> ToReview:
        answer = _answer_of(item)
        return replace(collect(answer, model), booking=booking_of(job, "review"))

    def record(item: JobItem, reviewed: tuple[ToReview, Call]) -> dict[str, Any]:
        task, call = reviewed
        return {"verdict": save_review(task, call).verdict}

    def load(item: JobItem, kept: Any) -> tuple[ToReview, Call]:
        return _load(kept, _answer_of(item), model)

    steps = Steps(prepare, _review, record, _describe, dump=_dump, load=load)
    work_items(run, steps, concurrency=model.max_concurrency)
    reviewed = job.items.filter(state="done").count()
    return {"reviewed": reviewed, "contradictions": _look_for_contradictions(run, job)}


def _look_for_contradictions(run: JobRun, job: RFPBatchJob) -> int:
    """How many new ones there are."""
    run.now("Looking for answers that contradict each other")
    rows = contradictions_of(job.rfp)
    with run.write():
        return keep(job.rfp, rows)


def _answer_of(item: JobItem) -> Answer:
    return Answer.objects.select_related("question__rfp").get(pk=int(item.key))


def answers_to_review(job: RFPBatchJob) -> list[int]:
    """Answers with a text; those without evidence have nothing to review."""
    found = Answer.objects.filter(question__rfp=job.rfp_id).exclude(
        outcome=AnswerOutcome.NO_EVIDENCE
    )
    return list(found.order_by("question__ordinal").values_list("pk", flat=True))


def collect(answer: Answer, model: ModelAccess) -> ToReview:
    """An answer with the passages that it cites."""
    cited = list(answer.citations.select_related("chunk__version__document"))
    return ToReview(answer.pk, answer.version, inputs_of(answer, passages_of(cited)), model)


def passages_of(cited: Iterable[Citation]) -> tuple[Passage, ...]:
    """The cited passages, each once, numbered from 1."""
    chunks = {c.chunk_id: c.chunk for c in cited}
    return tuple(
        Passage(n, chunk.text, chunk.heading_path, chunk.version.document.title)
        for n, chunk in enumerate(chunks.values(), 1)
    )


def inputs_of(answer: Answer, passages: tuple[Passage, ...]) -> ReviewInputs:
    """An answer as it is put to a reviewer, with all that is asked of it."""
    question = answer.question
    return ReviewInputs(
        question=question.text,
        answer=answer.text,
        passages=passages,
        choice=answer.choice,
        allowed_choices=tuple(question.allowed_choices),
        instructions=question.rfp.instructions,
        max_characters=question.max_characters,
        max_words=question.max_words,
    )


def _review(task: ToReview) -> tuple[ToReview, Call]:
    return task, write(task.model, task.inputs, task.booking)


def _dump(reviewed: tuple[ToReview, Call]) -> dict[str, Any]:
    task, call = reviewed
    return {"version": task.version, "inputs": asdict(task.inputs), "call": asdict(call)}


def _load(kept: dict[str, Any], answer: Answer, model: ModelAccess) -> tuple[ToReview, Call]:
    """The reply that was kept, about the version of the answer that it had read."""
    call = Call(**{**kept["call"], "spent": Spent(**kept["call"]["spent"])})
    passages = tuple(Passage(**passage) for passage in kept["inputs"]["passages"])
    given = {**kept["inputs"], "passages": passages}
    given["allowed_choices"] = tuple(given.get("allowed_choices") or ())
    inputs = ReviewInputs(**given)
    return ToReview(answer.pk, kept["version"], inputs, model), call


def _describe(item: JobItem) -> str:
    return f"Reviewing answer {item.ordinal}"


def save_review(task: ToReview, call: Call) -> Review:
    """Store the model's verdict, never better than what the checks in code allow, and a rewrite
    if there is one that the passages hold."""
    data = call.data
    verdict, score = data.get("verdict"), number_between(data.get("score"))
    if verdict not in Verdict.values or score is None:
        raise BadResponse("The reviewer's reply has no verdict.")
    found = check(task.inputs)
    scores = _scores(data.get("scores"), score, found)
    if verdict == Verdict.SUPPORTED and not found.is_held:
        verdict = Verdict.PARTLY
    doubted = not found.is_held or verdict != Verdict.SUPPORTED
    suggestion = suggestion_of(task.inputs, data, wanted=doubted)
    same: dict[str, Any] = {
        "answer_id": task.answer_id,
        "answer_version": task.version,
        "model_id": call.model_pk or task.model.pk,
    }
    values = {
        "verdict": verdict,
        "score": _overall(score, scores),
        "scores": scores,
        "comment": _comment(data, suggestion),
        "findings": findings_json(found, _texts(data.get("unsupported"))),
    }
    values |= _suggestion_values(suggestion, Review.objects.filter(**same).first())
    review, _ = Review.objects.update_or_create(**same, defaults=values)
    return review


def _scores(given: Any, score: float, found: Checked) -> dict[str, float]:
    """The lower of the model's and the code's, 0 to 1. A model that gives but one score means
    correctness by it."""
    given = given if isinstance(given, dict) else {}
    own = {"correctness": score, "completeness": 1.0, "tone": 1.0}
    scores: dict[str, float] = {}
    for name, otherwise in own.items():
        said = number_between(given.get(name))
        scores[name] = round(min(getattr(found, name), otherwise if said is None else said), 3)
    return scores


def _overall(score: float, scores: dict[str, float]) -> float:
    """Correctness decides; what is left out or ill said takes up to half, and up to a third."""
    whole, tone = 0.5 + scores["completeness"] / 2, (2 + scores["tone"]) / 3
    return round(min(score, scores["correctness"]) * whole * tone, 3)


def _comment(data: dict[str, Any], suggestion: Suggestion) -> str:
    said = data.get("comment")
    words = said.replace("\x00", "").strip() if isinstance(said, str) else ""
    return "\n".join(part for part in (words[:MAX_COMMENT], suggestion.note) if part)


def findings_json(found: Checked, words: list[str]) -> list[dict[str, Any]]:
    """What the code found, then what the model doubts besides; each with its words."""
    own = [remark.to_dict() for remark in found.remarks]
    seen = {remark.words for remark in found.remarks}
    others = [text for text in dict.fromkeys(words) if text not in seen]
    doubts = [Remark("doubted", t, f"“{t}” is doubted by the model.", by="model") for t in others]
    return [*own, *(doubt.to_dict() for doubt in doubts)][:MAX_FINDINGS]


def _suggestion_values(suggestion: Suggestion, before: Review | None) -> dict[str, str]:
    """One that a person has dismissed stays dismissed when it is made again."""
    state = SuggestionState.OPEN if suggestion.text or suggestion.choice else SuggestionState.NONE
    again = before is not None and (before.suggestion, before.suggestion_choice) == (
        suggestion.text, suggestion.choice
    )  # fmt: skip
    if state == SuggestionState.OPEN and again and before:
        state = SuggestionState(before.suggestion_state)
    return {
        "suggestion": suggestion.text,
        "suggestion_choice": suggestion.choice,
        "suggestion_state": state,
    }


def _texts(value: Any) -> list[str]:
    texts = [t.strip() for t in value if isinstance(t, str)] if isinstance(value, list) else []
    return [text[:MAX_COMMENT] for text in texts if text]
