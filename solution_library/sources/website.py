"""Crawls a web site from a start page, on its own host, breadth first.

Resuming works by rebuilding the crawl from what the caller stored: the links of items
marked fresh are followed without asking for the page again.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import replace

from solution_library.fetching import FetchRefused, Target, parse_target
from solution_library.sources import config as settings
from solution_library.sources.kinds import ENDINGS, ending_of
from solution_library.sources.pages import normalised
from solution_library.sources.types import Config, Known, Look, SourceItem, note
from solution_library.sources.visiting import Visit, Visitor, unreachable_note
from solution_library.sources.web_config import Scope, read_scope

EXTRA_NAMES = ("max_depth", "max_query_variants")
# A page with 100,000 links must not fill the memory: the queue holds this many per page.
QUEUE_PER_PAGE = 10


def check(config: Config) -> None:
    """Raises SourceRefused if the settings are wrong or the host cannot be called."""
    settings.reachable(_read_config(config)[0].start)


def preview(config: Config, look: Look, limit: int) -> None:
    """The first pages of the crawl. Raises SourceRefused for wrong settings."""
    look.take_items(items(config, {}), limit)


def items(config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    """Yields each page as it is read. Raises SourceRefused before the first request."""
    scope, max_depth, max_variants = _read_config(config)
    return _Crawl(scope, max_depth, max_variants, known).run()


def _read_config(config: Config) -> tuple[Scope, int, int]:
    scope = read_scope(config, EXTRA_NAMES)
    max_depth = settings.whole(config, "max_depth", 10, 0, 50)
    max_variants = settings.whole(config, "max_query_variants", 20, 0, 1_000)
    return scope, max_depth, max_variants


class _Crawl:
    def __init__(
        self, scope: Scope, max_depth: int, max_variants: int, known: Mapping[str, Known]
    ) -> None:
        self._scope = scope
        self._max_depth = max_depth
        self._max_variants = max_variants
        self._known = known
        self._visitor = Visitor(sites=scope.sites, delay=scope.delay)
        self._queue: deque[tuple[Target, int]] = deque()
        self._seen: set[str] = set()
        self._key_of_content: dict[str, str] = {}
        self._variants: Counter[str] = Counter()
        self._left: Counter[str] = Counter()
        self._without_content: set[str] = set()
        self._pages = 0

    def run(self) -> Iterator[SourceItem]:
        self._enqueue(self._scope.start, 0)
        while self._queue and not self._visitor.has_given_up:
            if self._pages >= self._scope.max_pages:
                self._stop_at_limit()
                break
            yield from self._page(*self._queue.popleft())
        yield from self._unlinked()
        yield from self._notes()

    def _stop_at_limit(self) -> None:
        """Pages that we hold are asked for all the same, after this."""
        waiting = {target.url for target, _ in self._queue}
        self._seen -= waiting & self._known.keys()
        self._left["pages"] += len(waiting - self._known.keys())

    def _page(self, target: Target, depth: int) -> Iterator[SourceItem]:
        self._pages += 1
        known = self._known.get(target.url)
        has_links = known is not None and (known.links is not None or _is_leaf(target))
        if known is not None and known.fresh and has_links:
            self._key_of_content.setdefault(known.content_hash, target.url)
            self._follow(tuple(parse_target(link) for link in known.links or ()), depth)
            return
        if known is not None and not has_links:
            # Without its links an unchanged page would be a dead end, so ask for all of it.
            known = replace(known, etag=None, last_modified=None)
        visit = self._visitor.visit(target, known)
        item = self._settled(target, visit, known)
        if item is None:
            return
        self._follow(visit.links, depth)
        if item.outcome not in {"content", "unchanged"}:
            self._without_content.add(item.key)
        yield replace(item, total_hint=self._total())

    def _settled(self, target: Target, visit: Visit, known: Known | None) -> SourceItem | None:
        """The item under its lasting key; None if redirects led to a page already seen."""
        item = visit.item
        if visit.final.url != target.url and known is None and item.outcome == "content":
            if visit.final.url in self._seen:
                return None
            if self._scope.judge(visit.final) != "in":
                return _skipped(item, f"{target.shown} leads outside the rules of this source.")
            self._seen.add(visit.final.url)
            item = self._renamed(item, visit.final)
        if known is None and self._may_be_named(item, visit.lasting):
            item = self._renamed(item, visit.lasting or target)
        if item.outcome in {"content", "unchanged"}:
            first = self._key_of_content.setdefault(item.content_hash, item.key)
            if first != item.key:
                return _skipped(item, f"This page has the same content as {first}.")
        return item

    def _may_be_named(self, item: SourceItem, lasting: Target | None) -> bool:
        """Whether a page goes under the address that it calls its own: not where we found that
        there is nothing there."""
        return (
            item.outcome == "content"
            and lasting is not None
            and lasting.url != item.key
            and lasting.url not in self._without_content
            and self._scope.judge(lasting) == "in"
        )

    def _renamed(self, item: SourceItem, target: Target) -> SourceItem:
        item = replace(item, key=target.url)
        return _compared(item, self._known.get(item.key))

    def _unlinked(self) -> Iterator[SourceItem]:
        """Known pages that no page links to any more: only their server can say they are gone."""
        for key in [key for key in self._known if key not in self._seen]:
            if self._visitor.has_given_up:
                return
            known = self._known[key]
            target = _readable(key)
            if target is None or known.fresh:
                continue
            if self._scope.judge(target) != "in":
                yield _skipped(SourceItem(key, "", "", "skipped"), "Now outside the rules.")
                continue
            visit = self._visitor.visit(target, known)
            yield replace(visit.item, key=key, total_hint=self._total())

    def _follow(self, links: tuple[Target, ...], depth: int) -> None:
        for link in links:
            self._enqueue(normalised(link), depth + 1)

    def _enqueue(self, target: Target, depth: int) -> None:
        if target.url in self._seen:
            return
        if depth > self._max_depth:
            self._left["depth"] += 1
            return
        verdict = self._scope.judge(target) if depth else "in"
        if verdict == "out":
            return
        if verdict == "trap" or not self._has_room(target):
            self._left["trap"] += 1
            return
        self._seen.add(target.url)
        self._queue.append((target, depth))

    def _has_room(self, target: Target) -> bool:
        if len(self._queue) >= self._scope.max_pages * QUEUE_PER_PAGE:
            return False
        if target.query and target.url not in self._known:
            self._variants[target.path] += 1
            return self._variants[target.path] <= self._max_variants
        return True

    def _total(self) -> int:
        return min(self._pages + len(self._queue), self._scope.max_pages)

    def _notes(self) -> Iterator[SourceItem]:
        if self._visitor.has_given_up:
            yield unreachable_note(self._scope.start.netloc)
        if self._left["pages"]:
            yield note(
                "pages",
                f"Stopped at the limit of {self._scope.max_pages} pages; at least "
                f"{self._left['pages']} more were linked. Raise 'max_pages' or narrow 'include'.",
            )
        if self._left["trap"]:
            yield note(
                "trap",
                f"{self._left['trap']} links were not followed because the same page seemed to "
                "repeat under ever new addresses. Raise 'max_query_variants' if they differ.",
            )
        if self._left["depth"]:
            yield note(
                "depth",
                f"{self._left['depth']} links lie deeper than {self._max_depth} steps from the "
                "start and were not followed. Raise 'max_depth' to include them.",
            )


def _compared(item: SourceItem, known: Known | None) -> SourceItem:
    if known is not None and known.content_hash == item.content_hash:
        return replace(item, outcome="unchanged", body=None)
    return item


def _is_leaf(target: Target) -> bool:
    """A document of a kind that leads nowhere, by its name: its links need not be stored."""
    return ENDINGS.get(ending_of(target.path), ".html") != ".html"


def _readable(key: str) -> Target | None:
    try:
        return parse_target(key)
    except FetchRefused:
        return None


def _skipped(item: SourceItem, reason: str) -> SourceItem:
    return replace(item, outcome="skipped", body=None, error=reason)
