"""What a batch of calls will take: tokens, money and time, from a sample of its real prompts and
from how the model's last calls went."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import fmean, stdev
from typing import Any

from llm_manager.calling import ModelAccess, characters_of
from llm_manager.control.gate import Limits
from llm_manager.models import Estimate, LLMUsage, Outcome
from llm_manager.providers.base import ChatRequest, Spent
from llm_manager.tokens import guess

#: So many of a model's last calls are looked at, and so many of them for one purpose.
LOOKED_AT, CALLS = 1000, 200
#: After so many calls, history and guess count the same.
HALF_TRUST = 10
#: Tokens that providers add for the reply's schema, beyond those of its text.
ADDED_TOKENS = {"anthropic": 350, "openai": 60, "gemini": 60}
#: Without history: what replies of a purpose come to, and how long a call takes.
USUAL_OUTPUT = {"answer": 220, "review": 120, "summary": 350, "embedding": 0}
USUAL_SECONDS = {True: 6.0, False: 0.5}
#: How far off each part may be, as a share of it, without and with history.
TOKENS_OFF, OUTPUT_OFF, TIME_OFF = (0.15, 0.04), (0.6, 0.1), (2.0, 0.4)
#: Fewer prompts do not tell how different they are: as different as this, mostly.
ENOUGH, USUAL_SPREAD = 5, 0.3
#: A batch is taken up, and ended, in about this time.
AROUND_SECONDS = 2.0
MOST_TRIES = 1.5


@dataclass(frozen=True)
class Prompt:
    """The size of one call's prompt; `tokens` is a guess from its text."""

    characters: int
    tokens: float

    @classmethod
    def of(cls, request: ChatRequest) -> "Prompt":
        schema = json.dumps(dict(request.json_schema))
        text = "\n".join((request.system, request.prompt, schema))
        return cls(characters_of(request), guess(text))


@dataclass(frozen=True)
class History:
    """How a model's last calls for a purpose went. `calls` 0: it has made none."""

    calls: int = 0
    characters_per_token: float = 0.0
    output_tokens: float = 0.0
    cached_share: float = 0.0
    seconds: float = 0.0
    #: Calls that were made for one that was answered.
    tries: float = 1.0

    @property
    def trust(self) -> float:
        """From 0, for none, towards 1."""
        return self.calls / (self.calls + HALF_TRUST)


@dataclass(frozen=True)
class Forecast:
    """What calls will take. `low` and `high` are the ends of the range of tokens and money, as
    shares of it; `fastest` and `slowest` are seconds."""

    model_id: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal
    seconds: float
    low: float
    high: float
    fastest: float
    slowest: float
    #: Items that may need a call, and how many of their prompts were looked at.
    items: int = 0
    sampled: int = 0
    #: How far the mean of all prompts may be from that of those, as a share of it.
    sample_off: float = 0.0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @classmethod
    def of(cls, estimate: Estimate) -> "Forecast":
        seconds = estimate.seconds
        return cls(
            estimate.model_id, estimate.calls, estimate.input_tokens, estimate.output_tokens,
            estimate.cost, seconds, estimate.low, estimate.high, seconds, seconds, estimate.calls,
        )  # fmt: skip

    def times(self, share: float) -> "Forecast":
        """For a part of the work."""
        return replace(
            self,
            calls=round(self.calls * share),
            input_tokens=round(self.input_tokens * share),
            output_tokens=round(self.output_tokens * share),
            cost=self.cost * Decimal(str(share)),
            seconds=self.seconds * share,
            fastest=self.fastest * share,
            slowest=self.slowest * share,
            items=round(self.items * share),
        )


def history_of(model_id: int, purpose: str) -> History:
    """From the model's last calls; of another purpose only what does not depend on it."""
    fields = ("purpose", "outcome", "characters", "input_tokens", "output_tokens",
              "cached_tokens", "latency_ms")  # fmt: skip
    last = LLMUsage.objects.filter(model_id=model_id).order_by("-id").values(*fields)[:LOOKED_AT]
    paid = [row for row in last if row["input_tokens"] and row["characters"]]
    same = [row for row in paid if row["purpose"] == purpose][:CALLS]
    answered = [row for row in same if row["outcome"] == Outcome.OK]
    if not answered:
        return History()
    tokens = sum(row["input_tokens"] for row in answered)
    return History(
        calls=len(answered),
        characters_per_token=sum(row["characters"] for row in answered) / tokens,
        output_tokens=fmean(row["output_tokens"] for row in answered),
        cached_share=sum(row["cached_tokens"] for row in answered) / tokens,
        seconds=fmean(row["latency_ms"] for row in answered) / 1000,
        tries=min(MOST_TRIES, len(same) / len(answered)),
    )


def seconds_of(access: ModelAccess, calls: int, history: History, tokens: float = 0.0) -> float:
    """How long so many calls take one API, all its places taken."""
    usual = USUAL_SECONDS[access.is_remote]
    each = history.trust * history.seconds + (1 - history.trust) * usual
    limits: Limits = access.limits
    paced = [calls * each / max(1, min(access.max_concurrency, calls)) if calls else 0.0]
    if limits.requests_per_minute:
        paced.append(60.0 * calls / limits.requests_per_minute)
    return AROUND_SECONDS + max([*paced, limits.token_seconds(tokens)])


def forecast(
    access: ModelAccess,
    purpose: str,
    sample: Sequence[Prompt | None],
    items: int,
    preparing: float = 0.0,
) -> Forecast:
    """For `items` of which `sample` shows some; None is one that needs no call. `preparing`:
    seconds until one item's prompt is ready, one after the other."""
    history = history_of(access.pk, purpose)
    sizes = [_input_tokens(prompt, access, history) if prompt else 0.0 for prompt in sample]
    asked = sum(prompt is not None for prompt in sample) / max(1, len(sample)) * items
    calls = round(asked * history.tries)
    input_tokens = fmean(sizes or [0.0]) * items * history.tries
    output_tokens = calls * _output_tokens(purpose, history)
    cached = int(input_tokens * history.cached_share * history.trust)
    spent = Spent(round(input_tokens), round(output_tokens), cached)
    seconds = max(
        seconds_of(access, calls, history, input_tokens + output_tokens), items * preparing
    )
    off = _off(access, sizes, items, spent, history)
    slower = 1.0 + _between(TIME_OFF, history)
    return Forecast(
        access.pk, calls, spent.input_tokens, spent.output_tokens, access.prices.of(spent),
        seconds, max(0.3, 1.0 - off), 1.0 + off, seconds / slower, seconds * slower,
        items, len(sample), off_by_sample(sizes, items),
    )  # fmt: skip


def _input_tokens(prompt: Prompt, access: ModelAccess, history: History) -> float:
    guessed = prompt.tokens + ADDED_TOKENS.get(access.kind, 0)
    if not history.calls:
        return guessed
    counted = prompt.characters / history.characters_per_token
    return history.trust * counted + (1 - history.trust) * guessed


def _output_tokens(purpose: str, history: History) -> float:
    usual = USUAL_OUTPUT.get(purpose, USUAL_OUTPUT["answer"])
    return history.trust * history.output_tokens + (1 - history.trust) * usual


def _off(
    access: ModelAccess, sizes: Sequence[float], items: int, spent: Spent, history: History
) -> float:
    """How far off the forecast may be, as a share of it: because the sample is small, because
    tokens are guessed, because replies are longer than usual."""
    output = _share_of_output(access, spent)
    tokens = (1 - output) * _between(TOKENS_OFF, history)
    return math.hypot(off_by_sample(sizes, items), tokens, output * _between(OUTPUT_OFF, history))


def off_by_sample(sizes: Sequence[float], items: int) -> float:
    """Two standard errors of the sample's mean, as a share of it."""
    mean, seen = fmean(sizes or [0.0]), max(1, len(sizes))
    if not mean:
        return 0.0
    spread = stdev(sizes) / mean if seen >= ENOUGH else USUAL_SPREAD
    return 2 * spread * math.sqrt(max(0.0, 1 - seen / max(1, items)) / seen)


def _share_of_output(access: ModelAccess, spent: Spent) -> float:
    """Of the money; where it costs none, of the tokens."""
    whole = access.prices.of(spent)
    if whole:
        return float(access.prices.of(Spent(0, spent.output_tokens)) / whole)
    return spent.output_tokens / max(1, spent.input_tokens + spent.output_tokens)


def _between(off: tuple[float, float], history: History) -> float:
    """Without history the first, and ever nearer to the second with it."""
    return off[0] + (off[1] - off[0]) * history.trust


def to_json(found: Forecast) -> dict[str, Any]:
    return {**vars(found), "cost": str(found.cost)}


def from_json(kept: dict[str, Any]) -> Forecast:
    return Forecast(**{**kept, "cost": Decimal(kept["cost"])})
