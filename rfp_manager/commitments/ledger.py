"""The ledger: promises entered when an export is submitted, and what people say of them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from rfp_manager.commitments.promises import Promise, promises_in
from rfp_manager.models import RFP, Commitment, CommitmentState, ExportedAnswer, ExportJob

#: What a person may make of a promise that was found.
DECISIONS = (
    CommitmentState.FOUND,
    CommitmentState.CONFIRMED,
    CommitmentState.DISMISSED,
    CommitmentState.ENDED,
)


class DecisionRefused(Exception):
    """The decision cannot be noted; the message says why."""


def enter(rfp: RFP, export: ExportJob) -> int:
    """Enter what the answers of an export promise; what is there already stays as it is. What
    people have decided about the same words in an earlier export of the RFP goes on to hold.
    Returns how many promises the export has."""
    known = _decided(rfp)
    rows = [
        _row(rfp, answer, promise, known)
        for answer in ExportedAnswer.objects.filter(export=export.pk).select_related("question")
        for promise in promises_in(answer.text)
    ]
    Commitment.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


Key = tuple[int, str, str, str]


def _decided(rfp: RFP) -> dict[Key, Commitment]:
    """The latest decision on each promise of an RFP's answers."""
    rows = Commitment.objects.filter(rfp=rfp).exclude(decided_at=None)
    decided = rows.select_related("exported_answer").order_by("decided_at", "pk")
    return {_key(row.exported_answer, row.kind, row.words, row.value): row for row in decided}


def _key(answer: ExportedAnswer, kind: str, words: str, value: str) -> Key:
    return answer.question_id, kind, " ".join(words.split()), value


def _row(
    rfp: RFP, answer: ExportedAnswer, promise: Promise, known: dict[Key, Commitment]
) -> Commitment:
    row = Commitment(
        rfp=rfp, exported_answer=answer, customer=rfp.customer, kind=promise.kind,
        words=promise.words, start=promise.start, end=promise.end, subject=promise.subject,
        value=promise.value, expires_on=promise.expires_on,
    )  # fmt: skip
    earlier = known.get(_key(answer, row.kind, row.words, row.value))
    if earlier is not None:
        row.state, row.expires_on = earlier.state, earlier.expires_on
        row.decided_by, row.decided_at = earlier.decided_by, earlier.decided_at
    return row


def given(rfps: QuerySet[RFP]) -> QuerySet[Commitment]:
    """Promises of what the buyers of these RFPs were really given."""
    found = Commitment.objects.filter(rfp__in=rfps.values("pk"))
    # Not “the export is its RFP's submitted one”: PostgreSQL takes that to be rare, and compares
    # each promise with each answer of the RFP. An export is never another RFP's.
    return found.filter(exported_answer__export__in=rfps.values("submitted_export"))


def standing(found: QuerySet[Commitment]) -> QuerySet[Commitment]:
    """Without what somebody has said to be none."""
    return found.exclude(state=CommitmentState.DISMISSED)


def is_over(today: date) -> Q:
    """Promises that hold no more: ended by a person, or past their last day."""
    return Q(state=CommitmentState.ENDED) | Q(expires_on__lt=today)


def decide(
    commitment: Commitment, user: Any, *, state: str, expires_on: date | None = None
) -> Commitment:
    """Note what a promise is, and until when it holds (None: no end). Raises DecisionRefused."""
    if state not in [each.value for each in DECISIONS]:
        raise DecisionRefused("There is no such state of a commitment.")
    Commitment.objects.filter(pk=commitment.pk).update(
        state=state, expires_on=expires_on, decided_by=user, decided_at=timezone.now()
    )
    commitment.refresh_from_db()
    return commitment


def decide_all(commitments: Iterable[Commitment], user: Any, state: str) -> int:
    """The same for many, which keep their last days. Raises DecisionRefused."""
    if state not in [each.value for each in DECISIONS]:
        raise DecisionRefused("There is no such state of a commitment.")
    ids = [commitment.pk for commitment in commitments]
    return Commitment.objects.filter(pk__in=ids).update(
        state=state, decided_by=user, decided_at=timezone.now()
    )
