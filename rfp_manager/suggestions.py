"""What people do with a reviewer's suggested rewrite: accept it or dismiss it, once."""

from typing import Any

from django.db import transaction

from rfp_manager.editing import EditConflict, edit_answer
from rfp_manager.models import Answer, Review, SuggestionState


class SuggestionGone(Exception):
    """There is nothing (any more) to decide on; the message says why."""


def accept(review: Review, *, user: Any, version: int) -> Answer:
    """Make the suggestion the answer, as an edit of this person's upon `version`. Raises
    SuggestionGone, EditConflict or EditRefused."""
    answer = Answer.objects.select_related("question").get(pk=review.answer_id)
    with transaction.atomic():
        _decide(review, SuggestionState.ACCEPTED)
        if review.answer_version != version or answer.version != version:
            raise EditConflict(answer)
        return edit_answer(
            answer,
            text=review.suggestion or answer.text,
            choice=review.suggestion_choice or answer.choice,
            comment=answer.comment,
            user=user,
            version=version,
        )


def dismiss(review: Review) -> None:
    """Take the suggestion off the page. Raises SuggestionGone."""
    _decide(review, SuggestionState.DISMISSED)


def _decide(review: Review, state: SuggestionState) -> None:
    """By one person only, however often it is pressed."""
    still_open = Review.objects.filter(pk=review.pk, suggestion_state=SuggestionState.OPEN)
    if not still_open.update(suggestion_state=state):
        raise SuggestionGone(
            "Somebody has decided on this suggestion already, or a new review has replaced it. "
            "Look at the answer as it is now."
        )
