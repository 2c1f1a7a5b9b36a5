"""One polite visitor of web pages, shared by the kinds of source that read the web."""

import time
from collections.abc import Collection
from dataclasses import dataclass, replace

from solution_library.fetching import (
    Fetched,
    FetchFailed,
    FetchRefused,
    Target,
    fetch,
    parse_target,
)
from solution_library.sources.kinds import document_ending, file_name, title_of
from solution_library.sources.pages import (
    Page,
    canonical_of,
    normalised,
    page_links,
    page_rules,
    read_page,
)
from solution_library.sources.robots import Robots, parse_robots
from solution_library.sources.types import Known, Outcome, SourceItem, content_hash, note

# So many failures in a row mean that the site is down: each could cost a full timeout.
GIVE_UP_AFTER = 8
LONGEST_PAUSE = 30.0
USUAL_PAUSE = 5.0
BUSY = {429, 503}
#: Begins what is kept, in the place of an ETag, of pages whose server gives none: see sitemap.py.
OF_SITEMAP = "lastmod "


@dataclass(frozen=True)
class Visit:
    """`final` is where redirects ended and `lasting` what the page calls its own address;
    `links` is empty for anything but web pages."""

    item: SourceItem
    final: Target
    links: tuple[Target, ...] = ()
    lasting: Target | None = None


class Visitor:
    """Fetches at most one page per `delay` seconds and obeys robots.txt.

    `sites` (a set of `Target.site`) bounds redirects; None lets them lead anywhere public.
    """

    def __init__(
        self, *, sites: Collection[str] | None, delay: float, obey_robots: bool = True
    ) -> None:
        self._sites = sites
        self._delay = delay
        self._obey_robots = obey_robots
        self._robots: dict[str, Robots | FetchFailed] = {}
        self._next_at = 0.0
        self._failures = 0

    @property
    def has_given_up(self) -> bool:
        return self._failures >= GIVE_UP_AFTER

    def visit(self, target: Target, known: Known | None) -> Visit:
        """Never raises for what a server does; the item says what happened."""
        if known is not None and not known.content_hash:
            # "Not modified" would leave the caller without the content that it lacks.
            known = replace(known, etag=None, last_modified=None)
        if known is not None and (known.etag or "").startswith(OF_SITEMAP):
            known = replace(known, etag=None)
        try:
            answer = self.read(target, known)
        except FetchRefused as refusal:
            # A page that we hold and may no longer fetch is a trouble; a new one is not.
            outcome: Outcome = "failed" if known else "skipped"
            return Visit(_without_body(target, outcome, refusal.reason), target)
        except FetchFailed as failure:
            return Visit(_without_body(target, "failed", failure.reason), target)
        return _judged(target, answer, known, obey_robots=self._obey_robots)

    def read(self, target: Target, known: Known | None = None) -> Fetched:
        """Raises FetchRefused (robots.txt included) or FetchFailed."""
        try:
            delay = self._rules_of(target) if self._obey_robots else self._delay
            answer = self._patiently(target, known or Known(), delay)
        except FetchFailed:
            self._failures += 1
            raise
        self._failures = 0
        return answer

    def _patiently(self, target: Target, known: Known, delay: float) -> Fetched:
        """A busy server is asked once more after the pause that it wished for."""
        try:
            return self._fetch(target, known, delay)
        except FetchFailed as failure:
            if failure.status not in BUSY:
                raise
            wished = USUAL_PAUSE if failure.retry_after is None else failure.retry_after
            if wished > LONGEST_PAUSE:
                raise
            time.sleep(wished)
        return self._fetch(target, known, delay)

    def _fetch(self, target: Target, known: Known, delay: float) -> Fetched:
        time.sleep(max(self._next_at - time.monotonic(), 0.0))
        try:
            return fetch(
                target.url,
                etag=known.etag,
                last_modified=known.last_modified,
                stay_on=self._sites,
            )
        finally:
            self._next_at = time.monotonic() + delay

    def _rules_of(self, target: Target) -> float:
        """The delay in seconds; raises FetchRefused where robots.txt forbids the page."""
        if target.origin not in self._robots:
            self._robots[target.origin] = self._read_robots(target)
        robots = self._robots[target.origin]
        if isinstance(robots, FetchFailed):
            raise FetchFailed(robots.reason)
        if not robots.allows(target.path + target.query):
            raise FetchRefused(f"The site's robots.txt forbids {target.shown}.")
        return max(self._delay, robots.delay)

    def _read_robots(self, target: Target) -> Robots | FetchFailed:
        """No robots.txt (any 4xx) allows everything, an unreadable one nothing (RFC 9309)."""
        robots = parse_target(target.origin + "/robots.txt")
        try:
            answer = self._patiently(robots, Known(), self._delay)
        except FetchRefused:
            return Robots()
        except FetchFailed as failure:
            return FetchFailed(f"Before reading a site we ask its robots.txt. {failure.reason}")
        return parse_robots(answer.body)


def unreachable_note(site: str) -> SourceItem:
    return replace(
        note(
            "unreachable",
            f"{site} failed {GIVE_UP_AFTER} times in a row, so the rest was left for the next "
            "sync. All copies are kept.",
        ),
        outcome="failed",
    )


def _judged(target: Target, answer: Fetched, known: Known | None, *, obey_robots: bool) -> Visit:
    final = normalised(parse_target(answer.url))
    if answer.not_modified and known is not None and (known.etag or known.last_modified):
        return Visit(_unchanged(target, answer, known), final, _stored_links(known))
    problem = _problem(target, answer, known)
    if problem is not None:
        return Visit(problem, final)
    return _taken(target, final, answer, known, obey_robots=obey_robots)


def _problem(target: Target, answer: Fetched, known: Known | None) -> SourceItem | None:
    status, shown = answer.status, target.shown
    if status in {404, 410}:
        outcome: Outcome = "gone" if known else "skipped"
        return _without_body(target, outcome, f"{shown} does not exist (any more): {status}.")
    if status in {401, 403}:
        return _without_body(target, "failed", f"{shown} is not open to everyone: {status}.")
    if status >= 300:
        return _without_body(target, "failed", f"{shown} gave the unusual answer {status}.")
    if not answer.body.strip():
        return _without_body(target, "failed", f"{shown} came back empty.")
    return None


def _taken(
    target: Target, final: Target, answer: Fetched, known: Known | None, *, obey_robots: bool
) -> Visit:
    media_type = answer.headers.get("content-type", "")
    ending = document_ending(media_type, final.path, answer.body)
    if ending is None:
        shown_type = media_type.partition(";")[0].strip()[:80] or "of an unknown type"
        reason = f"{target.shown} is {shown_type}, which is not a kind of document that we read."
        return Visit(_without_body(target, "failed" if known else "skipped", reason), final)
    filename = file_name(final.path, ending)
    follow, listed = page_rules(answer.headers.get("x-robots-tag", ""))
    page = read_page(answer.body, media_type) if ending == ".html" else Page()
    if page.is_sign_in:
        reason = f"{target.shown} asks for a sign-in. Only pages open to everyone can be read."
        return Visit(_without_body(target, "failed", reason), final)
    links = page_links(page, final) if follow else ()
    if obey_robots and (page.is_unlisted or not listed):
        return Visit(_unlisted(target, known), final, links)
    title = page.title or title_of(filename)
    item = _with_body(target, answer, known, title, filename, links)
    return Visit(item, final, links, canonical_of(page, final))


def _unlisted(target: Target, known: Known | None) -> SourceItem:
    """Its owner keeps it out of indexes (noindex): one that we hold goes like a deleted one."""
    reason = f"{target.shown} asks not to be listed in an index (robots: noindex)."
    return _without_body(target, "gone" if known else "skipped", reason)


def _with_body(
    target: Target,
    answer: Fetched,
    known: Known | None,
    title: str,
    filename: str,
    links: tuple[Target, ...],
) -> SourceItem:
    digest = content_hash(answer.body)
    same = known is not None and known.content_hash == digest
    return SourceItem(
        key=target.url,
        title=title,
        filename=filename,
        outcome="unchanged" if same else "content",
        body=None if same else answer.body,
        content_hash=digest,
        etag=answer.etag,
        last_modified=answer.last_modified,
        links=tuple(link.url for link in links),
    )


def _unchanged(target: Target, answer: Fetched, known: Known) -> SourceItem:
    return SourceItem(
        key=target.url,
        title="",
        filename="",
        outcome="unchanged",
        content_hash=known.content_hash,
        etag=answer.etag or known.etag,
        last_modified=answer.last_modified or known.last_modified,
        links=known.links,
    )


def _stored_links(known: Known) -> tuple[Target, ...]:
    return tuple(normalised(parse_target(url)) for url in known.links or ())


def _without_body(target: Target, outcome: Outcome, reason: str) -> SourceItem:
    return SourceItem(target.url, "", "", outcome, error=reason)
