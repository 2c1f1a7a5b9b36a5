"""How many planted errors a reviewer finds, and how often it doubts what is sound.

Copies of an RFP's answers are reviewed, each once as it is and once with an error planted into it.
Only answers in which the code finds nothing wrong are taken, so that a sound copy is one. The
copies live in the prompts alone: no answer ever holds a planted error.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from jobs.batch import Steps, add_items, work_items
from jobs.dispatch import enqueue
from jobs.errors import JobError, JobFailed
from jobs.models import ItemState, JobItem
from jobs.run import JobRun
from llm_manager.budgeting import reserve
from llm_manager.calling import Call, ModelAccess, default_access, usable_access, write
from llm_manager.control.ledger import Booking
from llm_manager.errors import BadResponse
from llm_manager.forecasting import Forecast, Prompt, forecast
from llm_manager.models import LLMModel, ModelKind
from llm_manager.prompts import build_request
from llm_manager.providers.base import ReviewInputs, Spent
from rfp_manager.checking import holds
from rfp_manager.estimating import evenly_spread
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerOutcome,
    Citation,
    ReviewerMeasure,
    ReviewerTestJob,
    Verdict,
)
from rfp_manager.planting import KINDS, plant
from rfp_manager.reviewer import inputs_of, passages_of
from rfp_manager.subjects import subject_of

TASK = "rfp_manager.batch_test_reviewer"
#: So many errors are planted at most, and as many sound copies reviewed.
MOST = 50
#: Answers looked at to find them; enough that every kind of error finds room somewhere.
LOOKED_AT = 200
#: So many are read at a time: mostly the first of them hold enough.
PORTION = 60
SOUND = "sound"
NOTHING_TO_TEST = (
    "No answer of this RFP can be used for the test: it takes answers with citations in which the "
    "checks find nothing wrong. Draft answers first, or correct those that are marked."
)


@dataclass(frozen=True)
class Copy:
    """A copy of an answer to be reviewed; `kind` of the error in it, or SOUND."""

    kind: str
    inputs: ReviewInputs
    model: ModelAccess
    booking: Booking


# -- starting ------------------------------------------------------------------------------
def reviewer_test_job(rfp: RFP, user: Any, *, model: LLMModel | None = None) -> ReviewerTestJob:
    """Not saved yet."""
    return ReviewerTestJob(
        rfp=rfp, started_by=user, model=model, title=f"Test the reviewer on “{rfp.name}”"[:200]
    )


def start_reviewer_test(
    rfp: RFP, user: Any, *, model: LLMModel | None = None, expected: Forecast | None = None
) -> ReviewerTestJob:
    """Queue the test of a reviewer. What it may cost is reserved. Raises AlreadyRunning."""
    job = reviewer_test_job(rfp, user, model=model)
    if expected is None:
        try:
            expected = estimate(job)
        except JobError:
            expected = None  # the work itself will say what is wrong
    with transaction.atomic():
        enqueue(TASK, job=job, dedup_key=f"rfp:{rfp.pk}:reviewer-test")
        if expected is not None and expected.cost:
            reserve(job, expected, subject=subject_of(rfp.pk))
    return job


def estimate(job: ReviewerTestJob) -> Forecast:
    """What the calls will take, from the prompts themselves. Raises NoModel, or JobFailed where
    there is nothing to test with."""
    access = access_of(job)
    keys = keys_of(job.rfp)
    if not keys:
        raise JobFailed(NOTHING_TO_TEST)
    texts = _answers([int(key.partition(":")[0]) for key in keys])
    prompts = [Prompt.of(build_request(access.model_id, _inputs(answer))) for answer in texts[:8]]
    return forecast(access, "review", prompts, len(keys))


def access_of(job: ReviewerTestJob) -> ModelAccess:
    """The model that is measured, without the fallback that would answer in its name."""
    found = usable_access(job.model) if job.model else default_access(ModelKind.CHAT)
    return replace(found, fallback=None)


def keys_of(rfp: RFP) -> list[str]:
    """ "answer:kind" of every copy: for each answer one error, of the kinds that have come least
    so far, and a sound copy."""
    used: Counter[str] = Counter()
    keys: list[str] = []
    for answer in _usable(rfp):
        rarest = sorted(KINDS, key=lambda k: used[k])
        kind = next((k for k in rarest if plant(answer.text, k, _chance(answer))), None)
        if kind:
            used[kind] += 1
            keys += [f"{answer.pk}:{kind}", f"{answer.pk}:{SOUND}"]
        if len(keys) >= 2 * MOST:
            break
    return keys


def _usable(rfp: RFP) -> Iterable[Answer]:
    """Answers that the code finds sound, spread over the RFP."""
    cited = Exists(Citation.objects.filter(answer=OuterRef("pk")))
    found = Answer.objects.filter(cited, question__rfp=rfp, unsupported=[]).exclude(text="")
    found = found.exclude(outcome=AnswerOutcome.NO_EVIDENCE).order_by("question__ordinal")
    ids = list(evenly_spread(list(found.values_list("pk", flat=True)), LOOKED_AT))
    for start in range(0, len(ids), PORTION):
        portion = ids[start : start + PORTION]
        answers = _answers(portion).in_bulk()
        for answer in (answers[pk] for pk in portion if pk in answers):
            if holds(_inputs(answer)):
                yield answer


def _answers(ids: list[int]) -> QuerySet[Answer]:
    """Just what a reviewer is told of them."""
    cited = Citation.objects.select_related("chunk__version__document").only(
        "answer", "ordinal", "chunk__text", "chunk__heading_path",
        "chunk__version__document__title",
    )  # fmt: skip
    related = Answer.objects.select_related("question__rfp").only(
        "text", "choice", "version", "question__text", "question__allowed_choices",
        "question__max_characters", "question__max_words", "question__rfp__instructions",
    )  # fmt: skip
    return related.prefetch_related(Prefetch("citations", cited)).filter(pk__in=ids)


def _inputs(answer: Answer) -> ReviewInputs:
    return inputs_of(answer, passages_of(answer.citations.all()))


def _chance(answer: Answer) -> random.Random:
    """The same errors each time, for the same version of an answer."""
    return random.Random(answer.pk * 1000 + answer.version)


# -- the work ------------------------------------------------------------------------------
def measure_reviewer(run: JobRun) -> dict[str, Any]:
    """The work of a ReviewerTestJob."""
    job = run.job
    assert isinstance(job, ReviewerTestJob)
    model = access_of(job)
    if not job.items.exists():
        keys = keys_of(job.rfp)
        if not keys:
            raise JobFailed(NOTHING_TO_TEST)
        add_items(run, keys)
    booking = Booking("review", job.pk, job.started_by_id, subject_of(job.rfp_id))

    def prepare(item: JobItem) -> Copy:
        return copy_of(item.key, model, booking)

    def load(item: JobItem, kept: Any) -> tuple[Copy, Call]:
        call = Call(**{**kept, "spent": Spent(**kept["spent"])})
        return copy_of(item.key, model, booking), call

    steps = Steps(prepare, _review, _record, _describe, dump=_dump, load=load)
    work_items(run, steps, concurrency=model.max_concurrency)
    return _conclude(run, job, model)


def copy_of(key: str, model: ModelAccess, booking: Booking) -> Copy:
    """The copy that an item stands for. Raises JobError if its answer was changed meanwhile."""
    pk, _, kind = key.partition(":")
    answer = _answers([int(pk)]).first()
    if answer is None:
        raise JobError("The answer was deleted meanwhile.")
    inputs = _inputs(answer)
    if kind != SOUND:
        planted = plant(answer.text, kind, _chance(answer))
        if planted is None:
            raise JobError("The answer was changed meanwhile.")
        inputs = replace(inputs, answer=planted.text)
    return Copy(kind, inputs, model, booking)


def _review(copy: Copy) -> tuple[Copy, Call]:
    return copy, write(copy.model, copy.inputs, copy.booking)


def _dump(reviewed: tuple[Copy, Call]) -> dict[str, Any]:
    return asdict(reviewed[1])


def _describe(item: JobItem) -> str:
    return f"Reviewing copy {item.ordinal}"


def _record(item: JobItem, reviewed: tuple[Copy, Call]) -> dict[str, Any]:
    copy, call = reviewed
    by_model = doubts(call.data)
    return {
        "kind": copy.kind,
        "by_model": by_model,
        "caught": by_model or not holds(copy.inputs),
    }


def doubts(data: dict[str, Any]) -> bool:
    """Whether a reviewer's reply finds the answer wanting. Raises BadResponse."""
    verdict = data.get("verdict")
    if verdict not in Verdict.values:
        raise BadResponse("The reviewer's reply has no verdict.")
    return bool(verdict != Verdict.SUPPORTED)


# -- what comes of it ----------------------------------------------------------------------
def _conclude(run: JobRun, job: ReviewerTestJob, model: ModelAccess) -> dict[str, Any]:
    done = job.items.filter(state=ItemState.DONE).values_list("result", flat=True)
    figures = counted([result for result in done if isinstance(result, dict)])
    if not figures["planted"]:
        raise JobFailed("No copy could be reviewed. The errors of the items say why.")
    with run.write():
        save_measure(job, model.pk, figures)
    return {name: figures[name] for name in ("planted", "caught", "sound", "false_alarms")}


def counted(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The columns of a ReviewerMeasure, from the results of the items."""
    planted = [r for r in results if r["kind"] != SOUND]
    sound = [r for r in results if r["kind"] == SOUND]
    by_kind: dict[str, list[int]] = {}
    for result in planted:
        row = by_kind.setdefault(result["kind"], [0, 0, 0])
        for place, counts in enumerate((True, result["caught"], result["by_model"])):
            row[place] += bool(counts)
    return {
        "planted": len(planted),
        "caught": sum(r["caught"] for r in planted),
        "caught_by_model": sum(r["by_model"] for r in planted),
        "sound": len(sound),
        "false_alarms": sum(r["caught"] for r in sound),
        "by_kind": by_kind,
    }


def save_measure(job: ReviewerTestJob, model_id: int, figures: dict[str, Any]) -> ReviewerMeasure:
    """In the place of an earlier one of this model on this RFP."""
    before = ReviewerMeasure.objects.filter(model_id=model_id, job__rfp=job.rfp_id)
    before.exclude(job=job).delete()
    values = {"model_id": model_id, **figures}
    measure, _ = ReviewerMeasure.objects.update_or_create(job=job, defaults=values)
    return measure


def measures_of(model_ids: Iterable[int] | QuerySet[Any, Any]) -> dict[int, ReviewerMeasure]:
    """The newest measure of each model, in one query."""
    found = ReviewerMeasure.objects.filter(model__in=model_ids)
    newest = found.select_related("model").order_by("model_id", "-measured_at", "-pk")
    return {measure.model_id: measure for measure in newest.distinct("model_id")}
