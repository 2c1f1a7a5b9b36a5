"""The job that takes an uploaded archive in: each of its files is an item, done once."""

import hashlib
from collections.abc import Iterable
from typing import IO, Any

from django.db import transaction

from jobs.artifacts import input_of, keep_input
from jobs.batch import Steps, add_items, work_items
from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning, JobFailed
from jobs.models import JobItem
from jobs.run import JobRun
from solution_library.ingest import (
    Received,
    UploadRefused,
    clean_name,
    digest_of,
    receive,
    refuse_unscanned,
    room_for_files,
    start_batch,
)
from solution_library.models import Collection, Document, EmbeddingJob, EmbeddingStatus, Tag
from solution_library.unpacking import Archive, Entry, opened

UNPACK = "solution_library.unpack_archive"
#: An origin has room for 1,000 signs.
LONGEST_PATH = 800


def start_unpacking(
    stream: IO[bytes],
    *,
    filename: str,
    user: Any,
    collections: Iterable[Collection] = (),
    tags: Iterable[Tag] = (),
) -> EmbeddingJob:
    """Queue the taking in of an archive. Raises UploadRefused if it cannot be taken at all."""
    name = clean_name(filename)
    with opened(stream, name) as archive:
        archive.listing()
    refuse_unscanned(stream, name)
    job = EmbeddingJob(started_by=user, title=f"Unpack “{name}”"[:200])
    chosen = {"collections": [c.pk for c in collections], "tags": [t.pk for t in tags]}
    with transaction.atomic():
        enqueue(UNPACK, job=job, overrides=chosen)
        stream.seek(0)
        with room_for_files():
            keep_input(job, name, stream, media_type="application/zip")
    return job


def unpack(
    run: JobRun, collections: list[int], tags: list[int], artifact: int | None = None
) -> dict[str, Any]:
    """Take every file of the archive in, then queue the reading of what is new. `artifact` is
    the kept archive's id; None: the job's own."""
    gone = "The uploaded archive is not stored any more. Upload it again."
    kept = input_of(run.job, artifact, gone)
    with kept.file.open("rb") as stream:
        try:
            with opened(stream, kept.name) as archive:
                counts = _take_all(run, archive, collections, tags)
        except UploadRefused as refusal:
            raise JobFailed(str(refusal)) from refusal
    _read_the_new(run)
    return counts


def _take_all(
    run: JobRun, archive: Archive, collections: list[int], tags: list[int]
) -> dict[str, Any]:
    found = archive.listing()
    entries = {entry.key: entry for entry in found.entries}
    add_items(run, entries)
    if found.junk:
        files = "file was" if found.junk == 1 else "files were"
        run.log(f"{found.junk} hidden or system {files} left out.")
    steps = _steps(run, archive, entries, collections, tags)
    work_items(run, steps)
    return {"documents": len(entries), "left_out": found.junk}


def _steps(
    run: JobRun,
    archive: Archive,
    entries: dict[str, Entry],
    collections: list[int],
    tags: list[int],
) -> Steps[IO[bytes], IO[bytes]]:
    user, groups = run.job.started_by, _still_there(collections)
    about = tuple(Tag.objects.filter(pk__in=tags))

    def prepare(item: JobItem) -> IO[bytes]:
        """In no transaction, which would wait for the virus scanner and take its entry in the
        audit log back; and not in a thread, which has no business with the database."""
        if item.key not in entries:
            raise JobFailed("The archive holds no such file.")
        return _checked(archive, entries[item.key])

    def record(item: JobItem, stream: IO[bytes]) -> dict[str, Any]:
        entry = entries[item.key]
        try:
            received = receive(
                stream, filename=entry.filename, user=user, collections=groups, tags=about,
                path=entry.path, key=origin(user, entry.origin), embed=False,
            )  # fmt: skip
        except UploadRefused as refusal:
            raise JobFailed(str(refusal)) from refusal
        return {"document_id": received.document.pk, "outcome": outcome_of(received)}

    return Steps(prepare, lambda stream: stream, record, lambda item: f"Taking {item.key}")


def _still_there(collections: list[int]) -> tuple[Collection, ...]:
    """Raises JobFailed where one is gone: outside of it the files might be for everybody."""
    found = tuple(Collection.objects.filter(pk__in=collections))
    if len(found) < len(set(collections)):
        raise JobFailed("A collection that these files were meant for is gone. Upload them again.")
    return found


def _checked(archive: Archive, entry: Entry) -> IO[bytes]:
    """A file of the archive, unpacked and cleared. Raises JobFailed."""
    try:
        stream = archive.unpack(entry)
        digest_of(stream, entry.filename)
    except UploadRefused as refusal:
        raise JobFailed(str(refusal)) from refusal
    return stream


def origin(user: Any, path: str) -> str:
    """What a file of a folder or an archive is known by: the same person's next upload of the
    same path is its next version, and nobody else's is."""
    if len(path) > LONGEST_PATH:  # what differs only behind it is not the same file
        digest = hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()
        path = f"{path[:LONGEST_PATH]}…{digest}"
    return f"upload:{user.pk if user else 0}:{path}"


def outcome_of(received: Received) -> str:
    if received.duplicate:
        return "unchanged"
    return "updated" if received.new_version else "created"


def _read_the_new(run: JobRun) -> None:
    """One job reads all that is new. A crash right after it was queued does not queue it again:
    by then its documents wait no more, or it is still there."""
    taken = run.job.items.values_list("result__document_id", flat=True)
    waiting = Document.objects.filter(
        pk__in=[pk for pk in taken if pk], embedding_status=EmbeddingStatus.WAITING
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return
    title = run.job.title.replace("Unpack", "Read", 1)
    try:
        with run.write():
            start_batch(ids, run.job.started_by, title=title, once=f"unpacked:{run.job.pk}")
    except AlreadyRunning:
        run.log("Its documents are being read already.")
