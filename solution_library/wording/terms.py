"""A query's words as the lexemes of every language that the library is in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from solution_library.lexical import marks_of
from solution_library.wording.passages import LEXEMES, Prepared, prepared
from solution_library.wording.plain import plain

#: More says nothing more about what is asked, and every lexeme costs a look-up.
MOST_TERMS = 200
Pair = tuple[str, str]  # a configuration, and a lexeme that it makes

TOKENS = f"""
SELECT w.at, w.token, t.language, u.lexeme
FROM ts_parse('default', %(words)s) WITH ORDINALITY AS w(kind, token, at),
     LATERAL (SELECT l.language, w.token AS words, %(marked)s AS marked, %(bare)s AS bare,
                     '' AS marks FROM unnest(%(languages)s::text[]) AS l(language)) t,
     LATERAL unnest({LEXEMES}) u
ORDER BY w.at
"""  # noqa: S608 - put together from constants


@dataclass
class Term:
    """A word of the query with all lexemes that it has, or that words like it have. A lexeme is
    one term's only. `weight` is below 1 for words that are only like what was typed."""

    word: str
    pairs: set[Pair] = field(default_factory=set)
    weight: float = 1.0
    is_code: bool = False


def terms_of(query: str, language: str, languages: Iterable[str]) -> list[Term]:
    """The terms of a query that is in `language`, for passages in any of `languages`."""
    text = prepared(query)
    every = sorted({language, *languages})
    terms: dict[Pair, Term] = {}
    for word, pairs in _words(text, every):
        if any(configuration == language for configuration, _ in pairs):
            _join(terms, word, pairs)
        # What is no word in the query's language is none: “die” does not die.
    for mark in dict.fromkeys(marks_of(plain(query))):
        code = Term(mark, {(configuration, mark) for configuration in every}, is_code=True)
        terms |= {pair: code for pair in code.pairs}
    distinct = {id(term): term for term in terms.values()}
    return list(distinct.values())[:MOST_TERMS]


def _join(terms: dict[Pair, Term], word: str, pairs: Sequence[Pair]) -> None:
    """Words with a common lexeme are one term: “encrypt” and “encryption”."""
    known = next((terms[pair] for pair in pairs if pair in terms), None)
    term = known or Term(word)
    for pair in pairs:
        if terms.setdefault(pair, term) is term:
            term.pairs.add(pair)


def pairs_of(words: Sequence[str], languages: Iterable[str]) -> set[Pair]:
    """All lexemes of some words of the library."""
    found = _words(prepared(" ".join(words)), sorted(languages))
    return {pair for _, pairs in found for pair in pairs}


def _words(text: Prepared, languages: list[str]) -> list[tuple[str, list[Pair]]]:
    values: dict[str, Any] = {"words": text.words, "marked": text.marked, "bare": text.bare,
              "languages": languages}  # fmt: skip
    by_place: dict[int, tuple[str, list[Pair]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(TOKENS, values)
        for at, token, language, lexeme in cursor.fetchall():
            by_place.setdefault(at, (token, []))[1].append((language, lexeme))
    return list(by_place.values())
