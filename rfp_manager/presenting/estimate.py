"""An estimate as people read it before they start: ranges, budgets, and whether they suffice."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any

from accounts.formats import number_text
from jobs.errors import JobError
from jobs.words import eta_words
from llm_manager.budgeting import Standing, applying, standings
from llm_manager.charts import dollars
from llm_manager.forecasting import Forecast
from rfp_manager.estimating import Plan, estimate, signed
from rfp_manager.models import RFP, RFPBatchJob
from rfp_manager.subjects import subject_of

VERBS = {RFPBatchJob.JOB_TYPE_RESPONDER: "Draft", RFPBatchJob.JOB_TYPE_REVIEWER: "Review"}
#: Below this the whole work is told as taking less than a minute.
MINUTE = 60.0


@dataclass(frozen=True)
class BudgetShown:
    """A budget that the work counts for. `enough_for`: so many of the items, None if for all."""

    standing: Standing
    enough_for: int | None

    @property
    def left(self) -> str:
        return dollars(self.standing.left)


@dataclass(frozen=True)
class EstimateShown:
    """All that the panel shows. Without `forecast` it says with `trouble` why there is none."""

    rfp: RFP
    job: RFPBatchJob
    model: str
    items: int
    costs_money: bool
    forecast: Forecast | None = None
    value: str = ""
    trouble: str = ""
    budgets: list[BudgetShown] = field(default_factory=list)

    @property
    def verb(self) -> str:
        return VERBS[self.job.job_type]

    @property
    def unit(self) -> str:
        drafts = self.job.job_type == RFPBatchJob.JOB_TYPE_RESPONDER
        return ("question" if drafts else "answer") + ("" if self.items == 1 else "s")

    @property
    def is_draft(self) -> bool:
        return self.job.job_type == RFPBatchJob.JOB_TYPE_RESPONDER

    @property
    def cost(self) -> str:
        return dollars(self._found.cost)

    @property
    def cost_range(self) -> str:
        low, high = _times(self._found.cost, self._found.low), self.most
        return f"{dollars(low)} to {dollars(high)}"

    @property
    def most(self) -> Decimal:
        return _times(self._found.cost, self._found.high)

    @property
    def tokens(self) -> str:
        return rounded(self._found.tokens)

    @property
    def tokens_range(self) -> str:
        low, high = self._found.tokens * self._found.low, self._found.tokens * self._found.high
        return f"{rounded(low)} to {rounded(high)}"

    @property
    def time(self) -> str:
        return eta_words(self._found.seconds)

    @property
    def time_range(self) -> str:
        slowest = self._found.slowest
        if slowest < MINUTE:
            return "at most a minute"
        fastest = max(1, round(self._found.fastest / MINUTE))
        return f"{fastest} to {max(fastest + 1, round(slowest / MINUTE))} min"

    @property
    def sample_off(self) -> int:
        """How far the mean of all prompts may be from that of those looked at, in whole percent,
        rounded up."""
        return ceil(100 * self._found.sample_off)

    @property
    def short(self) -> BudgetShown | None:
        """The budget that will be spent first, if any will."""
        short = [b for b in self.budgets if b.enough_for is not None]
        return min(short, key=lambda b: b.enough_for or 0, default=None)

    @property
    def _found(self) -> Forecast:
        assert self.forecast is not None
        return self.forecast


def rounded(number: float) -> str:
    """To two digits that count: 12,000 and 1.3 million."""
    if number >= 1_000_000:
        return f"{number_text(number / 1_000_000, 1)} million"
    digits = max(0, len(str(int(number))) - 2)
    return number_text(round(number / 10**digits) * 10**digits)


def _times(cost: Decimal, share: float) -> Decimal:
    return (cost * Decimal(str(share))).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def estimate_shown(rfp: RFP, plan: Plan) -> EstimateShown:
    """Takes as long as an estimate does: some seconds."""
    facts: dict[str, Any] = {
        "rfp": rfp, "job": plan.job, "model": plan.access.name, "items": len(plan.ids),
        "costs_money": plan.access.costs_money,
    }  # fmt: skip
    try:
        found = estimate(plan)
    except JobError as error:
        return EstimateShown(**facts, trouble=str(error))
    budgets = _budgets(plan, found) if plan.access.costs_money else []
    return EstimateShown(**facts, forecast=found, value=signed(plan, found), budgets=budgets)


def _budgets(plan: Plan, found: Forecast) -> list[BudgetShown]:
    counted = applying(plan.job.started_by_id, subject_of(plan.job.rfp_id))
    return [
        BudgetShown(standing, _enough_for(standing.left, found)) for standing in standings(counted)
    ]


def _enough_for(left: Decimal, found: Forecast) -> int | None:
    if left >= found.cost or not found.cost:
        return None
    return int(found.items * left / found.cost)
