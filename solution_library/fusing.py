"""Makes one list of the passages found by words and those found by meaning.

Each list's scores are brought to the same scale and added. By meaning: where a passage stands
between the first and the last of its list, for a cosine's own size says little and differs from
model to model. By words: the share of the best passage's score, times how far the words can be
trusted: the root of how near the best passage comes to what the query's words could score at all.
A question in another language than the passages, or one in quite other words, reaches little of
it, so its words count less; nothing has to be known about languages for it.

docs/decisions/0015-fusion-of-scores.md has the alternatives that were measured.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from solution_library.hits import Balance, Fused, Place, Ranked, Worded

#: What either list could add at most: the words more, for they are seldom trusted wholly.
MOST_BY_WORDS = 0.55
MOST_BY_MEANING = 0.45
#: Scores that differ by less than this part of the best one differ by chance.
NOISE = 0.001
#: Of the words, where nobody knows how far they reach.
USUAL_REACH = 0.5


@dataclass(frozen=True)
class Fusion:
    """The passages of both lists, best first, and how the lists were weighed."""

    ranked: list[Fused] = field(default_factory=list)
    balance: Balance = Balance()


def fuse(words: Worded, meaning: Sequence[Ranked]) -> Fusion:
    """One list of both. Where one of them is empty, the other's order stays."""
    reach = reach_of(words)
    trust = math.sqrt(USUAL_REACH if reach is None else reach)
    by_words = _places(words.ranked, MOST_BY_WORDS * trust, low=0.0)
    by_meaning = _places(meaning, MOST_BY_MEANING, low=_lowest(meaning))
    balance = Balance(
        words=MOST_BY_WORDS * trust if by_words else 0.0,
        meaning=MOST_BY_MEANING if by_meaning else 0.0,
        reach=reach if by_words else None,
    )
    return Fusion(_merged(by_words, by_meaning), balance)


def alone(words: Sequence[Ranked] = (), meaning: Sequence[Ranked] = ()) -> Fusion:
    """One list as it is, by its own scores."""
    by_words = _places(words, 1.0, low=0.0)
    by_meaning = _places(meaning, 1.0, low=_lowest(meaning))
    return Fusion(_merged(by_words, by_meaning))


def reach_of(words: Worded) -> float | None:
    """What the best passage has of the score that the words of the query could have given it,
    above 0, at most 1. None where nobody knows."""
    if not words.ranked or not words.possible:
        return None
    first = words.ranked[0]
    possible = words.possible.get(first.language) or max(words.possible.values())
    if not (math.isfinite(possible) and possible > 0 and first.score > 0):
        return None
    return min(1.0, first.score / possible)


def _lowest(ranked: Sequence[Ranked]) -> float:
    """What counts as nothing: the last of the list, or less than the only one."""
    if not ranked:
        return 0.0
    first, last = ranked[0].score, ranked[-1].score
    return last if len(ranked) > 1 else first - 1.0


def _places(ranked: Sequence[Ranked], most: float, low: float) -> dict[int, Place]:
    """What each passage gets for its place in a list: the first `most`, one at `low` nothing. A
    list whose scores hardly differ says hardly anything."""
    if not ranked:
        return {}
    span = ranked[0].score - low
    noise = NOISE * abs(ranked[0].score)
    worth = most / (span + noise) if span + noise > 0 else 0.0
    return {
        row.chunk_id: Place(rank, row.score, worth * (row.score - low))
        for rank, row in enumerate(ranked, 1)
    }


def _merged(by_words: Mapping[int, Place], by_meaning: Mapping[int, Place]) -> list[Fused]:
    nowhere = Place()
    found = [
        _fused(chunk_id, by_words.get(chunk_id, nowhere), by_meaning.get(chunk_id, nowhere))
        for chunk_id in by_words.keys() | by_meaning.keys()
    ]
    return sorted(found, key=_order)


def _fused(chunk_id: int, words: Place, meaning: Place) -> Fused:
    return Fused(chunk_id, words.part + meaning.part, words, meaning)


def _order(row: Fused) -> tuple[float, float, int]:
    """Equal scores: the better place in either list, then the older passage."""
    ranks = [place.rank for place in (row.words, row.meaning) if place.rank is not None]
    return (-row.score, min(ranks, default=0), row.chunk_id)
