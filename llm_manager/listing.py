"""Keeps our list of an API's models in step with its own."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from llm_manager.known_models import Known, known
from llm_manager.models import LLMApi, LLMModel, ModelKind, PriceSource
from llm_manager.providers.base import ModelInfo
from llm_manager.providers.parsing import storable_text

LONGEST_MODEL_ID = 200
MOST_DIMENSIONS = 32767
MOST_TOKENS = 2**31 - 1
#: What an API says of a model, and what people may have changed.
SAID = {"name": "name", "kind": "kind", "dimensions": "dimensions", "context_window": "tokens"}
WRITTEN = [
    *SAID, "listed", "is_available", "gone_at", "input_price", "output_price", "cached_price",
    "price_source",
]  # fmt: skip


@dataclass
class Changes:
    """Ids of models that appeared (or came back), that differ and how, and that are gone."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def usable(listed: list[ModelInfo]) -> list[ModelInfo]:
    """Each model once; ids that could not be stored, and so never be called, left out."""
    found = {info.model_id: info for info in listed if _is_storable(info.model_id)}
    return list(found.values())


def sync(api: LLMApi, found: list[ModelInfo]) -> Changes:
    """New models appear, gone ones are marked, none is deleted: usage refers to them.

    What a person has set stays: a field follows the API only from what the API said before.
    What a person has entered as a whole model is never gone.
    """
    said = {info.model_id: _statement(info) for info in found}
    changes = Changes()
    with transaction.atomic():
        LLMApi.objects.select_for_update().defer("api_key").get(pk=api.pk)
        stored = {m.model_id: m for m in api.models.select_for_update().order_by("pk")}
        changes.new = [model_id for model_id in said if model_id not in stored]
        rows = [_row(api, model_id, said[model_id]) for model_id in changes.new]
        LLMModel.objects.bulk_create(rows)
        touched = [m for m in stored.values() if _follow(m, said.get(m.model_id), api, changes)]
        LLMModel.objects.bulk_update(touched, WRITTEN, batch_size=500)
    return changes


def _row(api: LLMApi, model_id: str, statement: dict[str, Any]) -> LLMModel:
    model = LLMModel(api=api, model_id=model_id, listed=statement, **statement)
    fill_in(model, known(model_id, api.base_url))
    return model


def _follow(
    model: LLMModel, statement: dict[str, Any] | None, api: LLMApi, changes: Changes
) -> bool:
    """Bring a known model in step. Whether anything of it has changed."""
    before = {name: getattr(model, name) for name in WRITTEN}
    if statement is not None:
        if not model.is_available:
            changes.new.append(model.model_id)
        changes.changed.extend(_take_over(model, statement))
        model.listed, model.is_available, model.gone_at = statement, True, None
    elif model.is_available and model.listed is not None:
        changes.gone.append(model.model_id)
        model.is_available, model.gone_at = False, timezone.now()
    fill_in(model, known(model.model_id, api.base_url))
    return any(getattr(model, name) != value for name, value in before.items())


def _take_over(model: LLMModel, statement: dict[str, Any]) -> list[str]:
    """Put what the API says into what is empty, or is still as the API said before."""
    differences, before = [], model.listed or {}
    for name, words in SAID.items():
        now, mine = statement[name], getattr(model, name)
        if now in (None, "") or now == mine:
            continue
        if mine in (None, ""):
            setattr(model, name, now)
        elif mine == before.get(name):
            setattr(model, name, now)
            differences.append(f"{model.model_id}: {words} {mine} → {now}"[:200])
    return differences


def fill_in(model: LLMModel, found: Known | None) -> None:
    """Take from our own list what neither the API nor a person has said."""
    if found is None:
        return
    if model.context_window is None:
        model.context_window = found.context_window
    untouched = model.price_source == PriceSource.UNKNOWN and not (
        model.input_price or model.output_price
    )
    if found.price and (untouched or model.price_source == PriceSource.LISTED):
        model.input_price, model.output_price = found.price.input, found.price.output
        model.cached_price = found.price.cached
        model.price_source = PriceSource.LISTED


def _statement(info: ModelInfo) -> dict[str, Any]:
    return {
        "name": storable_text(info.name)[:LONGEST_MODEL_ID],
        "kind": info.kind if info.kind in ModelKind.values else ModelKind.CHAT.value,
        "dimensions": _within(info.dimensions, MOST_DIMENSIONS),
        "context_window": _within(info.context_window, MOST_TOKENS),
    }


def _is_storable(model_id: str) -> bool:
    return 0 < len(model_id) <= LONGEST_MODEL_ID and storable_text(model_id) == model_id


def _within(number: int | None, most: int) -> int | None:
    return number if number is not None and 0 < number <= most else None
