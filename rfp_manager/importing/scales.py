"""Columns that rate something: their titles are the levels of a scale."""

import re

from rfp_manager.importing.words import ANSWER, TICK, read_label

MIN_SCALE = 3
SURE_NAME, MAX_STATE = 3.0, 5.0  # "Question" and "Answer" weigh more, "Implemented" does not
_LEVEL = re.compile(r"(?P<count>\d{1,2})(?:\s{0,2}[-–—:.)=]\s{0,2}(?P<name>\S.{0,38}))?")


def scale(texts: dict[int, str]) -> list[int]:
    """The columns titled 1, 2, 3, 4, 5, or "0 - none" to "3 - always", by their texts."""
    levels = {column: match for column, text in texts.items() if (match := _LEVEL.fullmatch(text))}
    # "1. Question", "2. Answer" are titles that somebody has numbered.
    if any(_names_a_column(match["name"]) for match in levels.values() if match["name"]):
        return []
    counts = {column: int(match["count"]) for column, match in levels.items()}
    first = next((c for c, count in counts.items() if count in (0, 1)), None)
    if first is None:
        return []
    run = [first]
    while counts.get(run[-1] + 1) == counts[run[-1]] + 1:
        run.append(run[-1] + 1)
    return run if len(run) >= MIN_SCALE else []


def _names_a_column(name: str) -> bool:
    label = read_label(name)
    if label is None or label.role == TICK:
        return False
    return label.weight > (MAX_STATE if label.role == ANSWER else SURE_NAME)
