"""What an evaluation will take, in words."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.formats import number_text
from jobs.words import short_words
from llm_manager import budgeting
from llm_manager.forecasting import Forecast


@dataclass(frozen=True)
class Cost:
    """Money, tokens and time; `short`: a budget that will not do, as a sentence."""

    calls: int
    tokens: str
    money: str
    time: str
    sampled: int
    short: str


def cost_of(expected: Forecast, user: Any) -> Cost:
    dearest = expected.cost * Decimal(str(expected.high))
    return Cost(
        calls=expected.calls,
        tokens=number_text(expected.tokens),
        money=_money(expected.cost * Decimal(str(expected.low)), dearest),
        time=_time(expected),
        sampled=expected.sampled,
        short=_short(dearest, user),
    )


def _money(least: Decimal, most: Decimal) -> str:
    if not most:
        return "nothing"
    if most < Decimal("0.01"):
        return "less than a cent"
    return f"${number_text(least, 2)} to ${number_text(most, 2)}"


def _time(expected: Forecast) -> str:
    fastest, slowest = short_words(expected.fastest), short_words(expected.slowest)
    return fastest if fastest == slowest else f"{fastest} to {slowest}"


def _short(needed: Decimal, user: Any) -> str:
    for standing in budgeting.standings(budgeting.applying(user.pk, "")):
        if standing.left < needed:
            return (
                f"The budget “{standing.budget.name}” has ${number_text(standing.left, 2)} left. "
                "The evaluation stops when it is spent, and goes on when it is raised."
            )
    return ""
