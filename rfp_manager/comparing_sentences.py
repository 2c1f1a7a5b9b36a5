"""What keeps two sentences, or two replies, from being true together."""

import re

from llm_manager.providers.builtin.words import guess_language, terms
from rfp_manager.facts import CODE, NAME, VERSIONED, Figure, all_counting_words, figures
from rfp_manager.nearness import negations, quantities
from rfp_manager.rhythms import rhythms
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
        elif (match := NO.match(said)) and (
            re.match(ends, said[match.end() :]) or said is choice
        ):
            return "no"
    return ""


def _said(text: str, choice: str) -> str:
    return f"{choice}: {text}" if choice and text else choice or text


def differing(one: str, other: str) -> str:
    """In a word, which fact of two nearly equal sentences differs; "" where they agree or speak
    of different things (another name, another code)."""
    if _names(one) != _names(other) or PLANNED.search(one) or PLANNED.search(other):
        return ""
    language = guess_language(one)
    odd = set(terms(one, language)) ^ set(terms(other, language))
    if sum(not word[0].isdigit() for word in odd) > MOST_ODD_WORDS:
        return ""
    if len(negations(one)) != len(negations(other)):
        return "One of them denies it"
    if _figures_differ(one, other):
        return "Other figures"
    ours, theirs = rhythms(one), rhythms(other)
    odd_rhythms = sum(not a.is_like(b) for a, b in zip(ours, theirs, strict=False))
    if len(ours) == len(theirs) and odd_rhythms == 1:
        return "Another frequency"
    if set(quantities(one)) != set(quantities(other)):
        return "All, most or some"
    turns = {kind for kind, _, _ in turned(one, [other], language, copy=True)}
    return "Another limit or duty" if turns - {"modality lost"} else ""


def _names(text: str) -> set[str]:
    """Codes and names with their versions: of two products both may be said."""
    found = {m[0].casefold() for m in CODE.finditer(text)}
    if guess_language(text) != "de":
        found |= {m[0].casefold() for m in NAME.finditer(text)}
    return found | {"".join(m.groups()).casefold() for m in VERSIONED.finditer(text)}


def _figures_differ(one: str, other: str) -> bool:
    """One figure differs, in its number or in its unit."""
    ours, theirs = _all_figures(one), _all_figures(other)
    if len(ours) != len(theirs) or not ours:
        return False
    pairs = list(zip(ours, theirs, strict=True))
    odd = [(a, b) for a, b in pairs if not (a.readings & b.readings and a.unit == b.unit)]
    if len(odd) != 1:
        return False
    [(one_figure, other_figure)] = odd
    same_number = bool(one_figure.readings & other_figure.readings)
    return same_number != (one_figure.unit == other_figure.unit)


def _all_figures(text: str) -> list[Figure]:
    inside = [(r.start, r.end) for r in rhythms(text)]
    found = [*figures(text), *all_counting_words(text)]
    left = [f for f in found if not any(a <= f.start < b for a, b in inside)]
    return sorted(left, key=lambda f: f.start)
