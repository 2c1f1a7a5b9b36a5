"""The answers of the whole library whose questions seem to be the same, as they were compared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from solution_library.answers.comparing import has_uncompared
from solution_library.answers.filling import start_filling
from solution_library.answers.vectors import missing
from solution_library.indexing.indexes import active_index
from solution_library.models import AnswerPair, LibraryAnswer, QuestionPair
from solution_library.models.documents import ReviewStatus

UNDER_WAY = "Not all questions have been compared yet; that is being done."


@dataclass(frozen=True)
class Pair:
    """`score`: 0 unrelated to 1 equal, of their nearest wordings."""

    first: LibraryAnswer
    second: LibraryAnswer
    score: float

    @property
    def percent(self) -> int:
        return round(self.score * 100)

    @property
    def has_same_text(self) -> bool:
        same = self.first.text.split() == self.second.text.split()
        return same and self.first.choice.casefold() == self.second.choice.casefold()


def open_pairs(user: Any) -> QuerySet[QuestionPair, Any]:
    """The pairs that `user` may see both of and that nobody keeps apart, the likest first, as
    rows of first, second and score; `loaded` makes Pairs of them."""
    index = active_index()
    seen = LibraryAnswer.objects.for_user(user).current()
    retired = (ReviewStatus.ARCHIVED, ReviewStatus.REJECTED)
    ids = seen.exclude(document__review_status__in=retired).order_by().values("pk")
    apart = AnswerPair.objects.filter(first=OuterRef("first"), second=OuterRef("second"))
    found = QuestionPair.objects.filter(
        ~Exists(apart), one__index=index, two__index=index, first__in=ids, second__in=ids
    )
    grouped = found.values("first", "second").annotate(likest=Max("score"))
    return grouped.order_by("-likest", "first", "second")


def loaded(rows: Iterable[Any]) -> Iterator[Pair]:
    rows = list(rows)
    answers = LibraryAnswer.objects.select_related("document__owner").annotate(
        use_count=Count("uses")
    )
    by_id = answers.in_bulk({row[side] for row in rows for side in ("first", "second")})
    for row in rows:
        if row["first"] in by_id and row["second"] in by_id:
            yield Pair(by_id[row["first"]], by_id[row["second"]], row["likest"])


def unfinished() -> str:
    """A sentence if questions are still to be compared, which is then started."""
    index = active_index()
    if index is None or not (missing(index, 1) or has_uncompared(index)):
        return ""
    start_filling()
    return UNDER_WAY
