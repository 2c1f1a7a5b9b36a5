"""Starts the batches of an RFP."""

from typing import Any

from django.db import transaction

from jobs.dispatch import enqueue
from jobs.models import ACTIVE
from llm_manager.budgeting import reserve
from llm_manager.forecasting import Forecast
from llm_manager.models import LLMModel
from rfp_manager.estimating import quick_estimate
from rfp_manager.models import RFP, RFPBatchJob
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
) -> RFPBatchJob:
    """Queue the drafting of answers. `forecast` is what the person was told that it takes; what
    it may cost is reserved in the budgets. Raises AlreadyRunning."""
    job = responder_job(rfp, user, model=model, only_unanswered=only_unanswered)
    return _start(RESPONDER, job, forecast, dedup_key=f"rfp:{rfp.pk}:responder")


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
    task: str, job: RFPBatchJob, forecast: Forecast | None, *, dedup_key: str
) -> RFPBatchJob:
    found = forecast or quick_estimate(job)
    with transaction.atomic():
        enqueue(task, job=job, dedup_key=dedup_key)
        if found is not None:
            reserve(job, found, subject=subject_of(job.rfp_id))
    return job
