"""What calls of models have come to: totals, by day, by model, subject and person; and each.

All sums of a page come from one pass over the calls of its period.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from jobs.error_csv import safe_cell
from jobs.models import Job
from llm_manager.models import LLMModel, LLMUsage, Outcome
from llm_manager.money_forms import FAILED, Days, UsageFilter
from llm_manager.subjects import subjects

CALLS_PER_PAGE = 50
#: A period of more days is shown by month.
MOST_DAYS = 93
COLUMNS = (
    "created_at", "model_id", "subject", "user_id", "outcome", "input_tokens", "output_tokens",
    "cached_tokens", "cost",
)  # fmt: skip
SUMS = """
SELECT grouping(step, model_id, subject, user_id, outcome), step, model_id, subject, user_id,
    outcome, count(*), sum(input_tokens), sum(output_tokens), sum(cached_tokens), sum(cost)
FROM (SELECT *, date_trunc(%s, created_at AT TIME ZONE %s)::date AS step FROM ({calls}) c) u
GROUP BY GROUPING SETS ((step), (model_id), (subject), (user_id), (outcome), ())
"""
LATENCY = """
SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY latency_ms) FROM ({calls}) c
"""
#: What `grouping` says of the sets of SUMS, in their order.
BY_STEP, BY_MODEL, BY_SUBJECT, BY_USER, BY_OUTCOME, WHOLE = (
    0b01111, 0b10111, 0b11011, 0b11101, 0b11110, 0b11111,
)  # fmt: skip


@dataclass(frozen=True)
class Sums:
    """What a group of calls came to; `cost` in US dollars."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def cached_percent(self) -> int:
        return int(100 * self.cached_tokens / self.input_tokens) if self.input_tokens else 0

    def value(self, measure: str) -> float:
        return float(getattr(self, measure))


@dataclass(frozen=True)
class Report:
    """The calls of a period, summed up in every way that the page shows."""

    days: Days
    step: str
    whole: Sums = Sums()
    by_step: dict[date, Sums] = field(default_factory=dict)
    by_model: dict[int, Sums] = field(default_factory=dict)
    by_subject: dict[str, Sums] = field(default_factory=dict)
    by_user: dict[int | None, Sums] = field(default_factory=dict)
    by_outcome: dict[str, Sums] = field(default_factory=dict)
    median_ms: float | None = None
    p95_ms: float | None = None

    @property
    def failed(self) -> int:
        fine = (Outcome.OK, Outcome.STARTED)
        return sum(sums.calls for name, sums in self.by_outcome.items() if name not in fine)


def calls_seen_by(user: Any) -> QuerySet[LLMUsage]:
    """Staff see everybody's calls, others those that were made for them."""
    if user.is_staff:
        return LLMUsage.objects.all()
    own_jobs = Job.objects.filter(started_by=user).values("pk")
    return LLMUsage.objects.filter(Q(user=user) | Q(job__in=own_jobs))


def chosen_calls(user: Any, chosen: UsageFilter) -> QuerySet[LLMUsage]:
    """The calls that fit a filter, of those that this person may see."""
    days = chosen.days
    found = calls_seen_by(user).filter(created_at__gte=days.start, created_at__lt=days.end)
    exact = {"model": "model_id", "subject": "subject", "person": "user_id", "purpose": "purpose"}
    for name, column in exact.items():
        if (value := chosen.chosen(name)) is not None:
            found = found.filter(**{column: value})
    return _by_outcome(found, chosen.chosen("outcome"))


def _by_outcome(found: QuerySet[LLMUsage], outcome: str | None) -> QuerySet[LLMUsage]:
    if outcome == FAILED:
        return found.exclude(outcome__in=Outcome.values)
    return found.filter(outcome=outcome) if outcome else found


# -- sums ----------------------------------------------------------------------------------
def report_on(calls: QuerySet[LLMUsage], days: Days) -> Report:
    step = "day" if days.count <= MOST_DAYS else "month"
    groups = _groups(calls, step)
    median, p95 = _latency(calls.filter(outcome=Outcome.OK))
    return Report(
        days, step, groups[WHOLE].get(None, Sums()), groups[BY_STEP], groups[BY_MODEL],
        groups[BY_SUBJECT], groups[BY_USER], groups[BY_OUTCOME], median, p95,
    )  # fmt: skip


def _groups(calls: QuerySet[LLMUsage], step: str) -> dict[int, dict[Any, Sums]]:
    inner, values = calls.order_by().values_list(*COLUMNS).query.sql_with_params()
    found: dict[int, dict[Any, Sums]] = {
        group: {} for group in (BY_STEP, BY_MODEL, BY_SUBJECT, BY_USER, BY_OUTCOME, WHOLE)
    }
    with connection.cursor() as cursor:
        cursor.execute(SUMS.format(calls=inner), [step, settings.TIME_ZONE, *values])
        for group, *names, count, tokens_in, tokens_out, cached, cost in cursor.fetchall():
            place = {BY_STEP: 0, BY_MODEL: 1, BY_SUBJECT: 2, BY_USER: 3, BY_OUTCOME: 4}.get(group)
            key = None if place is None else names[place]
            found[group][key] = Sums(
                count,
                int(tokens_in or 0),
                int(tokens_out or 0),
                int(cached or 0),
                cost or Decimal(0),
            )
    return found


def _latency(answered: QuerySet[LLMUsage]) -> tuple[float | None, float | None]:
    """The median and the 95th percentile, in milliseconds."""
    inner, values = answered.order_by().values_list("latency_ms").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(LATENCY.format(calls=inner), values)
        found = cursor.fetchone()[0]
    return (found[0], found[1]) if found and found[0] is not None else (None, None)


# -- calls one by one ----------------------------------------------------------------------
@dataclass(frozen=True)
class Slice:
    """Some calls, the newest first. `older`: the id after which there are more, None if none."""

    calls: list[LLMUsage]
    older: int | None


def newest_calls(calls: QuerySet[LLMUsage], before: str | None) -> Slice:
    """One page of the calls. By the last one seen and not by number, so that the thousandth page
    costs what the first does."""
    if before and before.isdecimal() and len(before) < 19:
        last = LLMUsage.objects.filter(pk=before).values_list("created_at", flat=True).first()
        if last is not None:
            same = Q(created_at=last, pk__lt=int(before))
            calls = calls.filter(Q(created_at__lt=last) | same, created_at__lte=last)
    related = calls.select_related("model", "user", "job").defer("job__kwargs", "job__result")
    found = list(related.order_by("-created_at", "-pk")[: CALLS_PER_PAGE + 1])
    more = len(found) > CALLS_PER_PAGE
    return Slice(found[:CALLS_PER_PAGE], found[CALLS_PER_PAGE - 1].pk if more else None)


HEADER = (
    "time", "purpose", "model", "for", "person", "job", "outcome", "tokens in", "tokens cached",
    "tokens out", "cost in US dollars", "milliseconds",
)  # fmt: skip
NAMED_AT_ONCE = 500


def csv_rows(calls: QuerySet[LLMUsage], user: Any) -> Iterator[list[str]]:
    """The cells of the export: a header, then a row for each call, the newest first."""
    yield list(HEADER)
    models = {model.pk: str(model) for model in LLMModel.objects.all()}
    names: dict[str, str] = {}
    rows = calls.order_by("-created_at", "-pk").values_list(
        "created_at", "purpose", "model_id", "subject", "user__username", "job_id", "outcome",
        "input_tokens", "cached_tokens", "output_tokens", "cost", "latency_ms",
    )  # fmt: skip
    for at, purpose, model, subject, *rest in rows.iterator(chunk_size=NAMED_AT_ONCE):
        if subject and subject not in names:
            names[subject] = subjects([subject], user)[subject].name
        row = [_moment(at), purpose, models.get(model, ""), names.get(subject, ""), *rest]
        yield [safe_cell(value) for value in row]


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
