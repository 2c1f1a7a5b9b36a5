"""People's changes to answers: nothing overwritten unseen, every version kept."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from rfp_manager.drafting import allowed_choice
from rfp_manager.grounding import unsupported
from rfp_manager.models import Answer, AnswerOutcome, AnswerState, AnswerVersion

MAX_CHARACTERS = 100_000


class EditConflict(Exception):
    """Somebody else changed the answer meanwhile; `current` is what it says now."""

    def __init__(self, current: Answer) -> None:
        self.current = current
        super().__init__("Somebody else has changed this answer meanwhile.")


class EditRefused(Exception):
    """The edit cannot be saved; the message says why."""


class ApprovalRefused(Exception):
    """The answer cannot be approved as it stands; the message says why."""


def edit_answer(
    answer: Answer, *, text: str, choice: str = "", comment: str = "", user: Any, version: int
) -> Answer:
    """Save a person's text over `version`. Raises EditConflict or EditRefused."""
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    _check(answer, text, choice)
    with transaction.atomic():
        saved = Answer.objects.filter(pk=answer.pk, version=version).update(
            text=text,
            choice=allowed_choice(choice, answer.question.allowed_choices),
            comment=comment.replace("\x00", "").strip(),
            outcome=AnswerOutcome.ANSWERED if text or choice else AnswerOutcome.NO_EVIDENCE,
            unsupported=_findings(answer, text),
            state=AnswerState.DRAFT,
            version=F("version") + 1,
            edited_by=user,
            updated_at=timezone.now(),
        )
        if not saved:
            raise EditConflict(Answer.objects.get(pk=answer.pk))
        answer.refresh_from_db()
        AnswerVersion.objects.create(
            answer=answer, number=answer.version, text=answer.text, choice=answer.choice,
            outcome=answer.outcome, made_by=user,
        )  # fmt: skip
    return answer


def _check(answer: Answer, text: str, choice: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise EditRefused(f"The answer is longer than {MAX_CHARACTERS:,} characters. Shorten it.")
    allowed = answer.question.allowed_choices
    if choice and not allowed_choice(choice, allowed):
        raise EditRefused("This choice is not one the questionnaire allows: " + ", ".join(allowed))


def _findings(answer: Answer, text: str) -> list[dict[str, str | int]]:
    cited = [c.chunk for c in answer.citations.select_related("chunk__version__document")]
    if not cited:
        return []
    evidence = [t for c in cited for t in (c.text, c.heading_path, c.version.document.title)]
    found = unsupported(text, evidence, question=answer.question.text)
    return [finding.to_dict() for finding in found]


def set_state(answer: Answer, state: str, user: Any) -> Answer:
    """Move an answer to a state. Raises ApprovalRefused."""
    if state not in AnswerState.values:
        raise ApprovalRefused("There is no such state.")
    if state == AnswerState.APPROVED and not (answer.text or answer.choice):
        raise ApprovalRefused("An empty answer cannot be approved. Write one first.")
    changed = Answer.objects.filter(pk=answer.pk, version=answer.version).update(
        state=state, updated_at=timezone.now()
    )
    if not changed:
        raise ApprovalRefused("Somebody else has changed this answer meanwhile. Read it again.")
    answer.refresh_from_db()
    return answer


def answer_for(question: Any, user: Any) -> Answer:
    """The question's answer; an empty one for a question that has none yet."""
    answer, _ = Answer.objects.get_or_create(
        question=question, defaults={"outcome": AnswerOutcome.NO_EVIDENCE}
    )
    return answer
