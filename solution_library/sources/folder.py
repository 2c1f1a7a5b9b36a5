"""Reads documents from a folder of the server, below one of the operator's allowed roots.

Every name is opened relative to its opened parent and without following links (openat,
O_NOFOLLOW), so nothing that is swapped between check and use can lead outside.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings as django_settings

from solution_library.sources import config as settings
from solution_library.sources.folder_files import (
    FileProblem,
    Listing,
    list_files,
    open_below,
    read_file,
)
from solution_library.sources.kinds import ENDINGS, ending_of, title_of
from solution_library.sources.patterns import any_matches
from solution_library.sources.types import (
    MAX_KEY,
    Config,
    Found,
    Known,
    Look,
    SourceItem,
    SourceRefused,
    content_hash,
    note,
)

MEGABYTE = 1_048_576


def check(config: Config) -> None:
    """Raises SourceRefused unless the folder is allowed and can be opened."""
    os.close(_open(_read_config(config)))


def preview(config: Config, look: Look, limit: int) -> None:
    """The first documents, as paths below the folder. Raises SourceRefused."""
    place = _read_config(config)
    descriptor = _open(place)
    try:
        listing, others = _listing(place, descriptor)
    finally:
        os.close(descriptor)
    found = (Found(title_of(path.rpartition("/")[2]), path) for path in listing.files)
    look.take_files(found, _notes(place, listing, others), limit)


def items(config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    """Yields each file as it is read. Raises SourceRefused if the folder cannot be opened."""
    place = _read_config(config)
    # Opened again by the generator: one that is never started could not close it.
    os.close(_open(place))
    return _items(place, known)


@dataclass(frozen=True)
class _Place:
    root: str
    parts: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    max_files: int
    max_bytes: int

    def wants(self, path: str) -> bool:
        if any_matches(self.exclude, path):
            return False
        return not self.include or any_matches(self.include, path)


def _read_config(config: Config) -> _Place:
    settings.refuse_unknown(config, {"path", "include", "exclude", "max_files", "max_megabytes"})
    root, parts = _below_a_root(settings.text(config, "path"))
    return _Place(
        root=root,
        parts=parts,
        include=settings.lines(config, "include"),
        exclude=settings.lines(config, "exclude"),
        max_files=settings.whole(config, "max_files", 20_000, 1, 200_000),
        max_bytes=settings.whole(config, "max_megabytes", 50, 1, 500) * MEGABYTE,
    )


def _allowed_roots() -> list[str]:
    """From the operator, never from users."""
    roots = (
        getattr(django_settings, "SOURCE_FOLDER_ROOTS", ()) if django_settings.configured else ()
    )
    return [str(root).rstrip("/") for root in roots if str(root).strip("/")]


def _below_a_root(path: str) -> tuple[str, tuple[str, ...]]:
    if not path.startswith("/"):
        raise SourceRefused("Give the whole path of the folder, beginning with '/'.")
    parts = [part for part in path.split("/") if part]
    if any(part in {".", ".."} for part in parts):
        raise SourceRefused("The path must not contain '.' or '..' parts.")
    for root in sorted(_allowed_roots(), key=len, reverse=True):
        below = [part for part in root.split("/") if part]
        if parts[: len(below)] == below:
            return root, tuple(parts[len(below) :])
    raise SourceRefused(
        "This folder is not below one of the folders that the operator allows "
        "(SOURCE_FOLDER_ROOTS). Ask the operator to add it."
    )


def _open(place: _Place) -> int:
    try:
        return open_below(place.root, place.parts)
    except FileProblem as problem:
        raise SourceRefused(f"The folder cannot be opened: {problem}.") from None


def _listing(place: _Place, descriptor: int) -> tuple[Listing, Counter[str]]:
    """The documents, and how many other files there are by their ending."""
    others: Counter[str] = Counter()

    def takes(path: str) -> bool:
        if not place.wants(path):
            return False
        if len(path) > MAX_KEY:
            others["too long a path"] += 1
            return False
        known_kind = ending_of(path) in ENDINGS
        if not known_kind:
            others[ending_of(path) or "no ending"] += 1
        return known_kind

    return list_files(descriptor, wants=takes, limit=place.max_files), others


def _items(place: _Place, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    descriptor = _open(place)
    try:
        listing, others = _listing(place, descriptor)
        if known and not listing.files:
            yield _nothing_there(place)
            return
        for path, real in listing.files.items():
            stored = known.get(path)
            if stored is None or not stored.fresh:
                yield _file(place, descriptor, path, real, stored, len(listing.files))
        yield from _missing(place, listing, known)
        yield from _notes(place, listing, others)
    finally:
        os.close(descriptor)


def _nothing_there(place: _Place) -> SourceItem:
    """A share that is not mounted is an empty folder: that must not empty the library."""
    return SourceItem(
        "limit:empty",
        "",
        "",
        "failed",
        error=f"The folder {'/'.join((place.root, *place.parts))} holds no files now. All copies "
        "are kept. If it is a network share, check that it is mounted.",
    )


def _file(
    place: _Place, descriptor: int, path: str, real: bytes, known: Known | None, total: int
) -> SourceItem:
    filename = path.rpartition("/")[2]
    try:
        body = read_file(descriptor, real, max_bytes=place.max_bytes)
    except FileProblem as problem:
        outcome = problem.outcome
        return SourceItem(path, "", filename, outcome, error=f"{problem}.", total_hint=total)
    digest = content_hash(body)
    same = known is not None and known.content_hash == digest
    return SourceItem(
        key=path,
        title=title_of(filename),
        filename=filename,
        outcome="unchanged" if same else "content",
        body=None if same else body,
        content_hash=digest,
        total_hint=total,
    )


def _missing(place: _Place, listing: Listing, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    if listing.cut:
        # What lies behind the limit was not looked at.
        return
    for path, stored in known.items():
        if path in listing.files or stored.fresh:
            continue
        if not place.wants(path):
            yield SourceItem(path, "", "", "skipped", error="Now outside the rules of this source.")
        elif listing.was_read(path):
            yield SourceItem(path, "", "", "gone", error="The file is no longer in the folder.")
        else:
            reason = "Its folder could not be read this time, so the old copy is kept."
            yield SourceItem(path, "", "", "failed", error=reason)


def _notes(place: _Place, listing: Listing, others: Counter[str]) -> Iterator[SourceItem]:
    for folder, reason in listing.unreadable.items():
        yield SourceItem(f"limit:folder:{folder}", "", "", "failed", error=f"{folder}: {reason}.")
    if listing.cut:
        yield note(
            "files",
            f"Stopped at the limit of {place.max_files} files. Raise 'max_files' or narrow "
            "'include'.",
        )
    if listing.links:
        yield note(
            "links",
            f"{listing.links} links and special files were left out: only regular files inside "
            "the folder are read.",
        )
    if others:
        kinds = ", ".join(f"{ending} ({count})" for ending, count in others.most_common(8))
        yield note("kinds", f"{others.total()} files are of kinds that we do not read: {kinds}.")
