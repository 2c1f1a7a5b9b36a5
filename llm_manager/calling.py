"""Calls models and keeps the books. `ModelAccess` is plain data, safe to use in threads."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Sum
from django.utils import timezone

from llm_manager.control.gate import Limits
from llm_manager.control.turns import Turn, turn
from llm_manager.errors import BudgetSpent, LLMError
from llm_manager.fields import KeyUnreadable, Secret
from llm_manager.models import Budget, LLMModel, LLMUsage, ProviderKind
from llm_manager.prompts import build_request
from llm_manager.providers.base import ApiAccess, EmbeddingReply, Inputs, Provider, Spent
from llm_manager.providers.parsing import storable
from llm_manager.providers.registry import connect

MILLION = Decimal(1_000_000)
#: Of English prose; only a first guess, corrected by what the API counts.
CHARACTERS_PER_TOKEN = 4.0
#: What the column holds.
HIGHEST_COST = Decimal("999999.999999")
LONGEST_LATENCY_MS = 2**31 - 1


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
    limits: Limits
    input_price: Decimal
    output_price: Decimal

    def provider(self) -> Provider:
        access = ApiAccess(self.base_url, self.key.reveal, self.timeout_seconds)
        return connect(self.kind, access)

    @property
    def max_concurrency(self) -> int:
        return self.limits.max_concurrency

    @property
    def is_remote(self) -> bool:
        return self.kind != ProviderKind.BUILTIN

    @property
    def costs_money(self) -> bool:
        return self.input_price > 0 or self.output_price > 0


@dataclass(frozen=True)
class Call:
    """A finished call: its data and what is to be booked for it."""

    data: dict[str, Any]
    spent: Spent
    latency_ms: int


def access_to(model: LLMModel) -> ModelAccess:
    """The way to `model`. Raises NoModel if its API's key cannot be decrypted."""
    try:
        api = model.api
        key = api.api_key
    except KeyUnreadable as error:
        raise NoModel(f"{error} Enter the API's key again.") from error
    return ModelAccess(
        pk=model.pk,
        name=str(model),
        model_id=model.model_id,
        kind=api.kind,
        base_url=api.base_url,
        key=key,
        timeout_seconds=float(api.timeout_seconds),
        limits=Limits(
            api.pk, api.max_concurrency, api.requests_per_minute, api.tokens_per_minute
        ),
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


def usable_access(model: LLMModel) -> ModelAccess:
    """The way to a model that somebody chose. Raises NoModel if it cannot be used (any more)."""
    if not LLMModel.objects.usable().filter(pk=model.pk).exists():
        raise NoModel(
            f"The model “{model}” cannot be used: its API is switched off or does not offer it "
            "any more. Choose another model."
        )
    return access_to(model)


def write(access: ModelAccess, inputs: Inputs) -> Call:
    """One chat call, when it is this call's turn. None of Django's database: made for the
    threads of a batch. Raises LLMError, or TryLater when the API has no place for long."""
    request = build_request(access.model_id, inputs)
    characters = len(request.system) + len(request.prompt)
    with _turn(access, characters / CHARACTERS_PER_TOKEN) as mine:
        started = time.monotonic()
        reply = access.provider().chat(request)
        mine.used(reply.spent.input_tokens + reply.spent.output_tokens)
    return Call(storable(reply.data), reply.spent, int((time.monotonic() - started) * 1000))


def embed(
    access: ModelAccess, texts: Sequence[str], role: Literal["query", "passage"]
) -> EmbeddingReply:
    """Vectors for `texts`, when it is this call's turn. Raises LLMError or TryLater."""
    with _turn(access, sum(map(len, texts)) / CHARACTERS_PER_TOKEN):
        return access.provider().embed(texts, model_id=access.model_id, role=role)


def _turn(access: ModelAccess, tokens: float) -> AbstractContextManager[Turn]:
    """What is built in needs no turn: its calls are this machine's own work."""
    return turn(access.limits, tokens) if access.is_remote else nullcontext(Turn(tokens))


def check_budget(access: ModelAccess) -> None:
    """Raises BudgetSpent once this month's calls have cost what an active budget allows."""
    if not access.costs_money:
        return
    limits = Budget.objects.filter(is_active=True).values_list("monthly_limit", "name")
    lowest = min(limits, default=None)
    if lowest is not None and spent_this_month() >= lowest[0]:
        raise BudgetSpent(
            f"The budget “{lowest[1]}” of ${lowest[0]:.2f} a month is spent. Raise it, or go on "
            "with a model that costs nothing."
        )


def spent_this_month() -> Decimal:
    """US dollars since the first of the month, in the installation's time zone."""
    now = timezone.localtime()
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    booked = LLMUsage.objects.filter(created_at__gte=start).aggregate(sum=Sum("cost"))
    return booked["sum"] or Decimal(0)


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
        cost=min(cost / MILLION, HIGHEST_COST),
        latency_ms=min(call.latency_ms, LONGEST_LATENCY_MS),
    )
