"""Runs an evaluation: each question once with each side, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from jobs.batch import Steps, add_items, work_items
from jobs.errors import JobFailed
from jobs.models import ItemState, JobItem
from jobs.run import JobRun
from llm_manager.calling import ModelAccess, usable_access
from llm_manager.control.ledger import Booking
from llm_manager.defaults import Option, forget_trial, record_trial
from rfp_manager.drafting import (
    PASSAGES,
    Asked,
    Drafted,
    answer_inputs,
    checked,
    draft,
    kept_reply,
    to_json,
)
from rfp_manager.evaluating import comparing
from rfp_manager.evaluating.scoring import scored
from rfp_manager.library_scope import scope_of_set
from rfp_manager.models import (
    Evaluation,
    EvaluationJob,
    EvaluationKind,
    EvaluationResult,
    SetQuestion,
    Side,
)
from solution_library.indexing.indexes import active_index
from solution_library.indexing.switching import complete_index_of
from solution_library.models import EmbeddingIndex
from solution_library.search import Hit


@dataclass
class Setup:
    """What one side answers with."""

    model: ModelAccess
    guidance: str
    #: Where it searches by meaning; None: wherever search does by default.
    index: EmbeddingIndex | None = None


def evaluate(run: JobRun) -> dict[str, Any]:
    """The work of an EvaluationJob."""
    job = run.job
    assert isinstance(job, EvaluationJob)
    evaluation = Evaluation.objects.select_related("question_set").get(pk=job.evaluation_id)
    work = Work(evaluation, Booking("evaluation", job.pk, job.started_by_id, evaluation.ref))
    _reopen(run, evaluation)
    questions = evaluation.question_set.questions.order_by("ordinal")
    keys = [f"{pk}:{side}" for pk in questions.values_list("pk", flat=True) for side in Side.values]
    add_items(run, keys)
    steps = Steps(work.prepare, draft, work.record, work.describe, dump=to_json, load=work.load)
    work_items(run, steps, concurrency=work.concurrency)
    return finish(run, evaluation)


def _reopen(run: JobRun, evaluation: Evaluation) -> None:
    """While it runs (again), nothing rests on what an earlier run has found."""
    with run.write():
        Evaluation.objects.filter(pk=evaluation.pk).update(finished_at=None, summary=None)
        forget_trial(evaluation.ref)


class Work:
    """The steps of each answer."""

    def __init__(self, evaluation: Evaluation, booking: Booking) -> None:
        self.evaluation, self.booking = evaluation, booking
        self.setups = {side: _setup(evaluation, side) for side in Side.values}
        question_set = evaluation.question_set
        self.instructions = question_set.instructions
        self.library = scope_of_set(question_set)
        self.searches_once = evaluation.kind != EvaluationKind.EMBEDDING
        self.passages: dict[int, list[Hit]] = {}

    @property
    def concurrency(self) -> int:
        return max(setup.model.max_concurrency for setup in self.setups.values())

    def prepare(self, item: JobItem) -> Asked:
        question, side = _of(item)
        return self._asked(question, side, self._passages(question, side))

    def load(self, item: JobItem, kept: Any) -> Drafted:
        call, hits = kept_reply(kept)
        asked = self._asked(*_of(item), hits)
        return Drafted(call, checked(call.data, asked), tuple(hits))

    def record(self, item: JobItem, drafted: Drafted) -> dict[str, Any]:
        question, side = _of(item)
        values = scored(question, drafted, self.setups[side].model)
        save_result(self.evaluation, question.pk, side, values)
        return {"outcome": drafted.draft.outcome, "side": side}

    def describe(self, item: JobItem) -> str:
        half = len(Side.values)
        return f"Question {(item.ordinal + half - 1) // half}, {item.key.partition(':')[2]}"

    def _asked(self, question: SetQuestion, side: str, hits: Sequence[Hit]) -> Asked:
        setup = self.setups[side]
        inputs = answer_inputs(
            question.text,
            hits,
            section=question.section,
            allowed_choices=question.allowed_choices,
            instructions=self.instructions,
            guidance=setup.guidance,
        )
        return Asked(question.pk, inputs, tuple(hits), setup.model, self.booking)

    def _passages(self, question: SetQuestion, side: str) -> list[Hit]:
        """Both sides get the same passages, unless it is the search that is compared."""
        if self.searches_once and question.pk in self.passages:
            return self.passages.pop(question.pk)
        hits = self.library.search(
            question.query or question.text,
            limit=PASSAGES,
            index=self.setups[side].index,
            booking=replace(self.booking, purpose="search"),
        )
        if hits.trouble is not None:
            # Half a search on one side would be compared with a whole one on the other.
            raise hits.trouble
        if self.searches_once:
            self.passages[question.pk] = hits
        return hits


def _of(item: JobItem) -> tuple[SetQuestion, str]:
    number, _, side = item.key.partition(":")
    return SetQuestion.objects.get(pk=int(number)), side


def _setup(evaluation: Evaluation, side: str) -> Setup:
    """Raises NoModel, or JobFailed where a side cannot be had any more."""
    # A fallback would answer in the name of the model that is tried.
    access = replace(usable_access(getattr(evaluation, f"{side}_chat")), fallback=None)
    prompt = getattr(evaluation, f"{side}_prompt")
    guidance = prompt.text if prompt else ""
    if evaluation.kind != EvaluationKind.EMBEDDING:
        return Setup(access, guidance)
    model = getattr(evaluation, f"{side}_embedding")
    index = active_index() if side == Side.BASELINE else complete_index_of(model)
    if index is None or index.model_id != model.pk:
        raise JobFailed(
            f"The library has no complete index of “{model}” (any more). Build it, or start a "
            "new evaluation."
        )
    return Setup(access, guidance, index)


def save_result(
    evaluation: Evaluation, question_id: int, side: str, values: dict[str, Any]
) -> EvaluationResult:
    """Write a side's result, in the place of one from an earlier run."""
    result, _ = EvaluationResult.objects.update_or_create(
        evaluation=evaluation, question_id=question_id, side=side, defaults=values
    )
    return result


def finish(run: JobRun, evaluation: Evaluation) -> dict[str, Any]:
    """When every question is through on both sides: the figures, and what they mean for the
    default."""
    with run.write():
        _save_errors(run, evaluation)
    pairs = comparing.paired(evaluation)
    missing = evaluation.question_set.questions.count() - len(pairs)
    if missing:
        return {"missing": missing}
    run.now("Comparing the answers")
    summary = comparing.summarize(pairs)
    against = comparing.objections(evaluation.kind, summary)
    with run.write():
        _conclude(evaluation, summary, against)
    return {"questions": len(pairs), "objections": len(against)}


def _conclude(evaluation: Evaluation, summary: dict[str, Any], against: list[str]) -> None:
    """In one transaction, so that a page never shows half of it."""
    Evaluation.objects.filter(pk=evaluation.pk).update(
        finished_at=timezone.now(), summary=summary | {"objections": against}
    )
    record_trial(
        evaluation.ref,
        option_of(evaluation, Side.BASELINE),
        option_of(evaluation, Side.CANDIDATE),
        questions=summary["questions"],
        objections=against,
    )


def _save_errors(run: JobRun, evaluation: Evaluation) -> None:
    """A question that failed has a result too: its error. Items go with old jobs, results stay."""
    failed = JobItem.objects.filter(job_id=run.job.pk, state=ItemState.FAILED)
    for key, error in failed.values_list("key", "error"):
        number, _, side = key.partition(":")
        same = {"evaluation": evaluation, "question_id": int(number), "side": side}
        EvaluationResult.objects.filter(**same).delete()
        EvaluationResult.objects.create(**same, error=error)


def option_of(evaluation: Evaluation, side: str) -> Option:
    """What a side tries, as the rule for defaults knows it."""
    if evaluation.kind == EvaluationKind.PROMPT:
        return Option(evaluation.kind, prompt=getattr(evaluation, f"{side}_prompt"))
    return Option(evaluation.kind, getattr(evaluation, f"{side}_{evaluation.kind}"))
