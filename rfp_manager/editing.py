"""People's changes to answers: nothing overwritten unseen, every version kept."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.formats import number_text
from accounts.roles import Role
from rfp_manager import four_eyes
from rfp_manager.asking_review import ask_review
from rfp_manager.auditing import state_changed
from rfp_manager.drafting import allowed_choice
from rfp_manager.membership import may_in
from rfp_manager.models import Answer, AnswerOutcome, AnswerState
from rfp_manager.versions import not_held, record_version

MAX_CHARACTERS = 100_000
CHANGED = "Somebody else has changed this answer meanwhile. Read it again."


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
            explanation="" if text or choice else F("explanation"),
            state=AnswerState.DRAFT,
            approved_by=None,
            approved_at=None,
            version=F("version") + 1,
            edited_by=user,
            updated_at=timezone.now(),
        )
        if not saved:
            raise EditConflict(Answer.objects.get(pk=answer.pk))
        _note(answer, answer.state, AnswerState.DRAFT, user)
        answer.refresh_from_db()
        record_version(answer, made_by=user)
    return answer


def _note(answer: Answer, before: str, after: str, user: Any) -> None:
    question = answer.question
    state_changed(question.rfp, [question.pk], before=before, after=after, user=user)


def _check(answer: Answer, text: str, choice: str) -> None:
    if len(text) > MAX_CHARACTERS:
        most = number_text(MAX_CHARACTERS)
        raise EditRefused(f"The answer is longer than {most} characters. Shorten it.")
    allowed = answer.question.allowed_choices
    if choice and not allowed_choice(choice, allowed):
        raise EditRefused("This choice is not one the questionnaire allows: " + ", ".join(allowed))


def _findings(answer: Answer, text: str) -> list[dict[str, str | int]]:
    cited = [c.chunk for c in answer.citations.select_related("chunk__version__document")]
    return not_held(text, cited, answer.question.text) if cited else []


def set_state(answer: Answer, state: str, user: Any) -> Answer:
    """Move an answer to a state, if it is still the version that `answer` holds. Raises
    ApprovalRefused. Approving keeps who did it and when; any other state forgets that."""
    _check_state(answer, state, user)
    before = answer.state
    rfp = answer.question.rfp
    rule = four_eyes.may_approve_it(rfp.pk, user) if state == AnswerState.APPROVED else Q()
    with transaction.atomic():
        seen = Answer.objects.filter(pk=answer.pk, version=answer.version)
        if not seen.filter(rule).update(**state_values(state, user)):
            raise ApprovalRefused(four_eyes.REFUSAL if seen.exists() else CHANGED)
        _note(answer, before, state, user)
        if state == AnswerState.IN_REVIEW and before != state:
            ask_review(rfp, [answer.question_id], user=user)
    answer.refresh_from_db()
    return answer


def _check_state(answer: Answer, state: str, user: Any) -> None:
    if state not in AnswerState.values:
        raise ApprovalRefused("There is no such state.")
    if state != AnswerState.APPROVED:
        return
    if is_empty(answer):
        raise ApprovalRefused("An empty answer cannot be approved. Write one first.")
    if not may_approve(user, answer.question.rfp_id):
        raise ApprovalRefused(
            "Only the RFP's reviewers and managers approve its answers. Send it to review instead."
        )
    if four_eyes.is_own(answer, user):
        raise ApprovalRefused(four_eyes.REFUSAL)


def is_empty(answer: Answer) -> bool:
    """It says nothing: there is nothing to approve."""
    return not (answer.text.strip() or answer.choice)


def may_approve(user: Any, rfp_id: int) -> bool:
    return may_in(user, rfp_id, Role.REVIEWER)


def state_values(state: str, user: Any) -> dict[str, Any]:
    """The columns that say where an answer stands, for a conditional update."""
    now = timezone.now()
    approved = state == AnswerState.APPROVED
    return {
        "state": state,
        "approved_by": user if approved else None,
        "approved_at": now if approved else None,
        "updated_at": now,
    }


def answer_for(question: Any, user: Any) -> Answer:
    """The question's answer; an empty one for a question that has none yet."""
    answer, _ = Answer.objects.get_or_create(
        question=question, defaults={"outcome": AnswerOutcome.NO_EVIDENCE}
    )
    return answer
