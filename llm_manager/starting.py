"""Starts the checks of LLM APIs."""

from typing import Any

from jobs.dispatch import enqueue
from jobs.queues import DEFAULT_PRIORITY
from llm_manager.models import LLMApi, ValidationJob

VALIDATE = "llm_manager.validate_single_api"


def start_validation(api: LLMApi, user: Any, *, priority: int = DEFAULT_PRIORITY) -> ValidationJob:
    """Queue a check of one API. Raises AlreadyRunning."""
    job = ValidationJob(api=api, started_by=user, title=f"Check {api.name}"[:200])
    return enqueue(VALIDATE, job=job, dedup_key=f"api:{api.pk}", priority=priority)
