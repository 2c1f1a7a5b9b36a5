"""BM25 over the inverted index: how much each term counts, and which passages have most."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solution_library.hits import Ranked
from solution_library.wording.segments import Posting, Segment
from solution_library.wording.terms import Pair, Term

K1, B = 1.2, 0.75


@dataclass(frozen=True)
class Corpus:
    """What BM25 has to know of all passages: how many there are, and how long they are."""

    passages: int
    length: int

    @property
    def mean(self) -> float:
        return max(self.length / self.passages, 1.0) if self.passages else 1.0

    def idf(self, holders: int) -> float:
        """How much a term says that so many passages hold."""
        rest = max(self.passages - holders, 0)
        return math.log(1 + (rest + 0.5) / (holders + 0.5))

    def norm(self, length: float) -> float:
        return K1 * (1 - B + B * length / self.mean)


def weights_of(terms: Iterable[Term], holders: Counter[Pair], corpus: Corpus) -> dict[Pair, float]:
    """What a lexeme is worth. Its rarity is its term's: of a word, in whatever language."""
    found: dict[Pair, float] = {}
    for term in terms:
        count = min(sum(holders[pair] for pair in term.pairs), corpus.passages)
        found |= dict.fromkeys(term.pairs, term.weight * corpus.idf(count) * (K1 + 1))
    return found


def possible(terms: Iterable[Term], weights: dict[Pair, float]) -> dict[str, float]:
    """The most that a passage in each language could score."""
    best: dict[str, float] = defaultdict(float)
    for term in terms:
        for language in {language for language, _ in term.pairs}:
            best[language] += max(weights[pair] for pair in term.pairs if pair[0] == language)
    return dict(best)


def score(weight: float, count: int, norm: float) -> float:
    return weight * count / (count + norm)


@dataclass(frozen=True, eq=False)
class Scored:
    """The scores of a segment's passages, 0 for those without any of the terms."""

    segment: Segment
    scores: NDArray[np.float64]

    def only(self, versions: NDArray[np.int64]) -> "Scored":
        """The same with nothing but passages of these versions."""
        mask = np.isin(self.segment.versions, versions)[self.segment.owners]
        return Scored(self.segment, np.where(mask, self.scores, 0.0))


def score_segment(
    segment: Segment, postings: Sequence[tuple[Pair, Posting]],
    weights: dict[Pair, float], corpus: Corpus,
) -> Scored:  # fmt: skip
    norms = _norms(segment, corpus)
    scores = np.zeros(segment.passages)
    for pair, posting in postings:
        counts = posting.counts.astype(np.float64)
        if posting.places is None:
            counts /= counts + norms
            counts *= weights[pair]
            scores += counts
        else:
            places = posting.places.astype(np.intp)
            counts /= counts + norms[places]
            counts *= weights[pair]
            scores[places] += counts
    return Scored(segment, scores)


def _norms(segment: Segment, corpus: Corpus) -> NDArray[np.float64]:
    """What the lengths of a segment's passages make of their counts; the same in most searches."""
    known = segment.norms.get(corpus.mean)
    if known is None:
        known = K1 * (1 - B + B * segment.lengths / corpus.mean)
        segment.norms.clear()
        segment.norms[corpus.mean] = known
    return known


class Candidate(NamedTuple):
    """A passage that may be found. The best comes first, of equal ones the one stored first."""

    minus_score: float
    chunk_id: int
    version_id: int
    segment_id: int
    language: str

    def ranked(self) -> Ranked:
        return Ranked(self.chunk_id, -self.minus_score, self.language)


def best_of(scored: Sequence[Scored], most: int) -> list[Candidate]:
    """The `most` best passages of all segments, and those as good as the last of them."""
    least, best = 0.0, np.zeros(0)
    for each in scored:
        best = np.concatenate([best, each.scores[(each.scores >= least) & (each.scores > 0)]])
        if len(best) > most:
            best = np.partition(best, len(best) - most)[len(best) - most :]
            least = float(best[0])
    return sorted(found for each in scored for found in _at_least(each, least))


def _at_least(scored: Scored, least: float) -> list[Candidate]:
    places = np.flatnonzero((scored.scores >= least) & (scored.scores > 0))
    segment = scored.segment
    columns = (
        -scored.scores[places], segment.chunks[places],
        segment.versions[segment.owners[places]], segment.tongues[places],
    )  # fmt: skip
    return [
        Candidate(minus, chunk, version, segment.id, segment.languages[tongue])
        for minus, chunk, version, tongue in zip(*(c.tolist() for c in columns), strict=True)
    ]
