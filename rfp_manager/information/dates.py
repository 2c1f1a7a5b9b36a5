"""The dates of a tender: until when questions may be asked, when the offer is due, when the award
and the start are planned. Read in English, German, French, Spanish, Italian and Dutch.

A date counts where words beside it say what happens then, or where it stands in a table of dates.
Dates that a text merely mentions are left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from rfp_manager.commitments.days import days_in
from rfp_manager.information.units import Unit, cells_of


class Role(StrEnum):
    SUBMISSION = "Submission"
    QUESTIONS = "Deadline for questions"
    AWARD = "Award"
    START = "Start"
    OTHER = "Date"


#: What says which date it is; the first role whose words stand nearest to the date has it.
CUES: tuple[tuple[Role, str], ...] = (
    (
        Role.QUESTIONS,
        r"questions?|clarifications?|enquir\w+|inquir\w+|queries|Fragen|Bieterfragen|R[üu]ckfragen|"
        r"Bewerberfragen|Nachfragen|Ausk[üu]nfte|"
        r"demandes? de renseignements?|renseignements compl[ée]mentaires|"
        r"preguntas|consultas|aclaraci\w+|chiarimenti|quesiti|vragen",
    ),
    (
        Role.AWARD,
        r"award\w*|contract signature|selection of (?:the )?(?:supplier|vendor|contractor)|"
        r"notification of (?:the )?(?:decision|result)\w*|preferred (?:supplier|bidder|vendor)|"
        r"Zuschlag\w*|Vergabeentscheidung|Auftragserteilung|attribution|notification du march[ée]|"
        r"adjudicaci[óo]n|aggiudicazione|gunning",
    ),
    (
        Role.START,
        r"start(?:s|ing|ed)?|commenc\w+|go[- ]?live|kick[- ]?off|effective date|"
        r"period of performance|"
        r"Vertragsbeginn|Leistungsbeginn|Projektbeginn|Projektstart|Beginn|beginnt|beginnen|"
        r"[àa] compter du|with effect from|Inbetriebnahme|"
        r"d[ée]but|d[ée]marrage|mise en service|commencement|inicio|comienzo|inizio|avvio|"
        r"aanvang|startdatum",
    ),
    (
        Role.SUBMISSION,
        r"submi\w+|(?:proposals?|bids?|tenders?|offers?|quot(?:es?|ations?)|responses?|"
        r"applications?|questionnaires?) (?:\w+ ){0,4}"
        r"(?:due|received|returned|delivered|close[sd]?)|"
        r"(?:proposal|bid|tender|offer|quote|quotation|response|rfp|rfq)s? "
        r"(?:due|deadline|closing)\w*|closing (?:date|time)|(?:response|due) date|"
        r"Angebotsabgabe|Abgabe\w*|eingegangen|eingehen|abzugeben|einzureichen|vorzulegen|"
        r"plis|d[ée]pos\w+|"
        r"Angebotsfrist|Einreich\w+|Angebote? (?:\w+ ){0,6}(?:einzureichen|abzugeben|eingehen|"
        r"vorliegen)|Schlusstermin|Ablauf der Angebotsfrist|remise des offres|"
        r"r[ée]ception des offres|d[ée]p[ôo]t|(?:date )?limite de (?:r[ée]ception|remise)|"
        r"offres (?:\w+ ){0,5}(?:remises|parvenir|d[ée]pos[ée]es)|"
        r"presentaci[óo]n|ofertas|presentazione|offerte|indiening|inschrijving",
    ),
)
_CUES = tuple((role, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for role, words in CUES)
_PLAN = re.compile(
    r"\b(?:time ?table|time ?line|schedule|key (?:dates|events)|milestones?|calendar|important "
    r"dates|procurement plan|Zeitplan|Termin\w*|Fristen|Ablauf\w*|calendrier|planning|[ée]ch[ée]"
    r"ancier|dates cl[ée]s|calendario|cronograma|plazos|scadenz\w+|tijdpad)\b",
    re.IGNORECASE,
)
#: What merely says how old a text is, or what happened before.
_ASIDE = re.compile(
    r"\b(?:version|revision|dated|issued|published|as of|last updated|copyright|amended|Stand|"
    r"Fassung|vom|version du|en date du|de fecha)\W*\Z",
    re.IGNORECASE,
)
_SHORT_YEAR = re.compile(
    r"(?<![\w./-])(?P<a>\d{1,2})(?P<mark>[./])(?P<b>\d{1,2})(?P=mark)(?P<year>\d\d)(?![\w./-]|\.\d)"
)
_SLASHED = re.compile(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<year>(?:20)?\d\d)\Z")
#: A month, quarter or half of a year is no day.
_DAY = re.compile(
    r"20\d\d-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d|\d{1,2}\D{1,30}20\d\d|\D{3,}\d{1,2}\D{1,5}20\d\d"
)
_PERIOD = re.compile(r"\b[QTH][1-4]\b|quarter|quartal|trimestre|half|halb|semest", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![\d.,/-])(?:(?:[01]?\d|2[0-3])(?:[:.h][0-5]\d)(?:\s?(?:Uhr|hrs|hours|h))?"
    r"(?:\s?[ap]\.?\s?m\b\.?)?|(?:1[0-2]|0?[1-9])\s?[ap]\.?\s?m\b\.?|"
    r"(?:[01]?\d|2[0-3])\s?(?:Uhr|h|heures|uur)\b|(?:12 )?noon|midnight|Mittag)"
    r"(?:\s*,?\s*\(?(?P<zone>(?:[ECMPAH][SD]?T|CES?T|GMT|UTC|BST|IST|WES?T|EES?T|MES?Z|AES?T)"
    r"(?:\s?[+-]\d{1,2})?|(?:local|Eastern|Central|Pacific|Mountain|Berlin|Paris|London|Brussels|"
    r"Zurich|Madrid)(?: (?:standard|daylight|local))?(?: time)?|Ortszeit|heure de Paris|"
    r"hora local)\b\)?)?",
    re.IGNORECASE,
)
#: When questions are answered, nobody has to ask any.
_ANSWERED = re.compile(
    r"\b(?:answer\w*|respon[ds]\w+|repl(?:y|ies)|Antwort\w*|Beantwortung|r[ée]ponses?|respuestas?|"
    r"risposte)\b.{0,30}\b(?:questions?|clarifications?|enquiries|queries|\w*fragen|preguntas|"
    r"consultas|quesiti)\b",
    re.IGNORECASE,
)
_DEADLINE = re.compile(
    r"\b(?:deadline|date|due|closing|\w*frist\w*|\w*termin\w*|limite|plazo|fecha|scadenza|termine)"
    r"\b", re.IGNORECASE,
)  # fmt: skip
_WEEKDAY = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|"
    r"Mittwoch|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|lunes|martes|mi[ée]rcoles|jueves|"
    r"viernes)\b", re.IGNORECASE,
)  # fmt: skip
#: A statement with more dates is a list of them that says nothing of each.
MOST_DATES = 12
NEAR_CLOCK = 60
FAR = 160


@dataclass(frozen=True)
class FoundDate:
    """A date of the tender. `day` is None for a month or a quarter; `words` say it as the text
    does, with the hour and its time zone where those are named."""

    role: Role
    label: str
    day: date | None
    words: str
    start: int
    end: int


@dataclass(frozen=True)
class _Named:
    start: int
    end: int
    day: date | None


def is_month_first(texts: Sequence[str]) -> bool:
    """Whether a document writes 03/04 for the 4th of March: another of its dates can only be
    read like that, and none only the other way."""
    found = [m for text in texts for m in re.finditer(r"\b(\d{1,2})/(\d{1,2})/(?:20)?\d\d\b", text)]
    return any(int(m[2]) > 12 for m in found) and not any(int(m[1]) > 12 for m in found)


def dates_in(unit: Unit, *, month_first: bool = False) -> Iterator[FoundDate]:
    """The dates that a statement names and says the meaning of."""
    words = unit.words
    found = _named(words, month_first)
    for named in found if len(found) <= MOST_DATES else ():
        if _ASIDE.search(words[: named.start]):
            continue
        role = _role(words, named) or _role_above(unit)
        if role is None:
            continue
        said = _said(words, named)
        label = _label(unit, words, named) if role == Role.OTHER else str(role)
        if label:
            yield FoundDate(role, label, named.day, said, unit.start, unit.end)


def _named(words: str, month_first: bool) -> list[_Named]:
    found = [
        _Named(one.start, one.end, one.last if _is_day(words[one.start : one.end]) else None)
        for one in days_in(words)
    ]
    for match in _SHORT_YEAR.finditer(words):
        day = _numeric(int(match["a"]), int(match["b"]), 2000 + int(match["year"]), False)
        if day and not any(one.start < match.end() and match.start() < one.end for one in found):
            found.append(_Named(match.start(), match.end(), day))
    if month_first:
        found = [replace(one, day=_turned(words[one.start : one.end], one.day)) for one in found]
    return sorted(found, key=lambda one: one.start)


def _is_day(words: str) -> bool:
    return bool(_DAY.search(words)) and not _PERIOD.search(words)


def _turned(words: str, day: date | None) -> date | None:
    match = _SLASHED.search(words)
    if match is None:
        return day
    year = int(match["year"])
    return _numeric(int(match["a"]), int(match["b"]), year % 100 + 2000, True) or day


def _numeric(a: int, b: int, year: int, month_first: bool) -> date | None:
    day, month = (b, a) if (month_first and a <= 12) or b > 12 else (a, b)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _role(words: str, named: _Named) -> Role | None:
    """What the words nearest to a date say of it; those before it count, and those behind it
    where none stand before."""
    between = words[max(0, named.start - FAR) : named.start]
    if _ANSWERED.search(between):
        return Role.OTHER
    # Of a sentence with several dates each has what stands since the one before.
    before = [(m.end(), -n, role) for n, (role, cue) in enumerate(_CUES)
              for m in cue.finditer(_since_last(between))]  # fmt: skip
    if before:
        return _of_these([role for _, _, role in before], max(before)[2])
    behind = words[named.end : named.end + FAR]
    if not _is_row(words):
        behind = re.split(r"[;]| and | und | et ", behind)[0]
    after = [(m.start(), n, role) for n, (role, cue) in enumerate(_CUES)
             for m in cue.finditer(behind)]  # fmt: skip
    return min(after)[2] if after else None


def _of_these(roles: list[Role], nearest: Role) -> Role:
    """“Submission of questions” and “Deadline for submitting clarification requests” are about
    the questions; “Award of the contract and start”: what is nearest."""
    if Role.QUESTIONS in roles and nearest == Role.SUBMISSION:
        return Role.QUESTIONS
    return nearest


def _since_last(between: str) -> str:
    last = max((one.end for one in days_in(between)), default=0)
    return between[last:]


def _is_row(words: str) -> bool:
    return "|" in words or "\t" in words


def _role_above(unit: Unit) -> Role | None:
    """A date alone has the meaning of the label above it, or of its heading; in a table of dates
    it is one at least."""
    if len(unit.words) > FAR:
        return None
    heading = unit.headings.rsplit(" > ", 1)[-1]
    above = "" if _named(unit.before, False) else unit.before
    for text in (above, heading if _DEADLINE.search(heading) else ""):
        found = [role for role, cue in _CUES if cue.search(text)]
        if found:
            return found[0]
    is_plan = _PLAN.search(unit.headings) or _PLAN.search(unit.before)
    return Role.OTHER if is_plan else None


def _said(words: str, named: _Named) -> str:
    """The date as it is written, with the nearest hour."""
    said = words[named.start : named.end]
    clocks = [
        (max(m.start() - named.end, named.start - m.end()), m[0])
        for m in _CLOCK.finditer(words)
        if not (m.start() < named.end and named.start < m.end())
    ]
    near = min(clocks, default=(NEAR_CLOCK + 1, ""))
    return f"{said}, {near[1].strip()}" if near[0] <= NEAR_CLOCK else said


def _label(unit: Unit, words: str, named: _Named) -> str:
    """What stands beside a date that has none of the usual meanings."""
    first = min(one.start for one in _named(words, False))
    beside = [*cells_of(words[:first]), *cells_of(words[named.end :])]
    rest = [cell for cell in beside if re.search(r"[^\W\d_]{3}", _WEEKDAY.sub("", cell))]
    label = _WEEKDAY.sub("", rest[0]) if rest else ""
    return re.sub(r"\s+", " ", label).strip(" :–-,(*").removesuffix(" by")[:120]
