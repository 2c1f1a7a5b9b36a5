"""What the pages of the library show of a document, in words."""

from dataclasses import dataclass
from itertools import groupby

from solution_library.highlighting import Piece, quote_pieces
from solution_library.models import Chunk, Document, EmbeddingStatus

#: A document's reading in the words of components/badge.html.
BADGES = {
    EmbeddingStatus.WAITING: "pending",
    EmbeddingStatus.RUNNING: "running",
    EmbeddingStatus.READY: "embedded",
    EmbeddingStatus.FAILED: "failed",
}


@dataclass(frozen=True)
class Passage:
    """A chunk as a page shows it."""

    chunk: Chunk
    pieces: list[Piece]
    cited: bool
    new_page: bool


@dataclass(frozen=True)
class Part:
    """The passages that stand one after another under the same headings."""

    heading: str
    passages: list[Passage]


def badge_of(document: Document) -> str:
    return BADGES.get(EmbeddingStatus(document.embedding_status), document.embedding_status)


def in_parts(chunks: list[Chunk], cited: "Cited | None") -> list[Part]:
    pages = [None, *(chunk.page for chunk in chunks)]
    passages = [
        _passage(chunk, cited, new_page=chunk.page is not None and chunk.page != before)
        for chunk, before in zip(chunks, pages, strict=False)
    ]
    groups = groupby(passages, key=lambda passage: passage.chunk.heading_path)
    return [Part(heading, list(group)) for heading, group in groups]


@dataclass(frozen=True)
class Cited:
    """The passage that a link points at, and the characters of the quote in it."""

    chunk: Chunk
    start: int
    end: int

    @property
    def has_quote(self) -> bool:
        return self.start < self.end


def _passage(chunk: Chunk, cited: Cited | None, *, new_page: bool) -> Passage:
    if cited is None or chunk.pk != cited.chunk.pk:
        return Passage(chunk, [Piece(chunk.text)], cited=False, new_page=new_page)
    return Passage(chunk, quote_pieces(chunk.text, cited.start, cited.end), True, new_page)
