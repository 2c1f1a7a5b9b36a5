"""What a confidence is made of: signals of a draft, measured against what people did with drafts
that had such signals.

A draft is decided on when a person approved it (accepted, if not a word was changed) or wrote
another answer in its place. From enough of these a logistic regression says how often drafts with
the same signals were accepted. Before that there is no confidence, but for the built-in
responder's: that one is measured on labelled questions (llm_manager/providers/builtin/evidence).
"""

from collections.abc import Sequence

from llm_manager.providers.builtin.words import guess_language, same_language, terms
from llm_manager.sentences import split_sentences
from rfp_manager.drafts import Draft
from solution_library.search import Hit

#: Of the signals, those that the fit reads; each a number, higher or lower is for the fit to find.
FEATURES = ("own", "coverage", "findings", "citations", "length", "partly", "reused", "foreign")
MOST_FINDINGS = 5
MOST_CITATIONS = 5


def signals_of(
    draft: Draft, question: str, hits: Sequence[Hit], *, reused: float = 0.0
) -> dict[str, float | None]:
    """`own`: the model's number for itself; `coverage`: share of the question's telling words in
    the quotes; `reused`: how near the approved answer's question is, 0 for a new draft."""
    quotes = " ".join(cited.quote for cited in draft.citations)
    return {
        "own": draft.confidence,
        "coverage": coverage(question, quotes),
        "findings": float(min(len(draft.findings), MOST_FINDINGS)),
        "citations": float(min(len(draft.citations), MOST_CITATIONS)),
        "length": float(len(split_sentences(draft.text))),
        "partly": float(draft.outcome == "partly"),
        "reused": round(reused, 3),
        "foreign": float(bool(quotes) and not same_language(question, quotes)),
        "nearest": max((hit.dense_score for hit in hits), default=0.0),
        "words": max((hit.keyword_score for hit in hits), default=0.0),
    }


def coverage(question: str, quotes: str) -> float:
    """The share of the question's telling words that the quotes hold, 0 to 1."""
    language = guess_language(question)
    asked = set(terms(question, language))
    return round(len(asked & set(terms(quotes, language))) / len(asked), 3) if asked else 0.0
