"""A job in templates: everything shown of it is worked out in `jobs.presenting`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone

from jobs.crowd import CROWD, Pace
from jobs.models import Job
from jobs.presenting import (
    Shown,
    item_word,
    poll_seconds,
    present,
    progress_tag,
    shortest_pause,
    shown_percent,
    tag_of_many,
)
from jobs.sentences import kind_of, state_sentence
from jobs.words import duration_words, kind_words, short_words

register = template.Library()


@register.filter
def shown(job: Job, viewer: Any = None) -> Shown:
    """As `viewer` sees it: jobs of others that it waits for are not named."""
    return present(job, viewer=viewer)


@register.filter
def sentence(job: Job, viewer: Any = None) -> str:
    """Costs no query when the row was read with its surroundings (see jobs.watching)."""
    return state_sentence(job, timezone.now(), viewer)


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
def kind_in_words(job: Job) -> str:
    return kind_of(job)


@register.filter
def until(start: datetime | None, end: datetime | None) -> str:
    """The time between two moments in words; up to now where the second is missing."""
    if start is None:
        return ""
    span: timedelta = (end or timezone.now()) - start
    return duration_words(span)


@register.filter
def seconds_in_words(seconds: float) -> str:
    return short_words(seconds)


@register.simple_tag(takes_context=True)
def pace(context: template.Context, job: Job) -> Pace:
    """When the fragment should ask again: as the poll that is being answered was told, or for a
    page that is only now opened."""
    told: Pace | None = context.get("pace")
    return told or CROWD.pace(poll_seconds(job, timezone.now()))


@register.inclusion_tag("jobs/_poller.html")
def poll_together(jobs: Iterable[Job], viewer: Any) -> dict[str, Any]:
    """The one request that keeps several progress fragments of a page up to date; include
    them with `grouped=True`, so that they do not poll by themselves."""
    active = {job.pk: job for job in jobs if job.is_active}
    now = timezone.now()
    tags = {pk: progress_tag(job, now, viewer) for pk, job in active.items()}
    return {
        "ids": ",".join(map(str, sorted(active))),
        "etag": tag_of_many(tags),
        "pace": CROWD.pace(shortest_pause(active.values(), now)) if active else None,
    }
