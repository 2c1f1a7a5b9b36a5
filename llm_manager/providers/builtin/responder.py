"""The offline responder: an answer made of sentences that stand in the passages, or none.

Nothing is written that is not quoted, so a citation is right by construction; whether the quotes
answer the question is a fitted probability (evidence.py).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from llm_manager.providers.base import AnswerInputs, Passage
from llm_manager.providers.builtin.candidates import (
    Candidate,
    Question,
    passages_language,
    read_candidates,
    read_question,
    score_candidates,
)
from llm_manager.providers.builtin.choices import pick_choice
from llm_manager.providers.builtin.embedding import Embedder, get_embedder
from llm_manager.providers.builtin.evidence import (
    NEARNESS_GAP,
    evidence_features,
    load_judge,
)
from llm_manager.providers.builtin.languages import evidence_is_in
from llm_manager.providers.builtin.reviewer import review
from llm_manager.providers.builtin.summariser import summarise
from llm_manager.providers.builtin.words import guess_language, told_language

__all__ = ["answer", "review", "summarise"]

MOST_SENTENCES = 3
PARTLY_BELOW = 0.5  # more likely than not a wrong source: a person has to look
SCORE_MARGIN = 0.05  # a further sentence may score this much less than the best
SAME_WORDS = 0.7  # of the smaller sentence's words; more is a repetition
QUESTION_CHARACTERS = 2000

_MARKUP = re.compile(
    r"`+|\*\*|(?<!\w)__|__(?!\w)|!?\[([^\]]*)\]\([^)]*\)|`?([^`<]+) <\S+>`_+|:\w+:(?=`)"
)


@dataclass(frozen=True)
class Quote:
    """A verbatim piece of a passage; `context` is the heading or question it stands under."""

    passage: Passage
    start: int
    end: int
    context: str = ""

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    @property
    def plain(self) -> str:
        """The quote as running text: lines joined, list items kept apart, markup left out."""
        lines = re.split(r"\n(?=[ \t]*(?:[-*+•]|\d+[.)])[ \t])", self.text)
        return "\n".join(" ".join(_MARKUP.sub(_visible, _row(line)).split()) for line in lines)


def _row(line: str) -> str:
    """A table row as words: "| Logs | nightly | 35 days |" becomes "Logs: nightly, 35 days"."""
    if not re.fullmatch(r"\s*\|.*\|\s*", line):
        return line
    cells = [cell.strip() for cell in line.strip().strip("|").split("|") if cell.strip()]
    return ": ".join([*cells[:1], ", ".join(cells[1:])]) if len(cells) > 1 else "".join(cells)


def _visible(markup: re.Match[str]) -> str:
    return markup[1] or markup[2] or ""


def answer(inputs: AnswerInputs, *, embedder: Embedder | None = None) -> dict[str, Any]:
    """The answer with verbatim quotes, or outcome "no_evidence" with a reason.

    `confidence` is the fitted probability that a right passage is cited; for "no_evidence"
    that there is none to cite. Raises ModelUnavailable without a built-in embedding model.
    """
    embedder = embedder or get_embedder()
    reply = _nothing(1.0, "No passage holds a sentence that could be quoted.")
    for passages in _preferred(inputs):
        reply = _answer(replace(inputs, passages=passages), embedder)
        if reply["outcome"] != "no_evidence":
            break
    return reply


def _preferred(inputs: AnswerInputs) -> list[tuple[Passage, ...]]:
    """The passages in the question's language, then all: what is quoted from another language is
    no answer that a buyer could read."""
    asked = inputs.language or told_language(inputs.question)
    own = tuple(p for p in inputs.passages if asked and told_language(p.text) == asked)
    return [own, inputs.passages] if 0 < len(own) < len(inputs.passages) else [inputs.passages]


def _answer(inputs: AnswerInputs, embedder: Embedder) -> dict[str, Any]:
    judge = load_judge(embedder.model_id)
    question, found, scored, language = _examine(inputs, embedder)
    if not scored:
        return _nothing(1.0, "No passage holds a sentence that could be quoted.")
    features = evidence_features(question, inputs.passages, found, scored)
    features |= _of_search(inputs, embedder)
    chance, enough = judge.chance(features, question.foreign)
    if not enough:
        return _nothing(1 - chance, _why_nothing(question, found, inputs.passages[scored[0].place]))
    quotes = _quotes(inputs.passages, scored)
    reply = _reply(inputs, quotes, chance, language)
    if question.foreign:
        asked = inputs.language or told_language(inputs.question)
        reply["explanation"] = f"{evidence_is_in(language, asked)} {reply['explanation']}"
    return reply


def _examine(
    inputs: AnswerInputs, embedder: Embedder
) -> tuple[Question, list[Candidate], list[Candidate], str]:
    text = " ".join(inputs.question.split())[:QUESTION_CHARACTERS]
    language = passages_language(inputs.passages) if inputs.passages else guess_language(text)
    found = read_candidates(inputs.passages, language)
    question = read_question(text, inputs.section, found, language)
    return question, found, score_candidates(question, found, embedder), language


def _of_search(inputs: AnswerInputs, embedder: Embedder) -> dict[str, float]:
    """What the search by meaning knows, if it was done with the same model."""
    gap = (inputs.evidence or {}).get(f"{NEARNESS_GAP}{embedder.model_id}")
    return {} if gap is None else {"nearness_gap": gap}


def _nothing(confidence: float, explanation: str) -> dict[str, Any]:
    return {
        "outcome": "no_evidence",
        "answer": "",
        "choice": None,
        "citations": [],
        "confidence": round(confidence, 3),
        "explanation": explanation,
    }


def _why_nothing(question: Question, found: Sequence[Candidate], nearest: Passage) -> str:
    known = frozenset().union(*(candidate.words for candidate in found))
    absent = [word for word in question.words if word not in known]
    missing = [w for w in re.findall(r"[^\W_]+", question.text) if _starts(w, absent)]
    where = " › ".join(part for part in (nearest.document, nearest.heading_path) if part)
    about = f" The nearest passage is in “{where}”." if where else ""
    if missing:
        words = ", ".join(f"“{word}”" for word in list(dict.fromkeys(missing))[:5])
        return f"No passage answers the question; none of them mentions {words}.{about}"
    return f"No passage says enough to answer the question.{about}"


def _starts(word: str, stems: Sequence[str]) -> bool:
    return any(word.casefold().startswith(stem) for stem in stems if len(stem) > 2)


def _quotes(passages: Sequence[Passage], scored: Sequence[Candidate]) -> list[Quote]:
    """The best one to three sentences, best first, none saying the same again."""
    chosen: list[Candidate] = []
    for candidate in scored:
        near = candidate.score >= scored[0].score - SCORE_MARGIN
        if near and not any(_repeats(candidate, other) for other in chosen):
            chosen.append(candidate)
        if len(chosen) == MOST_SENTENCES:
            break
    return [Quote(passages[c.place], c.start, c.end, c.context) for c in chosen]


def _repeats(candidate: Candidate, other: Candidate) -> bool:
    smaller = min(len(candidate.words), len(other.words)) or 1
    return len(candidate.words & other.words) / smaller >= SAME_WORDS


def _reply(
    inputs: AnswerInputs, quotes: list[Quote], chance: float, language: str
) -> dict[str, Any]:
    kept = _within(quotes, inputs)
    ordered = _reading_order(kept)
    texts = [(quote.context, quote.plain) for quote in kept]
    choice = None
    if inputs.allowed_choices:
        choice = pick_choice(inputs.question, inputs.allowed_choices, texts, language)
    undecided = bool(inputs.allowed_choices) and choice is None
    partly = undecided or chance < PARTLY_BELOW
    return {
        "outcome": "partly" if partly else "answered",
        "answer": _joined(ordered),
        "choice": choice,
        "citations": [{"passage": q.passage.number, "quote": q.text} for q in ordered],
        "confidence": round(chance, 3),
        "explanation": _explanation(ordered, chance, undecided),
    }


def _within(quotes: list[Quote], inputs: AnswerInputs) -> list[Quote]:
    """As many of the quotes, best first, as the longest answer holds. Where it holds none, the
    shortest: half a sentence may say the opposite of the whole."""
    kept: list[Quote] = []
    for quote in quotes:
        if _is_short_enough(_joined([*kept, quote]), inputs):
            kept.append(quote)
    return kept or [min(quotes, key=lambda quote: len(quote.plain))]


def _is_short_enough(text: str, inputs: AnswerInputs) -> bool:
    characters, words = inputs.max_characters, inputs.max_words
    return (characters is None or len(text) <= characters) and (
        words is None or len(text.split()) <= words
    )


def _reading_order(quotes: list[Quote]) -> list[Quote]:
    """Passages by their best quote, the quotes of one passage as they stand in it."""
    order = list(dict.fromkeys(quote.passage.number for quote in quotes))
    return sorted(quotes, key=lambda q: (order.index(q.passage.number), q.start))


def _joined(quotes: Sequence[Quote]) -> str:
    """Whole sentences side by side; what has no end of its own, or is a list, on its own line."""
    text = ""
    for quote in quotes:
        plain = quote.plain
        beside = "\n" not in plain and re.search(r"[.!?…。！？]\W?\Z", text)
        text += ("" if not text else " " if beside else "\n") + plain
    return text


def _explanation(quotes: Sequence[Quote], chance: float, undecided: bool) -> str:
    sources = dict.fromkeys(q.passage.document or f"passage {q.passage.number}" for q in quotes)
    count = f"{len(quotes)} sentences" if len(quotes) > 1 else "1 sentence"
    chances = f"measured chance of a right source: {chance:.0%}."
    text = f"Quoted {count} from {', '.join(sources)}; {chances}"
    if undecided:
        text += " The quotes do not decide between the allowed choices; a person has to."
    return text
