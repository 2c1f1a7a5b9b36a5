"""A job in templates: everything shown of it is worked out in `jobs.presenting`."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone

from jobs.models import Job
from jobs.presenting import Shown, item_word, present, shown_percent, state_sentence
from jobs.words import duration_words, kind_words

register = template.Library()


@register.filter
def shown(job: Job) -> Shown:
    return present(job)


@register.filter
def sentence(job: Job) -> str:
    """Costs no query when `depends_on` is loaded."""
    return state_sentence(job, timezone.now())


@register.filter
def percent_shown(job: Job) -> int | None:
    return shown_percent(job)


@register.filter
def unit(job: Job) -> str:
    return item_word(job)


@register.filter
def kind_label(kind: str) -> str:
    return kind_words(kind)


@register.filter
def until(start: datetime | None, end: datetime | None) -> str:
    """The time between two moments in words; up to now where the second is missing."""
    if start is None:
        return ""
    span: timedelta = (end or timezone.now()) - start
    return duration_words(span)
