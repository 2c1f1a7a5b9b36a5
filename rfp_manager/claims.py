"""What an answer claims of the things that buyers compare: (topic, object, value).

Two claims are compared where they speak of the same topic and object and of the same plan, severity
or place; what cannot be told apart for sure is not compared at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from llm_manager.providers.builtin.polarity import is_negated
from llm_manager.sentences import split_sentences
from rfp_manager.claim_words import CERTIFICATES, DISCRIMINATORS, OBJECTS, PLACES, TOPICS, Topic
from rfp_manager.facts import Figure, all_counting_words, figures
from rfp_manager.rhythms import rhythms
from rfp_manager.wordings import PLANNED, bounds

HOURS = {"sec": 1 / 3600, "min": 1 / 60, "hou": 1.0, "day": 24.0, "wee": 168.0, "mon": 730.0,
         "qua": 2190.0, "yea": 8760.0}  # fmt: skip
CLAUSE = re.compile(
    r"[;:]\s|,\s|\s(?:and|but|while|whereas|und|aber|et|mais|y|pero)\s", re.IGNORECASE
)
TLS = re.compile(r"\bTLS[ -]?v?(1\.[0-3])|(?<=TLS 1\.2 )(?:or|and) (1\.3)", re.IGNORECASE)
OLD_TLS = re.compile(
    r"\b(?:disabled|not (?:supported|accepted)|rejected|older|deaktiviert)\b", re.I
)
#: Not of one connection, but of what is accepted at all.
WHOLE_TLS = re.compile(
    r"\b(?:all|every|any|only|require\w*|minimum|at least|or (?:higher|later|newer|above)|accept\w*"
    r"|support\w*|connections|alle|jede\w*|nur|mindestens|toutes?|au moins|minimum|todas?|al menos"
    r"|como mínimo)\b",
    re.IGNORECASE,
)
KEY_LENGTH = re.compile(r"\b(AES|RSA)[ -]?(128|192|256|2048|3072|4096)\b")
CERTIFICATE = re.compile(
    "|".join(f"(?P<c{n}>{words})" for n, (_, words) in enumerate(CERTIFICATES))
)
#: A figure counts for a topic only so near to it that nothing else is meant.
SHORT_REPLY = 14
#: Values closer than this are the same, written otherwise: 30 days and a month.
SAME = 0.04


@dataclass(frozen=True)
class Claim:
    """`side`: "least", "most" or "" (exactly). `key` is what claims are compared by."""

    topic: str
    key: tuple[str, ...]
    value: float | str
    side: str
    words: str

    def clashes(self, other: "Claim") -> bool:
        """Whether both cannot be told to one buyer. The same key is taken for granted."""
        if isinstance(self.value, str) or isinstance(other.value, str):
            return self.value != other.value
        near = 0.0 if self.topic == "Availability" else SAME
        if abs(self.value - other.value) <= near * max(self.value, other.value):
            return {self.side, other.side} == {"least", "most"} and self.topic in ONE_SIDED
        sides = (self.side, other.side)
        if sides[0] == sides[1]:
            return True
        low, high = sorted((self, other), key=lambda claim: float(claim.value))
        # 35 days contradict "at least 90", and not "at most 90".
        return low.side == "most" or high.side == "least"


#: Topics for which "at least 24 hours" and "at most 24 hours" are two different promises.
ONE_SIDED = frozenset({"Retention", "Password length"})


def claims_of(question: str, answer: str, choice: str = "") -> list[Claim]:
    """Everything that an answer claims; a short reply takes its topic from the question."""
    found: list[Claim] = []
    spans = split_sentences(answer)
    context = question if len(answer.split()) <= SHORT_REPLY and len(spans) == 1 else ""
    for start, end in spans:
        found += _claims_in(answer[start:end], context)
    if choice:
        found += _certificates(f"{choice}. {question}", question, choice)
    return list(dict.fromkeys(found))


def _claims_in(sentence: str, context: str) -> Iterator[Claim]:
    for topic in TOPICS:
        if topic.pattern.search(sentence) or (context and topic.pattern.search(context)):
            yield from _valued(topic, sentence, context)
    yield from _security(sentence, context)
    yield from _places(sentence, context)
    yield from _certificates(sentence, context, "")


# -- durations, percentages, counts and rhythms --------------------------------------------
def _valued(topic: Topic, sentence: str, context: str) -> Iterator[Claim]:
    values = list(_values(topic, sentence))
    if len(values) > 1 and not all(_objects(topic, clause) for _, _, clause in values):
        return  # whose values they are cannot be told
    for value, side, clause in values:
        objects = _objects(topic, clause) or _objects(topic, f"{sentence} {context}")
        marks = discriminators(clause if len(values) > 1 else f"{sentence} {context}")
        if topic.needs_object and not objects:
            continue
        if topic.sort == "percent":
            # A promise of "at least 99.9 %" is one of 99.9 %, by the month or not.
            side, marks = "", frozenset(m for m in marks if not rhythms(m))
        key = (topic.name, *sorted(objects), "|", *sorted(marks))
        yield Claim(topic.name, key, value, side, sentence.strip())


def _values(topic: Topic, sentence: str) -> Iterator[tuple[float, str, str]]:
    """(value, side, the clause it stands in)."""
    if topic.sort == "rhythm":
        for rhythm in rhythms(sentence):
            yield rhythm.per_year, "", _clause_at(sentence, rhythm.start)
        return
    sides = {b.start: b for b in bounds(sentence, "en")}
    for figure in (*figures(sentence), *all_counting_words(sentence)):
        value = _value(topic.sort, figure, sentence)
        if value is not None:
            near = [b for b in sides.values() if b.anchors & figure.readings]
            side = next((b.side for b in near if b.side in ("least", "most")), "")
            yield value, side, _clause_at(sentence, figure.start)


def _value(sort: str, figure: Figure, sentence: str) -> float | None:
    number = _plain(figure)
    if number is None:
        return None
    if sort == "duration":
        hours = HOURS.get(figure.unit)
        return number * hours if hours and not _counts_rhythm(figure, sentence) else None
    if sort == "percent":
        return number if figure.unit == "%" and 50 <= number <= 100 else None
    following = sentence[figure.end : figure.end + 14]
    characters = re.match(r"[ -]?(?:characters?|Zeichen|caractères|caracteres)", following)
    return number if characters else None


def _counts_rhythm(figure: Figure, sentence: str) -> bool:
    return any(r.start <= figure.start < r.end for r in rhythms(sentence))


def _plain(figure: Figure) -> float | None:
    numbers = [r for r in figure.readings if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", r)]
    return float(numbers[0]) if len(numbers) == 1 else None


def _clause_at(sentence: str, place: int) -> str:
    cuts = [0, *(m.end() for m in CLAUSE.finditer(sentence)), len(sentence)]
    start = max(cut for cut in cuts if cut <= place)
    end = min((cut for cut in cuts if cut > place), default=len(sentence))
    return sentence[start:end]


def _objects(topic: Topic, text: str) -> set[str]:
    names = topic.objects or tuple(OBJECTS)
    return {name for name in names if name in OBJECTS and OBJECTS[name].search(text)}


def discriminators(text: str) -> frozenset[str]:
    """Plans, severities and the like: what holds of one does not hold of the other."""
    return frozenset(match[0].casefold() for match in DISCRIMINATORS.finditer(text))


# -- encryption, places, certificates ------------------------------------------------------
def _security(sentence: str, context: str) -> Iterator[Claim]:
    if WHOLE_TLS.search(sentence) and not OLD_TLS.search(sentence):
        versions = {m[1] or m[2] for m in TLS.finditer(sentence)}
        if versions:
            lowest = min(versions)
            key = ("Lowest TLS version", "|", *sorted(discriminators(sentence)))
            yield Claim(key[0], key, lowest, "", sentence.strip())
    objects = {n for n, pattern in OBJECTS.items() if pattern.search(f"{sentence} {context}")}
    for name in {m[1] for m in KEY_LENGTH.finditer(sentence)}:
        lengths = {m[2] for m in KEY_LENGTH.finditer(sentence) if m[1] == name}
        if len(lengths) == 1 and not is_negated(sentence):
            key = (f"{name} key length", *sorted(objects), "|", *sorted(discriminators(sentence)))
            yield Claim(key[0], key, lengths.pop(), "", sentence.strip())


def _places(sentence: str, context: str) -> Iterator[Claim]:
    """Where data lie: countries that are not the same, where one is named alone."""
    of_data = re.search(
        r"\b(?:data|backups?|cop(?:y|ies)|Daten|Sicherungen|données|sauvegardes|datos|copias)\b.*"
        r"\b(?:stored|hosted|kept|held|located|processed|resid\w+|stay|leave|gespeichert|liegen"
        r"|verarbeitet|hébergé\w*|stocké\w*|conservé\w*|almacen\w+|alojan|guardan)\b",
        f"{context} {sentence}", re.IGNORECASE,
    )  # fmt: skip
    found = {PLACES[m[0]] for m in _PLACE.finditer(sentence)}
    if of_data and len(found) == 1 and not is_negated(sentence):
        objects = {n for n in ("backups", "logs") if OBJECTS[n].search(f"{sentence} {context}")}
        marks = discriminators(f"{sentence} {context}")
        key = ("Place of data", *sorted(objects), "|", *sorted(marks))
        yield Claim(key[0], key, found.pop(), "", sentence.strip())


_PLACE = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, PLACES), key=len, reverse=True)) + r")\b"
)
NOT_HELD = re.compile(
    r"\b(?:not|no|nor|never|nicht|kein\w*|pas|aucune?|ningun\w*|sin)\b.{0,60}(?:certif|zertifi|ISO"
    r"|SOC|PCI|FedRAMP|TISAX|C5|HITRUST|Cyber|CSA|hold|have|compliant|attest)|\b(?:do|does|are|is)"
    r"(?:n['’]t| not)\b",
    re.IGNORECASE,
)
HELD = re.compile(
    r"\b(?:certified|certificate|certification|compliant|attest\w+|audited|hold\w*|have|report"
    r"|zertifiziert|zertifikat|zertifizierung|certifiée?s?|certificad[oa]s?|certificación)\b",
    re.IGNORECASE,
)


def _certificates(sentence: str, context: str, choice: str) -> Iterator[Claim]:
    """Held, planned or not held; nothing of several in one sentence that is not affirmed whole."""
    names = {
        CERTIFICATES[int((m.lastgroup or "c0")[1:])][0] for m in CERTIFICATE.finditer(sentence)
    }
    if not choice and not (
        HELD.search(sentence) or re.match(r"\W*(?:yes|no|ja|nein)\b", sentence, re.I)
    ):
        return
    if len(names) != 1 or "?" in sentence and not choice:
        return
    if choice:
        state = _state_of_choice(choice)
    else:
        planned = bool(PLANNED.search(sentence))
        denied = bool(NOT_HELD.search(sentence))
        state = "planned" if planned else "not held" if denied else "held"
    if state:
        name = names.pop()
        # A letter of the certificate says which: Type I and Type II are two.
        yield Claim(f"Certificate {name}", ("Certificate", name), state, "", sentence.strip())


def _state_of_choice(choice: str) -> str:
    if re.match(r"\s*(?:yes|ja|oui|sí|sì|sim)\b", choice, re.IGNORECASE):
        return "held"
    return "not held" if re.match(r"\s*(?:no|nein|non|não|nee)\b", choice, re.IGNORECASE) else ""
