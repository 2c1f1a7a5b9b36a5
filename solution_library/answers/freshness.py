"""How far an approved answer can still be relied on, by the day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from solution_library.models import LibraryAnswer, ReviewStatus

#: Somebody should look at an answer that ends within so many days.
SOON = timedelta(days=30)
#: One without an end is to be looked at a year after it was approved.
LOOKED_AT = timedelta(days=365)
FRESH, DUE, EXPIRED, UNREVIEWED, RETIRED = "fresh", "due", "expired", "unreviewed", "retired"
WORDS = {
    FRESH: "Fresh",
    DUE: "Review due",
    EXPIRED: "Expired",
    UNREVIEWED: "Not approved",
    RETIRED: "Retired",
}
#: In the words of components/badge.html.
BADGES = {
    FRESH: "current", DUE: "stale", EXPIRED: "rejected", UNREVIEWED: "pending",
    RETIRED: "archived",
}  # fmt: skip


@dataclass(frozen=True)
class Freshness:
    """`until`: the last day of its validity, where it has one."""

    state: str
    until: date | None = None

    @property
    def words(self) -> str:
        return WORDS[self.state]

    @property
    def badge(self) -> str:
        return BADGES[self.state]


def freshness_of(answer: LibraryAnswer, today: date | None = None) -> Freshness:
    """Needs the answer's document."""
    status = answer.document.review_status
    return Freshness(
        _state(status, answer.valid_until, answer.approved_at, today or timezone.localdate()),
        answer.valid_until,
    )


def _state(status: str, until: date | None, approved: datetime | None, today: date) -> str:
    if status in (ReviewStatus.ARCHIVED, ReviewStatus.REJECTED):
        return RETIRED
    if status != ReviewStatus.APPROVED:
        return UNREVIEWED
    if until is not None:
        return EXPIRED if until < today else DUE if until - today <= SOON else FRESH
    old = approved is None or timezone.localdate(approved) + LOOKED_AT < today
    return DUE if old else FRESH


def condition(state: str, today: date) -> Q:
    """The answers of one state, as `freshness_of` says it of each."""
    retired = Q(document__review_status__in=(ReviewStatus.ARCHIVED, ReviewStatus.REJECTED))
    approved = Q(document__review_status=ReviewStatus.APPROVED)
    expired = Q(valid_until__lt=today)
    old = Q(approved_at=None) | Q(approved_at__date__lt=today - LOOKED_AT)
    due = Q(valid_until__range=(today, today + SOON)) | (Q(valid_until=None) & old)
    return {
        RETIRED: retired,
        UNREVIEWED: ~retired & ~approved,
        EXPIRED: approved & expired,
        DUE: approved & due,
        FRESH: approved & ~expired & ~due,
    }[state]
