"""Adds files and folders to the library in one go, as the command line does."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from solution_library.files import documents_below
from solution_library.ingest import Received, UploadRefused, receive, start_batch
from solution_library.models import Collection, EmbeddingJob, EmbeddingStatus


@dataclass
class Added:
    """What was taken, what was refused and why, and the job that reads the rest."""

    document_ids: list[int] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)
    job: EmbeddingJob | None = None

    def counts(self) -> dict[str, int]:
        return {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}


def add_paths(
    paths: list[str], *, user: Any, collection: str = "", base: Path | None = None
) -> Added:
    """Take every document below `paths` and queue its reading. FileNotFoundError for a path
    that does not exist. Documents are shown with their paths as given, or below `base`."""
    added, unread = Added(), []
    found = list(documents_below(paths))
    group = [Collection.objects.get_or_create(name=collection)[0]] if collection else []
    with transaction.atomic():
        for path in found:
            received = _take(path, user, group, added, base)
            if received is not None and _needs_reading(received):
                unread.append(received.document.pk)
        if unread:
            added.job = start_batch(list(dict.fromkeys(unread)), user)
    return added


def _take(
    path: Path, user: Any, group: list[Collection], added: Added, base: Path | None
) -> Received | None:
    shown = path.relative_to(base) if base else path
    if not _is_utf8(str(path)):
        readable = str(path).encode("utf-8", "backslashreplace").decode()
        added.refused.append({"path": readable, "reason": "Its name is not UTF-8. Rename it."})
        return None
    try:
        received = receive(
            path, filename=path.name, user=user, collections=group, path=str(shown),
            key=f"file:{path.resolve()}", embed=False,
        )  # fmt: skip
    except (UploadRefused, OSError) as error:
        added.refused.append({"path": str(path), "reason": str(error)})
        return None
    added.document_ids.append(received.document.pk)
    added.created += received.created
    added.updated += received.new_version
    added.unchanged += received.duplicate
    return received


def _needs_reading(received: Received) -> bool:
    if not received.duplicate:
        return True
    return received.document.embedding_status != EmbeddingStatus.READY


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
