"""What pages say about LLM APIs and their models."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Min
from django.utils import timezone

from accounts.formats import DAY_MONTH_YEAR, date_text, number_text, personal_number
from llm_manager.activity import Gate, Today
from llm_manager.known_models import Price
from llm_manager.models import LLMApi, LLMModel, PriceSource, ProviderKind, ValidationJob

#: So long a model that appeared is called new.
NEW_FOR = timedelta(days=14)
#: What appeared together with the API itself is not news.
FIRST_LOOK = timedelta(hours=1)


@dataclass(frozen=True)
class PriceWords:
    """Prices as they are shown; `note` stands in the place of both where there is none."""

    note: str = ""
    input: str = ""
    output: str = ""
    cached: str = ""
    is_listed: bool = False


@dataclass(frozen=True)
class ModelRow:
    """A model in a list."""

    model: LLMModel
    price: PriceWords
    is_new: bool
    last_called_at: datetime | None


def badge_of(api: LLMApi) -> tuple[str, str]:
    """A status that components/badge.html knows, and its words."""
    if not api.is_active:
        return "inactive", "Switched off"
    if api.last_validation_ok is None:
        return "unknown", "Never checked"
    return ("valid", "Works") if api.last_validation_ok else ("failed", "Does not work")


def checks_under_way(user: Any) -> dict[int | None, ValidationJob]:
    """The check of each API that is under way and that this person may see."""
    running = ValidationJob.objects.for_user(user).active().select_related("depends_on")
    return {job.api_id: job for job in running if isinstance(job, ValidationJob)}


def model_rows(
    api: LLMApi, models: Iterable[LLMModel], called: Mapping[int, datetime | None]
) -> list[ModelRow]:
    first = api.models.aggregate(first=Min("first_seen_at"))["first"] or timezone.now()
    since = max(first + FIRST_LOOK, timezone.now() - NEW_FOR)
    return [
        ModelRow(m, price_words(m, api.kind), m.first_seen_at > since, called.get(m.pk))
        for m in models
    ]


def price_words(model: LLMModel, kind: str) -> PriceWords:
    if not (model.input_price or model.output_price):
        known = model.price_source != PriceSource.UNKNOWN or kind == ProviderKind.BUILTIN
        return PriceWords("free" if known else "not known")
    return PriceWords(
        input=in_dollars(model.input_price),
        output=in_dollars(model.output_price) if model.output_price else "–",
        cached="" if model.cached_price is None else in_dollars(model.cached_price),
        is_listed=model.price_source == PriceSource.LISTED,
    )


def in_dollars(price: Decimal) -> str:
    """Two places, or as many as the price has."""
    text = f"{price:.4f}".rstrip("0")
    return personal_number(f"${text}{'0' * (2 - len(text.partition('.')[2]))}")


def listed_words(price: Price) -> str:
    cached = "" if price.cached is None else f", {in_dollars(price.cached)} cached"
    return f"{in_dollars(price.input)} in, {in_dollars(price.output)} out{cached}"


def figures(api: LLMApi, today: Today, gate: Gate, last: datetime | None) -> list[dict[str, Any]]:
    """The figures on top of an API's page, as components/stat.html takes them."""
    failed = f"{today.failed} without an answer" if today.failed else ""
    under_way = f"{today.under_way} under way" if today.under_way else "none under way"
    local = timezone.localtime(last) if last else None
    limit, most = gate.limit_now or api.max_concurrency, api.max_concurrency
    lowered = f"lowered from {most}: it asked for patience" if gate.limit_now else ""
    return [
        {"label": "Calls today", "value": today.calls, "note": failed or under_way,
         "icon": "bolt", "tone": "warning" if failed else ""},
        {"label": "Cost today", "value": f"${number_text(today.cost, 2)}", "note": "",
         "icon": "coins"},
        {"label": "Last call",
         "value": date_text(local, "H:i") if local else "None yet",
         "note": date_text(local, DAY_MONTH_YEAR) if local else "",
         "icon": "clock"},
        {"label": "Calls at once", "value": limit, "note": lowered, "icon": "sliders",
         "tone": "warning" if lowered else ""},
    ]  # fmt: skip
