"""Tokens, money and time in templates, and what a job was expected to take against what it took."""

from decimal import Decimal
from typing import Any

from django import template

from accounts.formats import number_text
from jobs.models import Job
from jobs.words import short_words
from llm_manager import charts
from llm_manager.comparing import Comparison, comparison_of

register = template.Library()


@register.filter
def thousands(number: int | None) -> str:
    return number_text(number or 0)


@register.filter
def compact(number: int) -> str:
    """So that it fits into a card: 18,762 and 203.9 M."""
    for size, unit in ((10**9, "bn"), (10**6, "M")):
        if number >= size:
            return f"{number_text(number / size, 1)}\u00a0{unit}"
    return number_text(number)


@register.filter
def number(value: float) -> str:
    """For an attribute of SVG, whatever the language of the page."""
    return f"{value:.2f}"


@register.filter
def dollars(cost: Decimal | None) -> str:
    return charts.dollars(cost or Decimal(0))


@register.filter
def milliseconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f} ms" if value < 1000 else short_words(value / 1000)


@register.filter
def outcome_words(name: str) -> str:
    return name.replace("_", " ").capitalize()


@register.filter
def lookup(values: dict[str, Any], key: str) -> Any:
    return values.get(key)


@register.inclusion_tag("llm_manager/_money_of_job.html")
def money_of_job(job: Job) -> dict[str, Comparison | None]:
    """The budget that stopped a job, and its estimate against what it took."""
    return {"found": comparison_of(job)}


@register.simple_tag
def money_line(job: Job) -> str:
    """What an ended job cost, and what was expected; "" where nobody was told of money."""
    found = comparison_of(job)
    for line in found.lines if found else ():
        if line.kind == "money":
            expected, real = charts.dollars(line.expected), charts.dollars(line.real)
            return f"It cost {real} (estimate: {expected})."
    return ""
