"""The questions around one, among those that a filter shows."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rfp_manager.models import Answer, AnswerState, Question
from rfp_manager.presenting.badges import Badge, outcome_badge, state_badge
from rfp_manager.presenting.filters import QuestionFilter, selected

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
    found = _in_order(question.rfp_id, chosen)
    at = bisect_left(found, question.ordinal, key=lambda place: place[0])
    inside = found[at : at + 1] and found[at][1] == question.pk
    after = at + 1 if inside else at
    around = [pk for _, pk in found[max(0, at - BEFORE) : after + AFTER]]
    questions = _questions(around)
    return Neighbours(
        previous=questions.get(found[at - 1][1]) if at else None,
        following=questions.get(found[after][1]) if after < len(found) else None,
        position=at + 1,
        total=len(found),
        beside=[_beside(questions[pk], question) for pk in around if pk in questions],
    )


def _in_order(rfp_id: int, chosen: QuestionFilter) -> list[tuple[int, int]]:
    """(ordinal, id) of each question; how they stand is only looked up if a filter asks."""
    if chosen.is_narrow:
        return [(standing.ordinal, standing.pk) for standing in selected(rfp_id, chosen)]
    rows = Question.objects.filter(rfp=rfp_id).order_by("ordinal")
    return list(rows.values_list("ordinal", "pk"))


def _questions(around: Sequence[int]) -> dict[int, Question]:
    needed = ("rfp_id", "ordinal", "number", "text", "answer__outcome", "answer__state",
              "answer__unsupported")  # fmt: skip
    found = Question.objects.filter(pk__in=around)
    return found.select_related("answer").only(*needed).in_bulk()


def _beside(there: Question, question: Question) -> Beside:
    answer: Answer | None = getattr(there, "answer", None)
    decided = answer is not None and answer.state == AnswerState.APPROVED
    badge = state_badge(answer) if answer and decided else outcome_badge(answer, title=False)
    doubted = bool(answer and answer.unsupported)
    return Beside(there, badge, doubted, there.pk == question.pk)
