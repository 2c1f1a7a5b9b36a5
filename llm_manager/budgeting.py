"""Budgets as people see them: what is left, what is reserved for a job before it runs, and jobs
that a budget stopped and that go on when it allows more."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from jobs.batch import ONLY_THESE_ITEMS
from jobs.errors import AlreadyRunning
from jobs.models import ItemState, Job, JobItem, Status
from jobs.retrying import CannotRetry, resume, retry
from llm_manager.control.ledger import LEDGER, PERIOD_START, RESERVED
from llm_manager.forecasting import Forecast
from llm_manager.models import Budget, BudgetAccount, BudgetStop, Estimate, LLMUsage

logger = logging.getLogger(__name__)
NOTHING = Decimal(0)
UNDONE = (ItemState.PENDING, ItemState.RUNNING)
#: An account that is not open yet begins with what its period has cost already (ledger.py).
STANDINGS = f"""
SELECT b.id, coalesce(a.spent, booked.spent, 0), greatest(0, coalesce(a.held, booked.held, 0)),
    ({RESERVED})
FROM llm_manager_budget b
LEFT JOIN llm_manager_budgetaccount a ON a.budget_id = b.id AND a.period_start = {PERIOD_START}
LEFT JOIN LATERAL (
    SELECT sum(u.cost) FILTER (WHERE u.outcome <> 'started') AS spent,
        sum(u.cost) FILTER (WHERE u.outcome = 'started') AS held
    FROM llm_manager_llmusage u
    WHERE a.id IS NULL AND (b.user_id IS NULL OR b.user_id = u.user_id)
        AND (b.subject = '' OR b.subject = u.subject)
        AND (b.period <> 'month' OR u.created_at >=
            date_trunc('month', %(at)s::timestamptz AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s)
) booked ON true
WHERE b.id = ANY(%(budgets)s)
"""  # noqa: S608 - constants


# -- what is left --------------------------------------------------------------------------
@dataclass(frozen=True)
class Standing:
    """A budget in its present period, in US dollars. `held` is for calls under way, `reserved`
    for jobs that are under way or wait, beyond what they have used."""

    budget: Budget
    spent: Decimal
    held: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal:
        return max(NOTHING, self.budget.limit - self.spent - self.held - self.reserved)


def standings(budgets: Iterable[Budget]) -> list[Standing]:
    """How each of the budgets stands now, in one query."""
    by_id = {budget.pk: budget for budget in budgets}
    values = {
        "budgets": list(by_id), "at": timezone.now(), "zone": settings.TIME_ZONE, "job": None,
    }  # fmt: skip
    if not by_id:
        return []
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, values)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [Standing(budget, *found[pk]) for pk, budget in by_id.items() if pk in found]


def applying(user_id: int | None, subject: str) -> QuerySet[Budget]:
    """The budgets that a person's call for a subject counts for."""
    return Budget.objects.filter(
        Q(user=None) | Q(user_id=user_id), Q(subject="") | Q(subject=subject), is_active=True
    ).order_by("pk")


def close_the_books() -> None:
    """Nobody enters a call until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEDGER])


@transaction.atomic
def forget_accounts(budget: Budget) -> None:
    """Let a budget's accounts be opened anew from the books, since what counts for it may have
    changed."""
    close_the_books()
    BudgetAccount.objects.filter(budget=budget).delete()


# -- reserving -----------------------------------------------------------------------------
def reserve(job: Job, forecast: Forecast, *, subject: str) -> Estimate:
    """Note what `job` is expected to take, and keep the upper end of it free in its budgets, or
    all that is left. Belongs into the transaction that queues the job."""
    wanted = _money(forecast.cost * Decimal(str(forecast.high)))
    return Estimate.objects.create(
        job_id=job.pk,
        model_id=forecast.model_id,
        user_id=job.started_by_id,
        subject=subject,
        calls=forecast.calls,
        input_tokens=forecast.input_tokens,
        output_tokens=forecast.output_tokens,
        cost=_money(forecast.cost),
        seconds=forecast.seconds,
        low=forecast.low,
        high=forecast.high,
        reserved=_reservable(wanted, job.started_by_id, subject) if wanted else NOTHING,
    )


@transaction.atomic
def _reservable(wanted: Decimal, user_id: int | None, subject: str) -> Decimal:
    """`wanted`, or what is left where that is less. Two jobs that start at once reserve one
    after the other, else each would keep the other from spending."""
    budgets = list(applying(user_id, subject).select_for_update(no_key=True))
    return min([wanted, *(standing.left for standing in standings(budgets))])


def _money(dollars: Decimal) -> Decimal:
    return min(dollars, Decimal("999999")).quantize(Decimal("0.000001"))


# -- going on ------------------------------------------------------------------------------
def resume_stopped() -> list[Job]:
    """Let every job go on that a budget stopped and that all its budgets allow now, each once:
    the jobs that do the rest."""
    found = [_resume(pk) for pk in list(open_stops().values_list("pk", flat=True))]
    return [job for job in found if job is not None]


def open_stops() -> QuerySet[BudgetStop]:
    """Stopped jobs whose rest nobody has taken up yet."""
    return BudgetStop.objects.filter(
        ~Exists(_taken_up_by()), resumed_as=None, job__status=Status.FAILED
    ).order_by("pk")


def _taken_up_by() -> QuerySet[Job]:
    """Later jobs that do what the stopped one left: repeated by hand, or the same work started
    anew. One that repeats only failed items does not."""
    stopped = OuterRef(OuterRef(OuterRef("job_id")))
    undone = JobItem.objects.filter(job_id=stopped, state__in=UNDONE)
    shared = JobItem.objects.filter(job_id=OuterRef("pk"), key__in=undone.values("key"))
    same_work = Q(kind=OuterRef("job__kind"), dedup_key=OuterRef("job__dedup_key"))
    return Job.objects.filter(
        Q(retry_of_id=OuterRef("job_id")) | (same_work & ~Q(dedup_key="")),
        ~Q(kwargs__has_key=ONLY_THESE_ITEMS) | Exists(shared),
        pk__gt=OuterRef("job_id"),
    )


@transaction.atomic
def _resume(stop_id: int) -> Job | None:
    locked = BudgetStop.objects.select_for_update(of=("self",), skip_locked=True)
    stop = locked.select_related("job__started_by").filter(pk=stop_id, resumed_as=None).first()
    if stop is None or not _is_allowed(stop):
        return None
    again_from = resume if stop.job.items.exists() else retry
    try:
        rest = again_from(stop.job, user=stop.job.started_by)
    except (AlreadyRunning, CannotRetry) as error:
        logger.info("Job %s does not go on: %s", stop.job_id, error)
        return None
    BudgetStop.objects.filter(pk=stop.pk, resumed_as=None).update(resumed_as=rest)
    _reserve_the_rest(stop.job, rest)
    return rest


def _is_allowed(stop: BudgetStop) -> bool:
    """Whether each of its budgets has room for the call at which the job was stopped."""
    budgets = standings(applying(stop.job.started_by_id, stop.subject))
    return all(standing.left >= stop.needed for standing in budgets)


def _reserve_the_rest(stopped: Job, rest: Job) -> None:
    """The stopped job's estimate, for the part of it that is left."""
    estimate = Estimate.objects.filter(job=stopped).first()
    if estimate is not None and estimate.calls and rest.total_items:
        share = min(1.0, rest.total_items / max(1, stopped.total_items))
        reserve(rest, Forecast.of(estimate).times(share), subject=estimate.subject)


def stop_of(job: Job) -> BudgetStop | None:
    return BudgetStop.objects.select_related("budget").filter(job_id=job.pk).first()


def stops_of(budgets: Iterable[Budget]) -> dict[int | None, list[BudgetStop]]:
    """The jobs that each budget stopped and whose rest nobody has taken up yet."""
    found: dict[int | None, list[BudgetStop]] = {}
    for stop in open_stops().filter(budget__in=list(budgets)).select_related("job__started_by"):
        found.setdefault(stop.budget_id, []).append(stop)
    return found


def spent_for(job: Job) -> dict[str, Any]:
    """What the calls of a job have come to, by the books."""
    return LLMUsage.objects.filter(job_id=job.pk).aggregate(
        calls=Count("pk"), input=Sum("input_tokens"), output=Sum("output_tokens"),
        cost=Sum("cost"), first=Min("created_at"), last=Max("created_at"),
    )  # fmt: skip
