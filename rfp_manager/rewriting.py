"""Suggested rewrites: nothing is suggested that the cited passages do not hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llm_manager.providers.base import ReviewInputs
from llm_manager.sentences import split_sentences
from rfp_manager.drafting import allowed_choice
from rfp_manager.facts import MARKER
from rfp_manager.grounding import unsupported
from rfp_manager.nearness import Sentences

MAX_SUGGESTION = 20_000
#: A sentence that shares less with the nearest of the passages is not a version of it.
SAME_STATEMENT = 0.5


@dataclass(frozen=True)
class Suggestion:
    """A whole answer that could take the place of the present one; "" if there is none. `note`
    says why one was dropped."""

    text: str = ""
    choice: str = ""
    note: str = ""


def suggestion_of(inputs: ReviewInputs, data: dict[str, Any], *, wanted: bool) -> Suggestion:
    """The model's rewrite, if it is held by the passages; else, where the code found something
    (`wanted`), the answer in the words of the passages."""
    text, choice = _text(data.get("suggestion")), data.get("suggested_choice")
    choice = allowed_choice(choice, inputs.allowed_choices)
    note = _objection(text, inputs) if text else ""
    if text and not note:
        return Suggestion(text, choice) if _is_another(text, choice, inputs) else Suggestion()
    own = "\n".join(_in_their_words(inputs)) if wanted else ""
    if own and own != inputs.answer.strip() and not _objection(own, inputs):
        return Suggestion(own, inputs.choice, note)
    return Suggestion(note=note)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return MARKER.sub("", value.replace("\x00", "")).strip()


def _is_another(text: str, choice: str, inputs: ReviewInputs) -> bool:
    same_choice = not choice or choice == inputs.choice
    return text != inputs.answer.strip() or not same_choice


def _objection(text: str, inputs: ReviewInputs) -> str:
    """Why a rewrite is not shown, as a sentence; "" if it may be."""
    if len(text) > MAX_SUGGESTION:
        return "A suggested rewrite was dropped: it is far too long."
    evidence = [t for p in inputs.passages for t in (p.text, p.heading_path, p.document)]
    found = unsupported(text, evidence, question=inputs.question)
    if found:
        words = ", ".join(f"“{f.words[:60]}”" for f in found[:3])
        return f"A suggested rewrite was dropped: the cited passages do not hold {words}."
    characters, words_allowed = inputs.max_characters, inputs.max_words
    if characters and len(text) > characters >= len(inputs.answer):
        return f"A suggested rewrite was dropped: it has more than {characters:,} characters."
    if words_allowed and len(text.split()) > words_allowed >= len(inputs.answer.split()):
        return f"A suggested rewrite was dropped: it has more than {words_allowed:,} words."
    return ""


def _in_their_words(inputs: ReviewInputs) -> Iterator[str]:
    """The answer, paragraph by paragraph; a sentence that is not held as the passages have it, or
    left out where they have nothing like it."""
    texts = [p.text for p in inputs.passages]
    evidence = [t for p in inputs.passages for t in (p.text, p.heading_path, p.document)]
    sentences = Sentences(texts)
    for line in inputs.answer.splitlines():
        kept: list[str] = []
        for start, end in split_sentences(line):
            words = line[start:end]
            if unsupported(words, evidence, question=inputs.question):
                words = _nearest(words, sentences)
            if words and words not in kept:
                kept.append(words)
        if kept:
            yield " ".join(kept)


def _nearest(words: str, sentences: Sentences) -> str:
    near = sentences.nearest(words)
    if not near.says_enough or near.share < SAME_STATEMENT or len(near.held) != 1:
        return ""
    return " ".join(near.held[0].text.split())
