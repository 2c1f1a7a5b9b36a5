"""The things that calls are made for and that can have a budget, such as an RFP.

Calls and budgets name them as in rfp:12. What 12 is called, and who may know, only the app that
keeps such things knows: it registers its kind here when it is loaded.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Subject:
    """A thing as a person may see it. `url` is "" where there is nothing to open."""

    key: str
    name: str
    url: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of subject: what its members are called for `user`, by id, without those that the
    person may not see; and the newest ones, to choose from."""

    label: str
    named: Callable[[list[int], Any], dict[int, tuple[str, str]]]
    newest: Callable[[Any], list[tuple[int, str]]]


KINDS: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    KINDS[name] = kind


def subjects(keys: Iterable[str], user: Any) -> dict[str, Subject]:
    """What this person may be told of each; one that is hidden or gone keeps its number."""
    parts = {key: key.partition(":") for key in keys if key}
    found = {key: Subject(key, _number(kind, pk)) for key, (kind, _, pk) in parts.items()}
    for name, kind in KINDS.items():
        ids = {int(pk): key for key, (k, _, pk) in parts.items() if k == name and pk.isdecimal()}
        for pk, (title, url) in kind.named(list(ids), user).items() if ids else ():
            found[ids[pk]] = Subject(ids[pk], title, url)
    return found


def _number(kind: str, pk: str) -> str:
    known = KINDS.get(kind)
    return f"{known.label if known else kind} {pk}".strip()


def choices(user: Any) -> list[tuple[str, str]]:
    """The newest subjects of every kind, for a form."""
    return [
        (f"{name}:{pk}", title) for name, kind in KINDS.items() for pk, title in kind.newest(user)
    ]
