"""What drafting or reviewing an RFP will take, from the real prompts of some of its questions.

The prompts are made just as the batch will make them, search included, so an estimate takes a
while: no more of them are made than it takes to know their mean. The pages show it before the start
and hand it on, signed, to the start itself. A program that starts a batch gets a quick one, of as
many questions as there is time for.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, TypeVar

from django.core import signing
from django.db.models import Prefetch

from jobs.errors import JobError, TryLater
from jobs.working import working_for
from llm_manager.calling import ModelAccess, default_access, usable_access
from llm_manager.control.ledger import Booking
from llm_manager.defaults import default_guidance
from llm_manager.forecasting import (
    Forecast,
    Prompt,
    forecast,
    from_json,
    history_of,
    off_by_sample,
    seconds_of,
    to_json,
)
from llm_manager.models import LLMModel, ModelKind
from llm_manager.prompts import build_request
from rfp_manager.drafting import ask
from rfp_manager.library_scope import scope_of_batch
from rfp_manager.models import Answer, Citation, Question, RFPBatchJob
from rfp_manager.responder import questions_to_answer
from rfp_manager.reviewer import answers_to_review, inputs_of, passages_of
from rfp_manager.subjects import subject_of

#: Prompts that an estimate looks at, at least and at most. Between the two it stops as soon as
#: their mean is known this well, two standard errors as a share of it: what replies come to and
#: how a provider cuts its tokens is known no better.
LEAST, SAMPLE = 8, 40
NEAR_ENOUGH = 0.08
#: How long a page and the start itself may take over it, and over the first prompt alone.
PATIENCE_SECONDS, QUICK_SECONDS = 4.0, 0.6
FIRST_SECONDS = 2.0
#: Work that costs nothing is started without a question if it takes no longer than this.
LONG_SECONDS = 600.0
GOLDEN = 0.6180339887498949
SALT = "rfp_manager.estimate"
VALID_SECONDS = 3600
NOBODY = "The API that finds the passages lets nobody in at the moment."
T = TypeVar("T")
PURPOSES = {RFPBatchJob.JOB_TYPE_RESPONDER: "answer", RFPBatchJob.JOB_TYPE_REVIEWER: "review"}


@dataclass(frozen=True)
class Plan:
    """A batch before it is started: the model, and the ids of what there is to do."""

    job: RFPBatchJob
    access: ModelAccess
    ids: list[int]

    @property
    def purpose(self) -> str:
        return PURPOSES[self.job.job_type]

    @property
    def needs_consent(self) -> bool:
        """It costs money, or takes long: then people see the estimate before it is started."""
        if not self.ids:
            return False
        history = history_of(self.access.pk, self.purpose)
        long = seconds_of(self.access, len(self.ids), history) > LONG_SECONDS
        return self.access.costs_money or long


def plan_of(job: RFPBatchJob) -> Plan:
    """For a job that is not saved yet. Raises NoModel."""
    drafts = job.job_type == RFPBatchJob.JOB_TYPE_RESPONDER
    ids = questions_to_answer(job) if drafts else answers_to_review(job)
    access = usable_access(job.model) if job.model else default_access(ModelKind.CHAT)
    return Plan(job, access, ids)


def estimate(plan: Plan, *, patience: float = PATIENCE_SECONDS) -> Forecast:
    """What the batch will take. Raises JobError (an LLMError, say) if the prompts cannot be
    made."""
    taken: list[float] = []
    sample: list[Prompt | None] = []
    for prompt in _sample(plan, patience, taken):
        sample.append(prompt)
        if _tells_enough(sample, len(plan.ids)):
            break
    # The first may have waited for the embedding model to be loaded.
    each = median(taken[1:]) if len(taken) > 1 else 0.0
    return forecast(plan.access, plan.purpose, sample, len(plan.ids), each)


def _sample(plan: Plan, patience: float, taken: list[float]) -> Iterator[Prompt | None]:
    """The prompts that can be made in time, and how long each has taken. The first has a time of
    its own: a process that has just started loads the embedding model for it."""
    prompt_of = _draft_prompts(plan) if plan.purpose == "answer" else _review_prompts(plan)
    give_up = 0.0
    for pk in evenly_spread(plan.ids, SAMPLE):
        started = time.monotonic()
        left = give_up - started if taken else max(patience, FIRST_SECONDS)
        if left <= 0:
            return
        try:
            with _time_limit(left):
                prompt = prompt_of(pk)
        except TryLater as error:
            if not taken:
                raise TryLater(NOBODY) from error
            return
        taken.append(time.monotonic() - started)
        give_up = give_up or time.monotonic() + patience
        yield prompt


def _tells_enough(sample: Sequence[Prompt | None], items: int) -> bool:
    """Whether the mean of these prompts is near enough to that of all."""
    sizes = [prompt.tokens if prompt else 0.0 for prompt in sample]
    return len(sizes) >= LEAST and off_by_sample(sizes, items) <= NEAR_ENOUGH


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Within, whoever waits for a turn at an API gives up after so many seconds."""
    over = threading.Event()
    timer = threading.Timer(seconds, over.set)
    timer.daemon = True
    timer.start()
    try:
        with working_for(over):
            yield
    finally:
        timer.cancel()


def quick_estimate(job: RFPBatchJob, only: list[int] | None = None) -> Forecast | None:
    """For a start that nobody has seen an estimate for; None where it costs nothing, or where
    the work itself will say what is wrong. `only` these questions or answers."""
    try:
        plan = plan_of(job)
        plan = plan if only is None else replace(plan, ids=only)
        if not (plan.access.costs_money and plan.ids):
            return None
        return estimate(plan, patience=QUICK_SECONDS)
    except JobError:
        return None


def evenly_spread(items: Sequence[T], most: int) -> Iterator[T]:
    """Up to `most` of the items; whenever one stops, those so far lie evenly among them all."""
    if len(items) <= most:
        yield from items
        return
    seen: set[int] = set()
    step = 0
    while len(seen) < most:
        place = int(step * GOLDEN % 1 * len(items))
        step += 1
        if place not in seen:
            seen.add(place)
            yield items[place]


def _draft_prompts(plan: Plan) -> Callable[[int], Prompt | None]:
    job = plan.job
    library = scope_of_batch(job)
    booking = Booking("search", user_id=job.started_by_id, subject=subject_of(job.rfp_id))
    guidance = default_guidance()
    questions = Question.objects.select_related("section", "rfp").in_bulk(_looked_at(plan))

    def prompt_of(question_id: int) -> Prompt | None:
        question = questions.get(question_id)
        if question is None:
            return None  # deleted meanwhile
        asked = ask(question, plan.access, library, booking, guidance)
        # Without passages nothing is asked of the model (drafting.draft).
        return Prompt.of(build_request(plan.access.model_id, asked.inputs)) if asked.hits else None

    return prompt_of


def _review_prompts(plan: Plan) -> Callable[[int], Prompt | None]:
    cited = Citation.objects.select_related("chunk__version__document").defer(
        "chunk__lexemes", "chunk__version__signature"
    )
    related = Answer.objects.select_related("question__rfp")
    answers = related.prefetch_related(Prefetch("citations", cited)).in_bulk(_looked_at(plan))

    def prompt_of(answer_id: int) -> Prompt | None:
        answer = answers.get(answer_id)
        if answer is None:
            return None  # deleted meanwhile
        inputs = inputs_of(answer, passages_of(answer.citations.all()))
        return Prompt.of(build_request(plan.access.model_id, inputs))

    return prompt_of


def _looked_at(plan: Plan) -> list[int]:
    return list(evenly_spread(plan.ids, SAMPLE))


# -- handed on from the page to the start ----------------------------------------------------
def signed(plan: Plan, found: Forecast) -> str:
    return signing.dumps({"for": _identity(plan.job), "found": to_json(found)}, salt=SALT)


def accepted(value: str, job: RFPBatchJob) -> Forecast | None:
    """The estimate that a person has seen and started upon; None if it is too old, of other
    work, or not ours."""
    try:
        kept = signing.loads(value, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        return None
    return from_json(kept["found"]) if kept["for"] == _identity(job) else None


def _identity(job: RFPBatchJob) -> list[Any]:
    model: LLMModel | None = job.model
    return [job.rfp_id, job.job_type, job.only_unanswered, model.pk if model else None]
