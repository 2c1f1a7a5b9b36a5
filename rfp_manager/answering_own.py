"""What an expert says about a question they hold: the draft is right, or what is right instead."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from django.db import transaction

from rfp_manager.autosave import forget
from rfp_manager.editing import (
    EditConflict,
    EditRefused,
    answer_for,
    edit_answer,
    set_state,
)
from rfp_manager.models import Answer, AnswerState, Question


class SentOn(Enum):
    """What became of the answer, in words."""

    REVIEW = "Sent to review."
    DRAFT = "Kept as a draft."


def send_answer(
    question: Question, typed: Mapping[str, Any], *, user: Any, to_review: bool
) -> SentOn:
    """Keep what was typed (text, choice, comment) over the version it was typed upon, and send
    the answer to review. Words that say what the answer says make no new version of it.

    Raises EditConflict where somebody else was faster, EditRefused where there is no answer.
    """
    said = {name: str(typed.get(name) or "") for name in ("text", "choice", "comment")}
    with transaction.atomic():
        # Two that answer for the first time come one after the other.
        Question.objects.select_for_update(no_key=True).get(pk=question.pk)
        answer = Answer.objects.select_for_update(no_key=True).filter(question=question).first()
        if (answer.version if answer else 0) != typed["version"]:
            raise EditConflict(answer or Answer(question=question, version=0))
        if "choice" not in typed and answer is not None:
            said["choice"] = answer.choice
        if to_review and not (said["text"].strip() or said["choice"]):
            raise EditRefused("Write the answer first, or hand the question back.")
        answer = answer or answer_for(question, user)
        if not _says(answer, said):
            answer = edit_answer(answer, user=user, version=answer.version, **said)
        if to_review and answer.state == AnswerState.DRAFT:
            set_state(answer, AnswerState.IN_REVIEW, user)
        forget(question, user)
    return SentOn.REVIEW if to_review else SentOn.DRAFT


def _says(answer: Answer, said: Mapping[str, str]) -> bool:
    present = (answer.text.strip(), answer.choice, answer.comment.strip())
    return present == (said["text"].strip(), said["choice"], said["comment"].strip())
