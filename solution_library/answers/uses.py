"""Where approved answers came from and were used again, told by the apps that use them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from solution_library.models import LibraryAnswer

MOST = 50


@dataclass(frozen=True)
class AnswerUse:
    """`label`: the place, `how`: what happened there, in words."""

    label: str
    url: str
    how: str
    at: datetime


@dataclass
class AnswerUses:
    """`hidden` counts uses in places that the reader may not see."""

    shown: list[AnswerUse] = field(default_factory=list)
    hidden: int = 0

    @property
    def total(self) -> int:
        return len(self.shown) + self.hidden


#: (answer, user, most) -> uses of it, the newest first.
FINDERS: list[Callable[[LibraryAnswer, Any, int], AnswerUses]] = []


def uses_of(answer: LibraryAnswer, user: Any) -> AnswerUses:
    found = AnswerUses()
    for finder in FINDERS:
        one = finder(answer, user, MOST)
        found.shown += one.shown
        found.hidden += one.hidden
    return found
