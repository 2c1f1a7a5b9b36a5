"""Background work of RFPs. Each task turns ids into objects and makes one call."""

from typing import Any

from celery import shared_task

from jobs.execution import execute
from jobs.task import REMOTE_OPTIONS, JobTask
from rfp_manager import exports, responder, reviewer, summaries
from rfp_manager.models import RFP, ExportJob, InformationDocument, RFPBatchJob, SummaryJob


@shared_task(
    bind=True, base=JobTask, name="rfp_manager.batch_generate_responder_answers",
    max_retries=0, soft_time_limit=1800, time_limit=2100,
)
def batch_generate_responder_answers(
    self: Any, rfp_id: int, user_id: int | None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Draft an answer to every open question of an RFP."""
    if not RFP.objects.filter(pk=rfp_id).exists():
        return {"success": False, "job_id": job_id, "error": f"RFP {rfp_id} not found"}
    kind = RFPBatchJob.JOB_TYPE_RESPONDER
    job = self.job_for(
        job_id, lambda: RFPBatchJob(rfp_id=rfp_id, started_by_id=user_id, job_type=kind)
    )
    return execute(self, job, responder.answer_questions)


@shared_task(
    bind=True, base=JobTask, name="rfp_manager.batch_generate_reviewer_answers",
    max_retries=0, soft_time_limit=1800, time_limit=2100,
)
def batch_generate_reviewer_answers(
    self: Any, rfp_id: int, user_id: int | None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Review every drafted answer of an RFP."""
    if not RFP.objects.filter(pk=rfp_id).exists():
        return {"success": False, "job_id": job_id, "error": f"RFP {rfp_id} not found"}
    kind = RFPBatchJob.JOB_TYPE_REVIEWER
    job = self.job_for(
        job_id, lambda: RFPBatchJob(rfp_id=rfp_id, started_by_id=user_id, job_type=kind)
    )
    return execute(self, job, reviewer.review_answers)


@shared_task(
    bind=True, base=JobTask, name="rfp_manager.export_questionnaire",
    soft_time_limit=600, time_limit=900,
)
def export_questionnaire(
    self: Any, rfp_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Write the answers into a copy of the buyer's file."""
    if not RFP.objects.filter(pk=rfp_id).exists():
        return {"success": False, "job_id": job_id, "error": f"RFP {rfp_id} not found"}
    job = self.job_for(job_id, lambda: ExportJob(rfp_id=rfp_id, started_by_id=user_id))
    return execute(self, job, exports.export_for_job)


@shared_task(
    bind=True, base=JobTask, name="rfp_manager.summarize_information_document",
    soft_time_limit=600, time_limit=900, **REMOTE_OPTIONS,
)
def summarize_information_document(
    self: Any,
    information_document_id: int,
    user_id: int | None = None,
    job_id: int | None = None,
    **_: Any,
) -> dict[str, Any]:
    """Summarise a document that came with an RFP."""
    if not InformationDocument.objects.filter(pk=information_document_id).exists():
        error = f"Information document {information_document_id} not found"
        return {"success": False, "id": information_document_id, "error": error}
    job = self.job_for(
        job_id,
        lambda: SummaryJob(
            information_document_id=information_document_id, started_by_id=user_id
        ),
    )
    return execute(self, job, lambda run: summaries.summarize(run, information_document_id))
