"""Marks places in a text. Gives pieces, so that templates can escape every one of them."""

import re
from dataclasses import dataclass
from itertools import pairwise

from llm_manager.providers.builtin.words import guess_language, terms

WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
EXCERPT = 420


@dataclass(frozen=True)
class Piece:
    text: str
    marked: bool = False


def quote_pieces(text: str, start: int, end: int) -> list[Piece]:
    """`text` with the characters from `start` to `end` marked; a span outside marks nothing."""
    start, end = max(0, start), min(end, len(text))
    if start >= end:
        return [Piece(text)]
    pieces = [Piece(text[:start]), Piece(text[start:end], marked=True), Piece(text[end:])]
    return [piece for piece in pieces if piece.text]


def word_pieces(text: str, query: str) -> list[Piece]:
    """`text` with the words marked that the query asks for, in whatever inflection."""
    spans = _spans(text, query)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    pieces = [Piece(text[a:b], marked=n % 2 == 1) for n, (a, b) in enumerate(pairwise(edges))]
    return [piece for piece in pieces if piece.text]


def excerpt_pieces(text: str, query: str, length: int = EXCERPT) -> list[Piece]:
    """The part of `text` that holds most of the query's words, with those marked."""
    if len(text) <= length:
        return word_pieces(text, query)
    start = _densest(_spans(text, query), length)
    start = _word_start(text, max(0, min(start, len(text) - length)))
    end = _word_end(text, min(len(text), start + length))
    pieces = word_pieces(text[start:end].strip(), query)
    before, after = [Piece("… ")] if start else [], [Piece(" …")] if end < len(text) else []
    return [*before, *pieces, *after]


def _spans(text: str, query: str) -> list[tuple[int, int]]:
    language = guess_language(text)
    wanted = set(terms(query, language))
    found = []
    for match in WORD.finditer(text):
        own = terms(match[0], language)
        if own and wanted.issuperset(own):
            found.append(match.span())
    return found


def _densest(spans: list[tuple[int, int]], length: int) -> int:
    """Where a window should start to hold most spans, with some text before the first."""
    starts = [start for start, _ in spans]
    best, most = 0, 0
    for n, start in enumerate(starts):
        count = sum(1 for other in starts[n:] if other < start + length * 3 // 4)
        if count > most:
            best, most = start, count
    return best - length // 6


def _word_start(text: str, place: int) -> int:
    """The nearest start of a word at or before `place`, not far away."""
    space = text.rfind(" ", max(0, place - 30), place + 1)
    return space + 1 if place and space >= 0 else place


def _word_end(text: str, place: int) -> int:
    space = text.find(" ", place, place + 30)
    return space if space >= 0 else place
