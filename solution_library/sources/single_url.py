"""One web document. A person named it, so robots.txt, which is about crawling, is not asked."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from solution_library.fetching import Target
from solution_library.sources import config as settings
from solution_library.sources.types import Config, Known, Look, SourceItem
from solution_library.sources.visiting import Visitor


def check(config: Config) -> None:
    """Raises SourceRefused if the address is wrong or its host cannot be called."""
    settings.reachable(_read_config(config))


def preview(config: Config, look: Look, limit: int) -> None:
    """The title of the document. Raises SourceRefused for wrong settings."""
    look.take_items(items(config, {}), limit)


def items(config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    """Yields one item. Raises SourceRefused before any request."""
    return _items(_read_config(config), known)


def _items(target: Target, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    stored = known.get(target.url)
    if stored is None or not stored.fresh:
        yield replace(_visitor().visit(target, stored).item, total_hint=1)


def _read_config(config: Config) -> Target:
    settings.refuse_unknown(config, {"url"})
    return settings.address(config)


def _visitor() -> Visitor:
    return Visitor(sites=None, delay=0.0, obey_robots=False)
