"""Checks an API by asking for its model list, and keeps our list of models in step."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from llm_manager.errors import LLMError
from llm_manager.fields import KeyUnreadable
from llm_manager.models import LLMApi, LLMModel, ModelKind
from llm_manager.providers.base import ApiAccess, ModelInfo
from llm_manager.providers.parsing import storable_text
from llm_manager.providers.registry import connect

#: A list of models comes at once or not at all, whatever patience answers deserve.
PATIENCE_SECONDS = 30
LONGEST_MODEL_ID = 200
MOST_DIMENSIONS = 32767
MOST_TOKENS = 2**31 - 1


@dataclass(frozen=True)
class Validation:
    """What a check found."""

    ok: bool
    message: str
    models: int = 0


def validate(api_id: int, say: Callable[[str], None] = lambda _: None) -> Validation:
    """Ask the API for its models and record the outcome. Raises LLMApi.DoesNotExist."""
    try:
        api = LLMApi.objects.get(pk=api_id)
    except KeyUnreadable as error:
        return _record(api_id, Validation(False, f"{error} Enter the key again."))
    say(f"Asking {api.name} for its models")
    try:
        found = _usable(_ask(api))
    except LLMError as error:
        return _record(api_id, Validation(False, str(error)))
    if not found:
        # Not a reason to switch all models off: a gateway may be starting.
        return _record(api_id, Validation(False, "The API answers, but it lists no models."))
    with transaction.atomic():
        _sync_models(api, found)
        return _record(api_id, Validation(True, f"{len(found)} models", len(found)))


def _ask(api: LLMApi) -> list[ModelInfo]:
    patience = float(min(api.timeout_seconds, PATIENCE_SECONDS))
    return connect(api.kind, ApiAccess(api.base_url, api.api_key.reveal, patience)).list_models()


def _usable(listed: list[ModelInfo]) -> list[ModelInfo]:
    """Each model once; ids that could not be stored, and so never be called, left out."""
    found = {info.model_id: info for info in listed if _is_storable(info.model_id)}
    return list(found.values())


def _is_storable(model_id: str) -> bool:
    return 0 < len(model_id) <= LONGEST_MODEL_ID and storable_text(model_id) == model_id


def _record(api_id: int, outcome: Validation) -> Validation:
    LLMApi.objects.filter(pk=api_id).update(
        last_validated_at=timezone.now(),
        last_validation_ok=outcome.ok,
        last_validation_message=outcome.message[:300],
    )
    return outcome


def _sync_models(api: LLMApi, found: list[ModelInfo]) -> None:
    """New models appear, gone ones are marked, none is deleted: usage refers to them."""
    LLMApi.objects.select_for_update().defer("api_key").get(pk=api.pk)
    listed = {info.model_id: info for info in found}
    known = set(api.models.values_list("model_id", flat=True))
    new = [_row(api, info) for model_id, info in listed.items() if model_id not in known]
    LLMModel.objects.bulk_create(new)
    api.models.filter(model_id__in=listed).update(is_available=True)
    api.models.exclude(model_id__in=listed).update(is_available=False)


def _row(api: LLMApi, info: ModelInfo) -> LLMModel:
    return LLMModel(
        api=api,
        model_id=info.model_id,
        name=storable_text(info.name)[:LONGEST_MODEL_ID],
        kind=info.kind if info.kind in ModelKind.values else ModelKind.CHAT,
        dimensions=_within(info.dimensions, MOST_DIMENSIONS),
        context_window=_within(info.context_window, MOST_TOKENS),
    )


def _within(number: int | None, most: int) -> int | None:
    return number if number is not None and 0 < number <= most else None
