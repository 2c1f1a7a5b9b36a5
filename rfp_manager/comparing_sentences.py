"""What keeps two sentences, or two replies, from being true together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from llm_manager.providers.builtin.words import guess_language, terms
from rfp_manager.facts import CODE, NAME, VERSIONED, Figure, all_counting_words, figures
from rfp_manager.nearness import negations, quantities
from rfp_manager.rhythms import Rhythm, rhythms
from rfp_manager.wordings import PLANNED, turned

YES = re.compile(r"\s*(?:yes|ja|oui|sí|si|sì|sim|fully compliant|compliant)\b", re.IGNORECASE)
NO = re.compile(r"\s*(?:no|nein|non|não|nee|non-compliant|not compliant)\b", re.IGNORECASE)
#: Of the words of a claim, so many at most may differ.
MOST_ODD_WORDS = 2


def replies_of(text: str, choice: str, other: str, other_choice: str) -> tuple[str, str] | None:
    """What two replies to one question begin with, where one says yes and the other no."""
    ours, theirs = _reply(text, choice), _reply(other, other_choice)
    if ours and theirs and ours != theirs:
        return _said(text, choice), _said(other, other_choice)
    return None


def _reply(text: str, choice: str) -> str:
    for said, ends in ((choice, r"\b"), (text, r"\s*(?:[,.:;–—!]|\Z)")):
        # "No" begins many a sentence that denies something else.
        if match := YES.match(said):
            if re.match(ends, said[match.end() :]) or said is choice:
                return "yes"
        elif (match := NO.match(said)) and (re.match(ends, said[match.end() :]) or said is choice):
            return "no"
    return ""


def _said(text: str, choice: str) -> str:
    return f"{choice}: {text}" if choice and text else choice or text


@dataclass(frozen=True)
class _Facts:
    """What of a sentence is compared, read once."""

    language: str
    words: frozenset[str]
    names: frozenset[str]
    figures: tuple[Figure, ...]
    rhythms: tuple[Rhythm, ...]
    quantities: frozenset[str]
    denials: int
    is_planned: bool


@lru_cache(maxsize=5000)
def _facts(text: str) -> _Facts:
    language, often = guess_language(text), rhythms(text)
    return _Facts(
        language,
        frozenset(terms(text, language)),
        frozenset(_names(text, language)),
        tuple(_figures(text, often)),
        tuple(often),
        frozenset(quantities(text)),
        len(negations(text)),
        bool(PLANNED.search(text)),
    )


def differing(one: str, other: str) -> str:
    """In a word, which fact of two nearly equal sentences differs; "" where they agree or speak
    of different things (another name, another code, two other figures)."""
    ours, theirs = _facts(one), _facts(other)
    if one == other or ours.names != theirs.names or ours.is_planned or theirs.is_planned:
        return ""
    odd = ours.words ^ theirs.words
    if sum(not word[0].isdigit() for word in odd) > MOST_ODD_WORDS:
        return ""
    if ours.denials != theirs.denials:
        return "One of them denies it"
    figures_differ = _figures_differ(ours.figures, theirs.figures)
    if figures_differ is not None:
        return "Other figures" if figures_differ else ""
    if _odd_rhythms(ours.rhythms, theirs.rhythms) == 1:
        return "Another frequency"
    if ours.quantities != theirs.quantities:
        return "All, most or some"
    turns = {kind for kind, _, _ in turned(one, [other], ours.language, copy=True)}
    return "Another limit or duty" if turns - {"modality lost"} else ""


def _names(text: str, language: str) -> Iterator[str]:
    """Codes and names with their versions: of two products both may be said."""
    for pattern in (CODE,) if language == "de" else (CODE, NAME):
        yield from (match[0].casefold() for match in pattern.finditer(text))
    yield from ("".join(match.groups()).casefold() for match in VERSIONED.finditer(text))


def _figures(text: str, often: list[Rhythm]) -> list[Figure]:
    found = [*figures(text), *all_counting_words(text)]
    left = [f for f in found if not any(r.start <= f.start < r.end for r in often)]
    return sorted(left, key=lambda f: f.start)


def _figures_differ(ours: tuple[Figure, ...], theirs: tuple[Figure, ...]) -> bool | None:
    """None where the figures are the same; True if one differs, in its number or in its unit.
    Where several do, it is about several things."""
    if len(ours) != len(theirs):
        return False
    pairs = zip(ours, theirs, strict=True)
    odd = [(a, b) for a, b in pairs if not (a.readings & b.readings and a.unit == b.unit)]
    if not odd:
        return None
    one, other = odd[0]
    same_number = bool(one.readings & other.readings)
    return len(odd) == 1 and same_number != (one.unit == other.unit)


def _odd_rhythms(ours: tuple[Rhythm, ...], theirs: tuple[Rhythm, ...]) -> int:
    if len(ours) != len(theirs):
        return 0
    return sum(not a.is_like(b) for a, b in zip(ours, theirs, strict=True))
