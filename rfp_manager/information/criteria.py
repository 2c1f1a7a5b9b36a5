"""The criteria by which offers are judged, with their weights in percent.

A percentage is the weight of a criterion where the text around it speaks of judging offers, and
where the weights that stand together come to about 100, or their words say that they are weights.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rfp_manager.information.units import Unit, cells_of

_ABOUT = re.compile(
    r"\b(?:evaluat\w+|award criteri\w+|selection criteri\w+|scoring|scored?|weight\w*|criteri(?:a|on)|"
    r"evaluation factors?|Zuschlagskriteri\w+|Bewertung\w*|Wertung\w*|Gewicht\w*|Kriteri\w+|"
    r"crit[èe]res?|pond[ée]r\w+|notation|jugement des offres|criterios?|ponderaci[óo]n|"
    r"puntuaci[óo]n|valoraci[óo]n|criteri|punteggio|gunningscriteri\w+|weging)\b",
    re.IGNORECASE,
)
_WEIGHED = re.compile(
    r"\b(?:weight\w*|points?|pts|Gewicht\w*|Punkte?n?|pond[ée]r\w+|ponderaci[óo]n|puntos|punti|"
    r"weging|punten)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d{1,2})?)\s?(?:%|per ?cent\b|Prozent\b|pour ?cent\b)")
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
    r"penalizaci\w+|descuento|total|gesamt|summe|somme)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^\W*(?:factor|criterion|Kriterium|Zuschlagskriterium|crit[èe]re|criterio)\s+"
    r"(?:no\.?\s*|n°\s*|Nr\.?\s*)?(?:\d{1,2}|[A-Z])\b\s*[:.)–-]+\s*(?P<name>[^|\n]{3,160})",
    re.IGNORECASE,
)
LONGEST_LABEL = 160
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
    weighed = [found for unit in units for found in _weighed(unit)]
    for group in (
        [each for each in weighed if not each.is_points],
        [each for each in weighed if each.is_points],
    ):
        yield from _of_group(group, units)
    if not weighed:
        yield from _without_weight(units)


def _weighed(unit: Unit) -> Iterator[_Weighed]:
    words = unit.words
    if _NOT.search(words):
        return
    for pattern, is_points in ((_PERCENT, False), (_POINTS, True)):
        matches = list(pattern.finditer(words))
        for n, match in enumerate(matches):
            begin = matches[n - 1].end() if n else 0
            stop = matches[n + 1].start() if n + 1 < len(matches) else len(words)
            label = _label(words[begin : match.start()]) or _label(words[match.end() : stop])
            label = label or _label(unit.before)
            number = float(match[1].replace(",", "."))
            if label and 0 < number:
                yield _Weighed(unit, label, number, is_points)
        if matches:
            return
    yield from _of_row(unit)


def _of_row(unit: Unit) -> Iterator[_Weighed]:
    """A table's row whose weight is a bare number, under a heading that says what it is."""
    cells = cells_of(unit.words)
    if len(cells) < 2 or not re.fullmatch(r"\d{1,3}(?:[.,]\d{1,2})?", cells[-1]):
        return
    label = next((cell for cell in map(_label, cells[:-1]) if cell), "")
    if label:
        number = float(cells[-1].replace(",", "."))
        yield _Weighed(unit, label, number, True)


def _label(words: str) -> str:
    """The name of a criterion out of what stands beside its weight."""
    cells = [cell for cell in cells_of(words) if re.search(r"[^\W\d_]{3}", cell)]
    text = cells[0] if cells else ""
    text = re.sub(r"^[\W\d_]+|^(?:and|und|et|y)\b\s*", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\s+", " ", text).strip(" :;,.()[]=–—-*")
    text = re.sub(
        r"\s*(?:\b(?:is|are|will be|wird|werden|est|sera|counts?|z[äa]hlt|compte)\b\s*)?"
        r"(?:\b(?:weighted|weighs|weight(?:ing)?|worth|mit|at|with|zu|pour|pond[ée]r[ée]e?s? [àa]|"
        r"Gewichtung|pond[ée]ration|max(?:imum|imal)?\.?|up to|bis zu|[àa])\s*)*[:=(]?\s*\Z",
        "", text, flags=re.IGNORECASE,
    )  # fmt: skip
    return text if 3 <= len(text) <= LONGEST_LABEL else ""


def _of_group(group: list[_Weighed], units: Sequence[Unit]) -> Iterator[FoundCriterion]:
    if not group or not _is_about(group[0].unit, units):
        return
    total = sum(each.number for each in group)
    is_whole = ABOUT_ALL[0] <= total <= ABOUT_ALL[1]
    says_weight = any(_says_weight(each.unit) for each in group)
    alone = len(group) == 1
    if not is_whole and not (says_weight and (total < ABOUT_ALL[1] or group[0].is_points)):
        return
    if alone and not _says_weight(group[0].unit):
        return
    for each in group:
        share = each.number
        label = each.label
        if each.is_points and not is_whole:
            if alone:
                return
            label, share = f"{label} ({each.number:g} of {total:g} points)", share / total * 100
        yield FoundCriterion(label, round(share, 1), each.unit.start, each.unit.end)


def _says_weight(unit: Unit) -> bool:
    return any(_WEIGHED.search(text) for text in (unit.words, unit.headings, unit.before))


def _is_about(unit: Unit, units: Sequence[Unit]) -> bool:
    """Whether the passage speaks of how offers are judged."""
    if _ABOUT.search(unit.headings):
        return True
    return any(_ABOUT.search(each.words) for each in units)


def _without_weight(units: Sequence[Unit]) -> Iterator[FoundCriterion]:
    for unit in units:
        match = _NUMBERED.match(unit.words)
        if match and _ABOUT.search(f"{unit.headings} {unit.words}"):
            label = re.sub(r"\s+", " ", match["name"]).strip(" .:;–-*")
            yield FoundCriterion(label, None, unit.start, unit.end)
