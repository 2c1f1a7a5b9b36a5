"""Background checks of the LLM APIs, and the hourly look into the books of their calls."""

import logging
from typing import Any

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from jobs.errors import AlreadyRunning, JobFailed
from jobs.execution import execute
from jobs.models import Status
from jobs.run import JobRun
from jobs.task import REMOTE_OPTIONS, JobTask
from jobs.watching import HOUSEKEEPING
from llm_manager.budgeting import resume_stopped
from llm_manager.control.ledger import close_lost
from llm_manager.models import LLMApi, ValidationJob
from llm_manager.starting import start_validation
from llm_manager.validation import validate

logger = logging.getLogger(__name__)
#: Not among the jobs that people look for.
HOUSEKEEPING["llm_manager.keep_books"] = "Books of calls"


@shared_task(
    bind=True, base=JobTask, name="llm_manager.validate_single_api",
    # A list, and up to three calls that wait for their turn.
    soft_time_limit=420, time_limit=840,
    job_model=ValidationJob, dedup="api:{api_id}", **REMOTE_OPTIONS,
)  # fmt: skip
def validate_single_api(
    self: Any, api_id: int, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Check one API and sync its list of models."""
    if not LLMApi.objects.filter(pk=api_id).exists():
        return {"success": False, "api_id": api_id, "error": f"LLM API {api_id} not found"}
    job = self.job_for(job_id, api_id=api_id, user_id=user_id)

    def work(run: JobRun) -> dict[str, Any]:
        outcome = validate(api_id, run.now, job_id=job.pk, user_id=job.started_by_id)
        if not outcome.ok:
            raise JobFailed(outcome.message)
        return {"api_id": api_id, "models": outcome.models}

    return execute(self, job, work)


@shared_task(
    bind=True, base=JobTask, name="llm_manager.validate_all_llm_apis",
    soft_time_limit=120, time_limit=420,
    job_model=ValidationJob, job_columns={"title": "Check all LLM APIs"}, **REMOTE_OPTIONS,
)  # fmt: skip
def validate_all_llm_apis(
    self: Any, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Start a check of every active API; each is a job of its own, so none delays another."""
    job = self.job_for(job_id, user_id=user_id)

    def work(run: JobRun) -> dict[str, Any]:
        return start_all_validations()

    return execute(self, job, work)


def start_all_validations() -> dict[str, Any]:
    """Fan out to validate_single_api. `failed` counts the checks that could not be started and,
    where tasks run inline, those that found something wrong; `error` in `details` says what."""
    apis = LLMApi.objects.filter(is_active=True).defer("api_key")
    details = [_start_one(api) for api in apis]
    failed = sum("error" in detail for detail in details)
    return {
        "success": failed == 0,
        "tested": len(details),
        "successful": len(details) - failed,
        "failed": failed,
        "details": details,
    }


def _start_one(api: LLMApi) -> dict[str, Any]:
    detail: dict[str, Any] = {"api_id": api.pk, "name": api.name}
    try:
        job = start_validation(api, None, priority=6)
    except AlreadyRunning:
        return detail | {"already_running": True}
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # one API must not stop the rest
        logger.error(
            "Task failed for %s: %s: %s", api.pk, type(error).__name__, error,
            extra={"id": api.pk, "error": str(error)}, exc_info=True,
        )  # fmt: skip
        return detail | {"error": str(error) or type(error).__name__}
    job.refresh_from_db(fields=["status", "last_error"])
    detail["job_id"] = job.pk
    return detail | ({"error": job.last_error} if job.status == Status.FAILED else {})


@shared_task(
    bind=True,
    base=JobTask,
    name="llm_manager.keep_books",
    soft_time_limit=120,
    time_limit=420,
    job_columns={"title": "Keep the books"},
)
def keep_books(
    self: Any, user_id: int | None = None, job_id: int | None = None, **_: Any
) -> dict[str, Any]:
    """Close the entries of calls whose worker died, and let jobs go on that a budget stopped and
    that it allows now: because a month has begun, or what was reserved for others is free."""
    job = self.job_for(job_id, user_id=user_id)

    def work(run: JobRun) -> dict[str, Any]:
        lost = close_lost(zone=settings.TIME_ZONE)
        return {"lost": lost, "resumed": [job.pk for job in resume_stopped()]}

    return execute(self, job, work)
