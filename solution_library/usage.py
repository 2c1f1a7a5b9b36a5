"""Where a document is used, told by the apps that use it: this one does not know them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Count

from solution_library.models import Chunk, Document

MOST = 20


@dataclass(frozen=True)
class Use:
    """An answer that cites the document. `version` is the number of the cited version."""

    label: str
    url: str
    version: int


One = TypeVar("One")
Thing = TypeVar("Thing")


@dataclass
class UsesOf(Generic[One]):
    """`hidden` counts uses in places that the reader may not see."""

    shown: list[One] = field(default_factory=list)
    hidden: int = 0

    @property
    def total(self) -> int:
        return len(self.shown) + self.hidden


Uses = UsesOf[Use]
#: (document, user, most) -> uses of it, the newest first.
FINDERS: list[Callable[[Document, Any, int], Uses]] = []


def uses_of(document: Document, user: Any) -> Uses:
    return collect(FINDERS, document, user, MOST)


def collect(
    finders: list[Callable[[Thing, Any, int], UsesOf[One]]], thing: Thing, user: Any, most: int
) -> UsesOf[One]:
    """What all finders know of the uses of one thing."""
    found: UsesOf[One] = UsesOf()
    for finder in finders:
        one = finder(thing, user, most)
        found.shown += one.shown
        found.hidden += one.hidden
    return found


def answers_by_version(document: Document) -> dict[int, int]:
    """How many answers cite each version, by its id; those that none cites are left out."""
    cited = Chunk.objects.filter(version__document=document, citations__isnull=False)
    counted = cited.order_by().values_list("version_id")
    return dict(counted.annotate(Count("citations__answer", distinct=True)))
