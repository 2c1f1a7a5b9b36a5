"""What every kind of documentation source gives and takes."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Config = Mapping[str, Any]
Outcome = Literal["content", "unchanged", "gone", "failed", "skipped"]


# What a caller can store as an item's key; longer addresses and paths are left out, since
# a shortened key would later be asked for, not be found, and count as gone.
MAX_KEY = 1_000


class SourceRefused(Exception):
    """The settings of a source cannot work; `reason` says what to change."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Known:
    """What the caller stored about one item. Without a `content_hash` there is no stored
    content, so the item is asked for in full.

    `links` are the `SourceItem.links` stored with it: with them a page that did not change
    costs one short answer, and a crawl still knows where it leads. `fresh` marks an item
    that this very sync has already written: it is passed over without a request, so that
    a killed sync resumes where it was.
    """

    etag: str | None = None
    last_modified: str | None = None
    content_hash: str = ""
    links: tuple[str, ...] | None = None
    fresh: bool = False


@dataclass(frozen=True)
class SourceItem:
    """One document of a source, or a reason why there is none.

    `outcome`: "content" (`body` is new), "unchanged", "gone" (404 or 410, or a file that
    is no longer there; the caller deletes only after two in a row), "failed" (keep the
    old copy and say `error`), "skipped" (not taken, and `error` says why). An item whose
    key begins with "limit:" is a note about the whole sync. Known keys that are never
    mentioned were not looked at: nothing may be concluded about them.
    """

    key: str
    title: str
    filename: str
    outcome: Outcome
    body: bytes | None = None
    content_hash: str = ""
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None
    total_hint: int | None = None
    links: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Found:
    """A document that a sync would take. `size` is in bytes, None where it is not known yet."""

    title: str
    key: str
    size: int | None = None


@dataclass(frozen=True)
class LeftOut:
    """What a sync would not take, and why; without a key the reason is about many."""

    key: str
    reason: str


@dataclass
class Look:
    """A first look at a source. It grows while somebody waits; `total` as far as it is known."""

    documents: list[Found] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    total: int | None = None
    is_whole: bool = False

    def take_items(self, items: Iterator[SourceItem], limit: int) -> None:
        """Sort the items of a first sync into this, until there are enough."""
        for item in items:
            self.total = item.total_hint or self.total
            if item.outcome == "content":
                size = len(item.body or b"")
                self.documents.append(Found(item.title or item.filename, item.key, size))
            else:
                key = "" if item.key.startswith("limit:") else item.key
                self.left_out.append(LeftOut(key, item.error or ""))
            if len(self.documents) >= limit or len(self.left_out) >= 2 * limit:
                return
        self.is_whole = True
        self.total = len(self.documents)

    def take_files(self, files: Iterable[Found], notes: Iterable[SourceItem], limit: int) -> None:
        """The same of a kind that can list everything at once."""
        listed = list(files)
        self.total, self.is_whole = len(listed), len(listed) <= limit
        self.documents += listed[:limit]
        self.left_out += [LeftOut("", item.error or "") for item in notes]


class Source(Protocol):
    """The names that each module of the registry has."""

    def check(self, config: Config) -> None: ...

    def preview(self, config: Config, look: Look, limit: int) -> None:
        """Fill `look` with up to `limit` documents, as they are found."""

    def items(self, config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]: ...


def content_hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def note(name: str, sentence: str) -> SourceItem:
    """A remark about the whole sync, for the log of the sync."""
    return SourceItem(f"limit:{name}", "", "", "skipped", error=sentence)
