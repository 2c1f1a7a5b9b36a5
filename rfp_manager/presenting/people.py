"""People at questions, for the workbench: who holds each of them, and what was said there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from rfp_manager.models import Assignment, Question


@dataclass(frozen=True)
class RowPeople:
    """Who holds a question, in a row of the list."""

    assignee: str
    due: date | None
    is_overdue: bool
    comments: int = 0


def people_panel(question: Question, user: Any) -> dict[str, Any]:
    """What _question_people.html shows."""
    return {}


def rows(questions: Sequence[Question]) -> dict[int, RowPeople]:
    """By question, in a constant number of queries; those with nobody and no comment are left
    out."""
    found = Assignment.objects.filter(question__in=questions, declined_at=None)
    today = timezone.localdate()
    return {
        held.question_id: RowPeople(
            held.assignee.get_full_name() or held.assignee.get_username(),
            held.due_date,
            bool(held.due_date and held.due_date < today),
        )
        for held in found.select_related("assignee")
    }
