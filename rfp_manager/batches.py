"""Starts the batches of an RFP."""

from typing import Any

from jobs.dispatch import enqueue
from jobs.models import ACTIVE
from llm_manager.models import LLMModel
from rfp_manager.models import RFP, RFPBatchJob

RESPONDER = "rfp_manager.batch_generate_responder_answers"
REVIEWER = "rfp_manager.batch_generate_reviewer_answers"


def start_responder(
    rfp: RFP, user: Any, *, model: LLMModel | None = None, only_unanswered: bool = True
) -> RFPBatchJob:
    """Queue the drafting of answers. Raises AlreadyRunning."""
    job = RFPBatchJob(
        rfp=rfp,
        job_type=RFPBatchJob.JOB_TYPE_RESPONDER,
        started_by=user,
        model=model,
        only_unanswered=only_unanswered,
        title=f"Draft answers for “{rfp.name}”"[:200],
    )
    return enqueue(RESPONDER, job=job, dedup_key=f"rfp:{rfp.pk}:responder")


def start_reviewer(rfp: RFP, user: Any, *, model: LLMModel | None = None) -> RFPBatchJob:
    """Queue the review of the drafts, after a running responder. Raises AlreadyRunning."""
    running = RFPBatchJob.objects.filter(
        rfp=rfp, job_type=RFPBatchJob.JOB_TYPE_RESPONDER, status__in=ACTIVE
    ).first()
    job = RFPBatchJob(
        rfp=rfp,
        job_type=RFPBatchJob.JOB_TYPE_REVIEWER,
        started_by=user,
        model=model,
        depends_on=running,
        title=f"Review answers of “{rfp.name}”"[:200],
    )
    return enqueue(REVIEWER, job=job, dedup_key=f"rfp:{rfp.pk}:reviewer")
