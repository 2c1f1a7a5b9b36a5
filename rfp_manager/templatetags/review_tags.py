"""Reviews, contradictions and what reviewers are worth, for the pages that show them."""

from typing import Any

from django import template

from rfp_manager.models import RFP, Answer, Question
from rfp_manager.presenting.reviews import (
    ContradictionShown,
    ReviewLine,
    ReviewShown,
    contradictions_with,
    review_line,
    reviews_shown,
)

register = template.Library()


@register.simple_tag
def reviews_of(answer: Answer | None) -> list[ReviewShown]:
    """What reviewers said of an answer, the newest first."""
    return reviews_shown(answer)


@register.simple_tag
def contradictions_of(question: Question, user: Any) -> list[ContradictionShown]:
    """What the answer to a question contradicts, as far as this person may see it."""
    return contradictions_with(question, user)


@register.simple_tag
def reviews_on(rfp: RFP, user: Any) -> ReviewLine:
    """Contradictions and measured reviewers of an RFP."""
    return review_line(rfp, user)
