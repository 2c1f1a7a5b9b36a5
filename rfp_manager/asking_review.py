"""Tells who asked for answers that they wait for a review."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from accounts.roles import Role
from jobs.models import Event
from jobs.notifying import remind
from rfp_manager.membership import may
from rfp_manager.models import RFP, AnswerState, Assignment
from rfp_manager.people import name_of


def ask_review(rfp: RFP, questions: Iterable[int], *, user: Any) -> None:
    """Answers to these questions were sent to review by `user`. Whoever assigned them is told, and
    the RFP's owner of those that nobody did; for one sender and RFP once a day, however many
    follow."""
    ids = list(questions)
    if not ids or user is None:
        return
    for person in _asked_by(rfp, ids):
        if person.pk != user.pk and may(person, rfp, Role.REVIEWER):
            remind(
                person,
                event=Event.REVIEW_ASKED,
                topic=f"review-asked:{rfp.pk}:{user.pk}:{timezone.localdate()}",
                text=f"{name_of(user)} sends answers of “{rfp.name[:120]}” to review.",
                url=f"{rfp.get_absolute_url()}?state={AnswerState.IN_REVIEW.value}",
            )


def _asked_by(rfp: RFP, questions: list[int]) -> list[Any]:
    held = Assignment.objects.filter(question__in=questions, declined_at=None)
    given = held.filter(assigned_by__is_active=True)
    by = dict(given.values_list("question", "assigned_by"))
    asking = {by.get(question) or rfp.owner_id or 0 for question in questions}
    people = get_user_model().objects.filter(is_active=True, pk__in=asking)
    return list(people.order_by("pk"))
