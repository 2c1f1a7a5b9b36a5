"""Times, rates and kinds of jobs in words."""

import re
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from accounts.formats import number_text

MINUTE, HOUR, DAY = 60, 3600, 86_400
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def time_words(moment: datetime, now: datetime) -> str:
    """`14:05` for a moment of today, else with its date."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    clock = date_format(local, "H:i")
    return clock if local.date() == today.date() else f"{date_format(local, 'j M Y')}, {clock}"


def duration_words(span: timedelta) -> str:
    """`8 s`, `3 min 20 s`, `2 h 5 min`, `3 days 4 h`: two units at most."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return _two(seconds // MINUTE, "min", seconds % MINUTE, "s")
    if seconds < DAY:
        return _two(seconds // HOUR, "h", seconds % HOUR // MINUTE, "min")
    days = seconds // DAY
    return _two(days, "day" if days == 1 else "days", seconds % DAY // HOUR, "h")


def short_words(seconds: float) -> str:
    """Like `duration_words`, with tenths below ten seconds: `0.3 s`."""
    if seconds < 9.95:
        return f"{number_text(seconds, 1)} s"
    return duration_words(timedelta(seconds=seconds))


def tenths(number: float) -> str:
    """`2.5`, and `3` for what comes to a whole number."""
    return number_text(number, 1 if f"{number:.1f}"[-1] != "0" else 0)


def ordinal_words(number: int) -> str:
    """`first` to `ninth`, then `10th`, `21st`."""
    if number <= len(ORDINALS):
        return ORDINALS[number - 1]
    ending = "th" if number % 100 in (11, 12, 13) else ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    words = f"{large} {large_unit}"
    return f"{words} {small} {small_unit}" if small else words


def rate_words(per_minute: float) -> str:
    """Rounded to what a person can use: `45 a minute`, `2.5 a minute`, `12 an hour`."""
    if per_minute >= 10:
        return f"{per_minute:.0f} a minute"
    if per_minute >= 1:
        return f"{tenths(per_minute)} a minute"
    return f"{max(1, round(per_minute * 60))} an hour"


def eta_words(seconds: float) -> str:
    """The time left as an estimate, never more exact than it is."""
    if seconds < 10:
        return "a few seconds"
    if seconds < MINUTE:
        return "less than a minute"
    if seconds < HOUR:
        return f"about {round(seconds / MINUTE)} min"
    if seconds < 2 * DAY:
        return f"about {tenths(seconds / HOUR)} h"
    return f"about {round(seconds / DAY)} days"


def kind_words(kind: str) -> str:
    """`rfp_manager.RFPBatchJob` is an `RFP batch`."""
    if kind == "jobs.Job":
        return "Other work"
    name = kind.rpartition(".")[2].removesuffix("Job") or "Job"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).split()
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return text[:1].upper() + text[1:]
