"""Calls models and keeps the books. `ModelAccess` is plain data, safe to use in threads."""

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal

from django.conf import settings

from llm_manager.control import books
from llm_manager.control.books import Entry, Prices
from llm_manager.control.gate import Limits
from llm_manager.control.ledger import Booking
from llm_manager.control.turns import LONGEST_WAIT_SECONDS, CircuitOpen, Turn, turn
from llm_manager.errors import AuthFailed, LLMError, OutOfCredit, UnknownModel
from llm_manager.fields import KeyUnreadable, Secret
from llm_manager.models import LLMModel, LLMUsage, Outcome, ProviderKind
from llm_manager.prompts import build_request
from llm_manager.providers.base import (
    ApiAccess,
    ChatRequest,
    EmbeddingReply,
    Inputs,
    Provider,
    RerankReply,
    Spent,
)
from llm_manager.providers.parsing import storable
from llm_manager.providers.registry import connect

#: Of English prose; only a first guess, until the API has counted some calls of the model.
CHARACTERS_PER_TOKEN = 4.0
#: A call may take so much more than expected: what is held for it is to be enough.
MARGIN = 1.3
#: A query waits so long for its turn.
SEARCH_PATIENCE_SECONDS = 15.0
#: So many of a model's last calls say how many characters a token has.
CALLS_LOOKED_AT = 200
#: The API does not work, or not for us, and will not in a moment: time for the fallback.
OUT_OF_ORDER = (CircuitOpen, AuthFailed, OutOfCredit, UnknownModel)


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
    first_byte_seconds: float
    limits: Limits
    prices: Prices
    characters_per_token: float = CHARACTERS_PER_TOKEN
    #: Answers while this one's API is out of order.
    fallback: "ModelAccess | None" = None
    #: Of vectors; None: as many as the model gives by itself.
    dimensions: int | None = None

    def provider(self) -> Provider:
        access = ApiAccess(
            self.base_url, self.key.reveal, self.timeout_seconds, self.first_byte_seconds
        )
        return connect(self.kind, access)

    @property
    def max_concurrency(self) -> int:
        return self.limits.max_concurrency

    @property
    def is_remote(self) -> bool:
        return self.kind != ProviderKind.BUILTIN

    @property
    def costs_money(self) -> bool:
        return not self.prices.are_nothing

    def tokens_of(self, characters: int) -> int:
        """About how many tokens a prompt of so many characters has."""
        return int(characters / self.characters_per_token) + 1


@dataclass(frozen=True)
class Call:
    """A finished call: its data and what is to be booked for it."""

    data: dict[str, Any]
    spent: Spent
    latency_ms: int
    #: The model that answered: the one that was asked, or its fallback.
    model_pk: int | None = None
    #: What was sent, to the letter, and its entry in the books, as plain values.
    sent: dict[str, Any] = field(default_factory=dict)


def access_to(model: LLMModel, *, with_fallback: bool = True) -> ModelAccess:
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
        first_byte_seconds=float(api.first_byte_seconds or api.timeout_seconds),
        limits=Limits(api.pk, api.max_concurrency, api.requests_per_minute, api.tokens_per_minute),
        prices=Prices(model.input_price, model.output_price, model.cached_price),
        characters_per_token=_characters_per_token(model),
        fallback=_fallback_of(model) if with_fallback else None,
        dimensions=model.dimensions,
    )


def _fallback_of(model: LLMModel) -> ModelAccess | None:
    """The way to a model's fallback, if it can be used. A fallback has none of its own."""
    if model.fallback_id is None:
        return None
    usable = LLMModel.objects.usable().filter(pk=model.fallback_id)
    try:
        found = usable.select_related("api").first()
        return access_to(found, with_fallback=False) if found else None
    except (KeyUnreadable, NoModel):
        return None


def _characters_per_token(model: LLMModel) -> float:
    """As the API has counted them in the model's last calls. What is built in counts none, and
    every search asks for the way to its model."""
    if model.api.kind == ProviderKind.BUILTIN:
        return CHARACTERS_PER_TOKEN
    counted = LLMUsage.objects.filter(
        model_id=model.pk, outcome=Outcome.OK, characters__gt=0, input_tokens__gt=0
    )
    last = counted.order_by("-id").values("characters", "input_tokens")[:CALLS_LOOKED_AT]
    sums = [(row["characters"], row["input_tokens"]) for row in last]
    tokens = sum(tokens for _, tokens in sums)
    return sum(characters for characters, _ in sums) / tokens if tokens else CHARACTERS_PER_TOKEN


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


def write(access: ModelAccess, inputs: Inputs, booking: Booking) -> Call:
    """One chat call, when it is this call's turn and the budgets allow it. None of Django's
    database: made for the threads of a batch. Raises LLMError (BudgetSpent among them), or
    TryLater when the API has no place for long."""
    try:
        return _write(access, inputs, booking)
    except OUT_OF_ORDER:
        if access.fallback is None:
            raise
    return _write(access.fallback, inputs, booking)


def _write(access: ModelAccess, inputs: Inputs, booking: Booking) -> Call:
    return ask(access, build_request(access.model_id, inputs), booking)


def ask(access: ModelAccess, request: ChatRequest, booking: Booking) -> Call:
    """One chat call of this model and no other, in its turn and in the books. Raises as write."""
    characters = characters_of(request)
    expected = Spent(access.tokens_of(characters), request.max_output_tokens)
    with (
        _turn(access, expected.input_tokens) as mine,
        _entry(access, booking, characters, expected) as entry,
    ):
        started = time.monotonic()
        reply = access.provider().chat(request)
        entry.used(reply.spent)
        mine.used(reply.spent.input_tokens + reply.spent.output_tokens)
    latency = int((time.monotonic() - started) * 1000)
    sent = _sent(access, request, entry.number)
    return Call(storable(reply.data), reply.spent, latency, access.pk, sent)


def _sent(access: ModelAccess, request: ChatRequest, usage: int | None) -> dict[str, Any]:
    """For the receipt of what came of the call."""
    schema = json.dumps(dict(request.json_schema), sort_keys=True)
    sent = {
        "model": access.name,
        "model_id": request.model_id,
        "provider": access.kind,
        "system": request.system,
        "prompt": request.prompt,
        "reply_schema_sha256": hashlib.sha256(schema.encode()).hexdigest(),
        "max_output_tokens": request.max_output_tokens,
        "usage": usage,
    }
    return storable(sent)


def characters_of(request: ChatRequest) -> int:
    """All that goes into the prompt of a call, in characters."""
    return len(request.system) + len(request.prompt) + len(json.dumps(dict(request.json_schema)))


def embed(
    access: ModelAccess,
    texts: Sequence[str],
    role: Literal["query", "passage"],
    booking: Booking | None = None,
) -> EmbeddingReply:
    """Vectors for `texts`, when it is this call's turn. Raises LLMError or TryLater: soon for a
    query, for which a person may be waiting."""
    if not access.is_remote:
        return access.provider().embed(texts, model_id=access.model_id, role=role)
    characters = sum(map(len, texts))
    expected = Spent(access.tokens_of(characters))
    booking = booking or Booking("embedding" if role == "passage" else "search")
    patience = SEARCH_PATIENCE_SECONDS if role == "query" else LONGEST_WAIT_SECONDS
    with (
        _turn(access, expected.input_tokens, patience),
        _entry(access, booking, characters, expected) as entry,
    ):
        reply = access.provider().embed(
            texts, model_id=access.model_id, role=role, dimensions=access.dimensions
        )
        entry.used(reply.spent)
    return reply


def rerank(
    access: ModelAccess,
    query: str,
    texts: Sequence[str],
    booking: Booking | None = None,
    *,
    patience: float = SEARCH_PATIENCE_SECONDS,
) -> RerankReply:
    """How well each of `texts` meets `query`, when it is this call's turn, for which it waits
    `patience` seconds. Raises LLMError (UnknownModel where the API does not rank) or TryLater."""
    characters = len(query) * len(texts) + sum(map(len, texts))
    expected = Spent(access.tokens_of(characters))
    with (
        _turn(access, expected.input_tokens, patience),
        _entry(access, booking or Booking("search"), characters, expected) as entry,
    ):
        reply = access.provider().rerank(query, texts, model_id=access.model_id)
        entry.used(reply.spent)
    return reply


def _turn(
    access: ModelAccess, tokens: float, patience: float = LONGEST_WAIT_SECONDS
) -> AbstractContextManager[Turn]:
    """What is built in needs no turn: its calls are this machine's own work."""
    return turn(access.limits, tokens, patience) if access.is_remote else nullcontext(Turn(tokens))


def _entry(
    access: ModelAccess, booking: Booking, characters: int, expected: Spent
) -> AbstractContextManager[Entry]:
    most = Spent(int(expected.input_tokens * MARGIN), expected.output_tokens)
    zone = settings.TIME_ZONE
    return books.entry(access.pk, access.prices, booking, characters, most, zone)
