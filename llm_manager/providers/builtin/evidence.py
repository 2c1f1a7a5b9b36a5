"""How likely the best sentences answer the question: a fitted probability, not a feeling.

The coefficients come from benchmarks/builtin_evidence.py, which fits them on labelled questions
and writes them with their provenance into coefficients.json beside this module.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from llm_manager.logistic import Logistic
from llm_manager.providers.base import Passage
from llm_manager.providers.builtin.candidates import Candidate, Question
from llm_manager.providers.builtin.specs import ModelUnavailable

COEFFICIENTS = Path(__file__).with_name("coefficients.json")

# More features fitted the libraries they were fitted on better, and unseen ones worse.
EVIDENCE_FEATURES = (
    "best_cosine",
    "passage_coverage",
    "sentence_coverage",
    "pair_coverage",
    "missing_names",
)
# Where the search tells how its nearest passage stands out (NEARNESS_GAP).
GAP_FEATURES = (*EVIDENCE_FEATURES, "nearness_gap")
# For a question in another language than the passages.
FOREIGN_FEATURES = ("best_cosine", "mean_cosine", "passage_coverage")
#: In `AnswerInputs.evidence`, before the id of the embedding model that searched: by how much the
#: nearest passage of the library stands out from the twentieth.
NEARNESS_GAP = "nearness_gap:"
SUPPORT_FEATURES = ("cosine", "sentence_coverage", "passage_coverage")


@dataclass(frozen=True)
class Judge:
    """For one embedding model: P(answered) with its limits, P(a sentence is supported)."""

    evidence: Logistic
    no_evidence_below: float
    foreign_evidence: Logistic
    no_foreign_evidence_below: float
    support: Logistic
    unsupported_below: float
    gap_evidence: Logistic | None = None
    no_gap_evidence_below: float = 1.0

    def chance(self, features: dict[str, float], foreign: bool) -> tuple[float, bool]:
        """The probability that a right source is quoted, and whether that is evidence enough."""
        model, limit = self.evidence, self.no_evidence_below
        if foreign:
            model, limit = self.foreign_evidence, self.no_foreign_evidence_below
        elif self.gap_evidence is not None and "nearness_gap" in features:
            model, limit = self.gap_evidence, self.no_gap_evidence_below
        chance = model.probability(features)
        return chance, chance >= limit


@lru_cache(maxsize=8)
def load_judge(model_id: str) -> Judge:
    """The fitted judge for this model; ModelUnavailable if it was never fitted."""
    entry = json.loads(COEFFICIENTS.read_text())["models"].get(model_id)
    if entry is None:
        raise ModelUnavailable(
            f"The built-in responder was never fitted to the model {model_id};"
            " run benchmarks/builtin_evidence.py for it."
        )
    return Judge(
        evidence=Logistic.of(entry["evidence"]),
        no_evidence_below=entry["no_evidence_below"],
        foreign_evidence=Logistic.of(entry["foreign_evidence"]),
        no_foreign_evidence_below=entry["no_foreign_evidence_below"],
        support=Logistic.of(entry["support"]),
        unsupported_below=entry["unsupported_below"],
        gap_evidence=Logistic.of(gap) if (gap := entry.get("gap_evidence")) else None,
        no_gap_evidence_below=entry.get("no_gap_evidence_below", 1.0),
    )


def calibration_of(model_id: str) -> list[tuple[float, float, int]]:
    """What the judge said of labelled questions of libraries that it had not seen, and what was
    so: (mean probability, share with a right document cited, questions) of each band. Raises
    ModelUnavailable if it was never fitted to this model."""
    load_judge(model_id)
    entry = json.loads(COEFFICIENTS.read_text())["models"][model_id]
    bands = entry.get("unseen_libraries_gap", entry["unseen_libraries"])["calibration"]
    return [(float(said), float(share), int(count)) for said, share, count in bands]


def evidence_features(
    question: Question,
    passages: Sequence[Passage],
    found: Sequence[Candidate],
    scored: Sequence[Candidate],
) -> dict[str, float]:
    """What the evidence is judged by; needs at least one scored candidate."""
    cosines = [candidate.cosine for candidate in scored]
    return {
        "best_cosine": max(cosines),
        "mean_cosine": sum(cosines) / len(cosines),
        "passage_coverage": max(_share(question, words) for words in _passage_words(found)),
        "sentence_coverage": _share(question, scored[0].words),
        "pair_coverage": max(_pairs(question, candidate.words) for candidate in scored),
        "missing_names": _missing_names(question, passages),
    }


def _passage_words(found: Sequence[Candidate]) -> list[frozenset[str]]:
    words: dict[int, set[str]] = {}
    for candidate in found:
        words.setdefault(candidate.place, set()).update(candidate.words)
    return [frozenset(group) for group in words.values()]


def _share(question: Question, words: frozenset[str]) -> float:
    return len(words.intersection(question.words)) / (len(question.words) or 1)


def _pairs(question: Question, words: frozenset[str]) -> float:
    """The share of neighbouring words ("penetration test") that a sentence holds together."""
    pairs = list(zip(question.words, question.words[1:], strict=False))
    return sum(a in words and b in words for a, b in pairs) / len(pairs) if pairs else 0.0


def _missing_names(question: Question, passages: Sequence[Passage]) -> float:
    if not question.names:
        return 0.0
    text = "\n".join(f"{p.heading_path} {p.text}" for p in passages).casefold()
    return sum(name not in text for name in question.names) / len(question.names)
