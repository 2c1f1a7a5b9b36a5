"""Background work of RFPs. Each task turns ids into objects and makes one call."""

from typing import Any

from celery import shared_task

from jobs.execution import execute
from jobs.task import REMOTE_OPTIONS, JobTask
from rfp_manager import exports, fitting, measuring_reviewers, responder, reviewer, summaries
from rfp_manager.evaluating import running
from rfp_manager.models import (
    RFP,
    Evaluation,
    EvaluationJob,
    ExportJob,
    InformationDocument,
    ReviewerTestJob,
    RFPBatchJob,
    SummaryJob,
)


@shared_task(
    bind=True,
    base=JobTask,
    name="rfp_manager.batch_generate_responder_answers",
    max_retries=0,
    soft_time_limit=1800,
    time_limit=2100,
    dedup="rfp:{rfp_id}:responder",
    job_model=RFPBatchJob,
    job_columns={"job_type": RFPBatchJob.JOB_TYPE_RESPONDER},
)
def batch_generate_responder_answers(
    self: Any, rfp_id: int, user_id: int | None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Draft an answer to every open question of an RFP."""
    if not RFP.objects.filter(pk=rfp_id).exists():
        return {"success": False, "job_id": job_id, "error": f"RFP {rfp_id} not found"}
    job = self.job_for(job_id, rfp_id=rfp_id, user_id=user_id)
    return execute(self, job, responder.answer_questions)


@shared_task(
    bind=True,
    base=JobTask,
    name="rfp_manager.batch_generate_reviewer_answers",
    max_retries=0,
    soft_time_limit=1800,
    time_limit=2100,
    dedup="rfp:{rfp_id}:reviewer",
    job_model=RFPBatchJob,
    job_columns={"job_type": RFPBatchJob.JOB_TYPE_REVIEWER},
)
def batch_generate_reviewer_answers(
    self: Any, rfp_id: int, user_id: int | None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Review every drafted answer of an RFP."""
    if not RFP.objects.filter(pk=rfp_id).exists():
        return {"success": False, "job_id": job_id, "error": f"RFP {rfp_id} not found"}
    job = self.job_for(job_id, rfp_id=rfp_id, user_id=user_id)
    return execute(self, job, reviewer.review_answers)


@shared_task(
    bind=True,
    base=JobTask,
    name="rfp_manager.batch_test_reviewer",
    max_retries=0,
    soft_time_limit=1800,
    time_limit=2100,
    dedup="rfp:{rfp_id}:reviewer-test",
    job_model=ReviewerTestJob,
)
def batch_test_reviewer(
    self: Any, rfp_id: int, user_id: int | None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Have copies of an RFP's answers, with and without planted errors, reviewed."""
    if not RFP.objects.filter(pk=rfp_id).exists():
        return {"success": False, "job_id": job_id, "error": f"RFP {rfp_id} not found"}
    job = self.job_for(job_id, rfp_id=rfp_id, user_id=user_id)
    return execute(self, job, measuring_reviewers.measure_reviewer)


@shared_task(
    bind=True,
    base=JobTask,
    name="rfp_manager.export_questionnaire",
    soft_time_limit=600,
    time_limit=900,
    job_model=ExportJob,
    dedup="rfp:{rfp_id}:export",
)
def export_questionnaire(
    self: Any, rfp_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Write the answers into a copy of the buyer's file."""
    if not RFP.objects.filter(pk=rfp_id).exists():
        return {"success": False, "job_id": job_id, "error": f"RFP {rfp_id} not found"}
    job = self.job_for(job_id, rfp_id=rfp_id, user_id=user_id)
    return execute(self, job, exports.export_for_job)


@shared_task(
    bind=True,
    base=JobTask,
    name="rfp_manager.summarize_information_document",
    soft_time_limit=600,
    time_limit=900,
    job_model=SummaryJob,
    dedup="information:{information_document_id}",
    **REMOTE_OPTIONS,
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
    job = self.job_for(job_id, information_document_id=information_document_id, user_id=user_id)
    return execute(self, job, lambda run: summaries.summarize(run, information_document_id))


@shared_task(
    bind=True,
    base=JobTask,
    name="rfp_manager.batch_generate_evaluation_answers",
    max_retries=0,
    soft_time_limit=1800,
    time_limit=2100,
    job_model=EvaluationJob,
    dedup="evaluation:{evaluation_id}",
)
def batch_generate_evaluation_answers(
    self: Any, evaluation_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Answer the questions of a set with a candidate and with the present defaults."""
    if not Evaluation.objects.filter(pk=evaluation_id).exists():
        error = f"Evaluation {evaluation_id} not found"
        return {"success": False, "id": evaluation_id, "error": error}
    job = self.job_for(job_id, evaluation_id=evaluation_id, user_id=user_id)
    return execute(self, job, running.evaluate)


@shared_task(
    bind=True,
    base=JobTask,
    name="rfp_manager.measure_confidence",
    soft_time_limit=600,
    time_limit=900,
    job_columns={"title": "Measure confidence"},
    dedup="measure-confidence",
)
def measure_confidence(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """Fit confidence anew on what people have decided since."""
    return execute(self, self.job_for(job_id), fitting.refit_for_job)
