"""Checks an API by asking for its model list, and keeps our list of models in step."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from jobs.errors import TransientItemError
from llm_manager.errors import LLMError
from llm_manager.fields import KeyUnreadable
from llm_manager.models import LLMApi, LLMModel
from llm_manager.providers.base import ApiAccess, ModelInfo
from llm_manager.providers.registry import connect


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
        found = _ask(api)
    except (LLMError, TransientItemError) as error:
        return _record(api_id, Validation(False, str(error)))
    with transaction.atomic():
        _sync_models(api, found)
        return _record(api_id, Validation(True, f"{len(found)} models", len(found)))


def _ask(api: LLMApi) -> list[ModelInfo]:
    access = ApiAccess(api.base_url, api.api_key.reveal, min(api.timeout_seconds, 30))
    return connect(api.kind, access).list_models()


def _record(api_id: int, outcome: Validation) -> Validation:
    LLMApi.objects.filter(pk=api_id).update(
        last_validated_at=timezone.now(),
        last_validation_ok=outcome.ok,
        last_validation_message=outcome.message[:300],
    )
    return outcome


def _sync_models(api: LLMApi, found: list[ModelInfo]) -> None:
    """New models appear, gone ones are marked, none is deleted: usage refers to them."""
    for info in found:
        LLMModel.objects.update_or_create(
            api=api,
            model_id=info.model_id[:200],
            defaults={"is_available": True},
            create_defaults={
                "name": info.name[:200],
                "kind": info.kind,
                "dimensions": info.dimensions,
                "context_window": info.context_window,
                "is_available": True,
            },
        )
    listed = [info.model_id[:200] for info in found]
    api.models.exclude(model_id__in=listed).update(is_available=False)
