"""What is asked for one question, and how the reply becomes an answer that can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from llm_manager.calling import Call, ModelAccess, write
from llm_manager.errors import BadResponse
from llm_manager.providers.base import AnswerInputs, Passage
from rfp_manager.citing import Cited, verified
from rfp_manager.grounding import Finding, unsupported
from rfp_manager.models import AnswerOutcome, Question
from solution_library.search import Hit, search

PASSAGES = 8
SHORT_QUESTION_WORDS = 8
NO_EVIDENCE = "The library holds no evidence that answers this question."


@dataclass(frozen=True)
class Asked:
    """A question with the passages found for it: all that a thread needs to draft."""

    question_id: int
    inputs: AnswerInputs
    hits: tuple[Hit, ...]
    model: ModelAccess


@dataclass(frozen=True)
class Draft:
    """A checked draft."""

    text: str
    choice: str
    outcome: str
    explanation: str
    confidence: float | None
    citations: list[Cited] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def ask(question: Question, model: ModelAccess, collections: list[int] | None) -> Asked:
    """Find the passages for a question."""
    hits = search(retrieval_query(question), collections=collections, limit=PASSAGES)
    passages = tuple(
        Passage(n, h.text, h.heading_path, h.document, h.score) for n, h in enumerate(hits, 1)
    )
    inputs = AnswerInputs(
        question=question.text,
        section=question.section.title,
        allowed_choices=tuple(question.allowed_choices),
        passages=passages,
        max_characters=None,
        language=None,
        evidence=_evidence(hits),
    )
    return Asked(question.pk, inputs, tuple(hits), model)


def retrieval_query(question: Question) -> str:
    """The question; a short one that continues another (2.3.1 after 2.3) with its parent."""
    if len(question.text.split()) >= SHORT_QUESTION_WORDS:
        return question.text
    stem = question.number.rpartition(".")[0]
    parent = question.rfp.questions.filter(number=stem).first() if stem else None
    before = parent.text if parent else question.section.title
    return f"{before} {question.text}".strip()


def _evidence(hits: Sequence[Hit]) -> dict[str, float]:
    return {
        "best_keyword_score": max((h.keyword_score for h in hits), default=0.0),
        "best_dense_score": max((h.dense_score for h in hits), default=0.0),
    }


def draft(asked: Asked) -> tuple[Call | None, Draft]:
    """One model call and its checks. No database: runs in the threads of a batch."""
    if not asked.hits:
        return None, _nothing("The library has no passages to answer from.")
    call = write(asked.model, asked.inputs)
    return call, checked(call.data, asked)


def checked(data: dict[str, Any], asked: Asked) -> Draft:
    """Verify a reply against its passages. Raises BadResponse for a reply of another shape."""
    outcome = data.get("outcome")
    text = str(data.get("answer") or "").replace("\x00", "").strip()
    explanation = str(data.get("explanation") or "")
    if outcome not in AnswerOutcome.values:
        raise BadResponse("The model's answer has no outcome.")
    if outcome == AnswerOutcome.NO_EVIDENCE or not text:
        return _nothing(explanation or NO_EVIDENCE, _confidence(data))
    citations = verified(data.get("citations"), text, asked.hits)
    if not citations:
        return _nothing("The model's answer rests on no passage of the library, so it was dropped.")
    choice = allowed_choice(data.get("choice"), asked.inputs.allowed_choices)
    findings = unsupported(text, [c.hit.text for c in citations])
    if asked.inputs.allowed_choices and not choice:
        outcome = AnswerOutcome.PARTLY
        explanation = explanation or "The evidence does not decide between the allowed choices."
    return Draft(text, choice, outcome, explanation, _confidence(data), citations, findings)


def _nothing(explanation: str, confidence: float | None = None) -> Draft:
    return Draft("", "", AnswerOutcome.NO_EVIDENCE, explanation, confidence)


def _confidence(data: dict[str, Any]) -> float | None:
    value = data.get("confidence")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return min(1.0, max(0.0, float(value)))


def allowed_choice(choice: Any, allowed: Sequence[str]) -> str:
    """The allowed choice that was meant, or "" if none was."""
    wanted = str(choice or "").strip().casefold()
    return next((c for c in allowed if c.strip().casefold() == wanted), "")
