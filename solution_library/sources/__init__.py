"""Where documents come from: one module per kind, all with the same three names."""

from solution_library.sources import feed, folder, git, s3, single_url, sitemap, website
from solution_library.sources.types import (
    Config,
    Found,
    Known,
    LeftOut,
    Look,
    Source,
    SourceItem,
    SourceRefused,
    content_hash,
)

__all__ = [
    "SOURCES",
    "Config",
    "Found",
    "Known",
    "LeftOut",
    "Look",
    "Source",
    "SourceItem",
    "SourceRefused",
    "content_hash",
    "get_source",
]

SOURCES: dict[str, Source] = {
    "feed": feed,
    "folder": folder,
    "git": git,
    "s3": s3,
    "single_url": single_url,
    "sitemap": sitemap,
    "website": website,
}


def get_source(kind: str) -> Source:
    """Raises SourceRefused for a kind that does not exist."""
    try:
        return SOURCES[kind]
    except KeyError:
        kinds = ", ".join(sorted(SOURCES))
        raise SourceRefused(f"There is no source of this kind. Choose one of: {kinds}.") from None
