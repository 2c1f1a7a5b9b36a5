"""Checks an API: asks for its models, keeps ours in step, and tries a call."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from llm_manager import errors
from llm_manager.control.ledger import Booking
from llm_manager.errors import LLMError
from llm_manager.fields import KeyUnreadable
from llm_manager.listing import Changes, sync, usable
from llm_manager.models import ApiCheck, LLMApi, ProviderKind
from llm_manager.providers.base import ApiAccess, ModelInfo
from llm_manager.providers.registry import connect
from llm_manager.trying import try_out

#: A list of models comes at once or not at all, whatever patience answers deserve.
PATIENCE_SECONDS = 30
#: Of an API's checks; at one every six hours, four months of them.
CHECKS_KEPT = 500
IDS_KEPT = 100
LONGEST_MESSAGE = 300
NO_LIST = "It lists no models. Check its address (most end in /v1), or enter a model by hand."
ADVICE: dict[type[LLMError], str] = {
    errors.Unreachable: "Check its address, and whether the server runs and is open to this one.",
    errors.TimedOut: "If it is busy or still loading, test again; or allow it more time.",
    errors.Overloaded: "That is the provider's own trouble: test again later.",
    errors.RateLimited: "Test again in a minute.",
    errors.BadResponse: "Check its address: what answers there may be something else.",
    errors.OutOfCredit: "Add credit there, then test again.",
}


@dataclass(frozen=True)
class Validation:
    """What a check found."""

    ok: bool
    message: str
    models: int = 0
    changes: Changes = field(default_factory=Changes)
    latency_ms: int = 0


def validate(
    api_id: int,
    say: Callable[[str], None] = lambda _: None,
    *,
    job_id: int | None = None,
    user_id: int | None = None,
) -> Validation:
    """Check an API and record the outcome. `say` is told what is being done; a check that a
    person asked for (`user_id`) is not content with old answers. Raises LLMApi.DoesNotExist."""
    try:
        outcome = _checked(LLMApi.objects.get(pk=api_id), say, job_id, user_id)
    except KeyUnreadable as error:
        outcome = Validation(False, f"{error} Enter the key again.")
    _record(api_id, outcome, job_id)
    return outcome


def _checked(
    api: LLMApi, say: Callable[[str], None], job_id: int | None, user_id: int | None
) -> Validation:
    say(f"Asking {api.name} for its models")
    listed, latency, trouble = _listed(api)
    if trouble and not (isinstance(trouble, errors.UnknownModel) and api.base_url):
        return Validation(False, in_words(trouble, api), latency_ms=latency)
    if not listed and not _entered_by_hand(api):
        # Not a reason to switch all models off: a gateway may be starting.
        return Validation(False, NO_LIST, latency_ms=latency)
    changes = sync(api, listed) if listed else Changes()
    ok, words = _tried(api, say, Booking("validation", job_id, user_id))
    return Validation(ok, f"{_counted(listed)}{words}", len(listed), changes, latency)


def _listed(api: LLMApi) -> tuple[list[ModelInfo], int, LLMError | None]:
    """The API's models, how long it took to say so in milliseconds, and what went wrong."""
    started = time.monotonic()
    try:
        found, trouble = usable(_ask(api)), None
    except LLMError as error:
        found, trouble = [], error
    return found, int((time.monotonic() - started) * 1000), trouble


def _ask(api: LLMApi) -> list[ModelInfo]:
    patience = float(min(api.timeout_seconds, PATIENCE_SECONDS))
    return connect(api.kind, ApiAccess(api.base_url, api.api_key.reveal, patience)).list_models()


def _entered_by_hand(api: LLMApi) -> bool:
    return api.models.filter(listed__isnull=True, is_available=True).exists()


def _tried(api: LLMApi, say: Callable[[str], None], booking: Booking) -> tuple[bool, str]:
    """Whether a call works, and the words for it. What is built in needs no proof."""
    if api.kind == ProviderKind.BUILTIN:
        return True, ""
    say(f"Trying a call at {api.name}")
    trial = try_out(api, booking, paid_anew=booking.user_id is not None)
    advice = _advice(trial.error, api) if trial.error else ""
    return trial.ok, f" {trial.words} {advice}".rstrip()


def in_words(error: LLMError, api: LLMApi) -> str:
    """What went wrong and what can be done about it."""
    if isinstance(error, errors.AuthFailed) and not api.api_key:
        return "The API wants a key, and none is stored. Enter one."
    return f"{error} {_advice(error, api)}".strip()


def _advice(error: LLMError, api: LLMApi) -> str:
    if not api.base_url and isinstance(error, errors.BadResponse):
        return ""  # the provider's own address is right
    return next((text for kind, text in ADVICE.items() if isinstance(error, kind)), "")


def _counted(listed: list[ModelInfo]) -> str:
    if not listed:
        return "It lists no models."
    return "1 model." if len(listed) == 1 else f"{len(listed)} models."


def _record(api_id: int, outcome: Validation, job_id: int | None) -> None:
    message = outcome.message[:LONGEST_MESSAGE]
    with transaction.atomic():
        LLMApi.objects.filter(pk=api_id).update(
            last_validated_at=timezone.now(),
            last_validation_ok=outcome.ok,
            last_validation_message=message,
        )
        ApiCheck.objects.create(api_id=api_id, job_id=job_id, **_columns(outcome, message))
        kept = ApiCheck.objects.filter(api_id=api_id).order_by("-id")[CHECKS_KEPT:]
        ApiCheck.objects.filter(pk__in=list(kept.values_list("pk", flat=True))).delete()


def _columns(outcome: Validation, message: str) -> dict[str, Any]:
    changes = outcome.changes
    return {
        "ok": outcome.ok, "message": message, "models_listed": outcome.models,
        "models_new": changes.new[:IDS_KEPT], "models_gone": changes.gone[:IDS_KEPT],
        "models_changed": changes.changed[:IDS_KEPT], "latency_ms": outcome.latency_ms,
    }  # fmt: skip
