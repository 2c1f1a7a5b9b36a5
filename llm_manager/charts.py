"""Sums as bars: drawn by the server as SVG, whose sizes are attributes and not styles, since the
content security policy allows no inline style."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format

from accounts.formats import number_text
from llm_manager.money_forms import Days
from llm_manager.reporting import Report, Sums

MEASURES = {"cost": "Cost", "tokens": "Tokens", "calls": "Calls"}
#: Rows of a chart by name; the rest is one row.
MOST_ROWS = 8
#: The chart over time is so high, and each column and the gap after it together so wide.
HEIGHT, COLUMN = 100.0, 10.0
GAP = 2.0


@dataclass(frozen=True)
class Column:
    """One day or month of the chart over time."""

    label: str
    words: str
    x: float
    y: float
    width: float
    height: float
    sums: Sums


@dataclass(frozen=True)
class Timeline:
    columns: list[Column]
    width: float
    top: str
    labels: list[str]


@dataclass(frozen=True)
class Row:
    """One name in a chart by name; `percent` of the longest bar."""

    name: str
    url: str
    words: str
    percent: float
    sums: Sums


def words_of(value: float | Decimal, measure: str) -> str:
    return dollars(Decimal(str(value))) if measure == "cost" else number_text(value)


def dollars(cost: Decimal) -> str:
    """To the cent; what is less than ten cents to its first two digits that count."""
    if cost and abs(cost) < Decimal("0.1"):
        places = min(6, 1 - math.floor(math.log10(abs(cost))))
        return f"${number_text(cost, places)}"
    return f"${number_text(cost, 2)}"


def timeline(report: Report, measure: str) -> Timeline:
    steps = list(_steps(report.days, report.step))
    sums = [report.by_step.get(step, Sums()) for step in steps]
    most = _round_up(max((each.value(measure) for each in sums), default=0.0))
    columns = [
        _column(place, _label(step, report.step), each, measure, most)
        for place, (step, each) in enumerate(zip(steps, sums, strict=True))
    ]
    labels = [_label(step, report.step) for step in (steps[0], steps[len(steps) // 2], steps[-1])]
    return Timeline(columns, len(steps) * COLUMN, words_of(most, measure), labels)


def _steps(days: Days, step: str) -> Iterable[date]:
    at = days.first if step == "day" else days.first.replace(day=1)
    while at <= days.last:
        yield at
        at = at + timedelta(days=1) if step == "day" else _next_month(at)


def _next_month(at: date) -> date:
    return (at.replace(day=28) + timedelta(days=4)).replace(day=1)


def _label(step: date, kind: str) -> str:
    return date_format(step, "j M" if kind == "day" else "M Y")


def _column(place: int, label: str, sums: Sums, measure: str, most: float) -> Column:
    value = sums.value(measure)
    height = HEIGHT * value / most if most else 0.0
    # What there is shows, however little it is.
    height = max(height, 1.0) if value else 0.0
    words = f"{label}: {words_of(value, measure)}, {sums.calls} calls"
    x, width = place * COLUMN + GAP / 2, COLUMN - GAP
    return Column(label, words, x, HEIGHT - height, width, height, sums)


def _round_up(value: float) -> float:
    """To 1, 2 or 5 of its power of ten."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if value <= step * power * 1.0000001)


def rows(
    groups: dict[Any, Sums], measure: str, named: Callable[[Any], tuple[str, str]]
) -> list[Row]:
    """The largest groups, and one for all others. `named` gives a name and a link."""
    ordered = sorted(groups.items(), key=lambda item: item[1].value(measure), reverse=True)
    shown = [(*named(key), sums) for key, sums in ordered[:MOST_ROWS]]
    if others := [sums for _, sums in ordered[MOST_ROWS:]]:
        shown.append((f"{len(others)} others", "", _together(others)))
    # Of what has a name: all others together would dwarf each of them.
    longest = max((sums.value(measure) for _, sums in ordered[:1]), default=0.0)
    return [
        Row(name, url, words_of(sums.value(measure), measure),
            min(100.0, 100 * sums.value(measure) / longest) if longest else 0.0, sums)
        for name, url, sums in shown
    ]  # fmt: skip


def _together(groups: Iterable[Sums]) -> Sums:
    found = list(groups)
    return Sums(
        sum(each.calls for each in found),
        sum(each.input_tokens for each in found),
        sum(each.output_tokens for each in found),
        sum(each.cached_tokens for each in found),
        sum((each.cost for each in found), Decimal(0)),
    )
