"""The settings that website and sitemap sources share."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from solution_library.fetching import Target
from solution_library.sources import config as settings
from solution_library.sources.kinds import NEVER_DOCUMENTS, ending_of
from solution_library.sources.pages import normalised
from solution_library.sources.patterns import any_matches
from solution_library.sources.types import MAX_KEY, Config, SourceRefused

SHARED = {"url", "include", "exclude", "extra_hosts", "max_pages", "delay"}
MAX_SEGMENTS = 20
MAX_SAME_SEGMENT = 3

# Why a link is not followed: another place, or the look of a crawler trap.
Verdict = Literal["in", "out", "trap"]


@dataclass(frozen=True)
class Scope:
    """Which addresses belong to the source."""

    start: Target
    sites: frozenset[str]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    max_pages: int
    delay: float

    def judge(self, target: Target) -> Verdict:
        if target.site not in self.sites or ending_of(target.path) in NEVER_DOCUMENTS:
            return "out"
        if any_matches(self.exclude, target.path):
            return "out"
        if self.include and not any_matches(self.include, target.path):
            return "out"
        return "trap" if _looks_endless(target) else "in"


def read_scope(config: Config, extra_names: Collection[str] = ()) -> Scope:
    """Raises SourceRefused with the name of the setting that is wrong."""
    settings.refuse_unknown(config, SHARED | set(extra_names))
    start = normalised(settings.address(config))
    return Scope(
        start=start,
        sites=_sites(start, settings.lines(config, "extra_hosts")),
        include=settings.lines(config, "include"),
        exclude=settings.lines(config, "exclude"),
        max_pages=settings.whole(config, "max_pages", 1_000, 1, 20_000),
        delay=settings.number(config, "delay", 0.5, 0.0, 60.0),
    )


def _sites(start: Target, extra: Collection[str]) -> frozenset[str]:
    """The start's own site with or without "www.", and the hosts that people added."""
    bare = start.site.removeprefix("www.")
    if any("/" in host or " " in host for host in extra):
        raise SourceRefused("'extra_hosts' takes host names like docs.example.com, one per line.")
    return frozenset({bare, f"www.{bare}", start.site, *(host.lower() for host in extra)})


def _looks_endless(target: Target) -> bool:
    """Relative links on a page that answers everywhere grow like /a/a/a/a."""
    segments = [part for part in target.path.split("/") if part]
    repeated = any(segments.count(part) > MAX_SAME_SEGMENT for part in set(segments[:200]))
    return len(segments) > MAX_SEGMENTS or len(target.url) > MAX_KEY or repeated
