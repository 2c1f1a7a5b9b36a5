"""Turns what a model claims to cite into spans that really stand in the passages."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from llm_manager.providers.builtin.words import guess_language, terms
from llm_manager.sentences import split_sentences
from rfp_manager.facts import normal
from rfp_manager.nearness import Sentences
from solution_library.search import Hit

MIN_SHARED = 0.6
#: A statement of fewer words could stand anywhere by chance.
FEWEST_WORDS = 3
#: So many words in a row stand in another passage than the claimed one by no accident.
TELLING_WORDS = 4
MAX_CITATIONS = 8
MAX_QUOTE_WORDS = 400
WORD = re.compile(r"[^\W_]+(?:[.,:'’/-][^\W_]+)*")
# What a model leaves out of the middle of a quote.
LEFT_OUT = re.compile(r"\s*(?:\[(?:\.{3}|…)\]|\.{3,}|…)\s*")


@dataclass(frozen=True)
class Cited:
    """A verbatim quote: `hit.text[start:end]`."""

    hit: Hit
    start: int
    end: int

    @property
    def quote(self) -> str:
        return self.hit.text[self.start : self.end]

    def covers(self, other: "Cited") -> bool:
        same = self.hit.chunk_id == other.hit.chunk_id
        return same and self.start <= other.start and other.end <= self.end


def verified(claims: Any, answer: str, hits: Sequence[Hit]) -> list[Cited]:
    """The claimed citations that hold; for sentences left without one, the passage sentence
    that holds their words. Numbers in claims count from 1, as in the prompt."""
    cited = [found for claim in _as_list(claims) for found in _locate_claim(claim, hits)]
    quoted = Sentences([c.quote for c in cited])
    wanted = [answer[a:b] for a, b in split_sentences(answer) if not quoted.quoted(answer[a:b])]
    cited += [found for found in _aligned(wanted, hits) if found]
    return _distinct(cited)[:MAX_CITATIONS]


def held_of_claimed(claims: Any, hits: Sequence[Hit]) -> tuple[int, int]:
    """How many of the claimed citations hold, and how many there are."""
    given = _as_list(claims)
    return sum(any(True for _ in _locate_claim(claim, hits)) for claim in given), len(given)


def _as_list(claims: Any) -> list[dict[str, Any]]:
    return [c for c in claims if isinstance(c, dict)] if isinstance(claims, list) else []


def _locate_claim(claim: dict[str, Any], hits: Sequence[Hit]) -> Iterator[Cited]:
    """The claimed quote, in pieces where some of it was left out, in the claimed passage or
    wherever else it stands."""
    quote, number = claim.get("quote"), _number(claim.get("passage"))
    if not isinstance(quote, str):
        return
    claimed = [hits[number - 1]] if 1 <= number <= len(hits) else []
    for piece in LEFT_OUT.split(quote):
        telling = len(WORD.findall(piece)) >= TELLING_WORDS
        for hit in [*claimed, *(hits if telling else ())]:
            span = find_quote(piece, hit.text)
            if span is not None:
                yield Cited(hit, *span)
                break


def _number(value: Any) -> int:
    """The number of a passage, also from "2" or "[2]"; 0 if there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    digits = re.search(r"\d{1,4}", str(int(value) if isinstance(value, float) else value))
    return int(digits[0]) if digits else 0


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Where `quote` stands in `text`, None if it does not: every word and figure as they are,
    white space, punctuation and markup between them apart."""
    quote = quote.strip()
    start = text.find(quote) if quote else -1
    if start >= 0 and _is_whole(text, start, start + len(quote)):
        return start, start + len(quote)
    wanted = [normal(word) for word in WORD.findall(quote)]
    if not wanted or len(wanted) > MAX_QUOTE_WORDS:
        return None
    there = list(WORD.finditer(text))
    words = [normal(match[0]) for match in there]
    for place in range(len(words) - len(wanted) + 1):
        if words[place] == wanted[0] and words[place : place + len(wanted)] == wanted:
            return there[place].start(), _end(text, there[place + len(wanted) - 1].end(), quote)
    return None


def _is_whole(text: str, start: int, end: int) -> bool:
    """Not a piece of a longer word or figure ("99.9" in "99.95")."""
    before, after = text[:start][-1:], text[end:]
    cut_before = before.isalnum() and text[start].isalnum()
    return not cut_before and not (text[end - 1].isalnum() and re.match(r"\w|[.,]\d", after))


def _end(text: str, end: int, quote: str) -> int:
    """With the sign that ends the sentence, if the quote has one too."""
    return end + 1 if text[end : end + 1] in tuple(".!?%") and quote[-1:] in ".!?%" else end


def align(sentence: str, hits: Sequence[Hit]) -> Cited | None:
    """The passage sentence that holds most of the sentence's words, if it holds enough."""
    return next(_aligned([sentence], hits))


def _aligned(wanted: Sequence[str], hits: Sequence[Hit]) -> Iterator[Cited | None]:
    language = guess_language("\n".join(hit.text for hit in hits[:3]))
    there = [
        (Cited(hit, start, end), frozenset(terms(hit.text[start:end], language)))
        for hit in (hits if wanted else ())
        for start, end in split_sentences(hit.text)
    ]
    for sentence in wanted:
        yield _best(frozenset(terms(sentence, language)), there)


def _best(words: frozenset[str], there: list[tuple[Cited, frozenset[str]]]) -> Cited | None:
    if len(words) < FEWEST_WORDS:
        return None
    best, most = None, MIN_SHARED
    for cited, held in there:
        share = len(words & held) / len(words)
        if share > most or (best is None and share == most):
            best, most = cited, share
    return best


def _distinct(cited: list[Cited]) -> list[Cited]:
    """Each once, and none that another one holds whole."""
    once = list(dict.fromkeys(c for c in cited if c.end > c.start))
    return [c for c in once if not any(other != c and other.covers(c) for other in once)]
