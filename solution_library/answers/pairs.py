"""The answers of the whole library whose questions seem to be the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Count, Max

from jobs.errors import JobError
from solution_library.answers.questions import catch_up, floor_of
from solution_library.answers.sameness import SAME, Vectors, compare
from solution_library.indexing.indexes import active_index
from solution_library.models import AnswerPair, EmbeddingIndex, LibraryAnswer, QuestionVector
from solution_library.models.documents import ReviewStatus

#: Of so many wordings every one is compared with every other: a matter of seconds.
MOST_COMPARED = 20_000
MOST_PAIRS = 500
BLOCK = 1024
KEPT_SECONDS = 3600


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
        return self.first.text.split() == self.second.text.split()


@dataclass(frozen=True)
class Pairs:
    found: list[Pair]
    warning: str = ""


def open_pairs(user: Any, most: int = 50) -> Pairs:
    """The pairs that `user` may see both of, the likest first."""
    index = active_index()
    if index is None or index.dimensions is None:
        return Pairs([])
    try:
        missing = catch_up(index)
        raw = _cached(index)
    except JobError as error:
        return Pairs([], f"Questions cannot be compared now: {error}")
    warning = "Not all questions can be compared yet; that is being done." if missing else ""
    return Pairs(list(_shown(raw, user))[:most], warning)


def _shown(raw: list[tuple[int, int, float]], user: Any) -> Iterator[Pair]:
    ids = {pk for first, second, _ in raw for pk in (first, second)}
    answers = (
        LibraryAnswer.objects.for_user(user)
        .current()
        .exclude(document__review_status__in=(ReviewStatus.ARCHIVED, ReviewStatus.REJECTED))
        .select_related("document__owner")
        .prefetch_related("variants")
        .annotate(use_count=Count("uses"))
        .in_bulk(ids)
    )
    apart = set(
        AnswerPair.objects.filter(first__in=ids, second__in=ids).values_list("first", "second")
    )
    for first, second, score in raw:
        one, two = answers.get(first), answers.get(second)
        if one is None or two is None or (first, second) in apart:
            continue
        if not _differ(one, two, score):
            yield Pair(one, two, score)


def _differ(one: LibraryAnswer, two: LibraryAnswer, score: float) -> bool:
    """In every wording there is something that must not differ."""
    mine = [one.question, *(v.question for v in one.variants.all())]
    theirs = [two.question, *(v.question for v in two.variants.all())]
    return not any(compare(a, b, score).is_same for a in mine for b in theirs)


def _cached(index: EmbeddingIndex) -> list[tuple[int, int, float]]:
    """All pairs of the library, worked out anew when a question came, went or changed."""
    state = QuestionVector.objects.filter(index=index).aggregate(Count("pk"), Max("pk"))
    key = f"answer-pairs:{index.pk}:{state['pk__count']}:{state['pk__max']}"
    kept: list[tuple[int, int, float]] | None = cache.get(key)
    if kept is None:
        kept = _near(index, floor_of(index))
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _near(index: EmbeddingIndex, floor: float) -> list[tuple[int, int, float]]:
    rows = list(
        QuestionVector.objects.filter(index=index, answer__merged_into=None)
        .order_by("-answer_id")
        .values_list("answer_id", "embedding")[:MOST_COMPARED]
    )
    if len(rows) < 2:
        return []
    ids = np.array([answer_id for answer_id, _ in rows])
    vectors = np.array([np.asarray(vector, np.float32) for _, vector in rows])
    least = floor + SAME * (1.0 - floor)
    best = _best(ids, vectors, least)
    scored = [(a, b, (cosine - floor) / (1.0 - floor)) for (a, b), cosine in best.items()]
    return sorted(scored, key=lambda pair: (-pair[2], pair[:2]))[:MOST_PAIRS]


def _best(ids: Any, vectors: Vectors, least: float) -> dict[tuple[int, int], float]:
    """The cosine of the nearest wordings of each two answers that reach `least`."""
    best: dict[tuple[int, int], float] = {}
    for start in range(0, len(vectors), BLOCK):
        likeness = vectors[start : start + BLOCK] @ vectors[start:].T
        for row, column in zip(*np.nonzero(likeness >= least), strict=True):
            one, two = int(ids[start + row]), int(ids[start + column])
            if one != two:
                pair = (min(one, two), max(one, two))
                best[pair] = max(best.get(pair, 0.0), float(likeness[row, column]))
    return best
