"""What pages say about LLM APIs."""

from typing import Any

from llm_manager.models import LLMApi, ValidationJob


def badge_of(api: LLMApi) -> tuple[str, str]:
    """A status that components/badge.html knows, and its words."""
    if not api.is_active:
        return "inactive", "Switched off"
    if api.last_validation_ok is None:
        return "unknown", "Never checked"
    return ("valid", "Works") if api.last_validation_ok else ("failed", "Does not work")


def checks_under_way(user: Any) -> dict[int | None, ValidationJob]:
    """The check of each API that is under way and that this person may see."""
    running = ValidationJob.objects.for_user(user).active().select_related("depends_on")
    return {job.api_id: job for job in running if isinstance(job, ValidationJob)}
