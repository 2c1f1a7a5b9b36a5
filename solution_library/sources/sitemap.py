"""Takes the pages that a sitemap lists: sitemap.xml, an index of sitemaps, packed or not."""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from xml.parsers import expat

from solution_library.fetching import FetchFailed, FetchRefused, Target, parse_target
from solution_library.sources import config as settings
from solution_library.sources.pages import normalised
from solution_library.sources.types import Config, Known, Look, SourceItem, SourceRefused, note
from solution_library.sources.visiting import OF_SITEMAP, Visitor, unreachable_note
from solution_library.sources.web_config import Scope, read_scope

# The protocol's own limits are 50 MB unpacked and 50,000 addresses in each file.
MAX_UNPACKED = 50 * 1024 * 1024
MAX_DEPTH = 3
MAX_SITEMAPS = 500
# An entry has four elements, and images of its own.
MAX_ELEMENTS = 1_000_000
#: How long a page is taken as unchanged because the sitemap says so.
TRUSTED = timedelta(days=7)
#: Pages, further sitemaps, and when pages were changed, by their address.
Listed = tuple[list[Target], list[Target], dict[str, str]]
_LASTMOD = re.compile(r"[0-9T:.+Z-]{4,40}")


def check(config: Config) -> None:
    """Raises SourceRefused if the settings are wrong or the host cannot be called."""
    settings.reachable(read_scope(config).start)


def preview(config: Config, look: Look, limit: int) -> None:
    """The first pages of the sitemap, read. Raises SourceRefused for wrong settings."""
    look.take_items(items(config, {}), limit)


def items(config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    """Yields each page as it is read. Raises SourceRefused before the first request."""
    return _items(read_scope(config), known)


@dataclass
class _Listing:
    """`pages` by their address, in the order of the sitemap; `changed` says when, as the sitemap
    has it, for those that it says it of."""

    pages: dict[str, Target] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    problems: list[SourceItem] = field(default_factory=list)
    beyond_limit: int = 0
    outside: int = 0


def _items(scope: Scope, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    visitor = Visitor(sites=scope.sites, delay=scope.delay)
    listing = _read_listing(scope, visitor)
    yield from listing.problems
    if not listing.pages:
        # An empty sitemap says nothing about the pages that we hold.
        return
    wanted = listing.pages | _unlisted(scope, known, listing)
    for key, target in wanted.items():
        stored = known.get(key)
        if stored is not None and stored.fresh:
            continue
        if visitor.has_given_up:
            yield unreachable_note(scope.start.netloc)
            break
        item = _by_the_sitemap(key, stored, listing) or _marked(
            visitor.visit(target, stored).item, listing
        )
        yield replace(item, total_hint=len(wanted))
    yield from _notes(scope, listing)


def _by_the_sitemap(key: str, known: Known | None, listing: _Listing) -> SourceItem | None:
    """Unchanged, if the sitemap says so of a page whose server has no other way to say it. It is
    asked for once a week all the same, for some sitemaps never tell."""
    mark = (known.etag or "") if known is not None and known.content_hash else ""
    changed = listing.changed.get(key)
    if known is None or not changed or not mark.startswith(f"{OF_SITEMAP}{changed} "):
        return None
    try:
        asked = date.fromisoformat(mark.rpartition(" ")[2])
    except ValueError:
        return None
    if datetime.now(UTC).date() - asked > TRUSTED:
        return None
    return SourceItem(
        key, "", "", "unchanged", content_hash=known.content_hash, etag=mark, links=known.links
    )


def _marked(item: SourceItem, listing: _Listing) -> SourceItem:
    changed = listing.changed.get(item.key)
    if not changed or item.etag or item.last_modified or not item.content_hash:
        return item
    return replace(item, etag=f"{OF_SITEMAP}{changed} {datetime.now(UTC).date().isoformat()}")


def _unlisted(scope: Scope, known: Mapping[str, Known], listing: _Listing) -> dict[str, Target]:
    """Known pages that the sitemap dropped: only their server can say that they are gone."""
    targets: dict[str, Target] = {}
    for key in known:
        target = _page(key)
        if key not in listing.pages and target is not None and scope.judge(target) == "in":
            targets[key] = target
    return targets


def _notes(scope: Scope, listing: _Listing) -> Iterator[SourceItem]:
    if listing.beyond_limit:
        yield note(
            "pages",
            f"Stopped at the limit of {scope.max_pages} pages; the sitemap lists "
            f"{listing.beyond_limit} more. Raise 'max_pages' or narrow 'include'.",
        )
    if listing.outside:
        yield note(
            "outside",
            f"{listing.outside} addresses of the sitemap are outside the rules of this source "
            "(other hosts, excluded paths or kinds of files that we do not read).",
        )


def _read_listing(scope: Scope, visitor: Visitor) -> _Listing:
    listing = _Listing()
    waiting: list[tuple[Target, int]] = [(scope.start, 0)]
    asked: set[str] = set()
    while waiting:
        target, depth = waiting.pop(0)
        if target.url in asked or visitor.has_given_up:
            continue
        asked.add(target.url)
        try:
            pages, sitemaps, changed = _locations(_read(visitor, target), target)
        except (FetchRefused, FetchFailed, SourceRefused) as problem:
            listing.problems.append(_problem(target, problem.reason))
            continue
        _take(scope, listing, pages)
        listing.changed |= changed
        following = [sitemap for sitemap in sitemaps if sitemap.site in scope.sites]
        if depth < MAX_DEPTH:
            room = MAX_SITEMAPS - len(asked) - len(waiting)
            waiting += [(sitemap, depth + 1) for sitemap in following[: max(room, 0)]]
    return listing


def _take(scope: Scope, listing: _Listing, pages: list[Target]) -> None:
    for page in pages:
        if scope.judge(page) != "in":
            listing.outside += 1
        elif page.url not in listing.pages and len(listing.pages) >= scope.max_pages:
            listing.beyond_limit += 1
        else:
            listing.pages[page.url] = page


def _problem(target: Target, reason: str) -> SourceItem:
    return SourceItem(target.url, "", "", "failed", error=f"A sitemap could not be read. {reason}")


def _read(visitor: Visitor, target: Target) -> bytes:
    answer = visitor.read(target)
    if answer.status != 200:
        raise SourceRefused(f"{target.shown} answered {answer.status}. Check the address.")
    return _unpacked(answer.body, target)


def _unpacked(body: bytes, target: Target) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        plain = unpacker.decompress(body, MAX_UNPACKED)
    except zlib.error:
        raise SourceRefused(f"{target.shown} is a damaged gzip file.") from None
    if unpacker.unconsumed_tail:
        raise SourceRefused(f"{target.shown} is larger than 50 MB when unpacked.")
    return plain


def _locations(body: bytes, target: Target) -> Listed:
    """What a sitemap lists. Raises SourceRefused."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.lower().startswith((b"<!doctype html", b"<html")):
        raise SourceRefused(
            f"{target.shown} is a web page, not a sitemap. Use the kind 'website' for it."
        )
    if not start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        lines = body.decode("utf-8-sig", "replace").splitlines()
        return [page for line in lines if (page := _page(line.strip()))], [], {}
    try:
        return _parsed(body)
    except (expat.ExpatError, ValueError, LookupError):
        raise SourceRefused(f"{target.shown} is not a readable sitemap (damaged XML).") from None


def _parsed(body: bytes) -> Listed:
    """By events, since a tree of 50 MB of tiny elements would need gigabytes."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(body, True)
    return reader.pages, reader.sitemaps, reader.changed


def _refuse_doctype(*declaration: object) -> None:
    raise ValueError("a sitemap needs no document type")


class _Reader:
    """Takes `loc` directly inside `url` or `sitemap`; images and videos have their own. A page's
    `lastmod` may stand before or behind it."""

    def __init__(self) -> None:
        self.pages: list[Target] = []
        self.sitemaps: list[Target] = []
        self.changed: dict[str, str] = {}
        self._lastmod = ""
        self._path: list[str] = []
        self._text: list[str] = []
        self._elements = 0

    def start(self, name: str, attributes: object) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._path) > 50:
            raise ValueError("more elements than a sitemap may have")
        self._path.append(name.rpartition(" ")[2])
        self._text = []

    def text(self, data: str) -> None:
        if self._path and self._path[-1] in {"loc", "lastmod"} and len(self._text) < 1_000:
            self._text.append(data)

    def end(self, name: str) -> None:
        parent, last = ([""] * 2 + self._path)[-2:]
        self._path.pop()
        if last == "loc" and parent in {"url", "sitemap"}:
            found = _page("".join(self._text).strip())
            if found is not None:
                (self.pages if parent == "url" else self.sitemaps).append(found)
        elif last == "lastmod" and parent == "url":
            self._lastmod = "".join(self._text).strip()
        elif last == "url":
            if _LASTMOD.fullmatch(self._lastmod) and self.pages:
                self.changed[self.pages[-1].url] = self._lastmod
            self._lastmod = ""


def _page(address: str) -> Target | None:
    try:
        return normalised(parse_target(address))
    except FetchRefused:
        return None
