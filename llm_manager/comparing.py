"""What a job was expected to take against what it took, and the budget that stopped it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jobs.models import Job, Status
from llm_manager.budgeting import open_stops, spent_for, stop_of
from llm_manager.models import BudgetStop, Estimate


@dataclass(frozen=True)
class Line:
    """One figure, expected and real; `kind` says how it is written. `off` in percent."""

    label: str
    kind: str
    expected: Any
    real: Any

    @property
    def off(self) -> int | None:
        """How much more it took than expected; None where that cannot be said."""
        if not self.expected:
            return None
        return round(100 * (float(self.real) / float(self.expected) - 1))


@dataclass(frozen=True)
class Comparison:
    """`is_open`: the rest waits for the budget; `is_final`: the work is done."""

    lines: list[Line]
    stop: BudgetStop | None
    is_open: bool
    is_final: bool


def comparison_of(job: Job) -> Comparison | None:
    """None for a job that has neither an estimate nor met a budget."""
    estimate = Estimate.objects.filter(job_id=job.pk).first()
    stop = stop_of(job)
    if estimate is None and stop is None:
        return None
    is_open = stop is not None and open_stops().filter(pk=stop.pk).exists()
    lines = _lines(job, estimate) if estimate else []
    return Comparison(lines, stop, is_open, job.status == Status.COMPLETED)


def _lines(job: Job, estimate: Estimate) -> list[Line]:
    spent = spent_for(job)
    tokens = (spent["input"] or 0) + (spent["output"] or 0)
    lines = [
        Line("Calls", "count", estimate.calls, spent["calls"]),
        Line("Tokens", "count", estimate.input_tokens + estimate.output_tokens, tokens),
    ]
    if estimate.cost or spent["cost"]:
        lines.append(Line("Cost", "money", estimate.cost, spent["cost"] or Decimal(0)))
    if job.started_at and job.completed_at:
        took = (job.completed_at - job.started_at).total_seconds()
        lines.append(Line("Time", "time", estimate.seconds, took))
    return lines
