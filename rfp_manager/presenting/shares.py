"""How far the questions of RFPs are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q

from rfp_manager.models import RFP, AnswerOutcome, AnswerState, Question, Review
from rfp_manager.presenting.filters import conditions, counted
from rfp_manager.standing import Standing, standings_of

_TONES = {
    "answered": ("Answered", "success"),
    "partly": ("Partly", "warning"),
    "no_evidence": ("No evidence", "error"),
}


@dataclass(frozen=True)
class Segment:
    """A part of a bar that is 100 wide."""

    label: str
    tone: str
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class Shares:
    """Counts of one RFP's questions; `total` is what the others are shares of."""

    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        """For templates, which look here before they look for an attribute."""
        return self.counts[name]

    def count(self, name: str) -> int:
        return self.counts.get(name, 0)

    def percent(self, name: str) -> int:
        """Whole percent, and 100 only when nothing is left."""
        return int(self.count(name) / self.total * 100) if self.total else 0

    @property
    def approved_percent(self) -> int:
        return self.percent("approved")

    @property
    def reviewed_percent(self) -> int:
        return self.percent("reviewed")

    @property
    def drafted(self) -> int:
        return self.total - self.count("unanswered")

    @property
    def segments(self) -> list[Segment]:
        found: list[Segment] = []
        start = 0.0
        for name, (label, tone) in _TONES.items():
            width = self.count(name) / self.total * 100 if self.total else 0.0
            if width:
                found.append(Segment(label, tone, self.count(name), start, width))
            start += width
        return found

    @property
    def words(self) -> str:
        """The bar in words."""
        parts = [f"{segment.count} {segment.label.lower()}" for segment in self.segments]
        if self.count("unanswered"):
            parts.append(f"{self.count('unanswered')} unanswered")
        return ", ".join(parts) or "No questions"


def shares_of(rfp: RFP, standings: Iterable[Standing] | None = None) -> Shares:
    """All counts of one RFP; `standings` are those of all its questions, where they are known."""
    known = list(standings_of(rfp.pk) if standings is None else standings)
    tests = {name: test for name, (_, test) in conditions().items()}
    found = counted(known, "show", tests)
    return Shares(len(known), {name: found[name] for name in tests})


def shares_by_rfp(rfps: Iterable[RFP]) -> dict[int, Shares]:
    """Counts for a list of RFPs, in two queries however many there are."""
    ids = [rfp.pk for rfp in rfps]
    reviewed = _reviewed_by_rfp(ids)
    names = _plain_counts()
    rows = Question.objects.filter(rfp__in=ids).order_by().values_list("rfp_id")
    found: dict[int, Shares] = {}
    for rfp_id, *values in rows.annotate(**names):
        counts = dict(zip(names, values, strict=True))
        found[rfp_id] = Shares(counts["all"], counts | {"reviewed": reviewed.get(rfp_id, 0)})
    return found


def _plain_counts() -> dict[str, Any]:
    # Counts that need no look at the reviews: those would be one sub-query per question.
    return {
        "all": Count("pk"),
        "unanswered": Count("pk", filter=Q(answer__isnull=True)),
        "approved": Count("pk", filter=Q(answer__state=AnswerState.APPROVED)),
        **{name: Count("pk", filter=Q(answer__outcome=name)) for name in AnswerOutcome.values},
    }


def _reviewed_by_rfp(rfp_ids: list[int]) -> dict[int, int]:
    current = Review.objects.filter(
        answer__question__rfp__in=rfp_ids, answer_version=F("answer__version")
    )
    rows = current.order_by().values_list("answer__question__rfp_id")
    return dict(rows.annotate(Count("answer", distinct=True)))
