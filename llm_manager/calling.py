"""Calls models and keeps the books. `ModelAccess` is plain data, safe to use in threads."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from llm_manager.errors import LLMError
from llm_manager.fields import KeyUnreadable, Secret
from llm_manager.models import LLMModel, LLMUsage
from llm_manager.prompts import build_request
from llm_manager.providers.base import ApiAccess, EmbeddingReply, Inputs, Provider, Spent
from llm_manager.providers.registry import connect

MILLION = Decimal(1_000_000)


class NoModel(LLMError):
    """No usable model of the kind that is needed."""


@dataclass(frozen=True)
class ModelAccess:
    """A model and the way to it, read from the database once and then free of it."""

    pk: int
    name: str
    model_id: str
    kind: str
    base_url: str
    key: Secret
    timeout_seconds: float
    max_concurrency: int
    input_price: Decimal
    output_price: Decimal

    def provider(self) -> Provider:
        access = ApiAccess(self.base_url, self.key.reveal, self.timeout_seconds)
        return connect(self.kind, access)


@dataclass(frozen=True)
class Call:
    """A finished call: its data and what is to be booked for it."""

    data: dict[str, Any]
    spent: Spent
    latency_ms: int


def access_to(model: LLMModel) -> ModelAccess:
    return ModelAccess(
        pk=model.pk,
        name=str(model),
        model_id=model.model_id,
        kind=model.api.kind,
        base_url=model.api.base_url,
        key=model.api.api_key,
        timeout_seconds=float(model.api.timeout_seconds),
        max_concurrency=model.api.max_concurrency,
        input_price=model.input_price,
        output_price=model.output_price,
    )


def default_access(kind: str) -> ModelAccess:
    """The default model of a kind. Raises NoModel with what to do about it."""
    try:
        model = LLMModel.objects.default(kind)
    except KeyUnreadable as error:
        raise NoModel(f"{error} Enter the API's key again.") from error
    if model is None:
        raise NoModel(
            f"There is no usable default {kind} model. Choose one under Models, or switch its "
            "API on again."
        )
    return access_to(model)


def write(access: ModelAccess, inputs: Inputs) -> Call:
    """One chat call. No database: made for the threads of a batch. Raises LLMError."""
    started = time.monotonic()
    reply = access.provider().chat(build_request(access.model_id, inputs))
    return Call(reply.data, reply.spent, int((time.monotonic() - started) * 1000))


def embed(
    access: ModelAccess, texts: Sequence[str], role: Literal["query", "passage"]
) -> EmbeddingReply:
    """Vectors for `texts`. No database. Raises LLMError."""
    return access.provider().embed(texts, model_id=access.model_id, role=role)


def book(access: ModelAccess, call: Call, *, purpose: str, job_id: int | None) -> LLMUsage:
    """Write the usage row of a call."""
    spent = call.spent
    cost = spent.input_tokens * access.input_price + spent.output_tokens * access.output_price
    return LLMUsage.objects.create(
        model_id=access.pk,
        purpose=purpose,
        job_id=job_id,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        cached_tokens=spent.cached_tokens,
        cost=cost / MILLION,
        latency_ms=call.latency_ms,
    )
