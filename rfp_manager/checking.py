"""What code can say of an answer besides its model: is it held, whole, and fit to be sent?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from llm_manager.providers.base import ReviewInputs
from llm_manager.providers.builtin.polarity import is_negated
from llm_manager.providers.builtin.words import guess_language, same_language
from rfp_manager.asked_parts import parts_of, unanswered
from rfp_manager.drafting import leading_choice
from rfp_manager.grounding import Finding, unsupported

#: Fewer words tell no language.
FEWEST_WORDS = 8
LANGUAGES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it",
    "portuguese": "pt", "dutch": "nl", "deutsch": "de", "englisch": "en", "français": "fr",
}  # fmt: skip
ASKED_LANGUAGE = re.compile(rf"\b(?:in|auf|en) ({'|'.join(LANGUAGES)})\b", re.IGNORECASE)
#: "Avoid “cheap”", "never say 'guarantee'": what stands in quotes is not to be said.
FORBIDDEN = re.compile(
    r"\b(?:avoid|never|not|don't|without|instead of|rather than|kein\w*|nicht|statt|vermeide\w*"
    r"|éviter|jamais|evitar|nunca)\b[^.\n“\"'«„]{0,40}[“\"'«„]([^”\"'»“]{2,60})[”\"'»“]",
    re.IGNORECASE,
)
MOST = re.compile(
    r"\b(?:at most|no more than|maximum(?: of)?|max\.?|up to|höchstens|maximal|au plus|como máximo)"
    r" (\d{1,4}) (words|sentences|characters|wörter|sätze|zeichen|mots|phrases|palabras|frases)",
    re.IGNORECASE,
)
UNFINISHED = re.compile(
    r"\b(?:TODO|TBD|TBC|FIXME|XXX+|lorem ipsum)\b|\[(?:insert|add|your|company|name|date|…|\.{3})"
    r"[^\]\n]{0,60}\]|<(?:insert|your|company)[^>\n]{0,60}>|\?\?\?|_{4,}",
    re.IGNORECASE,
)
OF_THE_MODEL = re.compile(
    r"\bas an? (?:AI|language model)\b|\b(?:according to|based on|in|from) the (?:provided |given "
    r"|above )?(?:passages?|context|documents provided|excerpts?)\b|\bpassage \d+\b"
    r"|\bI (?:cannot|can't|am unable to) (?:find|answer|determine)\b",
    re.IGNORECASE,
)
UNSURE = re.compile(
    r"\b(?:I think|I believe|I guess|we think|probably|presumably|hopefully|as far as I know"
    r"|vermutlich|wahrscheinlich|ich glaube|hoffentlich|je pense|probablement|creo que"
    r"|probablemente)\b",
    re.IGNORECASE,
)
PRAISE = re.compile(
    r"\b(?:world[- ]class|best[- ]in[- ]class|cutting[- ]edge|unparalleled|unrivalled|bulletproof"
    r"|industry[- ]leading|revolutionary|game[- ]chang\w+|second to none|military[- ]grade)\b"
    r"|!{1,}(?=\s|\Z)",
    re.IGNORECASE,
)
#: Choices that say yes, and that say no, at their beginning.
YES = re.compile(r"\s*(?:yes|y|ja|oui|sí|si|sì|sim|compliant|fully|met|supported)\b", re.IGNORECASE)
NO = re.compile(r"\s*(?:no|n|nein|non|não|nee|not|non-compliant|unsupported)\b", re.IGNORECASE)
WANTS_WORDS = re.compile(
    r"\b(?:describe|explain|provide|detail\w*|specify|how|elaborate|beschreiben|erläutern|wie"
    r"|décri\w+|expliqu\w+|comment|describ\w+|expli\w+|cómo)\b",
    re.IGNORECASE,
)
SAYS = {
    "number": "“{}” stands in no cited passage",
    "name": "“{}” stands in no cited passage",
    "frequency": "“{}”: the cited passages say otherwise, or nothing, of how often",
    "negation": "“{}” denies what the cited passage says",
    "negation lost": "The cited passage denies, or limits, what “{}” says",
    "quantifier": "“{}” says more, or less, than the cited passage",
    "quantifier lost": "“{}” leaves out that it is only so for some, or only so",
    "comparison": "“{}” turns a limit of the cited passage round",
    "modality": "“{}”: the cited passage says otherwise of what must be and what may be",
    "modality lost": "“{}” says as done what the cited passage says is planned",
    "responsibility": "“{}”: in the cited passage somebody else does this",
    "statement": "“{}” has no passage to rest on",
}
#: What each of the other remarks takes from its score.
WEIGHTS = {"choice": 0.5, "unfinished": 0.5, "of the model": 0.3, "forbidden": 0.3, "unsure": 0.2,
           "praise": 0.15, "language": 0.5, "too long": 0.3, "only a choice": 0.3}  # fmt: skip
COMPLETENESS = ("unanswered", "too long", "only a choice", "language")
TONE = ("unfinished", "of the model", "forbidden", "unsure", "praise")


@dataclass(frozen=True)
class Remark:
    """Something wrong with an answer. `start`, `end` in characters of its text; None of what it
    lacks. `by` is “code” or “model”."""

    kind: str
    words: str
    sentence: str
    start: int | None = None
    end: int | None = None
    by: str = "code"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Checked:
    """All remarks of the code, and the best scores (0 to 1) that they leave."""

    remarks: tuple[Remark, ...]
    correctness: float
    completeness: float
    tone: float

    @property
    def is_held(self) -> bool:
        """Whether nothing speaks against its being true."""
        return not any(r.kind in SAYS or r.kind == "choice" for r in self.remarks)


def check(inputs: ReviewInputs) -> Checked:
    """Everything that can be said of an answer without a model."""
    held = [_of_finding(finding) for finding in findings_of(inputs)]
    parts = parts_of(inputs.question)
    rest = [*_choice(inputs), *_missing(inputs), *_length(inputs), *_language(inputs)]
    rest += list(_tone(inputs))
    share = 1 - sum(r.kind == "unanswered" for r in rest) / max(1, len(parts))
    return Checked(
        remarks=(*held, *rest),
        correctness=max(0.0, (0.5 if held else 1.0) - _lost(rest, ("choice",))),
        completeness=max(0.0, share - _lost(rest, COMPLETENESS)),
        tone=max(0.0, 1 - _lost(rest, TONE)),
    )


def holds(inputs: ReviewInputs) -> bool:
    """`check(inputs).is_held`, without looking for all that does not bear on it."""
    return not findings_of(inputs) and not any(_choice(inputs))


def findings_of(inputs: ReviewInputs) -> list[Finding]:
    """What the passages do not hold."""
    evidence = [t for p in inputs.passages for t in (p.text, p.heading_path, p.document)]
    return unsupported(inputs.answer, evidence, question=inputs.question)


def _lost(remarks: Sequence[Remark], kinds: Sequence[str]) -> float:
    return sum(WEIGHTS.get(r.kind, 0.0) for r in remarks if r.kind in kinds)


def _of_finding(finding: Finding) -> Remark:
    short = " ".join(finding.words.split())
    short = short if len(short) <= 120 else short[:119] + "…"
    sentence = SAYS.get(finding.kind, "“{}” is not held by the cited passages").format(short)
    return Remark(finding.kind, finding.words, sentence + ".", finding.start, finding.end)


# -- the choice ----------------------------------------------------------------------------
def _choice(inputs: ReviewInputs) -> Iterator[Remark]:
    allowed, choice, text = inputs.allowed_choices, inputs.choice, inputs.answer
    if not allowed:
        return
    if not choice:
        yield Remark("choice", "", "None of the allowed choices is chosen.")
        return
    begun = leading_choice(text, allowed)
    if begun and begun.casefold() != choice.casefold() and not choice.startswith(begun):
        yield Remark("choice", begun, f"The text begins with “{begun}”, the choice is “{choice}”.")
    elif _denies_choice(text, choice):
        yield Remark("choice", choice, f"The text says the opposite of the choice “{choice}”.")


def _denies_choice(text: str, choice: str) -> bool:
    """“Yes” chosen above a text that begins with “no”, or the other way round."""
    if YES.match(choice) and not NO.match(choice):
        return bool(re.match(r"\s*(?:no|nein|non|não)\s*[,.:;–—]", text, re.IGNORECASE))
    if NO.match(choice):
        said_yes = re.match(r"\s*(?:yes|ja|oui|sí|sim)\s*[,.:;–—]", text, re.IGNORECASE)
        return bool(said_yes) and not is_negated(text)
    return False


# -- whole, and as asked -------------------------------------------------------------------
def _missing(inputs: ReviewInputs) -> Iterator[Remark]:
    if not inputs.answer.strip():
        if inputs.choice and WANTS_WORDS.search(inputs.question):
            sentence = "The question asks for an explanation; there is only a choice."
            yield Remark("only a choice", inputs.choice, sentence)
        return
    for part in unanswered(inputs.question, inputs.answer):
        asked = part.text if len(part.text) <= 160 else part.text[:159] + "…"
        yield Remark("unanswered", part.text, f"It does not answer: “{asked}”")


def _length(inputs: ReviewInputs) -> Iterator[Remark]:
    counts = {"characters": len(inputs.answer), "words": len(inputs.answer.split())}
    limits = {"characters": inputs.max_characters, "words": inputs.max_words}
    for unit, most in limits.items():
        if most and counts[unit] > most:
            sentence = f"It has {counts[unit]:,} {unit}; at most {most:,} are allowed."
            yield Remark("too long", "", sentence)
    for number, unit in MOST.findall(inputs.instructions):
        count = _count(unit.casefold(), inputs.answer)
        if count > int(number):
            sentence = f"It has {count:,} {unit}; the instructions allow {number}."
            yield Remark("too long", "", sentence)


def _count(unit: str, text: str) -> int:
    if unit in ("sentences", "sätze", "phrases", "frases"):
        return len(re.findall(r"[.!?](?:\s|\Z)", text))
    return len(text) if unit in ("characters", "zeichen") else len(text.split())


def _language(inputs: ReviewInputs) -> Iterator[Remark]:
    if len(inputs.answer.split()) < FEWEST_WORDS:
        return
    wished = ASKED_LANGUAGE.search(inputs.instructions)
    if wished:
        if guess_language(inputs.answer) != LANGUAGES[wished[1].casefold()]:
            yield Remark("language", "", f"The instructions ask for an answer in {wished[1]}.")
    elif len(inputs.question.split()) >= FEWEST_WORDS // 2 and not same_language(
        inputs.answer, inputs.question
    ):
        yield Remark("language", "", "It is in another language than the question.")


# -- tone and instructions -----------------------------------------------------------------
def _tone(inputs: ReviewInputs) -> Iterator[Remark]:
    text = inputs.answer
    for kind, pattern, sentence in (
        ("unfinished", UNFINISHED, "“{}” is left to be filled in."),
        ("of the model", OF_THE_MODEL, "“{}” speaks of the drafting, not to the buyer."),
        ("unsure", UNSURE, "“{}” does not sound as if you knew."),
        ("praise", PRAISE, "“{}” praises instead of informing."),
    ):
        for match in list(pattern.finditer(text))[:3]:
            yield Remark(kind, match[0], sentence.format(match[0]), *match.span())
    for words in FORBIDDEN.findall(inputs.instructions):
        found = re.search(rf"(?<!\w){re.escape(words.strip())}(?!\w)", text, re.IGNORECASE)
        if found:
            sentence = f"The instructions ask not to say “{words.strip()}”."
            yield Remark("forbidden", found[0], sentence, *found.span())
