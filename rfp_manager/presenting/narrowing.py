"""The choices beside the tabs of the question list, each with how many questions it leaves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rfp_manager.presenting.filters import (
    MARKS,
    ME,
    NOBODY,
    OUTDATED,
    QuestionFilter,
    Selection,
    labels,
)

_TITLES = {"state": "State", "verdict": "Reviewer", "who": "Assigned to", "due": "Due"}


@dataclass(frozen=True)
class Choice:
    """`count` is None where it was not counted."""

    value: str
    label: str
    count: int | None
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """One of several, or none of them."""

    name: str
    label: str
    choices: list[Choice]


@dataclass(frozen=True)
class Chip:
    """A choice that has been made; `query` is the address without it."""

    label: str
    query: str


@dataclass(frozen=True)
class Narrowing:
    facets: list[Facet]
    marks: list[Choice]
    chips: list[Chip]
    further: int


def narrowing(found: Selection, names: Mapping[int, str]) -> Narrowing:
    """`names` of the people who hold questions, by their numbers."""
    said = labels() | {"who": _whose(names, found.chosen)}
    facets = [_facet(name, said[name], found) for name in _TITLES]
    return Narrowing(
        facets=[facet for facet in facets if facet.choices],
        marks=_marks(found, said["has"]),
        chips=list(_chips(found.chosen, said)),
        further=found.chosen.further,
    )


def _whose(names: Mapping[int, str], chosen: QuestionFilter) -> dict[str, str]:
    """Nobody to choose from as long as nothing is assigned."""
    others = sorted((name, pk) for pk, name in names.items() if pk != chosen.user_id)
    if not names and not chosen.who:
        return {}
    people = {str(pk): name for name, pk in others}
    if chosen.who.isdigit():
        people.setdefault(chosen.who, names.get(int(chosen.who), "Somebody"))
    return {ME: "Me", NOBODY: "Nobody", **people}


def _facet(name: str, said: Mapping[str, str], found: Selection) -> Facet:
    counts: Counter[str] = found.counts[name]
    present = getattr(found.chosen, name)
    choices = [
        Choice(value, label, counts[value], value == present)
        for value, label in said.items()
        if counts[value] or value == present
    ]
    return Facet(name, _TITLES[name], choices)


def _marks(found: Selection, said: Mapping[str, str]) -> list[Choice]:
    choices = [_mark(name, said[name], found) for name in MARKS]
    return [choice for choice in choices if choice.count != 0 or choice.chosen]


def _mark(name: str, label: str, found: Selection) -> Choice:
    chosen = name in found.chosen.has
    counted = chosen or name != OUTDATED
    count = found.counts[f"has={name}"][name] if counted else None
    return Choice(name, label, count, chosen)


def _chips(chosen: QuestionFilter, said: Mapping[str, Mapping[str, str]]) -> Iterable[Chip]:
    for name, title in _TITLES.items():
        if value := getattr(chosen, name):
            label = f"{title}: {said[name].get(value, value)}"
            yield Chip(label, _without(chosen, **{name: ""}))
    for name in sorted(chosen.has):
        yield Chip(said["has"][name], _without(chosen, has=chosen.has - {name}))
    if chosen.text:
        yield Chip(f"“{chosen.text[:40]}”", _without(chosen, text=""))


def _without(chosen: QuestionFilter, **changes: Any) -> str:
    return replace(chosen, **changes).query or "?"
