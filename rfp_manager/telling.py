"""Tells the owners of RFPs when a document that their answers rest on has changed."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.contrib.auth import get_user_model
from django.urls import reverse

from jobs.models import Event
from rfp_manager import impact
from rfp_manager.affected import rows_of, troubled_documents
from rfp_manager.models import RFP
from solution_library.models import Document
from solution_library.reminding import Reminder, send


def tell_of_changes(document_id: int) -> None:
    """A document was read anew: compare what is cited of it, and tell whom that concerns. Should
    this be cut short, the daily work makes up for it."""
    if not impact.look_again(document_id):
        return
    document = Document.objects.get(pk=document_id)
    people = get_user_model().objects.filter(is_active=True)
    for reminder in _of_document(document):
        user = people.filter(pk=reminder.user_id).first()
        if user is not None:
            send(user, reminder)


def reminders(today: date) -> Iterator[Reminder]:
    """For the daily work: whatever nobody has been told of yet."""
    impact.catch_up()
    for document in troubled_documents(RFP.objects.all(), today):
        yield from _of_document(document, today)


def _of_document(document: Document, today: date | None = None) -> Iterator[Reminder]:
    """One to each owner of an RFP concerned, for one reason once."""
    answers: Counter[tuple[int, str]] = Counter()
    rfps: dict[tuple[int, str], set[int]] = {}
    for row in rows_of([document.pk], RFP.objects.exclude(owner=None), today):
        if row.is_checked:
            continue
        key = (row.owner_id, row.reason)
        answers[key] += 1
        rfps.setdefault(key, set()).add(row.rfp_id)
    url = reverse("rfp_manager:changed_document", args=[document.pk])
    for (owner_id, reason), count in answers.items():
        text = f"“{document.title[:120]}” {_what(reason)}: {_count(count, 'answer')} in "
        text += f"{_count(len(rfps[owner_id, reason]), 'RFP')} to check."
        topic = f"impact:{document.pk}:{reason}"
        yield Reminder(owner_id, topic, text, url, Event.CHANGED)


def _what(reason: str) -> str:
    kind = reason.partition(":")[0]
    words = {impact.CHANGED: "has changed", impact.EXPIRED: "is not valid any more"}
    return words.get(kind, f"is {kind} now")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
