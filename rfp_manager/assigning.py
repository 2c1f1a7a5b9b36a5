"""Who answers which questions, and until when. Whoever holds a question may open it and answer it,
even without being a member of its RFP, and sees nothing else of that RFP."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.formats import number_text
from accounts.roles import Role
from jobs.models import Event
from rfp_manager.membership import may
from rfp_manager.models import RFP, Assignment, Question
from rfp_manager.people import count_of, may_see_whole, name_of, tell

MAX_NOTE = 2000
MAX_REASON = 500
#: What a new assignment overwrites in the one that was there.
COLUMNS = ("assignee", "due_date", "note", "assigned_by", "assigned_at", "declined_at",
           "declined_because")  # fmt: skip


class AssignmentRefused(Exception):
    """Nothing was changed; the message says why."""


def assign_questions(
    rfp: RFP,
    question_ids: Iterable[int],
    *,
    assignee: Any,
    due_date: date | None = None,
    note: str = "",
    user: Any,
) -> int:
    """Give these questions of the RFP to `assignee`; whoever held them before holds them no more.
    Returns how many changed hands, day or note; each person concerned gets one notification.
    Raises AssignmentRefused."""
    note = note.replace("\x00", "").strip()
    _check(rfp, assignee, note, user)
    with transaction.atomic():
        # The questions stay while they are given away: a corrected mapping would replace them.
        RFP.objects.select_for_update(no_key=True).get(pk=rfp.pk)
        questions = list(_of(rfp, question_ids))
        changed = [
            question
            for question in questions
            if not _is_so(_assignment_of(question), assignee, due_date, note)
        ]
        before = [_assignment_of(question) for question in changed]
        _write(changed, assignee=assignee, due_date=due_date, note=note, assigned_by=user)
        _tell_assignee(rfp, assignee, len(changed), due_date, user)
        _tell_former(rfp, before, user, besides=assignee.pk)
    return len(changed)


def unassign_questions(rfp: RFP, question_ids: Iterable[int], *, user: Any) -> int:
    """Take these questions from whoever holds them; how many were held. Raises
    AssignmentRefused."""
    _check_may(rfp, user)
    with transaction.atomic():
        held = Assignment.objects.filter(question__rfp=rfp, question__in=list(question_ids))
        gone = list(held.select_for_update(of=("self",)).select_related("assignee"))
        Assignment.objects.filter(pk__in=[row.pk for row in gone]).delete()
        _tell_former(rfp, gone, user)
    return sum(row.declined_at is None for row in gone)


def decline(question: Question, *, user: Any, reason: str) -> None:
    """Say that a question is not one's own to answer; it goes back to who assigned it. Raises
    AssignmentRefused."""
    reason = " ".join(reason.replace("\x00", "").split())
    if not reason:
        raise AssignmentRefused("Say why this is not yours, or who would know.")
    if len(reason) > MAX_REASON:
        raise AssignmentRefused(f"The reason is longer than {MAX_REASON} characters. Shorten it.")
    mine = Assignment.objects.filter(question=question, assignee=user, declined_at=None)
    with transaction.atomic():
        if not mine.update(declined_at=timezone.now(), declined_because=reason):
            raise AssignmentRefused("This question is not assigned to you any more.")
        _tell_of_decline(question, user, reason)


def _check(rfp: RFP, assignee: Any, note: str, user: Any) -> None:
    _check_may(rfp, user)
    if not assignee.is_active:
        raise AssignmentRefused(
            f"{name_of(assignee)} cannot sign in any more. Choose somebody else."
        )
    if len(note) > MAX_NOTE:
        raise AssignmentRefused(
            f"The note is longer than {number_text(MAX_NOTE)} characters. Shorten it."
        )


def _check_may(rfp: RFP, user: Any) -> None:
    if not may(user, rfp, Role.CONTRIBUTOR):
        raise AssignmentRefused("Only those who work on the whole RFP assign its questions.")


def _of(rfp: RFP, ids: Iterable[int]) -> Iterable[Question]:
    found = Question.objects.filter(rfp=rfp, pk__in=list(ids)).order_by("ordinal")
    return found.select_related("assignment__assignee")


def _assignment_of(question: Question) -> Assignment | None:
    found: Assignment | None = getattr(question, "assignment", None)
    return found


def _is_so(held: Assignment | None, assignee: Any, due_date: date | None, note: str) -> bool:
    if held is None or held.declined_at is not None:
        return False
    return (held.assignee_id, held.due_date, held.note) == (assignee.pk, due_date, note)


def _write(questions: Sequence[Question], **values: Any) -> None:
    """One statement for any number of them."""
    Assignment.objects.bulk_create(
        [Assignment(question=question, **values) for question in questions],
        update_conflicts=True, unique_fields=["question"], update_fields=COLUMNS,
    )  # fmt: skip


def _tell_assignee(rfp: RFP, assignee: Any, count: int, due: date | None, user: Any) -> None:
    if not count or assignee.pk == user.pk:
        return
    until = f", due on {due:%-d %b %Y}" if due else ""
    text = f"{name_of(user)} assigned {count_of(count)} of “{rfp.name[:120]}” to you{until}."
    url, about = reverse("rfp_manager:mine"), f"assigned:{rfp.pk}"
    tell(assignee, text, url, event=Event.ASSIGNED, about=about)


def _tell_former(
    rfp: RFP, gone: Iterable[Assignment | None], user: Any, *, besides: int | None = None
) -> None:
    """One notification to each who has lost questions to `besides`, or to nobody."""
    lost = Counter(held.assignee_id for held in gone if held and held.declined_at is None)
    people = get_user_model().objects.in_bulk(set(lost) - {user.pk, besides})
    for pk, person in people.items():
        text = f"{name_of(user)} took {count_of(lost[pk])} of “{rfp.name[:120]}” from you again."
        url, about = reverse("rfp_manager:mine"), f"unassigned:{rfp.pk}"
        tell(person, text, url, event=Event.ASSIGNED, about=about)


def _tell_of_decline(question: Question, user: Any, reason: str) -> None:
    held = Assignment.objects.select_related("assigned_by", "question__rfp__owner").get(
        question=question
    )
    rfp, by = held.question.rfp, held.assigned_by
    back = by if by and by.is_active and may_see_whole(by, rfp.pk) else rfp.owner
    if back is None or back.pk == user.pk:
        return
    place = question.number or f"question {question.ordinal}"
    text = f"{name_of(user)} says that {place[:40]} of “{rfp.name[:80]}” is not theirs: {reason}"
    url, about = question.get_absolute_url(), f"declined:{question.pk}"
    tell(back, text, url, event=Event.ASSIGNED, about=about)
