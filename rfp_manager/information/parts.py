"""A document cut into parts that a model can read at once, along its headings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from solution_library.chunking import below_title
from solution_library.models import Chunk

#: A part of fewer characters is read together with its neighbour: one call less.
SMALL = 2500
#: A document of so few characters is one part.
SHORT = 6000
BETWEEN = " > "


@dataclass(frozen=True)
class Part:
    """Passages that follow each other; `heading` is what stands above them, "" for nothing."""

    heading: str
    chunks: tuple[Chunk, ...]

    @property
    def size(self) -> int:
        return sum(len(chunk.text) for chunk in self.chunks)

    @property
    def key(self) -> str:
        """Names the part in a job: the same again as long as the document reads the same."""
        return f"part:{self.chunks[0].pk}-{self.chunks[-1].pk}"


def parts_of(chunks: Sequence[Chunk], title: str, most: int) -> list[Part]:
    """The parts of a document in reading order, each of at most `most` characters unless a
    passage alone is longer."""
    whole = Part("", tuple(chunks))
    if whole.size <= min(SHORT, most):
        return [whole]
    return _joined(_along_headings(chunks, title, 1, most), most)


def _along_headings(chunks: Sequence[Chunk], title: str, depth: int, most: int) -> list[Part]:
    """One part for each heading of this depth; one that is too long by the headings below."""
    parts: list[Part] = []
    for heading, group in groupby(chunks, lambda chunk: _heading(chunk, title, depth)):
        part = Part(heading, tuple(group))
        if part.size <= most:
            parts.append(part)
        elif any(_heading(chunk, title, depth + 1) != heading for chunk in part.chunks):
            parts += _along_headings(part.chunks, title, depth + 1, most)
        else:
            parts += _windows(part, most)
    return parts


def _heading(chunk: Chunk, title: str, depth: int) -> str:
    steps = below_title(chunk.heading_path, title).split(BETWEEN)
    return BETWEEN.join(steps[:depth])


def _windows(part: Part, most: int) -> Iterator[Part]:
    """A long part without headings, cut between passages into pieces of about equal length."""
    pieces = -(-part.size // most)
    room, held, size = part.size / pieces, list[Chunk](), 0
    for chunk in part.chunks:
        if held and size + len(chunk.text) / 2 > room:
            yield Part(part.heading, tuple(held))
            held, size = [], 0
        held.append(chunk)
        size += len(chunk.text)
    if held:
        yield Part(part.heading, tuple(held))


def _joined(parts: Sequence[Part], most: int) -> list[Part]:
    """Small neighbours made one part, named after the first and the last of them."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and min(last.size, part.size) < SMALL and last.size + part.size <= most:
            joined[-1] = Part(_both(last.heading, part.heading), last.chunks + part.chunks)
        else:
            joined.append(part)
    return joined


def _both(first: str, second: str) -> str:
    begin = first.split(" … ")[0]
    return begin or second if not second or begin == second else f"{begin} … {second}".strip(" …")
