"""Reads the entries of an RSS or Atom feed: the whole text where the feed has it, else the pages.

Feeds only hold their newest entries, so one that is no longer listed is not gone.
"""

import html
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from solution_library.fetching import FetchFailed, FetchRefused, Target, join_target
from solution_library.parsing.errors import ChildError
from solution_library.parsing.sandbox import run_in_child
from solution_library.sources import config as settings
from solution_library.sources.kinds import file_name
from solution_library.sources.pages import feeds_of, normalised
from solution_library.sources.types import (
    MAX_KEY,
    Config,
    Known,
    Look,
    SourceItem,
    content_hash,
    note,
)
from solution_library.sources.visiting import Visitor, unreachable_note
from solution_library.sources.web_config import Scope, read_scope

#: An entry with so many letters of its own is taken from the feed; less is a summary.
WHOLE_TEXT = 1_000
PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head>'
    "<body><h1>{title}</h1>{text}</body></html>"
)


def check(config: Config) -> None:
    """Raises SourceRefused if the settings are wrong or the host cannot be called."""
    settings.reachable(read_scope(config).start)


def preview(config: Config, look: Look, limit: int) -> None:
    """The newest entries, read. Raises SourceRefused for wrong settings."""
    look.take_items(items(config, {}), limit)


def items(config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    """Yields each entry. Raises SourceRefused before the first request."""
    return _items(read_scope(config), known)


class _NoFeed(Exception):
    """The feed cannot be read; the message says why."""


def _items(scope: Scope, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    try:
        feed = _read_feed(scope)
    except _NoFeed as problem:
        reason = f"The feed could not be read. {problem} All copies are kept."
        yield replace(note("feed", reason), outcome="failed")
        return
    visitor = Visitor(sites=scope.sites, delay=scope.delay)
    entries = feed["entries"][: scope.max_pages]
    seen: set[str] = set()
    for entry in entries:
        if visitor.has_given_up:
            yield unreachable_note(scope.start.netloc)
            return
        item = _entry(scope, visitor, entry, known)
        if item is not None and item.key not in seen:
            seen.add(item.key)
            yield replace(item, total_hint=len(entries))
    beyond = feed["beyond"] + len(feed["entries"]) - len(entries)
    if beyond:
        yield note("pages", f"The {beyond} oldest entries are beyond the limit and were left out.")


def _read_feed(scope: Scope) -> dict[str, Any]:
    # A person named this address; robots.txt is about what we find by ourselves.
    visitor = Visitor(sites=scope.sites, delay=0.0, obey_robots=False)
    try:
        answer = visitor.read(scope.start)
    except (FetchRefused, FetchFailed) as problem:
        raise _NoFeed(problem.reason) from None
    if answer.status != 200:
        raise _NoFeed(f"{scope.start.shown} answered {answer.status}. Check the address.")
    with tempfile.NamedTemporaryFile(prefix="spelunker-feed-") as file:
        file.write(answer.body)
        file.flush()
        try:
            return run_in_child(
                "solution_library.parsing.feeds:read", path=Path(file.name),
                arguments={"address": scope.start.url},
            )  # fmt: skip
        except ChildError as error:
            raise _NoFeed(f"{error.reason}{_hint(answer.body, scope.start)}") from error


def _hint(body: bytes, at: Target) -> str:
    """A person who enters the site's address instead of its feed's is told the latter."""
    found = feeds_of(body, at)
    return f" Its feed is at {found[0].url}." if found else ""


def _entry(
    scope: Scope, visitor: Visitor, entry: dict[str, str], known: Mapping[str, Known]
) -> SourceItem | None:
    target = _link(scope, entry["link"])
    key = target.url if target else f"{scope.start.url}#{entry['id'] or entry['title']}"
    stored = known.get(key)
    if len(key) > MAX_KEY or (stored is not None and stored.fresh):
        return None
    if _is_whole(entry["html"]):
        return _from_feed(key, entry, stored)
    if target is None:
        return SourceItem(key, "", "", "skipped", error="The entry has neither text nor a link.")
    if scope.judge(target) != "in":
        reason = f"It leads to {target.netloc}, outside the rules of this source."
        return SourceItem(key, "", "", "skipped", error=reason)
    return visitor.visit(target, stored).item


def _link(scope: Scope, link: str) -> Target | None:
    try:
        return normalised(join_target(scope.start, link)) if link else None
    except FetchRefused:
        return None


def _is_whole(text: str) -> bool:
    return len(_without_tags(text)) >= WHOLE_TEXT


def _without_tags(text: str) -> str:
    """Roughly, to count letters; the text itself is read by the parser like any other page."""
    parts = (part.rpartition(">")[2] for part in text.split("<"))
    return " ".join(" ".join(parts).split())


def _from_feed(key: str, entry: dict[str, str], known: Known | None) -> SourceItem:
    title = html.escape(entry["title"] or key)
    body = PAGE.format(title=title, text=entry["html"]).encode("utf-8", "replace")
    digest = content_hash(body)
    same = known is not None and known.content_hash == digest
    return SourceItem(
        key=key,
        title=entry["title"],
        filename=file_name(key.partition("?")[0].partition("#")[0], ".html"),
        outcome="unchanged" if same else "content",
        body=None if same else body,
        content_hash=digest,
    )
