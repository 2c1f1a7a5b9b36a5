"""What every kind of documentation source gives and takes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


class Source(Protocol):
    """The names that each module of the registry has."""

    def check(self, config: Config) -> None: ...

    def preview(self, config: Config, limit: int = 20) -> list[str]: ...

    def items(self, config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]: ...


def content_hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def note(name: str, sentence: str) -> SourceItem:
    """A remark about the whole sync, for the log of the sync."""
    return SourceItem(f"limit:{name}", "", "", "skipped", error=sentence)
