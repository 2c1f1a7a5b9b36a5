"""Figures, dates and names in a text, with their places, written so that they can be compared."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from llm_manager.providers.builtin.facts import MONTHS

#: Digits that are joined by a mark are one figure: 99.95, 24/7, 27001:2022, 2026-03-12.
NUMBER = re.compile(r"(?<![\w.])[vV]?\d+(?:[.,:/\-–'’\u202f\u00a0]\d+)*")
SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3})+(?![\w])(?![.,]\d)")
GROUPED = re.compile(r"\d{1,3}(?:([.,'’\u202f\u00a0 ])\d{3})(?:\1\d{3})*\Z")
GROUPED_DECIMAL = re.compile(r"(\d{1,3}([.,'’\u202f\u00a0 ])\d{3}(?:\2\d{3})*)([.,])(\d+)")
# What a model puts after a statement to say where it comes from.
MARKER = re.compile(r"[ \u00a0]?\[(?:passages? ?)?\d{1,2}(?:[,;–-] ?\d{1,2})*\]", re.IGNORECASE)
# A name or code: capitals inside or throughout, or letters with digits (TLS, SOC, AES-256).
CODE = re.compile(
    r"\b(?:[A-Z]{2,}[^\W_]*|[^\W\d_]+\d[^\W_]*|[A-Z][^\W_]*[A-Z][^\W_]*)"
    r"(?:[-/.&][^\W_]+)*(?:s\b)?"
)
NAME = re.compile(r"(?<=[\w,;)] )[A-Z][^\W\d_]++(?:[-'’][^\W\d_]++)*+(?!\w)")
#: In German, where every noun has a capital letter: companies, and places without an article.
GERMAN_NAME = re.compile(
    r"\b[A-Z][\w-]+(?: [A-Z][\w-]+)?(?= (?:GmbH|AG|AB|SE|KG|Ltd|Inc|SA|SAS|SL|S\.A\.)\b)"
    r"|(?<=\b[Ii]n )(?!\w+(?:ung|heit|keit|ion|schaft|tät|mus|ment|form|weise|fall|zeit)e?n?\b)"
    r"[A-ZÄÖÜ][a-zäöüß]+(?=[,.;:)]|\s+(?:und|oder|ist|sind|liegt|steht|wird|werden|nach|statt)\b"
    r"|\Z)"
)
VERSIONED = re.compile(
    r"\b([A-Z]{2,}[A-Za-z]*?|Tier|Level|Type|Version|Class|Article|Section|Annex|Part|Phase)"
    r"[ \-]?[vV]?(\d+(?:[.:]\d+)*|[IVX]{1,4})(?![\w])(?![.,:]\d)"
)
JOINTS = re.compile(r"[-/.&'’‑]")
NAME_PARTS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
REACH = 40  # characters between a code and its number in "TLS 1.2 or 1.3"
WRITTEN_DATE = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th|er|\.)? (?:of |de )?([^\W\d_]{3,10})\.?,? (?:de )?(\d{4})"
    r"|([^\W\d_]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}))\b"
)
NUMERIC_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./](\d{1,2})[./](\d{4})")
COUNTED = {
    word: str(number)
    for number, words in {
        2: "two zwei deux dos", 3: "three drei trois tres", 4: "four vier quatre cuatro",
        5: "five fünf cinq cinco", 6: "six sechs seis", 7: "seven sieben sept siete",
        8: "eight acht huit ocho", 9: "nine neun neuf nueve", 10: "ten zehn dix diez",
        11: "eleven elf onze once", 12: "twelve zwölf douze doce", 15: "fifteen fünfzehn quinze",
        20: "twenty zwanzig vingt veinte", 24: "twenty-four", 30: "thirty dreißig trente treinta",
        60: "sixty sechzig soixante sesenta", 90: "ninety neunzig noventa", 100: "hundred hundert",
    }.items()
    for word in words.split()
}  # fmt: skip
_TENS = {
    2: "twenty zwanzig vingt veinte", 3: "thirty dreißig trente treinta",
    4: "forty vierzig quarante cuarenta", 5: "fifty fünfzig cinquante cincuenta",
    6: "sixty sechzig soixante sesenta", 7: "seventy siebzig setenta",
    8: "eighty achtzig ochenta", 9: "ninety neunzig noventa",
}  # fmt: skip
_ONES = {
    1: "one ein un uno", 2: "two zwei deux dos", 3: "three drei trois tres",
    4: "four vier quatre cuatro", 5: "five fünf cinq cinco", 6: "six sechs seis",
    7: "seven sieben sept siete", 8: "eight acht huit ocho", 9: "nine neun neuf nueve",
}  # fmt: skip
#: thirty-five, fünfunddreißig, trente-cinq: tens and ones of one language.
for _ten, _tens in _TENS.items():
    COUNTED |= {word: str(_ten * 10) for word in _tens.split()}
    for _one, _ones in _ONES.items():
        for _low in _ones.split():
            for _high in _tens.split():
                for _word in (f"{_high}-{_low}", f"{_low}und{_high}"):
                    COUNTED[_word] = str(_ten * 10 + _one)
#: Only English ones are figures in an answer: elsewhere they are other words too (once, onze).
_SMALL = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_BIG = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_OF_TIME = "second|minute|hour|day|week|month|quarter|year"
COUNTED["one"] = "1"
COUNTING = re.compile(
    rf"(?<![\w-])(?:(?:{'|'.join(_BIG)})(?:-(?:{'|'.join(_SMALL)}))?|{'|'.join(_SMALL[1:])}"
    r"|ten|eleven|twelve|fifteen"
    rf"|one(?=[ -](?:{_OF_TIME})s?\b))(?!\w)(?!-(?!{_OF_TIME}))",
    re.IGNORECASE,
)
SIGNS = {"$": "usd", "€": "eur", "£": "gbp", "percent": "%", "prozent": "%"}
UNIT_WORDS = (
    r"seconds? minutes? hours? days? weeks? months? quarters? years? sekunden? minuten stunden?"
    r" tag(?:en?)? wochen? monat(?:en?)? jahr(?:en?)? secondes? heures? jours? semaines? mois ans?"
    r" segundos? minutos? horas? días? semanas? meses años? % percent prozent bits? [kmgt]i?b km"
    r" usd eur gbp \$ € £"
)
UNITS = re.compile(
    r"[ \u00a0\-]?(?:(?:business|working|calendar|consecutive|full|further|last) )?("
    + UNIT_WORDS.replace(" ", "|")
    + r")(?!\w)",
    re.IGNORECASE,
)
#: Units by their first three letters, which tell them apart in all these languages.
SAME_UNITS = {
    "sek": "sec", "seg": "sec", "stu": "hou", "heu": "hou", "hor": "hou", "tag": "day",
    "jou": "day", "día": "day", "woc": "wee", "sem": "wee", "moi": "mon", "mes": "mon",
    "jah": "yea", "ans": "yea", "an": "yea", "año": "yea",
}  # fmt: skip
#: The unit of what is a part of a longer figure: it may have any.
ANY_UNIT = "any"


@dataclass(frozen=True)
class Figure:
    """A number or date with all that it may mean ("1.200" is 1200 or 1.2); span in characters."""

    words: str
    start: int
    end: int
    readings: frozenset[str]
    unit: str = ""


def normal(text: str) -> str:
    """`text` as it is compared: compatibility forms, quotes, dashes and spaces made equal."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return re.sub(r"\s+", " ", text.replace("‑", "-").replace("–", "-")).casefold()


@lru_cache(maxsize=20_000)
def normal_word(word: str) -> str:
    """The same for a single word: those of a library come again and again."""
    return normal(word)


def figures(text: str) -> Iterator[Figure]:
    """Every figure of a text in order, dates whole; marks of citations are none."""
    taken = bytearray(len(text))
    for marker in MARKER.finditer(text):
        taken[marker.start() : marker.end()] = b"\1" * len(marker[0])
    for pattern, read in ((WRITTEN_DATE, _date), (SPACED, _number), (NUMBER, _number)):
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            if readings := read(match):
                taken[match.start() : match.end()] = b"\1" * len(match[0])
                yield _figure(text, match, readings)


def counting_words(text: str) -> Iterator[Figure]:
    """Small numbers written as words."""
    for match in COUNTING.finditer(text):
        yield _figure(text, match, frozenset({COUNTED[match[0].casefold()]}))


def _figure(text: str, match: re.Match[str], readings: frozenset[str]) -> Figure:
    unit = UNITS.match(text, match.end())
    name = unit[1] if unit else SIGNS.get(text[max(0, match.start() - 1) : match.start()], "")
    return Figure(match[0], match.start(), match.end(), readings, _unit_name(name))


def _unit_name(unit: str) -> str:
    unit = SIGNS.get(unit.casefold(), unit.casefold())[:3]
    return SAME_UNITS.get(unit, unit)


def _date(match: re.Match[str]) -> frozenset[str]:
    """One reading, as 2026-03-12; none if the word between the numbers is no month."""
    day, month, year = match.group(1, 2, 3) if match[1] else match.group(5, 4, 6)
    number = MONTHS.get(month.casefold())
    return frozenset({f"{year}-{number:02d}-{int(day):02d}"} if number else ())


def _number(match: re.Match[str]) -> frozenset[str]:
    return readings(match[0])


def readings(number: str) -> frozenset[str]:
    """What a written number may mean, in one spelling each."""
    number = number.lstrip("vV").replace("–", "-")
    if date := NUMERIC_DATE.fullmatch(number):
        return _date_readings(date)
    found = set()
    if GROUPED.fullmatch(number):
        found.add(re.sub(r"\D", "", number))
    if (long := GROUPED_DECIMAL.fullmatch(number)) and long[2] != long[3]:
        found.add(_shortest(re.sub(r"\D", "", long[1]) + "." + long[4]))
    if re.fullmatch(r"\d+(?:[.,]\d+)?", number):
        # As a decimal, 1,200 is never written for 1.2.
        plain = number.replace(",", ".")
        found.add(plain if found else _shortest(plain))
    return frozenset(found or {number})


def _date_readings(date: re.Match[str]) -> frozenset[str]:
    if date[1]:
        return frozenset({f"{date[1]}-{int(date[2]):02d}-{int(date[3]):02d}"})
    one, two = int(date[4]), int(date[5])
    return frozenset({f"{date[6]}-{one:02d}-{two:02d}", f"{date[6]}-{two:02d}-{one:02d}"})


def _shortest(number: str) -> str:
    """ "007" and "7.50" as "7" and "7.5"; longer chains (versions) never come here."""
    whole, dot, part = number.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (dot + part if part else "")


@dataclass(frozen=True)
class Known:
    """The figures and words that a text may be quoted for."""

    numbers: frozenset[str]
    units: dict[str, frozenset[str]]
    words: frozenset[str]
    text: str

    def holds(self, figure: Figure) -> bool:
        if figure.readings & self.numbers:
            return self._unit_fits(figure)
        # Both ends of a range, and both halves of "24/7", may stand apart from each other.
        parts = re.split(r"[/\-–]", figure.words.lstrip("vV"))
        is_date = NUMERIC_DATE.fullmatch(figure.words)
        return not is_date and len(parts) == 2 and all(readings(p) & self.numbers for p in parts)

    def _unit_fits(self, figure: Figure) -> bool:
        """Not 24 days where the text knows 24 as hours only."""
        found = [self.units.get(reading, frozenset()) for reading in figure.readings]
        known = frozenset().union(*found) - {ANY_UNIT}
        return not figure.unit or not known or "" in known or figure.unit in known

    def holds_name(self, name: str) -> bool:
        """Whether the name stands here, whole or in its parts; a unit of measure is none."""
        plain = _plain_name(name)
        if UNITS.fullmatch(plain):
            return True
        if any(form in self.words for form in (plain, plain + "s", plain.removesuffix("s"))):
            return True
        if all(_plain_name(part) in self.words for part in re.split(JOINTS, name)):
            return True
        parts = [p.removesuffix("v") for p in NAME_PARTS.findall(normal(name))]
        return len(parts) > 1 and all(part in self.words or part in self.numbers for part in parts)

    def holds_version(self, code: str, number: str) -> bool:
        """Whether the number stands near the code somewhere, as in "TLS 1.2 or 1.3"."""
        near = rf"\b{re.escape(normal(code))}(?:[ \-/]?v?|.{{0,{REACH}}}?(?<![\w.])v?)"
        exact = rf"{re.escape(normal(number))}(?!\w)(?![.,]\d)"
        return bool(re.search(near + exact, self.text))


def known_in(texts: list[str]) -> Known:
    """What all of `texts` together hold."""
    text = "\n".join(texts)
    found = [*figures(text), *all_counting_words(text)]
    units: dict[str, set[str]] = {}
    for figure in found:
        for reading in figure.readings:
            units.setdefault(reading, set()).add(figure.unit)
            for part in _parts(reading):
                units.setdefault(part, set()).add(ANY_UNIT)
    return Known(
        frozenset(units),
        {reading: frozenset(names) for reading, names in units.items()},
        frozenset(_words(text)),
        normal(text),
    )


def _parts(reading: str) -> list[str]:
    """What a chain may be quoted for: 27001 of 27001:2022, of a date its year and its day."""
    if date := re.fullmatch(r"(\d{4})-\d\d-(\d\d)", reading):
        return [date[1], date[2].lstrip("0")]
    parts = re.split(r"[:/\-]", reading)
    return parts if len(parts) > 1 else []


def all_counting_words(text: str) -> Iterator[Figure]:
    """Small numbers written as words, in any language: for evidence, where it does no harm that
    some are other words too."""
    for match in re.finditer(r"[^\W\d_]+(?:-[^\W\d_]+)?", text):
        word = match[0].casefold()
        if number := COUNTED.get(word) or COUNTED.get(word.partition("-")[0]):
            yield _figure(text, match, frozenset({number}))


def _words(text: str) -> Iterator[str]:
    """Each word plain, and the parts of joined ones."""
    for match in re.finditer(r"[^\W_]+(?:[-/.&'’‑][^\W_]+)*", text):
        yield _plain_name(match[0])
        yield from (_plain_name(part) for part in re.split(JOINTS, match[0]))


@lru_cache(maxsize=20_000)
def _plain_name(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"['’]s?\Z|[-‑]", "", plain)
