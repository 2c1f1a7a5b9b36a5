"""The answers of the whole library whose questions seem to be the same."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Count, Max

from jobs.errors import JobError
from solution_library.answers.questions import catch_up, floor_of
from solution_library.answers.sameness import SAME, Facts, Vectors, differences, facts_of
from solution_library.indexing.indexes import active_index
from solution_library.models import (
    AnswerPair,
    AnswerVariant,
    EmbeddingIndex,
    LibraryAnswer,
    QuestionVector,
)
from solution_library.models.documents import ReviewStatus

#: Of so many wordings every one is compared with every other: a matter of seconds.
MOST_COMPARED = 10_000
MOST_PAIRS = 500
BLOCK = 1024
#: Of so many near ones in a block the names are compared, the nearest first.
MOST_LOOKED_AT = 5000
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
class Wording:
    """One way to ask for an answer."""

    answer_id: int
    facts: Facts
    vector: Vectors


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
        yield Pair(one, two, score)


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
    least = floor + SAME * (1.0 - floor)
    best: dict[tuple[int, int], float] = {}
    for wordings in _by_kind(index):
        for one, two, cosine in _pairs_among(wordings, least):
            pair = (min(one, two), max(one, two))
            best[pair] = max(best.get(pair, 0.0), cosine)
    scored = [(a, b, (cosine - floor) / (1.0 - floor)) for (a, b), cosine in best.items()]
    return sorted(scored, key=lambda pair: (-pair[2], pair[:2]))[:MOST_PAIRS]


def _by_kind(index: EmbeddingIndex) -> Iterable[list[Wording]]:
    """The wordings of all questions, apart where numbers or a denial keep them apart: a library of
    questions that differ in their numbers has no pairs, and no millions to look through."""
    vectors = QuestionVector.objects.filter(index=index, answer__merged_into=None)
    newest = vectors.order_by("-answer_id")[:MOST_COMPARED]
    texts = _texts()
    kinds: dict[object, list[Wording]] = defaultdict(list)
    for answer_id, digest, vector in newest.values_list("answer_id", "digest", "embedding"):
        facts = facts_of(texts.get((answer_id, digest), ""))
        wording = Wording(answer_id, facts, np.asarray(vector, np.float32))
        kinds[facts.kind].append(wording)
    return kinds.values()


def _texts() -> dict[tuple[int, str], str]:
    main = LibraryAnswer.objects.order_by().values_list("pk", "digest", "question")
    variants = AnswerVariant.objects.order_by().values_list("answer_id", "digest", "question")
    return {(pk, digest): question for pk, digest, question in [*main, *variants]}


def _pairs_among(
    wordings: list[Wording], least: float
) -> Iterator[tuple[int, int, float]]:
    """Answer ids and cosine of the wordings that are `least` near, and whose names agree."""
    matrix = np.array([wording.vector for wording in wordings])
    for start in range(0, len(wordings), BLOCK):
        likeness = np.triu(matrix[start : start + BLOCK] @ matrix[start:].T, 1)
        rows, columns = np.nonzero(likeness >= least)
        if len(rows) > MOST_LOOKED_AT:
            chosen = np.argpartition(-likeness[rows, columns], MOST_LOOKED_AT)[:MOST_LOOKED_AT]
            rows, columns = rows[chosen], columns[chosen]
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            one, two = wordings[start + row], wordings[start + column]
            if one.answer_id != two.answer_id and not differences(one.facts, two.facts):
                yield one.answer_id, two.answer_id, float(likeness[row, column])
