"""Tries whether a call of an API would work, with the smallest call there is."""

import time
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from jobs.errors import TryLater
from llm_manager import errors
from llm_manager.calling import ModelAccess, access_to, ask, embed
from llm_manager.control.ledger import Booking
from llm_manager.control.turns import CircuitOpen
from llm_manager.models import LLMApi, LLMModel, LLMUsage, ModelKind, Outcome
from llm_manager.providers.base import AnswerInputs, ChatRequest

TRIED_KINDS = (ModelKind.CHAT, ModelKind.EMBEDDING)
#: Of an API none of whose models is in use: its list may begin with models that only draw.
MOST_TRIED = 3
#: A server may have to load the model first; an answer of one word takes no longer than that.
PATIENCE_SECONDS = 60.0
#: A model that has answered so recently need not be paid to answer again.
RECENT = timedelta(hours=6)
LONGEST_PAUSE_SECONDS = 40.0
#: After these, another model of the same API would end the same way.
SAME_FOR_ALL = (
    errors.OutOfCredit, errors.Unreachable, errors.TimedOut, errors.Overloaded, errors.WrongAddress
)  # fmt: skip
SCHEMA = {
    "type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"],
    "additionalProperties": False,
}  # fmt: skip
#: Thinking models spend tokens before the word; only what is used is paid.
MOST_OUTPUT_TOKENS = 300


@dataclass(frozen=True)
class Trial:
    """Whether a call works, in words that follow “12 models.”; `error` where it does not."""

    ok: bool
    words: str
    error: errors.LLMError | None = None


def try_out(api: LLMApi, booking: Booking, *, paid_anew: bool) -> Trial:
    """Call the models in use, or else one that seems fit. `paid_anew` False: an answer of the
    last hours will do. Raises KeyUnreadable."""
    if gone := api.models.filter(is_system_default=True, is_available=False).first():
        kind = gone.get_kind_display().lower()
        return Trial(
            False, f"“{gone}”, the default for {kind}, is gone from it. Choose another default."
        )
    in_use = list(_callable(api).filter(is_system_default=True))
    if in_use:
        return _all_of(in_use, booking, paid_anew)
    fit = _fit(api)
    if not fit:
        return Trial(True, "None of them can be tried.")
    return _first_of(fit, booking, paid_anew)


def _callable(api: LLMApi) -> QuerySet[LLMModel]:
    models = LLMModel.objects.filter(api=api, is_available=True, kind__in=TRIED_KINDS)
    return models.select_related("api")


def _fit(api: LLMApi) -> list[LLMModel]:
    """Those of known price first, the cheapest of them before the others; chat before vectors."""
    models = sorted(
        _callable(api),
        key=lambda m: (m.kind, m.price_source == "", m.output_price, m.listed is not None, m.pk),
    )
    return models[:MOST_TRIED]


def _all_of(models: list[LLMModel], booking: Booking, paid_anew: bool) -> Trial:
    trials = [_try_one(model, booking, paid_anew) for model in models]
    for model, trial in zip(models, trials, strict=True):
        if not trial.ok:
            words = f"“{model}”, the default for {model.get_kind_display().lower()}, "
            return replace(trial, words=f"{words}does not answer: {trial.words}")
    return trials[0]


def _first_of(models: list[LLMModel], booking: Booking, paid_anew: bool) -> Trial:
    trial = Trial(False, "")
    for model in models:
        trial = _try_one(model, booking, paid_anew)
        if trial.ok or isinstance(trial.error, SAME_FOR_ALL):
            break
    if trial.ok:
        return trial
    return replace(trial, words=f"A call of “{model}” failed: {trial.words}")


def _try_one(model: LLMModel, booking: Booking, paid_anew: bool) -> Trial:
    if not paid_anew and _answered_lately(model):
        return Trial(True, f"“{model}” has answered in the last hours.")
    try:
        _patiently(model, booking)
    except errors.RateLimited:
        return Trial(True, f"“{model}” can be called, but its rate limit is reached just now.")
    except CircuitOpen as error:
        return Trial(False, str(error), errors.Overloaded(str(error)))
    except TryLater:
        return Trial(True, "It was too busy to try a call.")
    except errors.BudgetSpent as error:
        return Trial(True, f"No call was tried: {error}")
    except errors.LLMError as error:
        if _has_answered(error):
            return Trial(True, f"“{model}” answers.")
        return Trial(False, str(error), error)
    return Trial(True, f"“{model}” answers.")


def _has_answered(error: errors.LLMError) -> bool:
    """An answer that was cut off, or refused for its content, came from a model that works."""
    return bool(getattr(error, "spent", None)) or isinstance(error, errors.RefusedByFilter)


def _answered_lately(model: LLMModel) -> bool:
    last = LLMUsage.objects.filter(model=model).order_by("-id").first()
    since = timezone.now() - RECENT
    return last is not None and last.outcome == Outcome.OK and last.created_at > since


def _patiently(model: LLMModel, booking: Booking) -> None:
    """One call; while the API is left alone because it kept failing, it is waited for once."""
    access = access_to(model, with_fallback=False)
    access = replace(
        access,
        timeout_seconds=min(access.timeout_seconds, PATIENCE_SECONDS),
        first_byte_seconds=min(access.first_byte_seconds, PATIENCE_SECONDS),
    )
    try:
        _call(access, model.kind, booking)
    except CircuitOpen as error:
        time.sleep(min(error.retry_after or 0.0, LONGEST_PAUSE_SECONDS))
        _call(access, model.kind, booking)


def _call(access: ModelAccess, kind: str, booking: Booking) -> None:
    if kind == ModelKind.EMBEDDING:
        embed(access, ["A test."], "query", booking)
        return
    request = ChatRequest(
        access.model_id, "You are being tested.", 'Reply with {"ok": true}.', SCHEMA,
        AnswerInputs("Is this a test?", "", (), (), None, "en", None), MOST_OUTPUT_TOKENS,
    )  # fmt: skip
    ask(access, request, booking)
