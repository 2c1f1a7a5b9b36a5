"""Result files: written whole or not at all, with an owner and an end of life.

The bytes are on the disk under their final name before a row speaks of them, so a row never
stands for half a file. A crash in between leaves a file without a row; `orphans` finds those.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.utils import timezone

from jobs.disk import UNFINISHED
from jobs.downloads import safe_name
from jobs.errors import JobFailed, LeaseLost
from jobs.models import Job, JobArtifact
from jobs.run import JobRun

KEPT = timedelta(days=14)
FOLDER = "artifacts"
#: Nobody takes longer than that to write one file and its row.
SURELY_FORGOTTEN = timedelta(days=1)
BLOCK = 1 << 20
Source = bytes | Path | IO[bytes]


def save_artifact(
    run: JobRun,
    name: str,
    source: Source,
    *,
    media_type: str = "application/octet-stream",
    keep_for: timedelta | None = KEPT,
    owner: Any = None,
    beside: Callable[[JobArtifact], object] = lambda artifact: None,
) -> JobArtifact:
    """Keep `source` as a result of the running job, for `owner` or else who started the job.

    The row is written while the lease is ours, together with what `beside` writes; a file of the
    same name from an earlier attempt is replaced. Raises LeaseLost, and OSError on a full disk.
    """
    stored, size, digest = _store(source, Path(name).suffix)
    artifact = JobArtifact(
        job_id=run.job.pk, name=safe_name(name)[:255], file=stored, media_type=media_type,
        sha256=digest, size=size, owner=owner or run.job.started_by,
        expires_at=timezone.now() + keep_for if keep_for else None,
    )  # fmt: skip
    try:
        with run.write():
            _replace(artifact)
            beside(artifact)
    except LeaseLost:  # of other errors nobody knows whether the row was written
        _storage().delete(stored)
        raise
    return artifact


def keep_input(
    job: Job, name: str, source: Source, *, media_type: str = "application/octet-stream"
) -> JobArtifact:
    """Keep a file that a job is to work on, for who starts it. Call it in the transaction that
    queues the job; if that is rolled back the bytes are an orphan. Raises OSError."""
    stored, size, digest = _store(source, Path(name).suffix)
    return JobArtifact.objects.create(
        job_id=job.pk, name=safe_name(name)[:255], file=stored, media_type=media_type,
        sha256=digest, size=size, owner=job.started_by, expires_at=timezone.now() + KEPT,
    )  # fmt: skip


def input_of(job: Job, artifact_id: int | None, missing: str) -> JobArtifact:
    """The file that a job works on: the one named, else the job's own, which a job that is run
    again shares with the first of them. Raises JobFailed with the sentence `missing`."""
    stored = JobArtifact.objects.exclude(file="")
    found = stored.filter(pk=artifact_id or 0).first()
    at: Any = job
    while found is None and at is not None:
        found = stored.filter(job_id=at.pk).first()
        at = at.retry_of
    if found is None:
        raise JobFailed(missing)
    return found


def _replace(artifact: JobArtifact) -> None:
    for old in JobArtifact.objects.filter(job_id=artifact.job_id, name=artifact.name):
        remove(old)
    artifact.save(force_insert=True)


def remove(artifact: JobArtifact) -> None:
    """Delete a file: its row now, its bytes once that is certain."""
    stored = artifact.file.name
    with transaction.atomic():
        JobArtifact.objects.filter(pk=artifact.pk).delete()
        if stored:
            transaction.on_commit(lambda: _storage().delete(stored))


def is_over(artifact: JobArtifact, now: datetime | None = None) -> bool:
    """Whether the time is over for which this file was to be kept, or its bytes are gone."""
    ended = artifact.expires_at is not None and artifact.expires_at <= (now or timezone.now())
    return ended or not artifact.file


def expired() -> list[JobArtifact]:
    """Files whose time is over and whose bytes are still there."""
    over = JobArtifact.objects.filter(expires_at__lte=timezone.now()).exclude(file="")
    return list(over.order_by("pk"))


def drop_bytes(artifact: JobArtifact) -> None:
    """Delete what an expired row stands for. The row stays as long as its job does, so that a
    link to it says what became of the file."""
    stored = artifact.file.name
    JobArtifact.objects.filter(pk=artifact.pk).update(file="")
    if stored:
        _storage().delete(stored)


def orphans(older_than: timedelta = SURELY_FORGOTTEN) -> Iterator[str]:
    """Stored names that no row knows: left by a process that died while it wrote."""
    storage = _storage()
    before = (timezone.now() - older_than).timestamp()
    for path in sorted(Path(storage.path(FOLDER)).rglob("*")):
        if path.is_file() and path.stat().st_mtime < before:
            stored = path.relative_to(storage.location).as_posix()
            if not JobArtifact.objects.filter(file=stored).exists():
                yield stored


def delete_stored(stored: str) -> None:
    _storage().delete(stored)


# -- bytes ---------------------------------------------------------------------------------
def _store(source: Source, suffix: str) -> tuple[str, int, str]:
    """Write the bytes through to the disk. Returns their stored name, size and SHA-256."""
    ending = "".join(sign for sign in suffix[:12] if sign.isalnum() or sign == ".")
    stored = f"{FOLDER}/{timezone.now():%Y/%m}/{uuid4().hex}{ending}"
    path = Path(_storage().path(stored))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        with unfinished.open("xb") as target:
            size, digest = _copy(source, target)
            target.flush()
            os.fsync(target.fileno())
        unfinished.chmod(_storage().file_permissions_mode or 0o640)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return stored, size, digest


def _copy(source: Source, target: IO[bytes]) -> tuple[int, str]:
    if isinstance(source, Path):
        with source.open("rb") as opened:
            return _copy(opened, target)
    stream = BytesIO(source) if isinstance(source, bytes) else source
    size, digest = 0, hashlib.sha256()
    while block := stream.read(BLOCK):
        target.write(block)
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """A new name is safe from a power cut only when its folder is on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _storage() -> FileSystemStorage:
    storage = JobArtifact._meta.get_field("file").storage
    assert isinstance(storage, FileSystemStorage), "result files need a local folder"
    return storage
