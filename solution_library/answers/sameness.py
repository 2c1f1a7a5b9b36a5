"""Whether two questions ask the same thing: nearness in meaning, and what must not differ.

Vectors of "Do you encrypt backups with AES-256?" and "… with AES-128?" lie as close together as
those of two wordings of one question, so numbers, codes and denials are compared by themselves.
"""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

#: From here on two questions are taken for the same, where nothing differs that must not. On the
#: scale of `rescaled`; chosen on labelled pairs (benchmarks/same_questions.py).
SAME = 0.55
#: Below this they have nothing to do with each other.
SIMILAR = 0.25
#: Questions about different things, to see how near a model puts what has nothing in common.
UNRELATED = (
    "Are backups encrypted?",
    "Who is the chief executive of the company?",
    "Which languages does the user interface offer?",
    "How many people work in customer support?",
    "Is the software licence billed per user or per server?",
    "Where is the nearest airport to your headquarters?",
    "Do employees pass a background check before they start?",
    "Which browsers are supported?",
    "How do you dispose of old paper records?",
    "What is the warranty on replacement batteries?",
    "Does the mobile app work without a network?",
    "How is the vendor insured against fire and flood?",
)
#: Letters with digits, or capitals inside or throughout: AES-256, TLS 1.2, SOC 2, ISO 27001.
_CODE = re.compile(
    r"\b(?:[A-Z]{2,}[^\W_]*|[^\W\d_]+\d[^\W_]*|[A-Z][^\W_]*[A-Z][^\W_]*)(?:[-/.&][^\W_]+)*"
    r"|\b[^\W\d_]{2,}-\d[\w.]*"
)
_VERSION = re.compile(
    r"\b([A-Z]{2,}|Type|Tier|Level|Class|Version|Part|Phase|Annex)[\s\-]+[vV]?(\d[\d.:]*|[IVX]{1,4})\b"
)
#: What tells one thing of a row from the next: the 256 of aes256, the ii of typeii.
_STEP = re.compile(r"(?:\d.*|(?<=type|tier)[ivx]+|(?<=level|class|annex|phase)[ivx]+)\Z")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,:/]\d+)*(?!\w)")
_DENIAL = re.compile(
    r"\b(?:not|no|never|none|without|cannot|neither|nor|unable|nicht|kein\w*|nie|niemals|ohne"
    r"|pas|jamais|sans|sin|nunca|jamás|ning[uú]n\w*|geen|niet|nooit|zonder|non|senza|mai|não|sem)\b"
    r"|n['’]t\b|不|没有|無し|ません|않|없",
    re.IGNORECASE,
)
#: They hold a denial's word and deny nothing.
_HARMLESS = re.compile(
    r"\b(?:not only|not just|not limited to|whether or not|or not|if not|no later than"
    r"|no (?:more|less|fewer|longer) than|nicht nur|no sólo|non solo|niet alleen"
    r"|non[ -](?!compli|conform)\w+)\b|\bno\. ?\d",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sameness:
    """`score`: 0 for unrelated questions, 1 for equal ones. `differences`: in words, what keeps
    two near questions from being the same."""

    score: float
    differences: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        return self.score >= SAME and not self.differences

    @property
    def is_similar(self) -> bool:
        return self.score >= SIMILAR


def floor_among(vectors: Vectors) -> float:
    """The mean cosine of vectors of length 1, each with each other."""
    upper = np.triu_indices(len(vectors), 1)
    return float((vectors @ vectors.T)[upper].mean())


def rescaled(cosine: float, floor: float) -> float:
    """A model's cosine on a scale that is about the same for all models: `floor`, the mean of
    unrelated questions, becomes 0. E5's lies near 0.8, most others' near 0.1."""
    return max(0.0, min(1.0, (cosine - floor) / max(1e-6, 1.0 - floor)))


@dataclass(frozen=True)
class Facts:
    """What of a question must not differ."""

    numbers: frozenset[str]
    codes: frozenset[str]
    denies: bool

    @property
    def kind(self) -> tuple[frozenset[str], bool]:
        """Questions of two kinds are never the same."""
        return self.numbers, self.denies


def facts_of(question: str) -> Facts:
    text = unicodedata.normalize("NFKC", question)
    return Facts(_numbers(text), _codes(text), _denies(text))


def compare(one: str, other: str, score: float) -> Sameness:
    """Two questions whose vectors are `score` (rescaled) near."""
    return Sameness(score, tuple(differences(facts_of(one), facts_of(other))))


def differences(one: Facts, other: Facts) -> list[str]:
    found = []
    if one.numbers != other.numbers:
        found.append(f"other numbers: {_both(one.numbers, other.numbers)}")
    if clash := _clash(one.codes, other.codes):
        found.append(f"other names: {clash}")
    if one.denies != other.denies:
        found.append("one of them denies what the other asks")
    return found


def _both(one: frozenset[str], other: frozenset[str]) -> str:
    return " and ".join(", ".join(sorted(part)) or "none" for part in (one - other, other - one))


def _denies(text: str) -> bool:
    return bool(_DENIAL.search(_HARMLESS.sub(" ", text)))


def _numbers(text: str) -> frozenset[str]:
    """Figures that stand alone; those of a code belong to it."""
    plain = _CODE.sub(" ", _VERSION.sub(" ", text))
    return frozenset(number.replace(",", ".") for number in _NUMBER.findall(plain))


def _codes(text: str) -> frozenset[str]:
    found = ["".join(parts) for parts in _VERSION.findall(text)]
    found += _CODE.findall(_VERSION.sub(" ", text))
    return frozenset(re.sub(r"[\W_]", "", code).casefold() for code in found)


def _clash(one: frozenset[str], other: frozenset[str]) -> str:
    """A name on each side that stands for something else: AES-128 and AES-256, SAML and LDAP.
    A name on one side alone may be said in other words on the other."""
    for left in sorted(one - other):
        for right in sorted(other - one):
            if _may_clash(left, right):
                return f"{left} and {right}"
    return ""


def _may_clash(left: str, right: str) -> bool:
    kinds = _STEP.sub("", left), _STEP.sub("", right)
    numbered = kinds[0] != left, kinds[1] != right
    if numbered == (True, True):
        return kinds[0] == kinds[1]
    return numbered == (False, False) and not (left in right or right in left)
