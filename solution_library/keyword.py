"""Finds passages by their words: exact BM25 over the segments of the inverted index, and over
the passages that are in none yet, which are looked at one by one.

What a word is worth is counted in the whole library, whatever the scope, so that a passage has
one score for one query. What is returned was checked against the scope in SQL.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.db import connection

from solution_library.hits import Ranked, Worded
from solution_library.lexical import configuration_for
from solution_library.scoping import Scope
from solution_library.wording import correcting, scoring, singly
from solution_library.wording.scoring import Candidate, Corpus, Scored
from solution_library.wording.segments import CACHE, Posting, Segment, raw_cursor
from solution_library.wording.terms import Pair, Term, terms_of

#: So many times what is wanted is looked at first; where too much of it lies outside the scope,
#: everything is.
LOOKED_AT = 4
#: Where segments are merged while they are searched, the search begins anew.
TRIES = 4

OVERVIEW = """
SELECT id, created_at, passages, length, languages FROM solution_library_lexicalsegment
ORDER BY id
"""
KEYS = "SELECT id, created_at FROM solution_library_lexicalsegment ORDER BY id"
POSTINGS = """
SELECT p.language, p.lexeme, p.segment_id, p.passages, p.places, p.counts
FROM unnest(%s::text[], %s::text[]) AS t(language, lexeme)
JOIN solution_library_lexicalposting p ON p.lexeme = t.lexeme AND p.language = t.language
"""
HOLDERS = """
SELECT p.language, p.lexeme, p.segment_id, p.passages
FROM unnest(%s::text[], %s::text[]) AS t(language, lexeme)
JOIN solution_library_lexicalposting p ON p.lexeme = t.lexeme AND p.language = t.language
"""
IN_SCOPE = """
SELECT v.id, v.lexical_segment_id FROM solution_library_document d
JOIN solution_library_documentversion v ON v.id = d.current_version_id
WHERE v.lexical_segment_id IS NOT NULL AND {conditions}
"""
OF_THOSE = " AND v.id = ANY(%(versions)s::bigint[])"


def by_words(query: str, scope: Scope) -> Worded:
    """The passages in scope that share words with `query`, best first."""
    language = configuration_for(query)
    found = Worded(language=language)
    for _ in range(TRIES):
        library = Library()
        terms = terms_of(query, language, library.languages)
        if not terms:
            break
        found = replace(Search(library, scope).run(terms, language), language=language)
        if library.is_as_it_was():
            break
    return found


class Library:
    """What there is to search at this moment: the segments, and the passages in none of them."""

    def __init__(self) -> None:
        tail = singly.tail()
        with connection.cursor() as cursor:
            cursor.execute(OVERVIEW)
            rows = cursor.fetchall()
        self.keys: list[tuple[int, Any]] = [row[:2] for row in rows]
        self.corpus = Corpus(
            tail.passages + sum(row[2] for row in rows), tail.length + sum(row[3] for row in rows)
        )
        self.languages = {name for row in rows for name in row[4]} | set(tail.languages)

    def segments(self) -> dict[int, Segment]:
        return {segment.id: segment for segment in CACHE.load(self.keys)}

    def is_as_it_was(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(KEYS)
            return [tuple(row) for row in cursor.fetchall()] == self.keys


class Search:
    """One search for words. Where the scope is narrow, only its passages are looked at, and the
    index says no more than how many passages a word is in."""

    def __init__(self, library: Library, scope: Scope) -> None:
        self.library, self.scope = library, scope
        self.is_narrow = scope.is_narrowed and singly.is_narrow(scope)
        self.segments = {} if self.is_narrow else library.segments()
        self.holders: Counter[Pair] = Counter()
        self.postings: dict[int, list[tuple[Pair, Posting]]] = defaultdict(list)
        self.ones: list[singly.One] = []

    def run(self, terms: list[Term], language: str) -> Worded:
        self.look_up(pair for term in terms for pair in term.pairs)
        corrections = self._correct(terms, language)
        weights = scoring.weights_of(terms, self.holders, self.library.corpus)
        ranked = self.rank(weights)
        return Worded(
            ranked=ranked,
            corrections=correcting.shown(corrections, [row.chunk_id for row in ranked]),
            possible=scoring.possible(terms, weights),
        )

    def _correct(self, terms: list[Term], language: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        languages = self.library.languages
        for term in correcting.missed(terms, self.holders, language, languages):
            before = set(term.pairs)
            if words := correcting.correct(term, languages):
                found[term.word] = words
                known = {pair for other in terms if other is not term for pair in other.pairs}
                term.pairs -= known
                self.look_up(term.pairs - before)
        return found

    # -- looking up ------------------------------------------------------------------------
    def look_up(self, wanted: Iterable[Pair]) -> None:
        """Note which passages hold these lexemes, and how many."""
        pairs = list(wanted)
        columns = [[language for language, _ in pairs], [lexeme for _, lexeme in pairs]]
        with raw_cursor() as cursor:
            cursor.execute(HOLDERS if self.is_narrow else POSTINGS, columns)
            for language, lexeme, segment_id, passages, *lists in cursor:
                self._note((language, lexeme), segment_id, passages, lists)
        ones = singly.matching(pairs, self.scope, narrow=self.is_narrow)
        self.holders.update(pair for one in ones if one.is_tail for pair in one.counts)
        self.ones += ones

    def _note(self, pair: Pair, segment_id: int, passages: int, lists: Sequence[bytes]) -> None:
        self.holders[pair] += passages
        if segment_id in self.segments:
            posting = Posting.of(self.segments[segment_id], passages, *lists)
            self.postings[segment_id].append((pair, posting))

    # -- ranking ---------------------------------------------------------------------------
    def rank(self, weights: dict[Pair, float]) -> list[Ranked]:
        """The best passages of the scope, the most that it asks for."""
        found = [*self._in_segments(weights), *self._one_by_one(weights)]
        found.sort(key=lambda row: (-row.score, row.chunk_id))
        return list({row.chunk_id: row for row in found}.values())[: self.scope.most]

    def _one_by_one(self, weights: dict[Pair, float]) -> list[Ranked]:
        scores: dict[int, float] = defaultdict(float)
        languages = {}
        for one in self.ones:
            if one.is_found:
                norm = self.library.corpus.norm(one.length)
                languages[one.chunk_id] = one.language
                for pair, count in one.counts.items():
                    scores[one.chunk_id] += scoring.score(weights[pair], count, norm)
        return [Ranked(pk, found, languages[pk]) for pk, found in scores.items()]

    def _in_segments(self, weights: dict[Pair, float]) -> list[Ranked]:
        scored = [
            scoring.score_segment(
                self.segments[pk], postings, weights, self.library.corpus
            )
            for pk, postings in self.postings.items()
        ]  # fmt: skip
        if not self.scope.is_narrowed:
            looked_at = scoring.best_of(scored, LOOKED_AT * self.scope.most)
            kept = self._within_scope(looked_at)
            if len(kept) >= self.scope.most or len(looked_at) < LOOKED_AT * self.scope.most:
                return kept
        return self._of_whole_scope(scored)

    def _within_scope(self, candidates: list[Candidate]) -> list[Ranked]:
        versions = {candidate.version_id for candidate in candidates}
        allowed = dict(self._scope(OF_THOSE, versions=list(versions)))
        return [c.ranked() for c in candidates if allowed.get(c.version_id) == c.segment_id]

    def _of_whole_scope(self, scored: list[Scored]) -> list[Ranked]:
        """Where the scope leaves out much, its versions are put together first."""
        allowed: dict[int, list[int]] = defaultdict(list)
        for version_id, segment_id in self._scope():
            allowed[segment_id].append(version_id)
        inside = [
            each.only(np.array(allowed[each.segment.id], np.int64)) for each in scored
        ]  # fmt: skip
        return [found.ranked() for found in scoring.best_of(inside, self.scope.most)]

    def _scope(self, further: str = "", **values: Any) -> list[tuple[int, int]]:
        statement = IN_SCOPE.format(conditions=self.scope.conditions()) + further
        with raw_cursor() as cursor:
            cursor.execute(statement, self.scope.values() | values)
            return list(cursor.fetchall())
