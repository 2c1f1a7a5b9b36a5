"""Reads a source's settings, which people typed; every complaint names its field."""

from collections.abc import Collection
from typing import Any

from solution_library.fetching import FetchFailed, FetchRefused, Target, check_url, parse_target
from solution_library.sources.types import MAX_KEY, Config, SourceRefused

MAX_PATTERNS = 50
MAX_PATTERN_LENGTH = 300


def refuse_unknown(config: Config, names: Collection[str]) -> None:
    unknown = sorted(str(name) for name in config if name not in names)
    if unknown:
        raise SourceRefused(
            f"This source has no setting named {', '.join(unknown)[:200]}. "
            f"It has: {', '.join(sorted(names))}."
        )


def text(config: Config, name: str, default: str | None = None) -> str:
    value = config.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise SourceRefused(f"Please fill in '{name}'.")
    if "\x00" in value:
        raise SourceRefused(f"'{name}' contains a NUL character; type it again.")
    return value.strip()


def number(config: Config, name: str, default: float, low: float, high: float) -> float:
    value: Any = config.get(name, default)
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        raise SourceRefused(f"'{name}' must be a number.") from None
    if not low <= result <= high:
        raise SourceRefused(f"'{name}' must be between {low:g} and {high:g}.")
    return result


def whole(config: Config, name: str, default: int, low: int, high: int) -> int:
    value = number(config, name, default, low, high)
    if value != int(value):
        raise SourceRefused(f"'{name}' must be a whole number.")
    return int(value)


def lines(config: Config, name: str) -> tuple[str, ...]:
    """A list of texts, given as a list or as lines of one text."""
    value = config.get(name) or []
    parts = value.splitlines() if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(p, str) for p in parts):
        raise SourceRefused(f"'{name}' must be a list of texts, one per line.")
    found = tuple(part.strip() for part in parts if part.strip())
    if len(found) > MAX_PATTERNS or any(len(part) > MAX_PATTERN_LENGTH for part in found):
        raise SourceRefused(
            f"'{name}' may have {MAX_PATTERNS} lines of {MAX_PATTERN_LENGTH} characters."
        )
    return found


def address(config: Config, name: str = "url") -> Target:
    """Parsed only; `reachable` also looks the host up."""
    try:
        target = parse_target(text(config, name))
    except FetchRefused as refusal:
        raise SourceRefused(refusal.reason) from None
    if len(target.url) > MAX_KEY:
        raise SourceRefused(f"The address is longer than {MAX_KEY} characters.")
    return target


def reachable(target: Target) -> None:
    try:
        check_url(target.url)
    except (FetchRefused, FetchFailed) as problem:
        raise SourceRefused(problem.reason) from None
