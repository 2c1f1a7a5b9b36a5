"""What reviewers said of an answer, what it contradicts, and what a reviewer is worth."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format

from rfp_manager.contradictions import visible
from rfp_manager.measuring_reviewers import measures_of
from rfp_manager.models import (
    RFP,
    Answer,
    Contradiction,
    Question,
    Review,
    ReviewerMeasure,
    SuggestionState,
)
from rfp_manager.presenting.badges import Badge, verdict_badge
from rfp_manager.presenting.texts import Piece, difference

MAX_REVIEWS = 20
SCORES = (("correctness", "Correct"), ("completeness", "Complete"), ("tone", "Tone"))
#: A score below this is worth a look.
LOW = 0.8
KIND_NAMES = {
    "not removed": "A “not” left out",
    "not added": "A “not” put in",
    "invented": "An invented sentence",
}


@dataclass(frozen=True)
class ScoreShown:
    name: str
    percent: int
    is_low: bool


@dataclass(frozen=True)
class SuggestionShown:
    """A rewrite that can be accepted or dismissed. `changes`: from the answer to it."""

    review: Review
    changes: list[Piece]
    choice: str


@dataclass(frozen=True)
class ReviewShown:
    """`suggestion` only where it is open and about the present version."""

    review: Review
    badge: Badge
    by: str
    is_current: bool
    percent: int
    scores: list[ScoreShown]
    findings: list[str]
    suggestion: SuggestionShown | None
    decided: str
    measure: str
    measure_detail: str


def reviews_shown(answer: Answer | None) -> list[ReviewShown]:
    """The newest first. Two queries."""
    if answer is None:
        return []
    found = list(answer.reviews.select_related("reviewer", "model")[:MAX_REVIEWS])
    measures = measures_of(r.model_id for r in found if r.model_id) if found else {}
    first = next((r.pk for r in found if _is_open(r, answer)), None)
    return [_shown(review, answer, measures, first) for review in found]


def _is_open(review: Review, answer: Answer) -> bool:
    current = review.answer_version == answer.version
    return current and review.suggestion_state == SuggestionState.OPEN


def _shown(
    review: Review, answer: Answer, measures: dict[int, ReviewerMeasure], first: int | None
) -> ReviewShown:
    by = review.reviewer.get_username() if review.reviewer else str(review.model or "Reviewer")
    measure = measures.get(review.model_id or 0)
    return ReviewShown(
        review=review,
        badge=verdict_badge(review),
        by=by,
        is_current=review.answer_version == answer.version,
        percent=round(review.score * 100),
        scores=_scores(review.scores),
        findings=[sentence for sentence in map(finding_sentence, review.findings) if sentence],
        suggestion=_suggestion(review, answer) if review.pk == first else None,
        decided=_decided(review),
        measure=measure_sentence(measure) if measure else "",
        measure_detail=measure_detail(measure) if measure else "",
    )


def _scores(scores: Any) -> list[ScoreShown]:
    given = scores if isinstance(scores, dict) else {}
    return [
        ScoreShown(label, round(given[name] * 100), given[name] < LOW)
        for name, label in SCORES
        if isinstance(given.get(name), int | float)
    ]


def finding_sentence(finding: object) -> str:
    """A finding in words, whatever shape it was stored in."""
    if isinstance(finding, dict):
        return str(finding.get("sentence") or finding.get("words") or "")
    return str(finding)


def _suggestion(review: Review, answer: Answer) -> SuggestionShown:
    text = review.suggestion or answer.text
    choice = review.suggestion_choice
    return SuggestionShown(
        review, difference(answer.text, text), choice if choice != answer.choice else ""
    )


def _decided(review: Review) -> str:
    if review.suggestion_state == SuggestionState.ACCEPTED:
        return "Its suggestion was accepted."
    if review.suggestion_state == SuggestionState.DISMISSED:
        return "Its suggestion was dismissed."
    return ""


# -- how far a reviewer can be trusted -------------------------------------------------------
def measure_sentence(measure: ReviewerMeasure) -> str:
    day = date_format(measure.measured_at, "j M Y")
    alarms = _counted(measure.false_alarms, "false alarm")
    return (
        f"This reviewer found {measure.caught} of {measure.planted} planted errors, with {alarms} "
        f"on {measure.sound} sound answers. Measured {day}."
    )


def measure_detail(measure: ReviewerMeasure) -> str:
    return f"The model alone found {measure.caught_by_model}; the checks in code found the rest."


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


@dataclass(frozen=True)
class KindRow:
    """Of one kind of error: planted, found, found by the model alone."""

    kind: str
    planted: int
    caught: int
    by_model: int


def kind_rows(measure: ReviewerMeasure) -> list[KindRow]:
    given = measure.by_kind if isinstance(measure.by_kind, dict) else {}
    return [KindRow(kind_name(kind), *counts) for kind, counts in sorted(given.items())]


def kind_name(kind: str) -> str:
    return KIND_NAMES.get(kind) or kind.capitalize()


# -- contradictions ------------------------------------------------------------------------
@dataclass(frozen=True)
class ContradictionShown:
    """From the side of one question: its own words, and those of the other."""

    row: Contradiction
    words: str
    other_words: str
    other: Question
    elsewhere: RFP | None


def contradictions_with(question: Question, user: Any) -> list[ContradictionShown]:
    """What an answer contradicts and nobody has dismissed, from its own side. One query."""
    sides = Q(answer__question=question) | Q(other__question=question)
    found = visible(user).filter(sides, dismissed_at=None)[:MAX_REVIEWS]
    return [from_side(row, question.pk) for row in found]


def from_side(row: Contradiction, question_id: int) -> ContradictionShown:
    mine_first = row.answer.question_id == question_id
    words, other_words = row.words, row.other_words
    other = row.other.question if mine_first else row.answer.question
    if not mine_first:
        words, other_words = other_words, words
    seen_from = row.answer.question.rfp_id if mine_first else row.other.question.rfp_id
    elsewhere = None
    if other.rfp_id != seen_from:
        elsewhere = row.other.question.rfp if mine_first else row.rfp
    return ContradictionShown(row, words, other_words, other, elsewhere)


@dataclass(frozen=True)
class ReviewLine:
    """What the RFP's page says of reviews."""

    contradictions: int
    measures: list[str]


def review_line(rfp: RFP, user: Any) -> ReviewLine:
    """Two queries, three where a reviewer has been measured."""
    count = visible(user).filter(rfp=rfp, dismissed_at=None).count()
    measures: dict[int, ReviewerMeasure] = {}
    if ReviewerMeasure.objects.exists():
        reviews = Review.objects.filter(answer__question__rfp=rfp).exclude(model=None)
        measures = measures_of(reviews.order_by().values("model_id"))
    return ReviewLine(count, [f"{m.model}: {_plain(m)}" for m in measures.values()])


def _plain(measure: ReviewerMeasure) -> str:
    return measure_sentence(measure).removeprefix("This reviewer ")
