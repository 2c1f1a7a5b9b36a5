"""Checks in code that the exact facts of an answer stand in the passages it cites."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from llm_manager.sentences import split_sentences

NUMBER = re.compile(r"(?<![\w.,])\d[\d.,:/-]*\d|(?<![\w.,])\d")
# A name or code: capitals inside or throughout, or letters with digits (TLS, SOC, AES-256).
CODE = re.compile(r"\b(?:[A-Z]{2,}[\w-]*|[A-Za-z]+-?\d[\w.-]*|[A-Z]\w*[A-Z]\w*)\b")
NAME = re.compile(r"(?<=[\w,;:)] )[A-Z][\w'’-]+")
NEGATIONS = re.compile(
    r"\b(?:not|no|never|none|without|cannot|neither|nor|n['’]t|nicht|kein\w*|nie|ohne|ne|pas|"
    r"jamais|sans|sin|nunca|ningun\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
QUANTIFIERS = re.compile(
    r"\b(?:all|every|always|any|each|only|most|some|alle|jede\w*|immer|tous|toutes|toujours|"
    r"todos|todas|siempre)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """Words of an answer that the evidence does not hold; spans count characters."""

    kind: str
    words: str
    start: int
    end: int

    def to_dict(self) -> dict[str, str | int]:
        return {"kind": self.kind, "words": self.words, "start": self.start, "end": self.end}


def normal(text: str) -> str:
    """`text` as it is compared: compatibility forms, quotes and spaces made equal."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return re.sub(r"\s+", " ", text.replace("‑", "-").replace("–", "-")).casefold()


def unsupported(answer: str, evidence: Iterable[str]) -> list[Finding]:
    """Numbers, codes, names, negations and quantifiers of `answer` without a place in it.

    A sentence that stands verbatim in the evidence is supported as a whole.
    """
    texts = [normal(text) for text in evidence]
    found: list[Finding] = []
    for start, end in split_sentences(answer):
        sentence = answer[start:end]
        if any(normal(sentence).strip() in text for text in texts):
            continue
        found += _in_sentence(sentence, start, texts)
    return found


def _in_sentence(sentence: str, offset: int, texts: list[str]) -> list[Finding]:
    found = []
    for kind, pattern in (("number", NUMBER), ("name", CODE), ("name", NAME)):
        for match in pattern.finditer(sentence):
            words = match[0].rstrip(".,:;/-")
            if words and not _stands(words, texts):
                found.append(_finding(kind, words, offset + match.start()))
    found += _polarity(sentence, offset, texts)
    return _once(found)


def _stands(words: str, texts: list[str]) -> bool:
    pattern = r"(?<![\w])(?<!\d[.,])" + re.escape(normal(words)) + r"(?![\w])(?![.,]\d)"
    return any(re.search(pattern, text) for text in texts)


def _polarity(sentence: str, offset: int, texts: list[str]) -> list[Finding]:
    """A negation or “all” in the answer needs one in the sentence of the evidence it follows."""
    found = []
    source = _nearest(sentence, texts)
    for kind, pattern in (("negation", NEGATIONS), ("quantifier", QUANTIFIERS)):
        there = {normal(m[0]) for m in pattern.finditer(source)}
        for match in pattern.finditer(sentence):
            if kind == "negation" and not there or kind == "quantifier" and (
                normal(match[0]) not in there
            ):
                found.append(_finding(kind, match[0], offset + match.start()))
        if kind == "negation" and there and not pattern.search(sentence):
            found.append(_finding("negation lost", sentence.strip(), offset))
    return found


def _nearest(sentence: str, texts: list[str]) -> str:
    """The sentence of the evidence that shares most words with `sentence`."""
    words = set(re.findall(r"\w{3,}", normal(sentence)))
    best, most = "", 0
    for text in texts:
        for start, end in split_sentences(text):
            shared = len(words & set(re.findall(r"\w{3,}", text[start:end])))
            if shared > most:
                best, most = text[start:end], shared
    return best


def _finding(kind: str, words: str, start: int) -> Finding:
    return Finding(kind, words, start, start + len(words))


def _once(found: list[Finding]) -> list[Finding]:
    unique = {(f.start, f.end): f for f in found}
    return sorted(unique.values(), key=lambda f: (f.start, f.end))
