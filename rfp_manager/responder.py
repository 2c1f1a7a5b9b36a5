"""The responder batch: a cited draft, or an honest “no evidence”, for every question."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from jobs.batch import ONLY_THESE_ITEMS, Steps, add_items, work_items
from jobs.errors import TransientItemError
from jobs.models import JobItem
from jobs.run import JobRun
from llm_manager.calling import ModelAccess, default_access, usable_access
from llm_manager.control.ledger import Booking
from llm_manager.defaults import default_guidance
from llm_manager.models import ModelKind
from rfp_manager.drafting import (
    Asked,
    Drafted,
    ask,
    draft,
    from_json,
    to_json,
    with_passages,
)
from rfp_manager.drafts import Draft
from rfp_manager.fitting import load_measured
from rfp_manager.grouping import group_questions
from rfp_manager.library_scope import scope_of_batch
from rfp_manager.models import (
    Answer,
    AnswerState,
    Citation,
    LibraryAnswerUse,
    Question,
    RFPBatchJob,
    UseKind,
)
from rfp_manager.receipts import Making
from rfp_manager.reusing import still_holds
from rfp_manager.sparing import Sparing, in_order
from rfp_manager.versions import record_version


def answer_questions(run: JobRun) -> dict[str, Any]:
    """The work of a responder job."""
    job = run.job
    assert isinstance(job, RFPBatchJob)
    model = chosen_model(job)
    with run.write():
        group_questions(job.rfp_id)
    ids = in_order(Question.objects.filter(pk__in=_asked_of(job)))
    add_items(run, [str(pk) for pk in ids])
    library = scope_of_batch(job)
    booking, guidance = booking_of(job, "answer"), default_guidance()
    sparing, measured = Sparing(job, library, ids), load_measured(model)

    def prepare(item: JobItem) -> Asked:
        question = _question_of(item)
        ready = sparing.draft_for(question)
        if ready is not None:
            return replace(with_passages(question, model, ready.hits), ready=ready)
        return ask(question, model, library, booking, guidance)

    def load(item: JobItem, kept: Any) -> Drafted:
        return from_json(kept, _question_of(item), model)

    def record(item: JobItem, drafted: Drafted) -> dict[str, Any]:
        if drafted.approved and not still_holds(drafted.approved, library.user):
            raise TransientItemError("The approved answer has just been changed or withdrawn.")
        making = Making(drafted.call, drafted.hits)
        found = replace(drafted.draft, confidence=measured.confidence(drafted.draft))
        wrote = _wrote(drafted, model)
        answer = save_draft(int(item.key), found, model_id=wrote, job=job, making=making)
        note_use(answer, drafted)
        return {"outcome": found.outcome, **_spared(drafted)}

    steps = Steps(prepare, draft, record, _describe, dump=to_json, load=load)
    work_items(run, steps, concurrency=model.max_concurrency)
    return _told(run, summary(job))


def _wrote(drafted: Drafted, model: ModelAccess) -> int | None:
    """The model whose words they are; None for an approved answer, which people have written."""
    if drafted.approved:
        return None
    return (drafted.call.model_pk if drafted.call else drafted.model_pk) or model.pk


def _spared(drafted: Drafted) -> dict[str, str]:
    """Why no model was asked; nothing where one was, or where there was nothing to ask it."""
    if drafted.approved:
        return {"spared": "approved"}
    return {"spared": "repeated"} if drafted.copied_from else {}


def _told(run: JobRun, found: dict[str, Any]) -> dict[str, Any]:
    if saved := found.get("calls_saved"):
        run.log(
            f"{saved} calls of the model saved: {found.get('approved', 0)} questions have an "
            f"approved answer in the library, {found.get('repeated', 0)} ask the same as another."
        )
    return found


def note_use(answer: Answer, drafted: Drafted) -> None:
    """That an approved answer was used for this one; or that it no longer is."""
    if answer.edited_by_id or answer.state != AnswerState.DRAFT:
        return
    uses = LibraryAnswerUse.objects.filter(answer=answer, kind=UseKind.REUSED)
    library_answer = drafted.approved[0] if drafted.approved else None
    uses.exclude(library_answer=library_answer).delete()
    if library_answer is not None:
        LibraryAnswerUse.objects.update_or_create(
            library_answer_id=library_answer, answer=answer, kind=UseKind.REUSED,
            defaults={"answer_version": answer.version},
        )  # fmt: skip


def _question_of(item: JobItem) -> Question:
    related = ("section", "rfp", "parent", "same_as")
    return Question.objects.select_related(*related).get(pk=int(item.key))


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


def _asked_of(job: RFPBatchJob) -> list[int]:
    """The questions that the job was started for, where it was for certain ones."""
    if not job.kwargs.get(ONLY_THESE_ITEMS):
        return questions_to_answer(job)
    return [int(key) for key in job.items.values_list("key", flat=True)]


def _describe(item: JobItem) -> str:
    return f"Answering question {item.ordinal}"


def save_draft(
    question_id: int,
    found: Draft,
    *,
    model_id: int | None,
    job: RFPBatchJob,
    making: Making | None = None,
) -> Answer:
    """Write a draft as the question's answer, unless a person has touched it meanwhile. `making`:
    how it was made, for its receipt."""
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
    _save_citations(answer, found)
    record_version(answer, job=job, making=making)
    return answer


def _values(found: Draft, model_id: int | None) -> dict[str, Any]:
    return {
        "text": found.text,
        "choice": found.choice[:300],
        "outcome": found.outcome,
        "explanation": found.explanation,
        "confidence": found.confidence,
        "signals": found.signals,
        "unsupported": [finding.to_dict() for finding in found.findings],
        "model_id": model_id,
    }


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
    """How the questions of a batch ended, and how many of them needed no call of the model."""
    results = job.items.filter(state="done").values_list("result__outcome", "result__spared")
    rows = list(results)
    spared = Counter(str(why) for _, why in rows if why)
    found: dict[str, Any] = {"outcomes": dict(Counter(str(outcome) for outcome, _ in rows))}
    return found | spared | ({"calls_saved": spared.total()} if spared else {})
