"""How a person likes dates and numbers written, and what of it holds for the running request."""

import zoneinfo
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.dateformat import format as written

#: What the templates write in Django's letters, piece by piece: the long pieces first.
DAY_MONTH_YEAR, FULL_DAY, DAY_MONTH = "j M Y", "j F Y", "j M"


@dataclass(frozen=True)
class DateStyle:
    """The same three pieces as this person reads them."""

    label: str
    day: str
    full_day: str
    short_day: str
    clock: str = "H:i"


DATE_STYLES = {
    "": DateStyle("7 Mar 2026, 14:05", DAY_MONTH_YEAR, FULL_DAY, DAY_MONTH),
    "us": DateStyle("Mar 7, 2026, 2:05 p.m.", "M j, Y", "F j, Y", "M j", "g:i a"),
    "iso": DateStyle("2026-03-07, 14:05", "Y-m-d", "Y-m-d", "m-d"),
    "slash": DateStyle("07/03/2026, 14:05", "d/m/Y", "d/m/Y", "d/m"),
    "dot": DateStyle("07.03.2026, 14:05", "d.m.Y", "d.m.Y", "d.m."),
}


@dataclass(frozen=True)
class NumberStyle:
    label: str
    point: str
    group: str


#: A space that breaks no line.
THIN = "\u202f"
NUMBER_STYLES = {
    "": NumberStyle("1,234.5", ".", ","),
    "comma": NumberStyle("1.234,5", ",", "."),
    "space": NumberStyle("1 234,5", ",", THIN),
    "plain": NumberStyle("1234.5", ".", ""),
}
DATE_CHOICES = [(key, style.label) for key, style in DATE_STYLES.items()]
NUMBER_CHOICES = [(key, style.label) for key, style in NUMBER_STYLES.items()]


@dataclass(frozen=True)
class Chosen:
    dates: DateStyle = DATE_STYLES[""]
    numbers: NumberStyle = NUMBER_STYLES[""]


PLAIN = Chosen()
#: Of the request that is being answered.
CHOSEN: ContextVar[Chosen] = ContextVar("accounts_formats", default=PLAIN)


def chosen_by(profile: Any) -> Chosen:
    """What a profile says; a style that is no more is the server's."""
    return Chosen(
        DATE_STYLES.get(profile.date_format, PLAIN.dates),
        NUMBER_STYLES.get(profile.number_format, PLAIN.numbers),
    )


def personal(letters: str) -> str:
    """Django's letters of a date as the templates write them, in this person's order."""
    style = CHOSEN.get().dates
    if style is PLAIN.dates:
        return letters
    for piece, own in (
        (FULL_DAY, style.full_day), (DAY_MONTH_YEAR, style.day), (DAY_MONTH, style.short_day),
    ):  # fmt: skip
        if piece in letters:
            letters = letters.replace(piece, own)
            break
    return _clock(letters, style.clock)


def _clock(letters: str, clock: str) -> str:
    with_seconds = clock.replace(":i", ":i:s")
    return letters.replace("H:i:s", with_seconds) if "H:i:s" in letters else (
        letters.replace("H:i", clock)
    )  # fmt: skip


def date_text(value: date, letters: str) -> str:
    """For code that writes dates itself, where the reader is the one who asks."""
    return written(value, personal(letters))


def number_text(value: Any, places: int = 0) -> str:
    """A number with this person's point and grouping."""
    return personal_number(f"{value:,.{places}f}")


def personal_number(text: str) -> str:
    """A number that was written with a point, as this person reads it."""
    style = CHOSEN.get().numbers
    return text if style is PLAIN.numbers else text.translate(
        {ord(","): style.group, ord("."): style.point}
    )  # fmt: skip


@lru_cache(maxsize=128)
def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """None, the server's, for a name that this machine does not know (any more)."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
