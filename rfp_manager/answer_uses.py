"""Tells the answer library where its answers come from and are used again."""

from typing import Any

from rfp_manager.models import RFP, LibraryAnswerUse, UseKind
from solution_library.answers.uses import AnswerUse, AnswerUses
from solution_library.models import LibraryAnswer

HOW = {UseKind.FED: "taken from here", UseKind.REUSED: "used again"}


def uses_of_answer(answer: LibraryAnswer, user: Any, most: int) -> AnswerUses:
    """In RFPs that the person may see; the others are only counted."""
    uses = LibraryAnswerUse.objects.filter(library_answer=answer)
    seen = uses.filter(answer__question__rfp__in=RFP.objects.for_user(user))
    newest = seen.select_related("answer__question__rfp").order_by("-created_at", "-pk")[:most]
    shown = [_use(use) for use in newest]
    return AnswerUses(shown, uses.count() - seen.count())


def _use(use: LibraryAnswerUse) -> AnswerUse:
    question = use.answer.question
    number = f", {question.number}" if question.number else ""
    return AnswerUse(
        label=f"{question.rfp.name}{number}",
        url=question.get_absolute_url(),
        how=HOW[UseKind(use.kind)],
        at=use.created_at,
    )
