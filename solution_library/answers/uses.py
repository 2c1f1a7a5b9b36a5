"""Where approved answers came from and were used again, told by the apps that use them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from solution_library.models import LibraryAnswer
from solution_library.usage import UsesOf, collect

MOST = 50


@dataclass(frozen=True)
class AnswerUse:
    """`label`: the place, `how`: what happened there, in words."""

    label: str
    url: str
    how: str
    at: datetime


AnswerUses = UsesOf[AnswerUse]
#: (answer, user, most) -> uses of it, the newest first.
FINDERS: list[Callable[[LibraryAnswer, Any, int], AnswerUses]] = []


def uses_of(answer: LibraryAnswer, user: Any) -> AnswerUses:
    return collect(FINDERS, answer, user, MOST)
