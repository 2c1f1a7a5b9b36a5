"""Reminds people of questions that they hold: what is due today, and what is late."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from jobs.models import Event
from rfp_manager.models import AnswerState, Assignment
from rfp_manager.people import count_of
from solution_library.reminding import Reminder

#: The questions that still wait for the person who holds them.
WAITING = Q(question__answer__isnull=True) | Q(question__answer__state=AnswerState.DRAFT)


def held_by(user: Any) -> QuerySet[Assignment]:
    """What this person holds, whether they have answered it or not."""
    return Assignment.objects.filter(assignee=user, declined_at=None)


def waiting_for(user: Any) -> QuerySet[Assignment]:
    """What this person still has to answer, in RFPs that are not submitted yet."""
    return held_by(user).filter(WAITING, question__rfp__submitted_at=None)


def reminders(today: date) -> Iterator[Reminder]:
    """One a day to each person with questions that are due or overdue."""
    due = Assignment.objects.filter(
        WAITING, declined_at=None, due_date__lte=today, question__rfp__submitted_at=None,
        assignee__is_active=True,
    )  # fmt: skip
    counts: dict[int, dict[bool, int]] = defaultdict(lambda: {True: 0, False: 0})
    for person, day, count in due.values_list("assignee", "due_date").annotate(Count("pk")):
        counts[person][day < today] += count
    for person, by_lateness in counts.items():
        text = _sentence(by_lateness[False], by_lateness[True])
        url = reverse("rfp_manager:mine")
        yield Reminder(person, f"assignments:{today}", text, url, Event.DUE)


def _sentence(now: int, late: int) -> str:
    parts = []
    if now:
        parts.append(f"{count_of(now)} for you {'is' if now == 1 else 'are'} due today")
    if late:
        parts.append(f"{count_of(late)} for you {'is' if late == 1 else 'are'} overdue")
    return f"{' and '.join(parts)}."
