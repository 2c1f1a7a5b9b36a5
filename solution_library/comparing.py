"""What is different between two texts: paragraph by paragraph, and word by word inside those.

Passages are cut anew when a text changes, so they cannot be compared themselves: one sentence
more would move the borders of all that follow.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from solution_library.highlighting import Piece
from solution_library.models import Chunk, DocumentVersion

Kind = Literal["same", "added", "removed", "changed"]
#: Beyond these the search for the shortest difference takes too long for a page.
MOST_PARAGRAPHS = 20_000
MOST_WORDS = 1200
#: Less alike than this, two paragraphs are not one that was changed.
ALIKE = 0.35
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Paragraph:
    heading: str
    text: str
    page: int | None = None


@dataclass(frozen=True)
class Change:
    """One paragraph of the difference. `same` stands for `count` unchanged ones in a row."""

    kind: Kind
    heading: str = ""
    before: tuple[Piece, ...] = ()
    after: tuple[Piece, ...] = ()
    page: int | None = None
    count: int = 1


@dataclass(frozen=True)
class Difference:
    """`share`: of the paragraphs' characters that stand in both, 0 to 1. `cut`: only the
    beginnings were compared."""

    changes: list[Change]
    added: int
    removed: int
    changed: int
    share: float
    cut: bool = False

    @property
    def is_none(self) -> bool:
        return not (self.added or self.removed or self.changed)


def difference(before: DocumentVersion, after: DocumentVersion) -> Difference:
    """What of the visible text is different in `after`."""
    return difference_of(list(paragraphs_of(before)), list(paragraphs_of(after)))


def paragraphs_of(version: DocumentVersion) -> Iterator[Paragraph]:
    chunks = Chunk.objects.filter(version=version, is_hidden=False).order_by("ordinal")
    for chunk in chunks.only("heading_path", "page", "text").iterator(chunk_size=500):
        for line in chunk.text.splitlines():
            if line.strip():
                yield Paragraph(chunk.heading_path, line.strip(), chunk.page)


def difference_of(before: list[Paragraph], after: list[Paragraph]) -> Difference:
    cut = max(len(before), len(after)) > MOST_PARAGRAPHS
    old, new = before[:MOST_PARAGRAPHS], after[:MOST_PARAGRAPHS]
    matcher = SequenceMatcher(None, [p.text for p in old], [p.text for p in new])
    changes = [one for block in matcher.get_opcodes() for one in _block(block, old, new)]
    counts = Counter(change.kind for change in changes)
    kept = sum(_length(old[a : a + n]) for a, _, n in matcher.get_matching_blocks())
    longest = max(_length(old), _length(new))
    return Difference(
        changes, counts["added"], counts["removed"], counts["changed"],
        share=kept / longest if longest else 1.0, cut=cut,
    )  # fmt: skip


def _length(paragraphs: Iterable[Paragraph]) -> int:
    return sum(len(paragraph.text) for paragraph in paragraphs)


def _block(
    block: tuple[str, int, int, int, int], old: list[Paragraph], new: list[Paragraph]
) -> Iterator[Change]:
    tag, a, b, c, d = block
    if tag == "equal":
        yield Change("same", heading=new[c].heading, count=b - a)
    else:
        yield from _replaced(old[a:b], new[c:d])


def _replaced(old: list[Paragraph], new: list[Paragraph]) -> Iterator[Change]:
    """Paragraphs that took each other's place: side by side where they are alike."""
    pairs = zip(old, new, strict=False)
    for before, after in pairs:
        words = _words(before.text, after.text)
        if words is None:
            yield _removed(before)
            yield _added(after)
        else:
            yield Change("changed", after.heading, *words, page=after.page)
    yield from map(_removed, old[len(new) :])
    yield from map(_added, new[len(old) :])


def _removed(paragraph: Paragraph) -> Change:
    pieces = (Piece(paragraph.text),)
    return Change("removed", paragraph.heading, before=pieces, page=paragraph.page)


def _added(paragraph: Paragraph) -> Change:
    return Change("added", paragraph.heading, after=(Piece(paragraph.text),), page=paragraph.page)


def _words(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]] | None:
    """Both texts with the words marked that the other has not; None if they are not alike."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return (Piece(before, marked=True),), (Piece(after, marked=True),)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < ALIKE or matcher.ratio() < ALIKE:
        return None
    lost, gained = [], []
    for tag, a, b, c, d in matcher.get_opcodes():
        lost.append(Piece("".join(old[a:b]), marked=tag != "equal"))
        gained.append(Piece("".join(new[c:d]), marked=tag != "equal"))
    return _without_empty(lost), _without_empty(gained)


def _without_empty(pieces: list[Piece]) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.text)
