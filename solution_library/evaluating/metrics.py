"""How good an order of passages is, for one question."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solution_library.evaluating.matching import Target
from solution_library.hits import Hit

RECALL_AT = (1, 5, 10)
#: Reciprocal rank and discounted gain look no further than this.
DEPTH = 10
NAMES = (*(f"recall@{k}" for k in RECALL_AT), f"mrr@{DEPTH}", f"ndcg@{DEPTH}")
Values = NDArray[np.float64]


def measure(hits: Sequence[Hit], targets: Sequence[Target], *, by_document: bool) -> Values:
    """The five NAMES for one question, each 0 to 1. `by_document`: several passages of one
    document count as one, at the place of the first."""
    found = found_at(hits, targets, by_document=by_document)
    grades = [target.entry.grade for target in targets]
    recalls = [sum(place < k for place in found if place is not None) for k in RECALL_AT]
    gain = _gain(found, grades) / _ideal(grades)
    return np.array([*(n / len(targets) for n in recalls), _reciprocal_rank(found), gain])


def found_at(
    hits: Sequence[Hit], targets: Sequence[Target], *, by_document: bool
) -> list[int | None]:
    """Where each target is met first, counted from 0; None where it is not."""
    places = _places(hits, by_document=by_document)
    return [
        next((at for at, hit in zip(places, hits, strict=True) if target.is_met_by(hit)), None)
        for target in targets
    ]


def _places(hits: Sequence[Hit], *, by_document: bool) -> list[int]:
    if not by_document:
        return list(range(len(hits)))
    first: dict[int, int] = {}
    return [first.setdefault(hit.document_id, len(first)) for hit in hits]


def _reciprocal_rank(found: Sequence[int | None]) -> float:
    best = min((place for place in found if place is not None), default=DEPTH)
    return 1 / (best + 1) if best < DEPTH else 0.0


def _gain(found: Sequence[int | None], grades: Sequence[float]) -> float:
    """Each place gains once, the best that is met there."""
    at: dict[int, float] = {}
    for place, grade in zip(found, grades, strict=True):
        if place is not None and place < DEPTH:
            at[place] = max(grade, at.get(place, 0.0))
    return sum(grade / math.log2(place + 2) for place, grade in at.items())


def _ideal(grades: Sequence[float]) -> float:
    best = sorted(grades, reverse=True)[:DEPTH]
    return sum(grade / math.log2(place + 2) for place, grade in enumerate(best))
