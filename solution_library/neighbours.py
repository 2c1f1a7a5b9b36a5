"""What stands before and after a found passage in its document, and hits that belong together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from solution_library.hits import Hit
from solution_library.models import Chunk, Document

#: More on either side would be most of a document.
MOST = 10


@dataclass(frozen=True)
class Context:
    """The passages around one, in the order of the document."""

    before: tuple[Chunk, ...] = ()
    after: tuple[Chunk, ...] = ()


def neighbours(
    chunk_ids: Iterable[int], *, user: Any = None, before: int = 1, after: int = 1
) -> dict[int, Context]:
    """What surrounds passages in their own version of the document, by chunk id: at most
    `before` and `after` passages. Hidden text is left out. A passage that is gone, or that `user`
    may not read (None: the operator, who may read all), has no entry."""
    before, after = min(max(0, before), MOST), min(max(0, after), MOST)
    chunks = list(_readable(user).filter(pk__in=list(chunk_ids)).only("version_id", "ordinal"))
    around = _around({(chunk.version_id, chunk.ordinal) for chunk in chunks}, before, after)
    return {chunk.pk: _context(chunk, around, before, after) for chunk in chunks}


def _readable(user: Any) -> Any:
    chunks = Chunk.objects.filter(is_hidden=False)
    if user is None:
        return chunks
    return chunks.filter(version__document__in=Document.objects.for_user(user))


def _around(places: set[tuple[int, int]], before: int, after: int) -> dict[tuple[int, int], Chunk]:
    """The passages at and around places (version id, ordinal)."""
    near = Q(pk__in=[])
    for version_id, ordinal in places:
        near |= Q(version=version_id, ordinal__range=(ordinal - before, ordinal + after))
    found = Chunk.objects.filter(near, is_hidden=False).defer("lexemes")
    return {(chunk.version_id, chunk.ordinal): chunk for chunk in found}


def _context(
    chunk: Chunk, around: dict[tuple[int, int], Chunk], before: int, after: int
) -> Context:
    def at(ordinals: Iterable[int]) -> tuple[Chunk, ...]:
        places = ((chunk.version_id, ordinal) for ordinal in ordinals)
        return tuple(around[place] for place in places if place in around)

    return Context(
        at(range(chunk.ordinal - before, chunk.ordinal)),
        at(range(chunk.ordinal + 1, chunk.ordinal + after + 1)),
    )


def in_runs(hits: Sequence[Hit]) -> list[list[Hit]]:
    """Hits that stand one after another in a document, together: each run in the order of the
    document, the runs in the order of their best hits."""
    best = {(hit.version_id, hit.ordinal): rank for rank, hit in enumerate(hits)}
    runs: dict[tuple[int, int], list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (hit.version_id, hit.ordinal)):
        previous = (hit.version_id, hit.ordinal - 1)
        run = runs.pop(previous, [])
        runs[(hit.version_id, hit.ordinal)] = [*run, hit]
    return sorted(
        runs.values(), key=lambda run: min(best[(hit.version_id, hit.ordinal)] for hit in run)
    )
