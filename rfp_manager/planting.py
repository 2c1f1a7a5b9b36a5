"""Errors planted into true sentences: what a check, or a reviewer, ought to find.

Every plant changes one thing that a buyer would hold the vendor to. They are made of lists of
words of their own, not of those that the checks use, so that what the checks do not know is missed
as it would be in life. English, German, French and Spanish.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from llm_manager.providers.builtin.words import guess_language
from llm_manager.sentences import split_sentences
from rfp_manager.planting_words import INVENTED, NAMES, SWAPS

#: (start, end, replacement) in characters of a sentence.
Change = tuple[int, int, str]
NUMBER = re.compile(r"(?<![\w.,:/-])\d+(?:[.,]\d+)?(?![\w:/-])(?![.,]\d)")
#: Behind these words a number is a name's: ISO 27001, TLS 1.3, Article 32.
NAMED = re.compile(
    r"(?:[A-Z]{2,}\w*|[A-Z]\w+|Art|Level|Type|Tier|Version|version|Rev|section)[ \-/]?\.?\Z"
)
YEAR = re.compile(r"(?:19|20)\d\d\Z")
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
}
WRITTEN_DATE = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|\."
    r"|er)?(?: de)? ([^\W\d_]{3,10})(?: de)? \d{4}"
)
ISO_DATE = re.compile(r"\b\d{4}-\d\d-(\d\d)\b")
VERSION = re.compile(r"\b(?:[A-Z]{2,}\w*|[A-Z]\w+|[Vv]ersion) v?(\d{1,2})\.(\d{1,2})\b")
STANDARD = re.compile(r"\b(?:ISO(?:/IEC)?|NIST SP|IEC|EN)[ -](\d{3,5})")
SOC = re.compile(r"\bSOC ([123])\b")
TYPE = re.compile(r"\b(?:Type|Typ|Tipo) (II?|[12])\b")
LEVEL = re.compile(r"\b(?:Level|Tier|Stufe|niveau|nivel) ([1-4])\b")
KEY_LENGTH = re.compile(r"\b(?:AES|RSA|SHA)[ -]?(128|192|256|384|512|2048|4096)\b")
PROPER = re.compile(r"(?<=[a-zß-ÿ,;)] )[A-Z][a-zß-ÿ]{3,}(?: [A-Z][a-zß-ÿ]{3,})?(?!\w)")
COMPANY = re.compile(
    r"\b[A-Z][\w-]+(?: [A-Z][\w-]+)? (?=(?:GmbH|AG|AB|SE|Ltd|Inc|SA|SAS|SL"
    r"|S\.A\.))"
)
OTHER_STANDARDS = {"27001": "27017", "27017": "27018", "27018": "27701", "27701": "27001",
                   "9001": "14001", "22301": "20000"}  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A sentence with an error: `text[start:end]` replaces `was`."""

    kind: str
    text: str
    start: int
    end: int
    was: str


def plants(sentence: str, chance: random.Random, language: str = "") -> Iterator[Planted]:
    """One error of every kind that the sentence has room for."""
    language = language or guess_language(sentence)
    for kind, find in KINDS.items():
        found = [c for c in find(sentence, language, chance) if sentence[c[0] : c[1]] != c[2]]
        if found:
            yield _planted(kind, sentence, chance.choice(found))


def plant(text: str, kind: str, chance: random.Random) -> Planted | None:
    """The text of an answer with an error of this kind in one of its sentences; None where there
    is no room for it."""
    sentences, language = _read(text)
    spans = list(sentences)
    chance.shuffle(spans)
    for start, end in spans:
        sentence = text[start:end]
        found = [
            c for c in KINDS[kind](sentence, language, chance) if sentence[c[0] : c[1]] != c[2]
        ]
        if found:
            a, b, words = chance.choice(found)
            return _planted(kind, text, (start + a, start + b, words))
    return None


@lru_cache(maxsize=8)
def _read(text: str) -> tuple[tuple[tuple[int, int], ...], str]:
    """Its sentences and its language: one kind of error after the other is tried on a text."""
    return tuple(split_sentences(text)), guess_language(text)


def _planted(kind: str, text: str, change: Change) -> Planted:
    start, end, words = change
    changed = text[:start] + words + text[end:]
    return Planted(kind, changed, start, start + len(words), text[start:end])


def _numbers(text: str, language: str, chance: random.Random) -> Iterator[Change]:
    in_dates = [m.span() for m in WRITTEN_DATE.finditer(text)]
    for match in NUMBER.finditer(text):
        of_a_name = NAMED.search(text[: match.start()]) or YEAR.match(match[0])
        in_date = any(a <= match.start() < b for a, b in in_dates)
        if not of_a_name and not in_date:
            yield match.start(), match.end(), _other_number(match[0], chance)


def _other_number(number: str, chance: random.Random) -> str:
    if re.fullmatch(r"\d+[.,]\d{2}", number) and number[-1] != "0":
        return number[:-1]  # 99.95 becomes 99.9
    if re.search(r"[.,]", number):
        return number[:-1] + str((int(number[-1]) + 3) % 10)
    value = int(number)
    return str(chance.choice([value + 1, value * 2 + 1, value + 10]))


def _dates(text: str, language: str, chance: random.Random) -> Iterator[Change]:
    months = MONTHS.get(language, MONTHS["en"]).split()
    for match in WRITTEN_DATE.finditer(text):
        if match[2] in months:
            day = int(match[1])
            yield *match.span(1), str(day + 1 if day < 28 else day - 1)
            yield *match.span(2), months[(months.index(match[2]) + 1) % 12]
            year = int(match[0][-4:])
            yield match.end() - 4, match.end(), str(year + chance.choice([-1, 1]))
    for match in ISO_DATE.finditer(text):
        day = int(match[1])
        yield *match.span(1), f"{day + 1 if day < 28 else day - 1:02d}"


def _versions(text: str, language: str, chance: random.Random) -> Iterator[Change]:
    for match in VERSION.finditer(text):
        minor = int(match[2])
        yield *match.span(2), str(minor + 1 if minor < 3 or chance.random() < 0.5 else minor - 1)


def _certificates(text: str, language: str, chance: random.Random) -> Iterator[Change]:
    for match in STANDARD.finditer(text):
        yield *match.span(1), OTHER_STANDARDS.get(match[1], str(int(match[1]) + 1))
    for pattern, others in (
        (SOC, {"1": "2", "2": "3", "3": "2"}),
        (TYPE, {"I": "II", "II": "I", "1": "2", "2": "1"}),
        (LEVEL, {"1": "2", "2": "3", "3": "2", "4": "3"}),
        (KEY_LENGTH, {"256": "128", "128": "256", "2048": "4096", "4096": "2048"}),
    ):
        for match in pattern.finditer(text):
            yield *match.span(1), others.get(match[1], "256")


def _names(text: str, language: str, chance: random.Random) -> Iterator[Change]:
    known = re.compile(r"\b(?:" + "|".join(map(re.escape, NAMES)) + r")\b")
    # In German every noun has a capital letter.
    patterns = (known, COMPANY) if language == "de" else (known, COMPANY, PROPER)
    for pattern in patterns:
        for match in pattern.finditer(text):
            other = chance.choice([name for name in NAMES if name not in text])
            yield match.start(), match.start() + len(match[0].rstrip()), other


def _invented(text: str, language: str, chance: random.Random) -> Iterator[Change]:
    pool = INVENTED.get(language, INVENTED["en"])
    if len(text.split()) > 3 and text.rstrip().endswith((".", "!", "?")):
        yield len(text.rstrip()), len(text), " " + chance.choice(pool)


def _swaps(kind: str) -> Callable[[str, str, random.Random], Iterator[Change]]:
    def find(text: str, language: str, chance: random.Random) -> Iterator[Change]:
        for pattern, replacement in _compiled(kind, language):
            for match in pattern.finditer(text):
                words = match.expand(replacement)
                if match[0][:1].isupper():
                    words = words[:1].upper() + words[1:]
                end = match.end()
                if not words and not match.start() and text[end : end + 1].islower():
                    yield match.start(), end + 1, text[end].upper()
                else:
                    yield match.start(), end, words

    return find


_CACHE: dict[tuple[str, str], list[tuple[re.Pattern[str], str]]] = {}


def _compiled(kind: str, language: str) -> Sequence[tuple[re.Pattern[str], str]]:
    if (kind, language) not in _CACHE:
        pairs = SWAPS[kind].get(language, [])
        _CACHE[kind, language] = [
            (re.compile(rf"(?<!\w)(?:{found})", re.IGNORECASE), to) for found, to in pairs
        ]
    return _CACHE[kind, language]


KINDS: dict[str, Callable[[str, str, random.Random], Iterator[Change]]] = {
    "number": _numbers,
    "unit": _swaps("unit"),
    "date": _dates,
    "version": _versions,
    "certificate": _certificates,
    "name": _names,
    "not removed": _swaps("not removed"),
    "not added": _swaps("not added"),
    "quantifier": _swaps("quantifier"),
    "comparison": _swaps("comparison"),
    "modality": _swaps("modality"),
    "responsibility": _swaps("responsibility"),
    "frequency": _swaps("frequency"),
    "invented": _invented,
}
