"""How often a thing is done: every way of saying it as times a year."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rfp_manager.facts import COUNTED

HOUR, DAY, WEEK, MONTH, QUARTER, YEAR = 8760.0, 365.0, 52.0, 12.0, 4.0, 1.0
UNITS = {
    "hour": HOUR, "hours": HOUR, "stunde": HOUR, "stunden": HOUR, "heure": HOUR, "heures": HOUR,
    "hora": HOUR, "horas": HOUR, "day": DAY, "days": DAY, "night": DAY, "nights": DAY,
    "tag": DAY, "tage": DAY, "tagen": DAY, "nacht": DAY, "jour": DAY, "jours": DAY, "nuit": DAY,
    "nuits": DAY, "día": DAY, "días": DAY, "noche": DAY, "week": WEEK, "weeks": WEEK,
    "woche": WEEK, "wochen": WEEK, "semaine": WEEK, "semaines": WEEK, "semana": WEEK,
    "semanas": WEEK, "month": MONTH, "months": MONTH, "monat": MONTH, "monate": MONTH,
    "monaten": MONTH, "mois": MONTH, "mes": MONTH, "meses": MONTH, "quarter": QUARTER,
    "quarters": QUARTER, "quartal": QUARTER, "quartale": QUARTER, "trimestre": QUARTER,
    "trimestres": QUARTER, "year": YEAR, "years": YEAR, "jahr": YEAR, "jahre": YEAR,
    "jahren": YEAR, "an": YEAR, "ans": YEAR, "année": YEAR, "años": YEAR, "año": YEAR,
}  # fmt: skip
#: Words that say it by themselves, with their endings.
ALONE = {
    r"hourly|stündlich\w*": HOUR,
    r"daily|nightly|täglich\w*|nächtlich\w*|quotidien\w*|diari(?:a|as|o|os|amente)|a diario": DAY,
    r"weekly|wöchentlich\w*|hebdomadaires?|semanal(?:es|mente)?": WEEK,
    r"fortnightly": WEEK / 2,
    r"monthly|monatlich\w*|mensuel\w*|mensual(?:es|mente)?": MONTH,
    r"quarterly|vierteljährlich\w*|quartalsweise|trimestriel\w*|trimestral(?:es|mente)?": QUARTER,
    r"(?:semi|half|bi)-?annual(?:ly)?|half-yearly|halbjährlich\w*|semestriel\w*"
    r"|semestral(?:es|mente)?": 2 * YEAR,
    r"annual(?:ly)?|yearly|jährlich\w*|annuel\w*|anual(?:es|mente)?": YEAR,
    r"biennial(?:ly)?": YEAR / 2,
}
TIMES = {
    "once": 1, "twice": 2, "thrice": 3, "einmal": 1, "zweimal": 2, "dreimal": 3, "viermal": 4,
    "une": 1, "una": 1, "other": 2, "second": 2, "zweite": 2, "zweiten": 2, "deux": 2,
}  # fmt: skip
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_COUNT = r"\d+|[^\W\d_]+"
#: "every six months", "alle 6 Monate": one in so many.
SPAN = re.compile(
    rf"\b(?:every|alle|tous les|toutes les|cada|jede[nrs]?) (?:(?P<count>{_COUNT}) )?"
    rf"(?P<unit>{_UNIT})\b",
    re.IGNORECASE,
)
#: "twice a year", "zweimal im Jahr", "deux fois par an": so many in one.
RATE = re.compile(
    rf"\b(?:(?P<word>once|twice|thrice|einmal|zweimal|dreimal|viermal)"
    rf"|(?P<count>{_COUNT})[ -]?(?:times|mal|fois|vez|veces)) "
    rf"(?:a|an|per|each|every|in a|im|pro|je|in der|am|par|al|a la|por) (?P<unit>{_UNIT})\b",
    re.IGNORECASE,
)
#: "each night", "per month", "a year": one in one. Not "for a year", nor "im Jahr 2026".
EACH = re.compile(
    rf"(?:\b(?:each|per|pro|chaque|par)|(?<!for)(?<!within)(?<!than)(?<!after)(?<!until)(?<!about)"
    rf"(?<!half)(?<!\bof)(?<!\bin)(?<!\bis)(?<!least)(?<!most) an?|(?<=\d) im|(?<=%) im|\bje| al) "
    rf"(?P<unit>{_UNIT})\b(?! \d)(?!-)(?! (?:ago|later|long|old))",
    re.IGNORECASE,
)
WORDS = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<w{n}>{words})" for n, words in enumerate(ALONE)) + r")(?!\w)",
    re.IGNORECASE,
)
RATES = tuple(ALONE.values())
#: Two rhythms that differ less than this are the same: 365 days and 52 weeks.
NEAR = 0.03


@dataclass(frozen=True)
class Rhythm:
    """Words of a text that say how often; the span counts characters."""

    words: str
    start: int
    end: int
    per_year: float

    def is_like(self, other: "Rhythm") -> bool:
        return abs(self.per_year - other.per_year) <= NEAR * max(self.per_year, other.per_year)


def rhythms(text: str) -> list[Rhythm]:
    """Everything that says how often, in order, none within another."""
    found: list[Rhythm] = []
    for rhythm in sorted(_all(text), key=lambda r: (r.start, -r.end)):
        if not found or rhythm.start >= found[-1].end:
            found.append(rhythm)
    return found


def _all(text: str) -> Iterator[Rhythm]:
    for match in RATE.finditer(text):
        if count := _number(match["word"] or match["count"]):
            yield _rhythm(match, count * UNITS[match["unit"].casefold()])
    for match in SPAN.finditer(text):
        if count := _number(match["count"] or "1"):
            yield _rhythm(match, UNITS[match["unit"].casefold()] / count)
    for match in EACH.finditer(text):
        yield _rhythm(match, UNITS[match["unit"].casefold()])
    for match in WORDS.finditer(text):
        yield _rhythm(match, RATES[int((match.lastgroup or "w0")[1:])])


def _number(word: str) -> float:
    """0 where the word is no number."""
    if word.isdigit():
        return float(word) if len(word) < 5 else 0.0
    return float(TIMES.get(word.casefold()) or COUNTED.get(word.casefold()) or 0)


def _rhythm(match: re.Match[str], per_year: float) -> Rhythm:
    words = match[0].lstrip()
    return Rhythm(words, match.end() - len(words), match.end(), per_year)
