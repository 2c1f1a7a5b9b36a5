"""Days and periods that a text names, as the last day that each of them can mean.

Read in English, German, French and Spanish. Of 03/04/2027 the day comes first, as everywhere but
in the United States; where that cannot be, the month does.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from llm_manager.providers.builtin.facts import MONTHS

_MONTH = r"(?P<month>[^\W\d_]{3,10})\.?"
_YEAR = r"(?P<year>20\d\d)"
_OF = r"(?:,? (?:of |de |del |des Jahres |en )?)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?"
#: Quarters and halves as words, by what they begin with.
_NTH = {
    "1": "first erste premier première primer primera",
    "2": "second zweite deuxième segund seconde",
    "3": "third dritte troisième tercer",
    "4": "fourth vierte quatrième cuarto",
}
_ORDINAL = {word: number for number, words in _NTH.items() for word in words.split()}
_WORDS = "|".join(sorted(_ORDINAL, key=len, reverse=True))
_QUARTER = r"(?:quarter|Quartal|Quartals|trimestre)"


@dataclass(frozen=True)
class Named:
    """`text[start:end]` names a time whose last day is `last`."""

    start: int
    end: int
    last: date


def days_in(text: str) -> list[Named]:
    """Every time that the text names, in order; of two that overlap the longer one."""
    found = [named for pattern, read in _READERS for named in _all(pattern, read, text)]
    found.sort(key=lambda named: (named.start, -named.end))
    kept: list[Named] = []
    for named in found:
        if not kept or named.start >= kept[-1].end:
            kept.append(named)
    return kept


Read = Callable[[re.Match[str]], date | None]


def _all(pattern: re.Pattern[str], read: Read, text: str) -> Iterator[Named]:
    for match in pattern.finditer(text):
        try:
            last = read(match)
        except ValueError:  # a 31st of February
            continue
        if last is not None:
            yield Named(match.start(), match.end(), last)


def _written(match: re.Match[str]) -> date | None:
    month = MONTHS.get(match["month"].casefold())
    return date(int(match["year"]), month, int(match["day"])) if month else None


def _month_end(match: re.Match[str]) -> date | None:
    month = MONTHS.get(match["month"].casefold())
    return _last_of(int(match["year"]), month) if month else None


def _numeric(match: re.Match[str]) -> date:
    day, month = int(match["day"]), int(match["monthno"])
    if month > 12:
        day, month = month, day
    return date(int(match["year"]), month, day)


def _iso(match: re.Match[str]) -> date:
    return date(int(match["year"]), int(match["monthno"]), int(match["day"]))


def _quarter(match: re.Match[str]) -> date:
    said = match["nth"].casefold()
    number = int(said) if said.isdigit() else int(_ordinal(said))
    return _last_of(int(match["year"]), number * 3)


def _ordinal(word: str) -> str:
    return next(number for begin, number in _ORDINAL.items() if word.startswith(begin))


def _half(match: re.Match[str]) -> date:
    return _last_of(int(match["year"]), int(match["nth"]) * 6)


def _middle(match: re.Match[str]) -> date:
    return _last_of(int(match["year"]), 6)


def _year_end(match: re.Match[str]) -> date:
    return _last_of(int(match["year"]), 12)


def _last_of(year: int, month: int) -> date:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return first_of_next - timedelta(days=1)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){text}(?!\w|[-./]\d)", re.IGNORECASE)


_READERS: tuple[tuple[re.Pattern[str], Read], ...] = (
    (_pattern(rf"{_DAY} (?:of |de )?{_MONTH},? (?:de |del )?{_YEAR}"), _written),
    (_pattern(rf"{_MONTH} {_DAY},? {_YEAR}"), _written),
    (_pattern(r"(?P<year>20\d\d)-(?P<monthno>\d\d)-(?P<day>\d\d)"), _iso),
    (_pattern(r"(?P<day>\d{1,2})[./](?P<monthno>\d{1,2})[./](?P<year>20\d\d)"), _numeric),
    (_pattern(rf"(?<!\d )(?<!\d\. ){_MONTH}{_OF}{_YEAR}"), _month_end),
    (_pattern(rf"(?:Q|T)(?P<nth>[1-4])[ /\-]?{_OF}{_YEAR}"), _quarter),
    (_pattern(rf"(?P<nth>[1-4])(?:\.|er|e|º|o)? ?(?:{_QUARTER}|T){_OF}{_YEAR}"), _quarter),
    (_pattern(rf"(?P<nth>(?:{_WORDS})\w*) {_QUARTER}{_OF}{_YEAR}"), _quarter),
    (_pattern(rf"H(?P<nth>[12])[ /]?{_YEAR}"), _half),
    (_pattern(rf"(?:mid|Mitte|mi|mediados de)[ \-]{_YEAR}"), _middle),
    (_pattern(rf"(?:(?:the )?end of|year[ -]end|Ende|fin|finales de|fin de) {_YEAR}"), _year_end),
    (_pattern(rf"(?:by|before|until|bis|d['’]ici|antes de|hasta|avant) {_YEAR}"),
     _year_end),
)  # fmt: skip
