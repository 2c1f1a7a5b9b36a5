"""Wildcards without regular expressions, so that no pattern can take exponential time."""

from collections.abc import Callable, Sequence


def path_matches(pattern: str, path: str) -> bool:
    """`*` and `?` stay within one folder, `**` crosses folders; upper and lower case are
    the same. A pattern without a slash is about the last name: `*.md`."""
    pattern, path = pattern.casefold().strip("/"), path.casefold().strip("/")
    names = path.split("/")
    if "/" not in pattern and pattern != "**":
        names = names[-1:]
    return _match(pattern.split("/"), names, "**", lambda part, name: wildcard(part, name))


def any_matches(patterns: Sequence[str], path: str) -> bool:
    return any(path_matches(pattern, path) for pattern in patterns)


def wildcard(pattern: str, text: str, *, question: bool = True) -> bool:
    """`*` is any run of characters, and `?`, unless switched off, any single one."""
    return _match(pattern, text, "*", lambda a, b: a == b or (question and a == "?"))


def _match(
    pattern: Sequence[str], items: Sequence[str], star: str, same: Callable[[str, str], bool]
) -> bool:
    """Greedy: only the latest star is ever reconsidered, so time is pattern x items."""
    at, position, retry_at, retry_from = 0, 0, -1, 0
    while position < len(items):
        if at < len(pattern) and pattern[at] == star:
            retry_at, retry_from, at = at, position, at + 1
        elif at < len(pattern) and same(pattern[at], items[position]):
            at, position = at + 1, position + 1
        elif retry_at >= 0:
            retry_from += 1
            at, position = retry_at + 1, retry_from
        else:
            return False
    return all(part == star for part in pattern[at:])
