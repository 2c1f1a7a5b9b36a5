"""Looks for what somebody may have meant by a word that the library has nowhere."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection

from solution_library.lexical import lexical_text
from solution_library.wording import vocabulary
from solution_library.wording.plain import plain
from solution_library.wording.terms import Pair, Term, pairs_of

#: A word that is only like the one that was typed counts less.
WEIGHT = 0.6
#: A query of words that the library has nowhere is in another language, or about something else.
MOST_CORRECTED = 4
TEXTS = "SELECT heading_path, text FROM solution_library_chunk WHERE id = ANY(%s)"


def missed(
    terms: Iterable[Term], holders: Counter[Pair], language: str, languages: set[str]
) -> list[Term]:
    """The words that no passage has. None where the library has nothing in their language: there
    every word is missed, and what looks like it means something else."""
    if language not in languages:
        return []
    found = [t for t in terms if not t.is_code and not any(holders[pair] for pair in t.pairs)]
    return found if len(found) <= MOST_CORRECTED else []


def correct(term: Term, languages: set[str]) -> list[str]:
    """Let `term` stand for the words of the library that are nearest to it, and return them."""
    words = vocabulary.meant(term.word)
    if words:
        term.pairs |= pairs_of(words, languages)
        term.weight = WEIGHT
    return words


def shown(corrections: dict[str, list[str]], chunk_ids: Sequence[int]) -> dict[str, list[str]]:
    """The corrections as the passages write them that were found. A word that stands in none of
    them is not named: it may be one that the searcher is not to know of."""
    if not corrections or not chunk_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, [list(chunk_ids)])
        texts = [f"{heading}\n{text}" for heading, text in cursor.fetchall()]
    written = _written(texts)
    named = {
        typed: [written[word] for word in words if word in written]
        for typed, words in corrections.items()
    }
    return {typed: words for typed, words in named.items() if words}


def _written(texts: Iterable[str]) -> dict[str, str]:
    """Each word in small letters, and as it is written most often."""
    seen = Counter(word for text in texts for word in lexical_text(plain(text)).split())
    cleaned: dict[str, str] = {}
    for word, _ in seen.most_common():
        bare = word.strip(".,;:!?()[]{}\"'“”„‘’«»…*_")
        cleaned.setdefault(bare.lower(), bare)
    return cleaned
