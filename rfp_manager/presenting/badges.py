"""The product's words and the badge components' statuses for states of answers."""

from dataclasses import dataclass

from rfp_manager.models import Answer, AnswerOutcome, AnswerState, Review, Verdict


@dataclass(frozen=True)
class Badge:
    """`status` chooses colour and icon of components/badge.html."""

    status: str
    text: str
    title: str = ""


_OUTCOMES = {
    AnswerOutcome.ANSWERED: "answered",
    AnswerOutcome.PARTLY: "partial",
    AnswerOutcome.NO_EVIDENCE: "no_evidence",
}
_STATES = {
    AnswerState.DRAFT: "draft",
    AnswerState.IN_REVIEW: "reviewed",
    AnswerState.APPROVED: "approved",
}
_VERDICTS = {
    Verdict.SUPPORTED: "supported",
    Verdict.PARTLY: "needs_review",
    Verdict.UNSUPPORTED: "unsupported",
}


def outcome_badge(answer: Answer | None, *, title: bool = True) -> Badge:
    """`title`: with the explanation, which then must have been read from the database."""
    if answer is None:
        return Badge("unanswered", "Unanswered")
    outcome = AnswerOutcome(answer.outcome)
    return Badge(_OUTCOMES[outcome], str(outcome.label), answer.explanation if title else "")


def state_badge(answer: Answer) -> Badge:
    state = AnswerState(answer.state)
    return Badge(_STATES[state], str(state.label))


def verdict_badge(review: Review) -> Badge:
    return badge_of_verdict(review.verdict, review.comment)


def badge_of_verdict(value: str, comment: str) -> Badge:
    verdict = Verdict(value)
    return Badge(_VERDICTS[verdict], str(verdict.label), comment)
