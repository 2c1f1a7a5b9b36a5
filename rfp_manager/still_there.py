"""Whether words that were quoted still stand in a text, and what stands there instead.

Passages are cut and numbered anew whenever a document changes, so it is the words that are looked
for: in the whole text, across the borders of passages.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from llm_manager.sentences import split_sentences
from rfp_manager.facts import normal

#: Words and figures, and the signs that say something about a figure.
TOKEN = re.compile(r"[^\W_]+(?:[.,:'’/-][^\W_]+)*|[-−](?=\d)|[%‰$€£¥<>≤≥=±+°]")
#: A piece of fewer words stands in any text; it is looked for together with its neighbour.
TELLING = 4
#: Less alike than this, a sentence is not what became of another one.
ALIKE = 0.3
#: A word in so large a part of all sentences says nothing about which one is meant.
COMMON = 0.2
CANDIDATES = 12


@dataclass(frozen=True)
class Instead:
    """The words of a passage that are most like a quote: `text[start:end]` of it."""

    chunk_id: int
    start: int
    end: int
    words: str


@dataclass(frozen=True)
class _Sentence:
    passage: int
    start: int
    end: int
    words: frozenset[str]


class PresentText:
    """A document as it reads now: its visible passages in order, as (chunk id, text)."""

    def __init__(self, passages: Iterable[tuple[int, str]]) -> None:
        self.passages = list(passages)

    def holds(self, quote: str) -> bool:
        """Whether every word and figure of the quote stands there, in order; or else each of its
        sentences and lines does, which a border between passages or other rows may part."""
        tokens = tokens_of(quote)
        if not tokens or _joined(tokens) in self._all:
            return True
        pieces = _pieces(quote)
        return len(pieces) > 1 and all(_joined(piece) in self._all for piece in pieces)

    def instead_of(self, quote: str) -> Instead | None:
        """What is most like the quote; None if nothing is."""
        wanted = frozenset(tokens_of(quote))
        length = max(1, len(split_sentences(quote)))
        best, most = None, ALIKE
        for first in self._candidates(wanted):
            window = self._window(first, length)
            held = frozenset().union(*(sentence.words for sentence in window))
            share = 2 * len(wanted & held) / (len(wanted) + len(held))
            if share > most:
                best, most = window, share
        return self._instead(best) if best else None

    def _instead(self, window: Sequence[_Sentence]) -> Instead:
        chunk_id, text = self.passages[window[0].passage]
        start, end = window[0].start, window[-1].end
        return Instead(chunk_id, start, end, text[start:end])

    def _candidates(self, wanted: frozenset[str]) -> list[int]:
        found: Counter[int] = Counter()
        most = max(CANDIDATES, int(len(self._sentences) * COMMON))
        for word in wanted:
            places = self._places.get(word, ())
            if len(places) <= most:
                found.update(places)
        return [place for place, _ in found.most_common(CANDIDATES)]

    def _window(self, first: int, length: int) -> list[_Sentence]:
        """So many sentences of one passage from a place on."""
        there = self._sentences[first : first + length]
        return [sentence for sentence in there if sentence.passage == there[0].passage]

    @cached_property
    def _all(self) -> str:
        return _joined(token for _, text in self.passages for token in tokens_of(text))

    @cached_property
    def _sentences(self) -> list[_Sentence]:
        return [
            _Sentence(number, start, end, frozenset(tokens_of(text[start:end])))
            for number, (_, text) in enumerate(self.passages)
            for start, end in split_sentences(text)
        ]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, sentence in enumerate(self._sentences):
            for word in sentence.words:
                found.setdefault(word, []).append(place)
        return found


def tokens_of(text: str) -> list[str]:
    """The words, figures and signs of a text as they are compared."""
    return TOKEN.findall(normal(text))


def _joined(tokens: Iterable[str]) -> str:
    return f" {' '.join(tokens)} "


def _pieces(quote: str) -> list[list[str]]:
    """The sentences and lines of a quote, the short ones with the one before."""
    pieces: list[list[str]] = []
    for start, end in split_sentences(quote):
        tokens = tokens_of(quote[start:end])
        if pieces and (len(tokens) < TELLING or len(pieces[-1]) < TELLING):
            pieces[-1] += tokens
        elif tokens:
            pieces.append(tokens)
    return pieces
