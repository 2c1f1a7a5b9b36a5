"""The responder batch: a cited draft, or an honest “no evidence”, for every question."""

from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from jobs.batch import Steps, add_items, work_items
from jobs.models import JobItem
from jobs.run import JobRun
from llm_manager.calling import ModelAccess, default_access, usable_access
from llm_manager.control.ledger import Booking
from llm_manager.defaults import default_guidance
from llm_manager.models import ModelKind
from rfp_manager.drafting import Asked, Draft, Drafted, ask, draft, from_json, to_json
from rfp_manager.library_scope import scope_of_batch
from rfp_manager.models import (
    Answer,
    AnswerState,
    AnswerVersion,
    Citation,
    Question,
    RFPBatchJob,
)


def answer_questions(run: JobRun) -> dict[str, Any]:
    """The work of a responder job."""
    job = run.job
    assert isinstance(job, RFPBatchJob)
    model = chosen_model(job)
    add_items(run, [str(pk) for pk in questions_to_answer(job)])
    library = scope_of_batch(job)
    booking, guidance = booking_of(job, "answer"), default_guidance()

    def prepare(item: JobItem) -> Asked:
        return ask(_question_of(item), model, library, booking, guidance)

    def load(item: JobItem, kept: Any) -> Drafted:
        return from_json(kept, _question_of(item), model)

    def record(item: JobItem, drafted: Drafted) -> dict[str, Any]:
        wrote = drafted.call.model_pk if drafted.call else None
        save_draft(int(item.key), drafted.draft, model_id=wrote or model.pk, job=job)
        return {"outcome": drafted.draft.outcome}

    steps = Steps(prepare, draft, record, _describe, dump=to_json, load=load)
    work_items(run, steps, concurrency=model.max_concurrency)
    return summary(job)


def _question_of(item: JobItem) -> Question:
    return Question.objects.select_related("section", "rfp").get(pk=int(item.key))


def booking_of(job: RFPBatchJob, purpose: str) -> Booking:
    return Booking(purpose, job.pk, job.started_by_id, f"rfp:{job.rfp_id}")


def chosen_model(job: RFPBatchJob) -> ModelAccess:
    return usable_access(job.model) if job.model else default_access(ModelKind.CHAT)


def questions_to_answer(job: RFPBatchJob) -> list[int]:
    """Questions without an answer; with `only_unanswered` off, also untouched drafts. What a
    person has edited or approved is never drafted over."""
    # An edit that was refused leaves an answer behind that neither person nor model wrote.
    unwritten = Q(answer__text="", answer__choice="", answer__edited_by=None, answer__model=None)
    open_questions = Q(answer=None) | unwritten
    if not job.only_unanswered:
        open_questions |= Q(answer__edited_by=None, answer__state=AnswerState.DRAFT)
    found = Question.objects.filter(open_questions, rfp=job.rfp_id).order_by("ordinal")
    return list(found.values_list("pk", flat=True))


def _describe(item: JobItem) -> str:
    return f"Answering question {item.ordinal}"


def save_draft(question_id: int, found: Draft, *, model_id: int, job: RFPBatchJob) -> Answer:
    """Write a draft as the question's answer, unless a person has touched it meanwhile."""
    answer = Answer.objects.select_for_update().filter(question_id=question_id).first()
    if answer is not None and (answer.edited_by_id or answer.state != AnswerState.DRAFT):
        return answer
    values = _values(found, model_id)
    if answer is None:
        answer = Answer.objects.create(question_id=question_id, **values)
    else:
        Answer.objects.filter(pk=answer.pk).update(
            version=F("version") + 1, updated_at=timezone.now(), **values
        )
        answer.refresh_from_db()
    _save_version(answer, job)
    _save_citations(answer, found)
    return answer


def _values(found: Draft, model_id: int) -> dict[str, Any]:
    return {
        "text": found.text,
        "choice": found.choice[:300],
        "outcome": found.outcome,
        "explanation": found.explanation,
        "confidence": found.confidence,
        "unsupported": [finding.to_dict() for finding in found.findings],
        "model_id": model_id,
    }


def _save_version(answer: Answer, job: RFPBatchJob) -> None:
    AnswerVersion.objects.create(
        answer=answer,
        number=answer.version,
        text=answer.text,
        choice=answer.choice,
        outcome=answer.outcome,
        job=job,
    )


def _save_citations(answer: Answer, found: Draft) -> None:
    answer.citations.all().delete()
    Citation.objects.bulk_create(
        Citation(
            answer=answer,
            ordinal=n,
            chunk_id=cited.hit.chunk_id,
            quote=cited.quote,
            start=cited.start,
            end=cited.end,
            document_sha256=cited.hit.document_sha256,
        )
        for n, cited in enumerate(found.citations, 1)
    )


def summary(job: RFPBatchJob) -> dict[str, Any]:
    """How the questions of a batch ended."""
    outcomes = job.items.filter(state="done").values_list("result__outcome", flat=True)
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[str(outcome)] = counts.get(str(outcome), 0) + 1
    return {"outcomes": counts}
