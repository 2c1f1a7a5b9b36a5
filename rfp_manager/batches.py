"""Starts the batches of an RFP."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from jobs.batch import ONLY_THESE_ITEMS, give_items
from jobs.dispatch import enqueue
from jobs.models import ACTIVE
from llm_manager.budgeting import reserve
from llm_manager.forecasting import Forecast
from llm_manager.models import LLMModel
from rfp_manager.estimating import quick_estimate
from rfp_manager.models import RFP, Question, RFPBatchJob
from rfp_manager.sparing import in_order
from rfp_manager.subjects import subject_of

RESPONDER = "rfp_manager.batch_generate_responder_answers"
REVIEWER = "rfp_manager.batch_generate_reviewer_answers"


def start_responder(
    rfp: RFP,
    user: Any,
    *,
    model: LLMModel | None = None,
    only_unanswered: bool = True,
    forecast: Forecast | None = None,
    chosen: Sequence[int] | None = None,
) -> RFPBatchJob:
    """Queue the drafting of answers. `forecast` is what the person was told that it takes; what
    it may cost is reserved in the budgets. `chosen`: the ids of these questions alone, drafted
    again unless people have touched their answers. Raises AlreadyRunning."""
    job = responder_job(rfp, user, model=model, only_unanswered=only_unanswered)
    only = None
    if chosen is not None:
        only = in_order(Question.objects.filter(rfp=rfp, pk__in=chosen))
    return _start(RESPONDER, job, forecast, dedup_key=responder_key(rfp), only=only)


def responder_key(rfp: RFP) -> str:
    return f"rfp:{rfp.pk}:responder"


def start_reviewer(
    rfp: RFP, user: Any, *, model: LLMModel | None = None, forecast: Forecast | None = None
) -> RFPBatchJob:
    """Queue the review of the drafts, after a running responder. Raises AlreadyRunning."""
    job = reviewer_job(rfp, user, model=model)
    job.depends_on = RFPBatchJob.objects.filter(
        rfp=rfp, job_type=RFPBatchJob.JOB_TYPE_RESPONDER, status__in=ACTIVE
    ).first()
    return _start(REVIEWER, job, forecast, dedup_key=f"rfp:{rfp.pk}:reviewer")


def responder_job(
    rfp: RFP, user: Any, *, model: LLMModel | None = None, only_unanswered: bool = True
) -> RFPBatchJob:
    """Not saved yet."""
    return RFPBatchJob(
        rfp=rfp,
        job_type=RFPBatchJob.JOB_TYPE_RESPONDER,
        started_by=user,
        model=model,
        only_unanswered=only_unanswered,
        title=f"Draft answers for “{rfp.name}”"[:200],
    )


def reviewer_job(rfp: RFP, user: Any, *, model: LLMModel | None = None) -> RFPBatchJob:
    """Not saved yet."""
    return RFPBatchJob(
        rfp=rfp,
        job_type=RFPBatchJob.JOB_TYPE_REVIEWER,
        started_by=user,
        model=model,
        title=f"Review answers of “{rfp.name}”"[:200],
    )


def _start(
    task: str,
    job: RFPBatchJob,
    forecast: Forecast | None,
    *,
    dedup_key: str,
    only: list[int] | None = None,
) -> RFPBatchJob:
    found = forecast or quick_estimate(job, only)
    more: dict[str, Any] = {} if only is None else {"overrides": {ONLY_THESE_ITEMS: True}}
    with transaction.atomic():
        enqueue(task, job=job, dedup_key=dedup_key, **more)
        if only is not None:
            give_items(job, [str(pk) for pk in only])
        if found is not None:
            reserve(job, found, subject=subject_of(job.rfp_id))
    return job
