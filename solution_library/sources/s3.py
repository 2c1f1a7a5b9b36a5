"""Reads the documents of a bucket in an S3-compatible store.

An object's key is its name here and is put into addresses, never into paths.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings as django_settings

from solution_library.fetching import FetchFailed, FetchRefused, parse_target
from solution_library.sources import config as settings
from solution_library.sources.kinds import ENDINGS, ending_of, title_of
from solution_library.sources.patterns import any_matches
from solution_library.sources.s3_requests import (
    Bucket,
    Entry,
    Keys,
    StoreError,
    get_object,
    list_page,
)
from solution_library.sources.types import (
    MAX_KEY,
    Config,
    Found,
    Known,
    Look,
    Outcome,
    SourceItem,
    SourceRefused,
    content_hash,
    note,
)

MEGABYTE = 1_048_576
NAMES = {
    "bucket", "endpoint", "region", "prefix", "access_key", "secret_key", "anonymous", "include",
    "exclude", "max_files", "max_megabytes",
}  # fmt: skip
#: A bucket with more objects is listed so far; a prefix chooses a part of it.
MAX_LISTED = 1_000_000
GIVE_UP_AFTER = 8
ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}
TROUBLE = (StoreError, FetchFailed, FetchRefused)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,40}")


def check(config: Config) -> None:
    """Raises SourceRefused if the settings are wrong or the store's host cannot be called."""
    place = _read_config(config)
    settings.reachable(parse_target(place.bucket.base))


def preview(config: Config, look: Look, limit: int) -> None:
    """The first documents, from the listing alone. Raises SourceRefused."""
    place = _read_config(config)
    try:
        listing = _listing(place, enough=limit)
    except TROUBLE as problem:
        raise SourceRefused(problem.reason) from None
    found = (
        Found(title_of(_filename(entry.key)), entry.key, entry.size)
        for entry in listing.documents.values()
    )
    look.take_files(found, _notes(place, listing), limit)
    if listing.cut:
        look.total, look.is_whole = None, False


def items(config: Config, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    """Yields each object. Raises SourceRefused before any request."""
    return _items(_read_config(config), known)


@dataclass(frozen=True)
class _Place:
    bucket: Bucket
    prefix: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    max_files: int
    max_bytes: int

    def wants(self, key: str) -> bool:
        if not key.startswith(self.prefix) or any_matches(self.exclude, key):
            return False
        return not self.include or any_matches(self.include, key)


@dataclass
class _Listing:
    """`documents` by key; `others` counts what is none, by its kind; `cut`: there are more."""

    documents: dict[str, Entry] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    listed: int = 0
    cut: str = ""


def _read_config(config: Config) -> _Place:
    settings.refuse_unknown(config, NAMES)
    name = settings.text(config, "bucket")
    if not _BUCKET.fullmatch(name) or ".." in name:
        raise SourceRefused("Give the plain name of the bucket, like my-company-docs.")
    region = settings.text(config, "region", "") or "us-east-1"
    if not _REGION.fullmatch(region):
        raise SourceRefused("'region' must look like eu-central-1.")
    prefix = settings.text(config, "prefix", "")
    if len(prefix) > MAX_KEY:
        raise SourceRefused(f"'prefix' is longer than {MAX_KEY} characters.")
    return _Place(
        bucket=Bucket(_endpoint(config), name, region, _keys(config)),
        prefix=prefix,
        include=settings.lines(config, "include"),
        exclude=settings.lines(config, "exclude"),
        max_files=settings.whole(config, "max_files", 20_000, 1, 200_000),
        max_bytes=settings.whole(config, "max_megabytes", 50, 1, 500) * MEGABYTE,
    )


def _endpoint(config: Config) -> str:
    """ "" stands for AWS. The keys go there, so it must be https unless the operator allows the
    very host."""
    if not settings.text(config, "endpoint", ""):
        return ""
    target = settings.address(config, "endpoint")
    if target.query or target.path.strip("/"):
        raise SourceRefused("'endpoint' takes the address of the store without a path.")
    allowed = target.host_port in getattr(django_settings, "FETCH_ALLOWED_HOSTS", ())
    if target.scheme != "https" and not allowed:
        raise SourceRefused("'endpoint' must begin with https://, since keys are sent there.")
    return target.origin


def _keys(config: Config) -> Keys | None:
    access, secret = (settings.text(config, n, "") for n in ("access_key", "secret_key"))
    if config.get("anonymous"):
        return None
    if not access or not secret:
        raise SourceRefused(
            "Give an access key and its secret key, or say that the bucket is open to everybody. "
            "Keys of this server's own surroundings are never used."
        )
    if not (access + secret).isascii() or not (access + secret).isprintable():
        raise SourceRefused("The access key and the secret key must be one line each.")
    return Keys(access, secret)


def _items(place: _Place, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    try:
        listing = _listing(place)
    except TROUBLE as problem:
        yield SourceItem("limit:bucket", "", "", "failed", error=_all_kept(place, problem.reason))
        return
    if known and not listing.listed:
        reason = "It holds nothing under this prefix now."
        yield SourceItem("limit:empty", "", "", "failed", error=_all_kept(place, reason))
        return
    failures = 0
    for key, entry in listing.documents.items():
        stored = known.get(key)
        if stored is not None and stored.fresh:
            continue
        item = _item(place, entry, stored, len(listing.documents))
        failures = failures + 1 if item.outcome == "failed" else 0
        yield item
        if failures >= GIVE_UP_AFTER:
            reason = f"{failures} objects in a row failed; the rest is left for the next sync."
            yield SourceItem("limit:gave-up", "", "", "failed", error=_all_kept(place, reason))
            return
    yield from _missing(place, listing, known)
    yield from _notes(place, listing)


def _all_kept(place: _Place, reason: str) -> str:
    return f"The bucket {place.bucket.name}: {reason} All copies are kept."


def _listing(place: _Place, enough: int | None = None) -> _Listing:
    """Raises what is in TROUBLE. A preview stops when it has `enough`."""
    listing, following, seen = _Listing(), "", set[str]()
    while True:
        page = list_page(place.bucket, place.prefix, following)
        for entry in page.entries:
            _sort_in(place, listing, entry)
        following = page.following
        if not following or (enough is not None and len(listing.documents) >= enough):
            listing.cut = listing.cut or ("enough" if following else "")
            return listing
        if following in seen or listing.listed >= MAX_LISTED:
            listing.cut = "listed"
            return listing
        seen.add(following)


def _sort_in(place: _Place, listing: _Listing, entry: Entry) -> None:
    listing.listed += 1
    key = entry.key
    if key.endswith("/") or not place.wants(key):
        return
    problem = _unfit(key)
    if problem:
        listing.others[problem] += 1
    elif ending_of(key) not in ENDINGS:
        listing.others[ending_of(key) or "no ending"] += 1
    elif len(listing.documents) >= place.max_files:
        listing.cut = "files"
    else:
        listing.documents[key] = entry


def _unfit(key: str) -> str:
    """Keys that no address can stand for without being taken for another one."""
    if len(key) > MAX_KEY:
        return "too long a key"
    if key.startswith("/") or any(part in {".", ".."} for part in key.split("/")):
        return "a key with “.” or “..” in it"
    return "" if key.isprintable() else "a key with control characters"


def _item(place: _Place, entry: Entry, known: Known | None, total: int) -> SourceItem:
    if known is not None and known.content_hash and entry.etag and known.etag == entry.etag:
        return SourceItem(
            entry.key, "", "", "unchanged", content_hash=known.content_hash, etag=entry.etag,
            total_hint=total,
        )  # fmt: skip
    if entry.size > place.max_bytes:
        reason = f"It is larger than {place.max_bytes // MEGABYTE} MB."
        return SourceItem(entry.key, "", "", "skipped", error=reason, total_hint=total)
    if entry.storage_class in ARCHIVED:
        reason = "It lies in an archive (Glacier) and must be restored there first."
        return SourceItem(entry.key, "", "", "skipped", error=reason, total_hint=total)
    try:
        body = get_object(place.bucket, entry, place.max_bytes)
    except TROUBLE as problem:
        missing = isinstance(problem, StoreError) and problem.code == "NoSuchKey"
        outcome: Outcome = "failed" if not missing else "gone" if known else "skipped"
        return SourceItem(
            entry.key, "", "", outcome, error=problem.reason, total_hint=total
        )  # fmt: skip
    return _read(entry, body, known, total)


def _read(entry: Entry, body: bytes, known: Known | None, total: int) -> SourceItem:
    filename, digest = _filename(entry.key), content_hash(body)
    if not body:
        reason = "It is empty."
        return SourceItem(entry.key, "", filename, "skipped", error=reason, total_hint=total)
    same = known is not None and known.content_hash == digest
    return SourceItem(
        key=entry.key,
        title=title_of(filename),
        filename=filename,
        outcome="unchanged" if same else "content",
        body=None if same else body,
        content_hash=digest,
        etag=entry.etag,
        total_hint=total,
    )


def _filename(key: str) -> str:
    return key.rpartition("/")[2]


def _missing(place: _Place, listing: _Listing, known: Mapping[str, Known]) -> Iterator[SourceItem]:
    if listing.cut:
        # What lies behind the limit was not looked at.
        return
    for key, stored in known.items():
        if key in listing.documents or stored.fresh:
            continue
        if place.wants(key):
            yield SourceItem(key, "", "", "gone", error="It is no longer in the bucket.")
        else:
            yield SourceItem(key, "", "", "skipped", error="Now outside the rules of this source.")


def _notes(place: _Place, listing: _Listing) -> Iterator[SourceItem]:
    if listing.cut == "files":
        yield note(
            "files",
            f"Stopped at the limit of {place.max_files} documents. Raise 'max_files', or narrow "
            "'prefix' or 'include'.",
        )
    if listing.cut == "listed":
        yield note(
            "listed",
            f"The bucket has more than {listing.listed:,} objects, and the rest was not looked at. "
            "Choose a part of it with 'prefix'.",
        )
    if listing.others:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in listing.others.most_common(8))
        yield note("kinds", f"{listing.others.total()} objects are not read: {kinds}.")
