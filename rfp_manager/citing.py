"""Turns what a model claims to cite into spans that really stand in the passages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llm_manager.sentences import split_sentences
from rfp_manager.grounding import normal
from solution_library.search import Hit

MIN_SHARED = 0.6
MAX_CITATIONS = 8


@dataclass(frozen=True)
class Cited:
    """A verbatim quote: `hit.text[start:end]`."""

    hit: Hit
    start: int
    end: int

    @property
    def quote(self) -> str:
        return self.hit.text[self.start : self.end]


def verified(claims: Any, answer: str, hits: Sequence[Hit]) -> list[Cited]:
    """The claimed citations that hold; for sentences left without one, the passage sentence
    that holds their words. Numbers in claims count from 1, as in the prompt."""
    cited = [c for claim in _as_list(claims) if (c := _locate_claim(claim, hits))]
    supported = " ".join(normal(c.quote) for c in cited)
    for start, end in split_sentences(answer):
        if normal(answer[start:end]).strip() not in supported:
            aligned = align(answer[start:end], hits)
            cited += [aligned] if aligned else []
    return _distinct(cited)[:MAX_CITATIONS]


def _as_list(claims: Any) -> list[dict[str, Any]]:
    return [c for c in claims if isinstance(c, dict)] if isinstance(claims, list) else []


def _locate_claim(claim: dict[str, Any], hits: Sequence[Hit]) -> Cited | None:
    """The claimed quote in the claimed passage, or wherever else it stands."""
    quote, number = str(claim.get("quote") or "").strip(), claim.get("passage")
    if not quote:
        return None
    ordered = list(hits)
    if isinstance(number, int) and 1 <= number <= len(ordered):
        ordered.insert(0, ordered.pop(number - 1))
    for hit in ordered:
        span = find_quote(quote, hit.text)
        if span is not None:
            return Cited(hit, *span)
    return None


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Where `quote` stands in `text`, white space apart; None if it does not."""
    start = text.find(quote)
    if start >= 0:
        return start, start + len(quote)
    words = quote.split()
    if not words or len(words) > 400:
        return None
    match = re.search(r"\s+".join(re.escape(word) for word in words), text)
    return match.span() if match else None


def align(sentence: str, hits: Sequence[Hit]) -> Cited | None:
    """The passage sentence that holds most of the sentence's words, if it holds enough."""
    words = set(re.findall(r"\w{3,}", normal(sentence)))
    if len(words) < 3:
        return None
    best, most = None, MIN_SHARED
    for hit in hits:
        for start, end in split_sentences(hit.text):
            there = set(re.findall(r"\w{3,}", normal(hit.text[start:end])))
            share = len(words & there) / len(words)
            if share > most:
                best, most = Cited(hit, start, end), share
    return best


def _distinct(cited: list[Cited]) -> list[Cited]:
    return list({(c.hit.chunk_id, c.start, c.end): c for c in cited if c.end > c.start}.values())
