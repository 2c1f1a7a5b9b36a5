"""What the proofs share: a small world with a fake LLM, and work that is only queued."""

from typing import Any

import pytest

from tests.rfp_manager.answer_world import commit, library, llm, rfp

__all__ = ["commit", "library", "llm", "rfp"]


@pytest.fixture
def elsewhere(settings: Any) -> None:
    """Work is only queued: the workers are other processes."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
