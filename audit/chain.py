"""Reads the audit log back and tells whether it is as it was written."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from audit.models import AuditEntry

FIELDS = (
    "previous_hash", "position", "at", "action", "actor_id", "actor_name", "ip", "request_id",
    "target_kind", "target_id", "target_name", "details",
)  # fmt: skip
PRUNED = "audit.pruned"
LINES_AT_ONCE = 2000
MAX_TOLD = 20


class NotAnExport(Exception):
    """The file is no export of the audit log; the message says which line is wrong and how."""


@dataclass(frozen=True)
class Verdict:
    """`entries` were read, the last of them at `position` with `head` as its hash."""

    entries: int
    first: int
    position: int
    head: str
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.faults


def lines() -> Iterator[dict[str, Any]]:
    """Every entry in the order of the chain, in the form that is hashed and exported."""
    rows = (
        AuditEntry.objects.filter(position__isnull=False)
        .annotate(written=Cast("details", TextField()))
        .order_by("position")
        .values(*(name for name in FIELDS if name != "details"), "written", "hash")
    )
    for row in rows.iterator(chunk_size=LINES_AT_ONCE):
        row["details"] = row.pop("written")
        row["at"] = row["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        yield row


def lines_of(file: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The entries of an export. Raises NotAnExport."""
    for number, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            raise NotAnExport(f"Line {number} is no JSON: was the file cut?") from error
        if not isinstance(line, dict) or not set(FIELDS) | {"hash"} <= set(line):
            raise NotAnExport(f"Line {number} lacks fields: it was not made by export_audit.")
        yield line


def hash_of(line: dict[str, Any]) -> str:
    """As the database computes it: each part with its length in bytes before it."""
    parts = ("" if line[name] is None else str(line[name]) for name in FIELDS)
    written = b"".join(
        str(len(part)).encode() + b":" + part for part in (each.encode() for each in parts)
    )
    return hashlib.sha256(written).hexdigest()


def verify(found: Iterable[dict[str, Any]], *, known_head: str = "") -> Verdict:
    """Whether the entries follow on each other and say what they said. With `known_head`, the hash
    of an entry that was noted elsewhere, it must be among them: entries at the end may be missing
    otherwise."""
    faults: list[str] = []
    before: dict[str, Any] | None = None
    first = entries = 0
    seen_head = not known_head
    pruned_to: dict[int, str] = {}
    for line in found:
        entries += 1
        seen_head = seen_head or line["hash"] == known_head
        if line["action"] == PRUNED:
            pruned_to |= _pruned(line)
        if before is None:
            first, beginning = line["position"], line["previous_hash"]
        faults += _faults(line, before)
        before = line
    if not seen_head:
        faults.append("The entry with the given hash is missing: the end of the log was cut off.")
    if before and not _begins_rightly(first, beginning, pruned_to):
        faults.append(f"The log begins at {first}, and no entry says that older ones were removed.")
    position, head = (before["position"], before["hash"]) if before else (0, "")
    return Verdict(entries, first, position, head, tuple(faults[:MAX_TOLD]))


def _faults(line: dict[str, Any], before: dict[str, Any] | None) -> Iterator[str]:
    place = line["position"]
    if hash_of(line) != line["hash"]:
        yield f"Entry {place} was changed: its hash does not fit what it says."
    if before is None:
        return
    if place != before["position"] + 1:
        yield f"Between entries {before['position']} and {place} some are missing."
    elif line["previous_hash"] != before["hash"]:
        yield f"Entry {place} does not follow on entry {before['position']}."


def _pruned(line: dict[str, Any]) -> dict[int, str]:
    told = json.loads(line["details"])
    return {int(told.get("last_position", 0)): str(told.get("last_hash", ""))}


def _begins_rightly(first: int, previous_hash: str, pruned_to: dict[int, str]) -> bool:
    if first == 1:
        return previous_hash == ""
    return pruned_to.get(first - 1) == previous_hash
