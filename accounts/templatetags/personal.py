"""Dates and numbers as the person who asks likes them, and texts cut short. These are Django's own
filters of the same names, and built in (settings.TEMPLATES), so every template honours the profile
by itself."""

from typing import Any

from django import template
from django.template import defaultfilters
from django.template.defaultfilters import stringfilter

from accounts.formats import personal, personal_number

register = template.Library()


@register.filter("date", expects_localtime=True, is_safe=False)
def date(value: Any, letters: str | None = None) -> Any:
    """The letters are those of Django; day, month and year in this person's order."""
    return defaultfilters.date(value, personal(letters) if letters else None)


@register.filter("time", expects_localtime=True, is_safe=False)
def time(value: Any, letters: str | None = None) -> Any:
    return defaultfilters.time(value, personal(letters) if letters else None)


@register.filter("floatformat", is_safe=True)
def floatformat(text: Any, places: Any = -1) -> Any:
    return personal_number(str(defaultfilters.floatformat(text, places)))


@register.filter("truncatechars", is_safe=True)
@stringfilter
def truncatechars(text: str, most: Any) -> str:
    """Nobody's liking, but on every row of every list: Django's own looks at each character of a
    text, also of one that is short enough."""
    short = isinstance(most, int) and len(text) <= most
    return text if short else str(defaultfilters.truncatechars(text, most))
