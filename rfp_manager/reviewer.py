"""The reviewer batch: every draft checked against the passages it cites."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from jobs.batch import Steps, add_items, work_items
from jobs.models import JobItem
from jobs.run import JobRun
from llm_manager.calling import Call, ModelAccess, write
from llm_manager.control.ledger import Booking
from llm_manager.errors import BadResponse
from llm_manager.providers.base import Passage, ReviewInputs, Spent
from rfp_manager.drafting import number_between
from rfp_manager.grounding import Finding, unsupported
from rfp_manager.models import Answer, AnswerOutcome, Review, RFPBatchJob, Verdict
from rfp_manager.responder import booking_of, chosen_model

#: The highest score of an answer in which the check in code found something.
DOUBTFUL_SCORE = 0.5
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
        answer = Answer.objects.select_related("question").get(pk=int(item.key))
        return replace(collect(answer, model), booking=booking_of(job, "review"))

    def record(item: JobItem, reviewed: tuple[ToReview, Call]) -> dict[str, Any]:
        task, call = reviewed
        return {"verdict": save_review(task, call).verdict}

    def load(item: JobItem, kept: Any) -> tuple[ToReview, Call]:
        return _load(kept, Answer.objects.select_related("question").get(pk=int(item.key)), model)

    steps = Steps(prepare, _review, record, _describe, dump=_dump, load=load)
    work_items(run, steps, concurrency=model.max_concurrency)
    return {"reviewed": job.items.filter(state="done").count()}


def answers_to_review(job: RFPBatchJob) -> list[int]:
    """Answers with a text; those without evidence have nothing to review."""
    found = Answer.objects.filter(question__rfp=job.rfp_id).exclude(
        outcome=AnswerOutcome.NO_EVIDENCE
    )
    return list(found.order_by("question__ordinal").values_list("pk", flat=True))


def collect(answer: Answer, model: ModelAccess) -> ToReview:
    """An answer with the passages that it cites."""
    cited = answer.citations.select_related("chunk__version__document")
    chunks = {c.chunk_id: c.chunk for c in cited}
    passages = tuple(
        Passage(n, chunk.text, chunk.heading_path, chunk.version.document.title)
        for n, chunk in enumerate(chunks.values(), 1)
    )
    inputs = ReviewInputs(answer.question.text, answer.text, passages)
    return ToReview(answer.pk, answer.version, inputs, model)


def _review(task: ToReview) -> tuple[ToReview, Call]:
    return task, write(task.model, task.inputs, task.booking)


def _dump(reviewed: tuple[ToReview, Call]) -> dict[str, Any]:
    task, call = reviewed
    return {"version": task.version, "inputs": asdict(task.inputs), "call": asdict(call)}


def _load(kept: dict[str, Any], answer: Answer, model: ModelAccess) -> tuple[ToReview, Call]:
    """The reply that was kept, about the version of the answer that it had read."""
    call = Call(**{**kept["call"], "spent": Spent(**kept["call"]["spent"])})
    passages = tuple(Passage(**passage) for passage in kept["inputs"]["passages"])
    inputs = ReviewInputs(**{**kept["inputs"], "passages": passages})
    return ToReview(answer.pk, kept["version"], inputs, model), call


def _describe(item: JobItem) -> str:
    return f"Reviewing answer {item.ordinal}"


def save_review(task: ToReview, call: Call) -> Review:
    """Store the model's verdict, never better than what the check in code allows."""
    data = call.data
    verdict, score = data.get("verdict"), number_between(data.get("score"))
    if verdict not in Verdict.values or score is None:
        raise BadResponse("The reviewer's reply has no verdict.")
    findings = _findings(task.inputs)
    words = [f.words for f in findings] + _texts(data.get("unsupported"))
    if findings and verdict == Verdict.SUPPORTED:
        verdict, score = Verdict.PARTLY, min(score, DOUBTFUL_SCORE)
    review, _ = Review.objects.update_or_create(
        answer_id=task.answer_id,
        answer_version=task.version,
        model_id=call.model_pk or task.model.pk,
        defaults={
            "verdict": verdict,
            "score": score,
            "comment": str(data.get("comment") or "")[:MAX_COMMENT],
            "findings": list(dict.fromkeys(words))[:MAX_FINDINGS],
        },
    )
    return review


def _findings(inputs: ReviewInputs) -> list[Finding]:
    evidence = [t for p in inputs.passages for t in (p.text, p.heading_path, p.document)]
    return unsupported(inputs.answer, evidence, question=inputs.question)


def _texts(value: Any) -> list[str]:
    texts = [t.strip() for t in value if isinstance(t, str)] if isinstance(value, list) else []
    return [text[:MAX_COMMENT] for text in texts if text]
