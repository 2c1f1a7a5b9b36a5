"""What is asked for one question, and how the reply becomes an answer that can be trusted."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from llm_manager.calling import Call, ModelAccess, write
from llm_manager.control.ledger import Booking
from llm_manager.errors import BadResponse, ContextTooLong
from llm_manager.providers.base import AnswerInputs, Passage, Spent
from llm_manager.providers.builtin.evidence import NEARNESS_GAP
from llm_manager.providers.builtin.words import told_language
from rfp_manager.citing import verified
from rfp_manager.confidence import signals_of
from rfp_manager.drafts import Draft
from rfp_manager.facts import MARKER
from rfp_manager.grounding import unsupported
from rfp_manager.lengths import Limit, fitted, too_long
from rfp_manager.library_scope import LibraryScope
from rfp_manager.models import RFP, AnswerOutcome, Question
from solution_library.search import Hit, Hits

PASSAGES = 8
SHORT_QUESTION_WORDS = 8
MAX_CHARACTERS = 20_000
MAX_EXPLANATION = 2000
#: So many of an RFP's questions tell its language.
LANGUAGE_QUESTIONS = 40
ONLY_THE_BUYERS = (
    "It rests only on documents that came with the RFP: they say what the buyer asks for, not "
    "what we do."
)
NO_EVIDENCE = "The library holds no evidence that answers this question."


@dataclass(frozen=True)
class Asked:
    """A question with the passages found for it: all that a thread needs to draft."""

    question_id: int
    inputs: AnswerInputs
    hits: tuple[Hit, ...]
    model: ModelAccess
    booking: Booking = Booking("answer")
    #: What needs no call: an approved answer, or the draft of a question that asks the same.
    ready: "Drafted | None" = None


@dataclass(frozen=True)
class Drafted:
    """A draft, the call that made it (None where there was nothing to ask) and what it read."""

    call: Call | None
    draft: Draft
    hits: tuple[Hit, ...]
    #: The approved answer of the library that it is: its id and version.
    approved: tuple[int, int] | None = None
    #: The question that asks the same and whose draft it is.
    copied_from: int | None = None
    #: The model that wrote what was copied.
    model_pk: int | None = None


def ask(
    question: Question,
    model: ModelAccess,
    library: LibraryScope,
    booking: Booking,
    guidance: str = "",
) -> Asked:
    """Find the passages for a question. Raises what kept the search from looking for its meaning:
    a draft from half a search would look as good as any other."""
    hits = library.search(retrieval_query(question), limit=PASSAGES)
    if hits.trouble is not None:
        raise hits.trouble
    return replace(with_passages(question, model, hits, guidance), booking=booking)


def with_passages(
    question: Question, model: ModelAccess, hits: Sequence[Hit], guidance: str = ""
) -> Asked:
    """All that a draft from these passages needs."""
    inputs = answer_inputs(
        question.text,
        hits,
        section=question.section.title,
        allowed_choices=question.allowed_choices,
        instructions=question.rfp.instructions,
        guidance=guidance,
    )
    inputs = replace(
        inputs,
        max_characters=question.max_characters or None,
        max_words=question.max_words or None,
        language=inputs.language or language_of_rfp(question.rfp),
        context=context_of(question),
    )
    return Asked(question.pk, inputs, tuple(hits), model)


def answer_inputs(
    text: str,
    hits: Sequence[Hit],
    *,
    section: str,
    allowed_choices: Sequence[str],
    instructions: str,
    guidance: str,
) -> AnswerInputs:
    """A question as it is put to a model, with the passages found for it."""
    passages = tuple(
        Passage(n, h.text, h.heading_path, _named(h), h.score) for n, h in enumerate(hits, 1)
    )
    return AnswerInputs(
        question=text,
        section=section,
        allowed_choices=tuple(allowed_choices),
        passages=passages,
        max_characters=None,
        language=told_language(text),
        evidence=_evidence(hits),
        instructions=instructions,
        guidance=guidance,
    )


def _named(hit: Hit) -> str:
    """A document's name as a model reads it: it is told which words are the buyer's own."""
    return f"{hit.document} (from the buyer)" if hit.is_information else hit.document


def retrieval_query(question: Question) -> str:
    """The question; one that depends on another (“If yes, how often?”) or a short one that
    continues another (2.3.1 after 2.3) with that."""
    parent = question.parent
    if parent is None and len(question.text.split()) >= SHORT_QUESTION_WORDS:
        return question.text
    before = parent.text if parent else _stem_of(question) or question.section.title
    return f"{before} {question.text}".strip()


def _stem_of(question: Question) -> str:
    """The text of the question that its number says it belongs to."""
    stem = question.number.rpartition(".")[0]
    above = question.rfp.questions.filter(number=stem).first() if stem else None
    return above.text if above else ""


def context_of(question: Question) -> str:
    """What a model is told of the question that this one belongs to; "" where there is none."""
    parent = question.parent
    if parent is None:
        return ""
    asked = f" It is asked where that is answered “{question.condition}”." if (
        question.condition.strip()) else ""  # fmt: skip
    return f"{parent.number} {parent.text}".strip() + asked


def language_of_rfp(rfp: RFP) -> str | None:
    """What an RFP is written in, for questions too short to tell; None where it does not tell."""
    first = rfp.questions.order_by("ordinal").values_list("text", flat=True)[:LANGUAGE_QUESTIONS]
    return told_language(" ".join(first))


def _evidence(hits: Sequence[Hit]) -> dict[str, float]:
    found = {
        "best_keyword_score": max((h.keyword_score for h in hits), default=0.0),
        "best_dense_score": max((h.dense_score for h in hits), default=0.0),
    }
    gap = hits.nearness_gap if isinstance(hits, Hits) else None
    if isinstance(hits, Hits) and gap is not None:
        found[f"{NEARNESS_GAP}{hits.nearness_by}"] = gap
    return found


def draft(asked: Asked) -> Drafted:
    """One model call and its checks. No database: runs in the threads of a batch.

    Where the passages are more than the model can read, it gets the better half of them.
    """
    if asked.ready is not None:
        return asked.ready
    if not asked.hits:
        return Drafted(None, _nothing("The library has no passages to answer from."), ())
    while True:
        try:
            call = write(asked.model, asked.inputs, asked.booking)
        except ContextTooLong:
            if len(asked.hits) == 1:
                raise
            asked = _with_fewer_passages(asked)
            continue
        return Drafted(call, checked(call.data, asked), asked.hits)


def to_json(drafted: Drafted) -> dict[str, Any] | None:
    """The model's reply and the passages it was given, to be kept until the draft is recorded."""
    if drafted.call is None:
        return None
    return {"call": asdict(drafted.call), "hits": [asdict(hit) for hit in drafted.hits]}


def from_json(kept: dict[str, Any], question: Question, model: ModelAccess) -> Drafted:
    """The draft of a reply that was kept, checked anew against the same passages."""
    call, hits = kept_reply(kept)
    return Drafted(call, checked(call.data, with_passages(question, model, hits)), tuple(hits))


def kept_reply(kept: dict[str, Any]) -> tuple[Call, list[Hit]]:
    """What `to_json` has kept."""
    call = Call(**{**kept["call"], "spent": Spent(**kept["call"]["spent"])})
    return call, [Hit.of(hit) for hit in kept["hits"]]


def _with_fewer_passages(asked: Asked) -> Asked:
    keep = len(asked.hits) // 2
    inputs = replace(asked.inputs, passages=asked.inputs.passages[:keep])
    return replace(asked, inputs=inputs, hits=asked.hits[:keep])


def checked(data: dict[str, Any], asked: Asked) -> Draft:
    """Verify a reply against its passages. Raises BadResponse for a reply of another shape."""
    outcome = data.get("outcome")
    text, explanation = _text_of(data, "answer"), _text_of(data, "explanation")[:MAX_EXPLANATION]
    if outcome not in AnswerOutcome.values:
        raise BadResponse("The model's answer has no outcome.")
    if len(text) > MAX_CHARACTERS:
        raise BadResponse("The model's answer is far longer than an answer can be.")
    choice = allowed_choice(data.get("choice"), asked.inputs.allowed_choices)
    if outcome == AnswerOutcome.NO_EVIDENCE or not (text or choice):
        return _nothing(explanation or NO_EVIDENCE, number_between(data.get("confidence")))
    citations = verified(data.get("citations"), text, asked.hits)
    if not citations:
        return _nothing("The model's answer rests on no passage of the library, so it was dropped.")
    draft = Draft(
        text=MARKER.sub("", text).strip(),
        choice=choice,
        outcome=str(outcome),
        explanation=explanation,
        confidence=number_between(data.get("confidence")),
        citations=citations,
    )
    limit = Limit(asked.inputs.max_characters, asked.inputs.max_words)
    draft = _of_own_knowledge(_with_doubts(within(draft, limit), asked))
    return replace(draft, signals=signals_of(draft, asked.inputs.question, asked.hits))


def _of_own_knowledge(draft: Draft) -> Draft:
    """An answer that rests on the buyer's documents alone is never a whole one: they prove what
    the buyer asks for, not what we do."""
    if not all(cited.hit.is_information for cited in draft.citations):
        return draft
    explanation = f"{ONLY_THE_BUYERS} {draft.explanation}".strip()[:MAX_EXPLANATION]
    return replace(draft, outcome=AnswerOutcome.PARTLY.value, explanation=explanation)


def within(draft: Draft, limit: Limit) -> Draft:
    """The draft in the length that the form allows; where no sentence can be spared, as it is,
    and only partly what was asked for."""
    text = fitted(draft.text, limit)
    if text is not None:
        return replace(draft, text=text)
    explanation = " ".join(part for part in (draft.explanation, too_long(limit)) if part)
    return replace(draft, outcome=AnswerOutcome.PARTLY.value, explanation=explanation)


def _text_of(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def _with_doubts(draft: Draft, asked: Asked) -> Draft:
    """What the checks in code found, and “partly” where the choice does not follow."""
    allowed = asked.inputs.allowed_choices
    evidence = [text for c in draft.citations for text in evidence_of(c.hit)]
    findings = unsupported(draft.text, evidence, question=asked.inputs.question)
    draft = replace(draft, findings=findings)
    said = leading_choice(draft.text, allowed)
    if allowed and not draft.choice:
        doubt = "The evidence does not decide between the allowed choices."
    elif said and not draft.choice.casefold().startswith(said.casefold()):
        doubt = f"The text says “{said}”, the choice is “{draft.choice}”."
    else:
        return draft
    explanation = draft.explanation if not draft.choice and draft.explanation else doubt
    if draft.choice and draft.explanation and draft.outcome == AnswerOutcome.PARTLY:
        explanation = f"{doubt} {draft.explanation}"
    return replace(draft, outcome=AnswerOutcome.PARTLY.value, explanation=explanation)


def evidence_of(hit: Hit) -> list[str]:
    """The texts that a cited passage gives: its own, and the headings that it stands under."""
    return [hit.text, hit.heading_path, hit.document]


def _nothing(explanation: str, confidence: float | None = None) -> Draft:
    return Draft("", "", AnswerOutcome.NO_EVIDENCE, explanation, confidence)


def number_between(value: Any, least: float = 0.0, most: float = 1.0) -> float | None:
    """`value` within the bounds; None if it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**53:
        return None
    return min(most, max(least, float(value)))


def leading_choice(text: str, allowed: Sequence[str]) -> str:
    """The allowed choice that a text begins with ("Yes, …"), "" if with none."""
    begun = [
        c
        for c in allowed
        if re.match(rf"\W*{re.escape(c.strip())}(?:[\s]*[,.;:!–—]|\s*\Z)", text, re.IGNORECASE)
        and c.strip()
    ]
    return max(begun, key=len, default="")


def allowed_choice(choice: Any, allowed: Sequence[str]) -> str:
    """The allowed choice that was meant, or "" if none was."""
    wanted = str(choice or "").strip().casefold()
    return next((c for c in allowed if c.strip().casefold() == wanted), "")
