"""What of models, keys and money is written into the audit log, wherever it is changed."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from audit.recording import record
from audit.tracking import Tracked, track
from llm_manager.models import Budget, DefaultChange, LLMApi, LLMModel

API = Tracked(
    "api",
    ("name", "kind", "base_url", "is_active", "max_concurrency", "requests_per_minute",
     "tokens_per_minute"),
    {"api_key": "api.key_changed"},
    secret=("api_key",),
)  # fmt: skip
#: Not their making: a look at what a provider offers makes hundreds.
MODEL = Tracked(
    "model", ("name", "kind", "input_price", "output_price", "cached_price", "fallback"),
    created=False,
)  # fmt: skip
BUDGET = Tracked("budget", ("name", "limit", "period", "user", "subject", "is_active"))


@receiver(post_save, sender=DefaultChange)
def default_moved(instance: DefaultChange, created: bool, raw: bool = False, **_: Any) -> None:
    if created and not raw:
        record("model.default_changed", actor=None, target=instance)


def connect() -> None:
    """Called once, when the apps are ready."""
    track(LLMApi, API)
    track(LLMModel, MODEL)
    track(Budget, BUDGET)
