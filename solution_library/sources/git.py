"""Reads the documents of the newest commit of a git repository."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from solution_library.sources import config as settings
from solution_library.sources.git_commands import (
    Clone,
    GitProblem,
    Remote,
    TreeEntry,
    cloned,
    newest_commit,
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
NAMES = {
    "url", "branch", "folder", "username", "token", "include", "exclude", "max_files",
    "max_megabytes",
}  # fmt: skip
# Narrower than git's own rule: nothing that could be read as an option or lead upwards.
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,200}")
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def check(config: Config) -> None:
    """Raises SourceRefused if the settings are wrong or the host cannot be called."""
    _read_config(config)
    settings.reachable(settings.address(config))


def preview(config: Config, look: Look, limit: int) -> None:
    """The first documents, as paths in the repository. Raises SourceRefused."""
    repository = _read_config(config)
    try:
        with cloned(repository.remote, max_blob_bytes=repository.max_bytes) as clone:
            listing, sizes = _listing(repository, clone), clone.sizes()
    except GitProblem as problem:
        raise SourceRefused(str(problem)) from None
    found = (
        Found(title_of(path.rpartition("/")[2]), path, sizes.get(entry.object_id))
        for path, entry in listing.files.items()
    )
    look.take_files(found, _notes(repository, listing), limit)


def items(config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    """Yields each file. Raises SourceRefused before any request."""
    return _items(_read_config(config), known)


@dataclass(frozen=True)
class _Repository:
    remote: Remote
    folder: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    max_files: int
    max_bytes: int

    def mark(self, commit: str, number: int) -> str:
        """What a document read at this commit keeps in the place of its time of change: that it is
        one of so many, chosen by these settings."""
        settings = repr((self.remote.branch, self.folder, self.include, self.exclude,
                         self.max_files, self.max_bytes))  # fmt: skip
        return f"commit {commit[:40]} {content_hash(settings.encode())[:16]} {number}"

    def wants(self, path: str) -> bool:
        if self.folder and not path.startswith(self.folder + "/"):
            return False
        if any_matches(self.exclude, path):
            return False
        return not self.include or any_matches(self.include, path)


@dataclass
class _Listing:
    """`files` by path, in git's order; `others` counts what is no document, by kind."""

    files: dict[str, TreeEntry] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    beyond_limit: int = 0


def _read_config(config: Config) -> _Repository:
    settings.refuse_unknown(config, NAMES)
    branch = settings.text(config, "branch", "")
    if branch and (not _BRANCH.fullmatch(branch) or ".." in branch):
        raise SourceRefused("'branch' must be a plain name like main or release/2.0.")
    username = settings.text(config, "username", "x-access-token")
    token = settings.text(config, "token", "")
    if not (username + token).isprintable():
        raise SourceRefused("'username' and 'token' must be one line each.")
    target = settings.address(config)
    return _Repository(
        remote=Remote(target.url, branch, username, token),
        folder=settings.text(config, "folder", "").strip("/"),
        include=settings.lines(config, "include"),
        exclude=settings.lines(config, "exclude"),
        max_files=settings.whole(config, "max_files", 20_000, 1, 200_000),
        max_bytes=settings.whole(config, "max_megabytes", 10, 1, 100) * MEGABYTE,
    )


def _items(repository: _Repository, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    try:
        if known and _is_at(repository, newest_commit(repository.remote), known):
            yield from (
                _unchanged(path, stored, len(known), stored.last_modified)
                for path, stored in known.items() if not stored.fresh
            )  # fmt: skip
            return
        with cloned(repository.remote, max_blob_bytes=repository.max_bytes) as clone:
            yield from _cloned_items(repository, clone, known)
    except GitProblem as problem:
        yield replace(note("repository", str(problem)), outcome="failed")


def _is_at(repository: _Repository, commit: str, known: Mapping[str, Known]) -> bool:
    """Whether all that this very commit has, by these very settings, was read: a sync that was
    cut off has read less, and must not be taken for all of it."""
    mark = repository.mark(commit, len(known))
    return bool(commit) and all(
        stored.content_hash and stored.last_modified == mark for stored in known.values()
    )


def _cloned_items(
    repository: _Repository, clone: Clone, known: Mapping[str, Known]
) -> Iterator[SourceItem]:
    listing, sizes = _listing(repository, clone), clone.sizes()
    total, too_large = len(listing.files), repository.max_bytes + 1
    fitting = [e for e in listing.files.values() if sizes.get(e.object_id, too_large) < too_large]
    mark = repository.mark(clone.commit(), len(fitting))
    to_read: list[TreeEntry] = []
    for path, entry in listing.files.items():
        stored = known.get(path)
        if stored is not None and stored.fresh:
            continue
        if stored is not None and stored.content_hash and stored.etag == entry.object_id:
            # git names a file by its content, so the same name is the same content.
            yield _unchanged(path, stored, total, mark)
        elif sizes.get(entry.object_id, too_large) >= too_large:
            limit = repository.max_bytes // MEGABYTE
            yield _skipped(path, f"The file is larger than {limit} MB.", total)
        else:
            to_read.append(entry)
    bodies = clone.blobs([entry.object_id for entry in to_read])
    for entry, body in zip(to_read, bodies, strict=True):
        yield replace(_read(entry, body, known.get(entry.path), total), last_modified=mark)
    yield from _missing(repository, listing, known)
    yield from _notes(repository, listing)


def _listing(repository: _Repository, clone: Clone) -> _Listing:
    listing = _Listing()
    for entry in clone.entries():
        if not repository.wants(entry.path):
            continue
        if entry.mode not in {"100644", "100755"}:
            listing.others["links and submodules"] += 1
        elif len(entry.path) > MAX_KEY:
            listing.others["too long a path"] += 1
        elif ending_of(entry.path) not in ENDINGS:
            listing.others[ending_of(entry.path) or "no ending"] += 1
        elif len(listing.files) >= repository.max_files:
            listing.beyond_limit += 1
        else:
            listing.files[entry.path] = entry
    return listing


def _read(entry: TreeEntry, body: bytes, known: Known | None, total: int) -> SourceItem:
    if body.startswith(_LFS_POINTER):
        return _skipped(entry.path, "The file is kept in Git LFS, which is not read.", total)
    filename = entry.path.rpartition("/")[2]
    digest = content_hash(body)
    same = known is not None and known.content_hash == digest
    return SourceItem(
        key=entry.path,
        title=title_of(filename),
        filename=filename,
        outcome="unchanged" if same else "content",
        body=None if same else body,
        content_hash=digest,
        etag=entry.object_id,
        total_hint=total,
    )


def _unchanged(path: str, known: Known, total: int, mark: str | None) -> SourceItem:
    return SourceItem(
        path, "", "", "unchanged", content_hash=known.content_hash, etag=known.etag,
        last_modified=mark, total_hint=total,
    )  # fmt: skip


def _skipped(path: str, reason: str, total: int) -> SourceItem:
    return SourceItem(path, "", "", "skipped", error=reason, total_hint=total)


def _missing(
    repository: _Repository, listing: _Listing, known: Mapping[str, Known]
) -> Iterator[SourceItem]:
    if listing.beyond_limit:
        # What lies behind the limit was not looked at.
        return
    for path, stored in known.items():
        if path in listing.files or stored.fresh:
            continue
        if repository.wants(path):
            yield SourceItem(path, "", "", "gone", error="The file is no longer in the repository.")
        else:
            yield SourceItem(path, "", "", "skipped", error="Now outside the rules of this source.")


def _notes(repository: _Repository, listing: _Listing) -> Iterator[SourceItem]:
    if listing.beyond_limit:
        yield note(
            "files",
            f"Stopped at the limit of {repository.max_files} files; there are "
            f"{listing.beyond_limit} more. Raise 'max_files' or narrow 'include'.",
        )
    if listing.others:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in listing.others.most_common(8))
        yield note("kinds", f"{listing.others.total()} files are not read: {kinds}.")
