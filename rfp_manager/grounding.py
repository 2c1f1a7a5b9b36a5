"""Checks in code that the exact facts of an answer stand in the passages it cites."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llm_manager.providers.builtin.words import guess_language
from llm_manager.sentences import Span, split_sentences
from rfp_manager.facts import (
    CODE,
    GERMAN_NAME,
    NAME,
    VERSIONED,
    Figure,
    Known,
    all_counting_words,
    counting_words,
    figures,
    known_in,
    normal,
)
from rfp_manager.nearness import FAINT, Nearest, Sentences, denies, is_faint, negations, quantities
from rfp_manager.rhythms import Rhythm, rhythms
from rfp_manager.wordings import turned

__all__ = ["Finding", "normal", "unsupported"]


LINE = re.compile(r"[^\n]*\S[^\n]*")
#: Words that a statement has at least; fewer are a label or a cell of a table.
FULL_STATEMENT = 4


@dataclass(frozen=True)
class Finding:
    """Words of an answer that the evidence does not hold; spans count characters."""

    kind: str
    words: str
    start: int
    end: int

    def to_dict(self) -> dict[str, str | int]:
        return {"kind": self.kind, "words": self.words, "start": self.start, "end": self.end}


def unsupported(answer: str, evidence: Iterable[str], *, question: str = "") -> list[Finding]:
    """What `answer` says beyond its evidence: figures, names, denials, quantities, statements.

    Names may come from the question, figures may not. In order of their places.
    """
    texts = [text for text in evidence if text.strip()]
    sentences = Sentences(texts)
    own = list(_own_statements(answer, sentences))
    if not own:
        return []  # all of it is quoted
    known, asked = known_in(texts), known_in([question])
    comparable, language = sentences.understands(answer), guess_language(answer)
    rhythm_of_all = rhythms("\n".join(texts))
    found: list[Finding] = []
    for start, end in own:
        sentence = answer[start:end]
        near = sentences.nearest(sentence)
        often = list(_rhythms(sentence, rhythm_of_all, near))
        parts = [
            *_outside(_figures(sentence, known, near), rhythms(sentence)),
            *_names(sentence, known, asked, language),
            *often,
        ]
        if comparable:
            parts += _statement(sentence, near)
        found += [Finding(f.kind, f.words, f.start + start, f.end + start) for f in parts]
    return _once(found)


def _own_statements(answer: str, sentences: Sentences) -> Iterator[Span]:
    """The sentences that are no quotes. Where lines were joined of which one is a quote (a row
    without a full stop, say), the others stand for themselves."""
    for start, end in split_sentences(answer):
        if sentences.quoted(answer[start:end]):
            continue
        lines = [(start + m.start(), start + m.end()) for m in LINE.finditer(answer[start:end])]
        own = [(a, b) for a, b in lines if not sentences.quoted(answer[a:b])]
        yield from own if len(own) < len(lines) else [(start, end)]


def _figures(sentence: str, known: Known, near: Nearest) -> Iterator[Finding]:
    """Figures that stand nowhere, or not in the one sentence that this one copies."""
    copied = known_in([held.text for held in near.held]) if near.is_copy else known
    left = _stock(near) if near.is_copy else None
    for figure in (*figures(sentence), *counting_words(sentence)):
        known_here = known.holds(figure) and copied.holds(figure)
        if not known_here or (left is not None and not _taken(figure, left)):
            yield Finding("number", figure.words, figure.start, figure.end)


def _stock(near: Nearest) -> Counter[str]:
    """How often each figure stands in the sentences that are copied: of "14 characters, 15
    minutes" no "15 characters, 15 minutes" can be made."""
    found = [f for h in near.sources for f in (*figures(h.text), *all_counting_words(h.text))]
    return Counter(reading for figure in found for reading in figure.readings)


def _taken(figure: Figure, stock: Counter[str]) -> bool:
    """Take a figure out of the stock; one that was never in it is a part of another."""
    there = [reading for reading in figure.readings if reading in stock]
    for reading in there:
        stock[reading] -= 1
    return not there or any(stock[reading] >= 0 for reading in there)


def _outside(found: Iterator[Finding], often: list[Rhythm]) -> Iterator[Finding]:
    """The "six" of "every six months" is compared as "twice a year", not as a figure."""
    for finding in found:
        if not any(r.start <= finding.start and finding.end <= r.end for r in often):
            yield finding


def _rhythms(sentence: str, everywhere: list[Rhythm], near: Nearest) -> Iterator[Finding]:
    """How often, if the sentences that this one comes from say it otherwise, or none says it."""
    theirs = [r for held in near.sources for r in rhythms(held.text)] if near.share >= FAINT else []
    for rhythm in rhythms(sentence):
        if not any(rhythm.is_like(other) for other in (theirs or everywhere)):
            yield Finding("frequency", rhythm.words, rhythm.start, rhythm.end)


def _names(sentence: str, known: Known, asked: Known, language: str) -> Iterator[Finding]:
    # In German every noun has a capital letter.
    for pattern in (CODE, GERMAN_NAME) if language == "de" else (CODE, NAME):
        for match in pattern.finditer(sentence):
            if re.fullmatch(r"[vV]?[\d.]+", match[0]) or _spelled_out(sentence, match):
                continue
            if not known.holds_name(match[0]) and not asked.holds_name(match[0]):
                yield Finding("name", match[0], match.start(), match.end())
    for match in VERSIONED.finditer(sentence):
        code, number = match.groups()
        if known.holds_name(code) and not known.holds_version(code, number):
            yield Finding("name", match[0], match.start(), match.end())


def _spelled_out(sentence: str, match: re.Match[str]) -> bool:
    """An abbreviation in brackets behind the words it stands for says nothing new."""
    if sentence[max(0, match.start() - 1) : match.start()] != "(":
        return False
    before = re.findall(r"[^\W\d_]+", sentence[: match.start()])
    letters = match[0].removesuffix("s").casefold()
    return "".join(word[0] for word in before[-len(letters) :]).casefold() == letters


def _statement(sentence: str, near: Nearest) -> Iterator[Finding]:
    """Statements that come from nowhere, or that turn or widen what they come from."""
    whole = sentence.strip()
    if is_faint(near):
        yield Finding("statement", whole, 0, len(whole))
    elif denies(near):
        negation = next(iter(negations(sentence.replace("’", "'"))), None)
        if negation:
            yield Finding("negation", sentence[slice(*negation.span())], *negation.span())
        else:
            yield Finding("negation lost", whole, 0, len(whole))
    if near.says_enough and near.held:
        yield from _quantities(sentence, near)
        yield from _turns(sentence, near)


def _turns(sentence: str, near: Nearest) -> Iterator[Finding]:
    if near.share < FAINT:
        return
    sources = [held.text for held in near.sources]
    for kind, start, end in turned(sentence, sources, near.language, copy=near.is_copy):
        yield Finding(kind, sentence[start:end], start, end)


def _quantities(sentence: str, near: Nearest) -> Iterator[Finding]:
    """“All” needs an “all” in the nearest sentence; a copy may not lose its “most” or “only”."""
    ours, theirs = quantities(sentence), quantities(" ".join(h.text for h in near.sources))
    for name, match in ours.items():
        if name not in theirs:
            yield Finding("quantifier", match[0], match.start(), match.end())
    lost = [name for name in ("most", "some", "only") if name in theirs and name not in ours]
    if lost and near.is_copy and len(near.words) >= FULL_STATEMENT:
        whole = sentence.strip()
        yield Finding("quantifier lost", whole, 0, len(whole))


def _once(found: list[Finding]) -> list[Finding]:
    """One finding for a place; a figure inside of a name that is marked already is not another."""
    kept: list[Finding] = []
    for finding in sorted(set(found), key=lambda f: (f.start, f.start - f.end)):
        inside = any(
            k.start <= finding.start and finding.end <= k.end and "lost" not in k.kind
            and k.kind != "statement"
            for k in kept
        )  # fmt: skip
        if not inside:
            kept.append(finding)
    return kept
