"""The criteria by which offers are judged, with their weights in percent.

A percentage is the weight of a criterion where the text around it speaks of judging offers, and
where the weights that stand together come to about 100, or their words say that they are weights.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rfp_manager.information.units import Unit, cells_of

_ABOUT = re.compile(
    r"\b(?:evaluat\w+|award criteri\w+|selection criteri\w+|scoring|scored?|weight\w*|"
    r"criteri(?:a|on)|evaluation factors?|Zuschlagskriteri\w+|Bewertung\w*|Wertung\w*|"
    r"Gewicht\w*|Kriteri\w+|"
    r"crit[èe]res?|pond[ée]r\w+|notation|jugement des offres|criterios?|ponderaci[óo]n|"
    r"puntuaci[óo]n|valoraci[óo]n|criteri|punteggio|gunningscriteri\w+|weging)\b",
    re.IGNORECASE,
)
_WEIGHED = re.compile(
    r"\b(?:weight\w*|points?|pts|Gewicht\w*|Punkte?n?|pond[ée]r\w+|ponderaci[óo]n|puntos|punti|"
    r"weging|punten)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:[.,]\d{1,2})?)\s?(?:%|per ?cent\b|Prozent\b|pour ?cent\b)"
)
_POINTS = re.compile(
    r"(?<![\d.,])(\d{1,4}(?:[.,]\d)?)\s?(?:points?|pts|Punkte?n?|puntos|punti|punten)\b",
    re.IGNORECASE,
)
#: What has a percentage in a tender and is no criterion.
_NOT = re.compile(
    r"\b(?:availab\w+|uptime|discount|penalt\w+|VAT|taxe?s?|payment|invoice|retention|deposit|"
    r"guarantee|deduct\w*|interest|inflation|at least|minimum|maximum of|exceed\w*|"
    r"Verf[üu]gbarkeit|Vertragsstrafe|MwSt|Umsatzsteuer|Skonto|Rabatt|Anzahlung|mindestens|"
    r"disponibilit[ée]|p[ée]nalit[ée]s?|TVA|remise|acompte|au moins|disponibilidad|IVA|"
    r"avance|advance|penalizaci\w+|descuento)\b|"
    r"^\W*(?:\w+: )?(?:sub)?(?:total|gesamt\w*|summe|somme)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^\W*(?:factor|criterion|Kriterium|Zuschlagskriterium|crit[èe]re|criterio)\s+"
    r"(?:no\.?\s*|n°\s*|Nr\.?\s*)?(?:\d{1,2}|[A-Z])\b\s*[:.)–-]+\s*(?P<name>[^|\n]{3,160})",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"^\W*(?:für|for|pour|auf|on|para|per|voor)\s+(?:(?:the|die|den|das|der|la|le|les|el|de)\s+)?",
    re.IGNORECASE,
)
#: What leads from a criterion's name to its weight.
_TAIL = re.compile(
    r"\s*(?:\b(?:is|are|will be|wird|werden|est|sera|counts?(?: for)?|accounts? for|z[äa]hlt|"
    r"compte)\b\s*)?(?:\b(?:weighted|weighs|weight(?:ing)?|worth|mit|at|with|zu|pour|"
    r"pond[ée]r[ée]e?s?|Gewichtung|pond[ée]ration|max(?:imum|imal)?\.?|and|und|et|up to|bis zu|"
    r"vergeben|[àa])\s*)*[:=(]?\s*\Z",
    re.IGNORECASE,
)
LONGEST_LABEL = 160
#: Between two weights of one list stands at most one other statement.
APART = 1
#: So many statements before a list of weights may say what it is.
BEFORE = 3
ABOUT_ALL = (97.0, 103.0)


@dataclass(frozen=True)
class FoundCriterion:
    """A criterion; `weight` in percent, None where the text names none."""

    label: str
    weight: float | None
    start: int
    end: int


@dataclass(frozen=True)
class _Weighed:
    unit: Unit
    label: str
    number: float
    is_points: bool


def criteria_in(units: Sequence[Unit]) -> Iterator[FoundCriterion]:
    """The criteria that one passage states."""
    found = False
    for first, group in _groups(units):
        for is_points in (False, True):
            some = [each for each in group if each.is_points == is_points]
            for criterion in _of_group(some, units[max(0, first - BEFORE) : first]):
                found = True
                yield criterion
    if not found:
        yield from _without_weight(units)


def _groups(units: Sequence[Unit]) -> Iterator[tuple[int, list[_Weighed]]]:
    """Weights that stand together, with the place of the first statement that names one."""
    group: list[_Weighed] = []
    first = last = 0
    for n, unit in enumerate(units):
        weighed = _weighed(unit)
        if weighed and group and n - last > APART + 1:
            yield first, group
            group = []
        if weighed:
            first = first if group else n
            group, last = [*group, *weighed], n
    if group:
        yield first, group


def _weighed(unit: Unit) -> list[_Weighed]:
    """The weights that a statement names, each with what stands beside it."""
    words = unit.words
    if _NOT.search(words):
        return []
    for pattern, is_points in ((_PERCENT, False), (_POINTS, True)):
        if matches := list(pattern.finditer(words)):
            labels = _labels(unit, matches)
            numbers = [float(match[1].replace(",", ".")) for match in matches]
            return [
                _Weighed(unit, label, number, is_points)
                for label, number in zip(labels, numbers, strict=True)
                if label and number > 0
            ]
    return _of_row(unit)


def _labels(unit: Unit, matches: list[re.Match[str]]) -> list[str]:
    """“Price 40 %, quality 60 %” or “40 points for price, 60 points for quality”."""
    words = unit.words
    ends = [0, *(match.end() for match in matches)]
    starts = [*(match.start() for match in matches), len(words)]
    between = [words[end:start] for end, start in zip(ends, starts, strict=True)]
    if _FOR.match(between[1]):
        return [_label(_FOR.sub("", text, count=1)) for text in between[1:]]
    return [
        _label(before) or _label(after) or (_label(unit.before) if len(matches) == 1 else "")
        for before, after in zip(between, between[1:], strict=False)
    ]


def _of_row(unit: Unit) -> list[_Weighed]:
    """A table's row whose weight is a bare number, in a column that says what it is or under a
    heading that does."""
    cells = cells_of(unit.words)
    if len(cells) < 2 or not re.fullmatch(r"\d{1,3}(?:[.,]\d{1,2})?", cells[-1]):
        return []
    label = next((label for label in map(_label, cells[:-1]) if label), "")
    number = float(cells[-1].replace(",", "."))
    return [_Weighed(unit, label, number, True)] if label and number > 0 else []


def _label(words: str) -> str:
    """The name of a criterion out of what stands beside its weight."""
    cells = [cell for cell in cells_of(words) if re.search(r"[^\W\d_]{3}", cell)]
    text = cells[0].rsplit(": ", 1)[-1] if cells else ""
    text = re.sub(r"^[\W\d_]+|^(?:and|und|et|y)\b\s*", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\s+", " ", text).strip(" :;,.()[]=–—-*")
    text = _TAIL.sub("", text).strip(" (:=,;–—-")
    return text if 3 <= len(text) <= LONGEST_LABEL else ""


def _of_group(group: list[_Weighed], before: Sequence[Unit]) -> Iterator[FoundCriterion]:
    if not group or not _is_about(group, before):
        return
    total = _total([each.number for each in group])
    is_whole = ABOUT_ALL[0] <= total <= ABOUT_ALL[1]
    says_weight = any(_says_weight(each.unit, before) for each in group)
    is_share = says_weight and (total < ABOUT_ALL[1] or group[0].is_points)
    if not (is_whole or is_share) or (len(group) == 1 and (group[0].is_points or not says_weight)):
        return
    for each in group:
        label, share = each.label, each.number
        if each.is_points and not is_whole:
            label, share = f"{label} ({share:g} of {total:g} points)", share / total * 100
        yield FoundCriterion(label, round(share, 1), each.unit.start, each.unit.end)


def _total(numbers: Sequence[float]) -> float:
    """What the weights come to. Those of parts that stand below a whole, “Quality 60 %: functions
    40 %, support 20 %”, are in that already."""
    total, n = 0.0, 0
    while n < len(numbers):
        total += numbers[n]
        n += 1 + _parts_below(numbers, n)
    return total


def _parts_below(numbers: Sequence[float], n: int) -> int:
    """How many of the numbers behind the n-th make it up, 0 if none do."""
    made = 0.0
    for below, number in enumerate(numbers[n + 1 :], 1):
        made += number
        if below > 1 and made == numbers[n]:
            return below
        if made > numbers[n]:
            return 0
    return 0


def _says_weight(unit: Unit, before: Sequence[Unit]) -> bool:
    texts = (unit.words, unit.headings, unit.before, *(each.words for each in before))
    return any(_WEIGHED.search(text) for text in texts)


def _is_about(group: list[_Weighed], before: Sequence[Unit]) -> bool:
    """Whether the passage speaks of how offers are judged."""
    texts = [group[0].unit.headings, *(each.words for each in before)]
    return any(_ABOUT.search(text) for text in (*texts, *(each.unit.words for each in group)))


def _without_weight(units: Sequence[Unit]) -> Iterator[FoundCriterion]:
    for unit in units:
        match = _NUMBERED.match(unit.words)
        if match and _ABOUT.search(f"{unit.headings} {unit.words}"):
            label = re.sub(r"\s+", " ", match["name"]).strip(" .:;–-*")
            yield FoundCriterion(label, None, unit.start, unit.end)
