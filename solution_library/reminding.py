"""Reminds people of the documents that they should review: a week ahead, and when it is late.

Each person is told of a document once for each date and occasion; the database's constraint on
a notification's topic sees to that, so the task may run as often as it likes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from jobs.models import Event
from jobs.notifying import remind
from jobs.run import JobRun
from solution_library import duplicates, left_over
from solution_library.models import Document
from solution_library.reviewing import OUT_OF_USE

AHEAD = timedelta(days=7)
#: More documents of one date than this are one reminder, not as many.
SINGLY = 5


@dataclass(frozen=True)
class Reminder:
    """`topic`: what a person is reminded of only once."""

    user_id: int
    topic: str
    text: str
    url: str
    event: Event = Event.DOCUMENT_DUE


def remind_for_job(run: JobRun) -> dict[str, Any]:
    """The daily work: reminders, and what a crash has left undone or lying about."""
    sent = 0
    for reminder in all_reminders(timezone.localdate()):
        run.check()
        sent += _send(reminder)
    read = left_over.read_left_over(timezone.now())
    swept = left_over.sweep_files(timezone.now(), run.check)
    compared = duplicates.compare_rest(run.check)
    return {"reminders": sent, "read": read, "compared": compared, "files_removed": swept}


def all_reminders(today: date) -> Iterator[Reminder]:
    for finder in FINDERS:
        yield from finder(today)


def _send(reminder: Reminder) -> bool:
    user = get_user_model().objects.filter(pk=reminder.user_id, is_active=True).first()
    if user is None:
        return False
    return send(user, reminder)


def send(user: Any, reminder: Reminder) -> bool:
    """Tell the person of it, if nobody has before; whether they were told."""
    return remind(
        user, event=reminder.event, topic=reminder.topic, text=reminder.text, url=reminder.url
    )


def review_reminders(today: date) -> Iterator[Reminder]:
    """Documents due within a week or overdue, for their owners; those without one for staff."""
    groups: dict[tuple[int, date], list[Document]] = defaultdict(list)
    staff = list(_active_staff())
    for document in _due(today):
        owner = document.owner
        people = [owner.pk] if owner and owner.is_active else staff
        for user_id in people:
            assert document.review_due is not None
            groups[user_id, document.review_due].append(document)
    for (user_id, due), documents in groups.items():
        yield from _of_a_day(user_id, due, documents, late=due < today)


def _active_staff() -> Iterable[int]:
    people = get_user_model().objects.filter(is_active=True, is_staff=True)
    return people.order_by("pk").values_list("pk", flat=True)


def _due(today: date) -> Iterable[Document]:
    due = Document.objects.filter(review_due__lte=today + AHEAD).exclude(
        review_status__in=OUT_OF_USE
    )
    return due.select_related("owner").order_by("review_due", "pk").iterator(chunk_size=500)


def _of_a_day(
    user_id: int, due: date, documents: list[Document], *, late: bool
) -> Iterator[Reminder]:
    when = f"{'was' if late else 'is'} due for review on {due:%-d %b %Y}"
    suffix = ":late" if late else ""
    if len(documents) > SINGLY:
        text = f"{len(documents)} documents: each {when}."
        yield Reminder(user_id, f"reviews:{due}{suffix}", text, reverse("solution_library:reviews"))
        return
    for document in documents:
        topic = f"review:{document.pk}:{due}{suffix}"
        yield Reminder(
            user_id, topic, f"“{document.title[:200]}” {when}.", document.get_absolute_url()
        )


#: What else there is to remind people of; other modules add theirs.
FINDERS: list[Callable[[date], Iterable[Reminder]]] = [review_reminders]
