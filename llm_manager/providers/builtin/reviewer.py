"""The offline review: every sentence of an answer held against the passages.

A sentence is supported when a passage says it (a fitted probability) and when its figures, its
names and its negations stand there too; the latter are compared, not estimated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from llm_manager.providers.base import Passage, ReviewInputs
from llm_manager.providers.builtin.candidates import (
    Candidate,
    passages_language,
    read_candidates,
    sentence_vectors,
)
from llm_manager.providers.builtin.embedding import Embedder, get_embedder
from llm_manager.providers.builtin.evidence import Judge, load_judge
from llm_manager.providers.builtin.facts import known_numbers, names, numbers
from llm_manager.providers.builtin.polarity import is_negated, nearest_clause
from llm_manager.providers.builtin.words import terms
from llm_manager.sentences import split_sentences

COMPARED = 10  # passage sentences for each sentence of the answer, chosen by shared words
MOST_SENTENCES = 40  # of an answer; the rest is said to be unread


@dataclass(frozen=True)
class SentenceCheck:
    """One sentence of the answer: how far it is supported, and what speaks against it."""

    text: str
    support: float
    problems: tuple[str, ...]


def review(inputs: ReviewInputs, *, embedder: Embedder | None = None) -> dict[str, Any]:
    """{"verdict", "score", "comment", "unsupported"}; the score is the mean support, 0 to 1.

    Raises ModelUnavailable without a built-in embedding model.
    """
    embedder = embedder or get_embedder()
    judge = load_judge(embedder.model_id)
    sentences = [inputs.answer[a:b] for a, b in split_sentences(inputs.answer)]
    if not sentences or not inputs.passages:
        comment = "The answer is empty." if not sentences else "There is no passage to rest on."
        return _result("unsupported", 0.0, comment, sentences)
    checks = check_sentences(sentences[:MOST_SENTENCES], inputs, embedder, judge)
    return _conclude(checks, judge, unread=len(sentences) - len(checks))


def check_sentences(
    sentences: Sequence[str], inputs: ReviewInputs, embedder: Embedder, judge: Judge
) -> list[SentenceCheck]:
    """A check for every sentence, in order."""
    language = passages_language(inputs.passages)
    found = read_candidates(inputs.passages, language)
    everything = "\n".join(f"{p.document} {p.heading_path} {p.text}" for p in inputs.passages)
    plain = " ".join(everything.split())
    checks: list[SentenceCheck] = []
    for sentence in sentences:
        if " ".join(sentence.split()) in plain:
            checks.append(SentenceCheck(sentence, 1.0, ()))
            continue
        values, nearest = support_features(sentence, found, embedder, language)
        problems = _problems(sentence, inputs, nearest, everything, language)
        support = 0.0 if problems else judge.support.probability(values)
        checks.append(SentenceCheck(sentence, support, problems))
    return checks


def support_features(
    sentence: str, found: Sequence[Candidate], embedder: Embedder, language: str
) -> tuple[dict[str, float], Candidate | None]:
    """How near the nearest passage sentence is, and that sentence."""
    said = frozenset(terms(sentence, language))
    compared = sorted(found, key=lambda c: (-len(c.words & said), c.place, c.order))[:COMPARED]
    if not compared:
        return dict.fromkeys(("cosine", "sentence_coverage", "passage_coverage"), 0.0), None
    vectors = sentence_vectors(embedder, [c.text[:400] for c in compared])
    own = sentence_vectors(embedder, [sentence[:400]])[0]
    cosines = vectors @ own
    nearest = compared[int(np.argmax(cosines))]
    size = len(said) or 1
    together = frozenset().union(*(c.words for c in found if c.place == nearest.place))
    values = {
        "cosine": float(cosines.max()),
        "sentence_coverage": max(len(c.words & said) for c in compared) / size,
        "passage_coverage": len(together & said) / size,
    }
    return values, nearest


def _problems(
    sentence: str,
    inputs: ReviewInputs,
    nearest: Candidate | None,
    everything: str,
    language: str,
) -> tuple[str, ...]:
    missing = sorted(numbers(sentence) - known_numbers(everything))
    problems = [f"“{number}” stands in no passage" for number in missing]
    text = everything.casefold()
    allowed = inputs.question.casefold()
    unknown = sorted(n for n in names(sentence) if n not in text and n not in allowed)
    problems += [f"“{name}” stands in no passage" for name in unknown]
    if nearest is not None and _denies_the_other(sentence, nearest, inputs.passages, language):
        problems.append("a passage says the opposite")
    return tuple(problems)


def _denies_the_other(
    sentence: str, nearest: Candidate, passages: Sequence[Passage], language: str
) -> bool:
    """Same words, but only one of the two denies: "is encrypted" against "is not encrypted"."""
    said = set(terms(sentence, language))
    if len(said & nearest.words) < max(2, 0.6 * len(said)):
        return False
    clause = nearest_clause(said, nearest.text, language)
    own = nearest_clause(set(nearest.words), sentence, language)
    return is_negated(clause) != is_negated(own)


def _conclude(checks: Sequence[SentenceCheck], judge: Judge, unread: int) -> dict[str, Any]:
    bad = [c for c in checks if c.problems or c.support < judge.unsupported_below]
    score = sum(check.support for check in checks) / len(checks)
    verdict = "supported" if not bad else "unsupported" if len(bad) == len(checks) else "partly"
    lines = [f"“{_short(check.text)}”: {_reason(check)}." for check in bad[:5]]
    if not bad:
        lines.append("Every sentence is supported by the passages.")
    if unread > 0:
        lines.append(f"The last {unread} sentences were not read.")
        verdict = "partly" if verdict == "supported" else verdict
    return _result(verdict, score, " ".join(lines), [check.text for check in bad])


def _reason(check: SentenceCheck) -> str:
    return "; ".join(check.problems) or "no passage says this clearly"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 80 else plain[:79] + "…"


def _result(verdict: str, score: float, comment: str, unsupported: list[str]) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "score": round(score, 3),
        "comment": comment,
        "unsupported": unsupported,
    }
