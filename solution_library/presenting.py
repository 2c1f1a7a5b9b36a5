"""What the pages of the library show of a document, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.template.defaultfilters import filesizeformat, pluralize

from solution_library.chunking import below_title
from solution_library.duplicates import with_duplicates
from solution_library.highlighting import Piece, quote_pieces
from solution_library.models import (
    Chunk,
    Document,
    DuplicatePair,
    EmbeddingStatus,
    PairState,
    ReviewStatus,
)
from solution_library.reviewing import OUT_OF_USE, Due, due_of
from solution_library.tabling import Lines, lines_of

#: A document's reading in the words of components/badge.html.
BADGES = {
    EmbeddingStatus.WAITING: "pending",
    EmbeddingStatus.RUNNING: "running",
    EmbeddingStatus.READY: "embedded",
    EmbeddingStatus.FAILED: "failed",
}


READING = dict(EmbeddingStatus.choices)
DECISIONS = (ReviewStatus.APPROVED, ReviewStatus.REJECTED, ReviewStatus.ARCHIVED)
#: In signs; what is longer is cut in the row and shown whole when pointed at.
NAME_FITS = 20
TITLE_FITS, PATH_FITS = 140, 110


@dataclass(frozen=True)
class Passage:
    """A chunk as a page shows it."""

    chunk: Chunk
    lines: list[Lines]
    cited: bool
    new_page: bool


@dataclass(frozen=True)
class Part:
    """The passages that stand one after another under the same headings."""

    heading: str
    passages: list[Passage]


def badge_of(document: Document) -> str:
    return BADGES.get(EmbeddingStatus(document.embedding_status), document.embedding_status)


@dataclass(frozen=True)
class Group:
    """A collection or a tag that a document is in. `is_long`: its name may not fit the row."""

    name: str
    tone: str
    is_locked: bool = False

    @property
    def is_long(self) -> bool:
        return len(self.name) > NAME_FITS


@dataclass(frozen=True)
class Row:
    """A document in the list. `decision`: what was decided, if anything was; `due`: only what
    is due soon; `alike`: somebody should look at what it nearly repeats."""

    document: Document
    title: str
    path: str
    badge: str
    reading: str
    decision: str
    due: Due | None
    alike: bool
    groups: list[Group]
    size: str


def rows_of(documents: Iterable[Document], user: Any) -> list[Row]:
    """One query for all of them: which are part of an open pair."""
    listed = list(documents)
    alike = with_duplicates([document.pk for document in listed], user)
    return [_row(document, document.pk in alike) for document in listed]


def _row(document: Document, alike: bool) -> Row:
    due = due_of(document)
    return Row(
        document=document,
        title=_cut(document.title, TITLE_FITS),
        path=_cut(document.path, PATH_FITS) if document.path != document.title else "",
        badge=badge_of(document),
        reading=READING[document.embedding_status],
        decision=document.review_status if document.review_status in DECISIONS else "",
        due=due if due and due.status != "scheduled" else None,
        alike=alike,
        groups=_groups(document),
        size=_size(document),
    )


def _cut(text: str, length: int) -> str:
    """At most so many signs; Django's filter looks at every one of them, on every row."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _groups(document: Document) -> list[Group]:
    collections = [Group(c.name, "neutral", c.is_restricted) for c in document.collections.all()]
    return [*collections, *(Group(tag.name, "primary") for tag in document.tags.all())]


def _size(document: Document) -> str:
    version = document.current_version
    if version is None:
        return ""
    if version.page_count:
        return f"{version.page_count} page{pluralize(version.page_count)}"
    return filesizeformat(version.size)


@dataclass(frozen=True)
class Alike:
    """A pair as one of its two documents shows it."""

    pair: DuplicatePair
    other: Document
    words: str

    @property
    def is_open(self) -> bool:
        away = self.other.review_status in OUT_OF_USE
        return self.pair.state == PairState.OPEN and not away


def alike_of(pair: DuplicatePair, document: Document) -> Alike:
    other = pair.second if pair.first_id == document.pk else pair.first
    return Alike(pair, other, similarity_words(pair.similarity))


def similarity_words(share: float) -> str:
    """Rounded down: what differs anywhere is never called the same."""
    return "The same text" if share >= 1 else f"{int(share * 100)} % the same"


def in_parts(chunks: list[Chunk], cited: "Cited | None", title: str = "") -> list[Part]:
    pages = [None, *(chunk.page for chunk in chunks)]
    passages = [
        _passage(chunk, cited, new_page=chunk.page is not None and chunk.page != before)
        for chunk, before in zip(chunks, pages, strict=False)
    ]
    groups = groupby(passages, key=lambda passage: passage.chunk.heading_path)
    return [Part(below_title(heading, title), list(group)) for heading, group in groups]


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
    is_cited = cited is not None and chunk.pk == cited.chunk.pk
    pieces = [Piece(chunk.text)]
    if cited is not None and is_cited:
        pieces = quote_pieces(chunk.text, cited.start, cited.end)
    return Passage(chunk, lines_of(pieces), is_cited, new_page)
