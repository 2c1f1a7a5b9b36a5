"""The questions around one, among those that a filter shows."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rfp_manager.models import Answer, Question
from rfp_manager.presenting.badges import Badge, outcome_badge, state_badge
from rfp_manager.presenting.filters import QuestionFilter, selected
from rfp_manager.standing import Standing

#: How many stand in the list beside a question, before and after it.
BEFORE, AFTER = 5, 20


@dataclass(frozen=True)
class Beside:
    """A question in the list beside the one that is read."""

    question: Question
    badge: Badge
    has_unsupported: bool
    active: bool


@dataclass(frozen=True)
class Neighbours:
    """The questions before and after, among those of the filter; `position` counts from 1."""

    previous: Question | None
    following: Question | None
    position: int
    total: int
    beside: list[Beside]


def neighbours(question: Question, chosen: QuestionFilter) -> Neighbours:
    """A question that the filter does not show (any more) lies where the file has it."""
    found = selected(question.rfp_id, chosen)
    at = bisect_left(found, question.ordinal, key=lambda standing: standing.ordinal)
    inside = found[at : at + 1] and found[at].pk == question.pk
    after = at + 1 if inside else at
    around = found[max(0, at - BEFORE) : after + AFTER]
    questions = _questions(around)
    return Neighbours(
        previous=questions.get(found[at - 1].pk) if at else None,
        following=questions.get(found[after].pk) if after < len(found) else None,
        position=at + 1,
        total=len(found),
        beside=[_beside(questions[s.pk], s, question) for s in around if s.pk in questions],
    )


def _questions(around: Sequence[Standing]) -> dict[int, Question]:
    needed = ("rfp_id", "ordinal", "number", "text", "answer__outcome", "answer__state")
    found = Question.objects.filter(pk__in=[standing.pk for standing in around])
    return found.select_related("answer").only(*needed).in_bulk()


def _beside(there: Question, standing: Standing, question: Question) -> Beside:
    answer: Answer | None = getattr(there, "answer", None)
    decided = answer is not None and not standing.is_open
    badge = state_badge(answer) if answer and decided else outcome_badge(answer, title=False)
    return Beside(there, badge, standing.has_unsupported, there.pk == question.pk)
