"""How calls to an API go: today's, the last ones, and what holds them back at the moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from llm_manager.models import ApiGate, LLMApi, LLMModel, LLMUsage, Outcome


@dataclass(frozen=True)
class Gate:
    """What the workers share about an API. Times only where they lie ahead."""

    paused_until: datetime | None = None
    open_until: datetime | None = None
    failures: int = 0
    #: Calls at once; None: as many as its settings allow.
    limit_now: int | None = None


@dataclass(frozen=True)
class Today:
    """Calls since midnight. `failed` are those that ended without an answer."""

    calls: int
    failed: int
    under_way: int
    cost: Decimal


def gate_of(api: LLMApi) -> Gate:
    row, now = ApiGate.objects.filter(pk=api.pk).first(), timezone.now()
    if row is None:
        return Gate()
    limit = None if row.limit_now is None else max(1, int(row.limit_now))
    return Gate(
        paused_until=_ahead(row.paused_until, now),
        open_until=_ahead(row.open_until, now),
        failures=row.failures,
        limit_now=limit if limit is not None and limit < api.max_concurrency else None,
    )


def _ahead(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment and moment > now else None


def today_of(api: LLMApi) -> Today:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    calls = LLMUsage.objects.filter(created_at__gte=midnight, model__api=api)
    under_way = Q(outcome=Outcome.STARTED)
    counted = calls.aggregate(
        calls=Count("pk"),
        failed=Count("pk", filter=~under_way & ~Q(outcome=Outcome.OK)),
        under_way=Count("pk", filter=under_way),
        cost=Sum("cost"),
    )
    return Today(
        counted["calls"], counted["failed"], counted["under_way"], counted["cost"] or Decimal(0)
    )


def last_calls(model_pks: Iterable[int]) -> dict[int, datetime | None]:
    """When each model was last called: for each one look into an index."""
    newest = LLMUsage.objects.filter(model=OuterRef("pk")).order_by("-id").values("created_at")
    models = LLMModel.objects.filter(pk__in=list(model_pks)).order_by()
    return dict(models.values_list("pk", Subquery(newest[:1])))


def last_call_of(api: LLMApi) -> datetime | None:
    called = last_calls(api.models.values_list("pk", flat=True)).values()
    return max((moment for moment in called if moment), default=None)
