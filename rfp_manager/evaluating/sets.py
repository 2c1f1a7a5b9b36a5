"""Makes question sets, of an RFP or of questions from a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.roles import Role, has_role
from rfp_manager.drafting import SHORT_QUESTION_WORDS, retrieval_query
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerState,
    Evaluation,
    Question,
    QuestionSet,
    SetQuestion,
)

Relevant = dict[str, int | str | None]


class SetRefused(Exception):
    """No set can be made of this, or a set cannot be removed; the message says why."""


@dataclass(frozen=True)
class FoundQuestion:
    """A question as a file gives it. `relevant` are paths, titles or addresses of documents."""

    text: str
    number: str = ""
    section: str = ""
    allowed_choices: tuple[str, ...] = ()
    reference_text: str = ""
    reference_choice: str = ""
    relevant: tuple[str, ...] = ()


def may_remove(user: Any, question_set: QuestionSet) -> bool:
    """Who saved it, unless they are readers now; and managers."""
    own = question_set.owner_id == user.pk and has_role(user, Role.CONTRIBUTOR)
    return own or has_role(user, Role.MANAGER)


@transaction.atomic
def set_from_rfp(rfp: RFP, user: Any, *, name: str = "") -> QuestionSet:
    """Save an RFP's questions. What people have approved or written themselves becomes the
    reference; documents that approved answers cite become the relevant ones. Raises SetRefused."""
    questions = rfp.questions.select_related("section", "rfp", "answer")
    found = [_of_rfp(question) for question in questions.prefetch_related(*_CITED)]
    if not found:
        raise SetRefused(f"“{rfp.name}” has no questions.")
    made = QuestionSet.objects.create(
        name=(name or rfp.name)[:200], owner=user, rfp=rfp, instructions=rfp.instructions
    )
    made.collections.set(rfp.collections.all())
    _add(made, found)
    return made


_CITED = ("answer__citations__chunk__version__document",)


def _of_rfp(question: Question) -> SetQuestion:
    answer = getattr(question, "answer", None)
    is_reference = answer is not None and _is_reference(answer)
    return SetQuestion(
        number=question.number,
        section=question.section.title,
        text=question.text,
        query=retrieval_query(question),
        allowed_choices=question.allowed_choices,
        reference_text=answer.text if answer and is_reference else "",
        reference_choice=answer.choice if answer and is_reference else "",
        relevant=_cited_by(answer) if answer else [],
    )


def _is_reference(answer: Answer) -> bool:
    return answer.state == AnswerState.APPROVED or answer.edited_by_id is not None


def _cited_by(answer: Answer) -> list[Relevant]:
    if answer.state != AnswerState.APPROVED:
        return []
    documents = {c.chunk.version.document for c in answer.citations.all()}
    ordered = sorted(documents, key=lambda document: document.pk)
    return [{"id": document.pk, "name": document.path or document.title} for document in ordered]


@transaction.atomic
def set_from_file(
    found: Iterable[FoundQuestion], user: Any, *, name: str, filename: str, instructions: str = ""
) -> QuestionSet:
    """Save questions that were read from a file (rfp_manager.evaluating.reading)."""
    made = QuestionSet.objects.create(
        name=(name or filename)[:200], owner=user, filename=filename[:300],
        instructions=instructions,
    )  # fmt: skip
    _add(made, [_of_file(question) for question in found])
    return made


def _of_file(found: FoundQuestion) -> SetQuestion:
    short = len(found.text.split()) < SHORT_QUESTION_WORDS
    return SetQuestion(
        number=found.number[:100],
        section=found.section[:500],
        text=found.text,
        query=f"{found.section} {found.text}".strip() if short else found.text,
        allowed_choices=list(found.allowed_choices),
        reference_text=found.reference_text,
        reference_choice=found.reference_choice[:300],
        relevant=[{"id": None, "name": name} for name in found.relevant],
    )


def _add(made: QuestionSet, questions: list[SetQuestion]) -> None:
    for ordinal, question in enumerate(questions, 1):
        question.question_set, question.ordinal = made, ordinal
    SetQuestion.objects.bulk_create(questions, batch_size=500)


@transaction.atomic
def remove_set(question_set: QuestionSet) -> None:
    """Raises SetRefused while an evaluation rests on it."""
    if Evaluation.objects.filter(question_set=question_set).exists():
        raise SetRefused("Evaluations were made with this set, so it stays.")
    question_set.delete()
