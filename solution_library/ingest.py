"""Takes files into the library and sees to it that they become searchable."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Max

from jobs.disk import DISK_FULL, is_disk_full
from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.models import Status
from solution_library.models import (
    Collection,
    Document,
    DocumentKind,
    DocumentVersion,
    EmbeddingJob,
    EmbeddingStatus,
    Tag,
)
from solution_library.quotas import QuotaReached, refuse_more_bytes, refuse_more_documents
from solution_library.reviewing import end_processing, may_review
from solution_library.scanning import ScanRefused, refuse_infected

BLOCK = 1024 * 1024
EMBED_DOCUMENT = "solution_library.embed_document"
EMBED_BATCH = "solution_library.embed_documents_batch"
#: What two uploads at the same moment can meet in.
ONCE = ("library_uploaded_file_once", "library_source_item_once", "library_version_number_once")


class UploadRefused(Exception):
    """A file that the library does not take; the message says why and what to do."""


@dataclass(frozen=True)
class Received:
    """What became of a file: a new document, a new version of one, or one we had."""

    document: Document
    created: bool
    duplicate: bool
    new_version: bool = False


@dataclass(frozen=True)
class Upload:
    """What comes along with a file. `user` None is the operator, who may do everything.

    `path`: where it stood, for people to see. `key`: its origin; a file of the same origin is a
    new version. `embed` false: the caller sees to the reading.
    """

    filename: str
    user: Any = None
    collections: tuple[Collection, ...] = ()
    tags: tuple[Tag, ...] = ()
    path: str = ""
    key: str = ""
    embed: bool = True
    kind: DocumentKind = DocumentKind.FILE


def receive(
    stream: IO[bytes] | Path,
    *,
    filename: str,
    user: Any,
    collections: Iterable[Collection] = (),
    tags: Iterable[Tag] = (),
    path: str = "",
    key: str = "",
    embed: bool = True,
    kind: DocumentKind = DocumentKind.FILE,
) -> Received:
    """Store a file. `key` names its origin: a file of the same origin is a new version. `kind`
    INFORMATION: it came with an RFP, and is a document of its own whatever the library has.

    Reading starts at commit unless `embed` is false. Raises UploadRefused.
    """
    name = clean_name(filename)
    path = clean_path(path) or name
    upload = Upload(
        name, user, tuple(collections), tuple(tags), path[:1000], key[:1000], embed, kind
    )
    with as_stream(stream) as opened:
        return _receive(opened, upload)


def as_stream(stream: IO[bytes] | Path) -> AbstractContextManager[IO[bytes]]:
    """A file to read from; one that was opened here is closed again."""
    return stream.open("rb") if isinstance(stream, Path) else nullcontext(stream)


def _receive(stream: IO[bytes], upload: Upload) -> Received:
    digest = digest_of(stream, upload.filename)
    with only_one(upload.filename), within_quota():
        received = _known(digest, upload) or _create(stream, digest, upload)
        if received.new_version:
            document = received.document
            add_version(document, stream, upload.filename, digest, user=upload.user)
            if upload.embed:
                read_newest(document, upload.user)
        _describe(received, upload)
    return received


@contextmanager
def only_one(filename: str) -> Iterator[None]:
    """A transaction; what the database refuses because it exists by now is said in a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if _broken_rule(error) not in ONCE:
            raise
        raise UploadRefused(
            f"“{filename}” was uploaded a second time at the same moment. Look for it, and try "
            "again if it is not there."
        ) from error


@contextmanager
def within_quota() -> Iterator[None]:
    """A quota that is used up is a reason to refuse an upload."""
    try:
        yield
    except QuotaReached as reached:
        raise UploadRefused(str(reached)) from reached


@contextmanager
def room_for_files() -> Iterator[None]:
    """What is stored in here is refused with a sentence where the disk is full."""
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise UploadRefused(DISK_FULL) from error


def _broken_rule(error: IntegrityError) -> str:
    """The name of the constraint that was broken."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", ""))


def _describe(received: Received, upload: Upload) -> None:
    """Collections and tags. Who uploads somebody else's file once more may add it to what all
    may read, but not hide it in a restricted collection."""
    document, user = received.document, upload.user
    if received.created or user is None or may_review(user, document):
        document.collections.add(*upload.collections)
        document.tags.add(*upload.tags)
        return
    document.collections.add(*(c for c in upload.collections if not c.is_restricted))


def refuse_unseen(document: Document, user: Any) -> None:
    """Who has the file may learn that the library has it, but not under what name or where."""
    if user is not None and not Document.objects.for_user(user).filter(pk=document.pk).exists():
        raise UploadRefused(
            "The library has this file already, in a collection that you cannot see. "
            "Ask an administrator to let you into it."
        )


def clean_path(path: str) -> str:
    """A path to be shown: no control characters, no steps upwards, forward slashes."""
    parts = [_printable(part) for part in path.replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _printable(text: str) -> str:
    kept = (sign for sign in text if sign.isprintable() and not 0xD800 <= ord(sign) <= 0xDFFF)
    return "".join(kept).strip()


def clean_name(filename: str) -> str:
    """The last part of a name, without control characters, at most 255 characters."""
    return _printable(filename.replace("\\", "/").rsplit("/", 1)[-1])[-255:] or "unnamed"


def digest_of(stream: IO[bytes], filename: str) -> str:
    """The SHA-256 of a file that may come in. Raises UploadRefused for one that is empty, too
    large, or not cleared by the virus scanner."""
    digest, size = hashlib.sha256(), 0
    stream.seek(0)
    while block := stream.read(BLOCK):
        digest.update(block)
        size += len(block)
        if size > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // 2**20
            raise UploadRefused(f"“{filename}” is larger than {limit} MB. Split it, please.")
    if size == 0:
        raise UploadRefused(f"“{filename}” is empty: the file has 0 bytes.")
    refuse_unscanned(stream, filename, digest.hexdigest())
    return digest.hexdigest()


def refuse_unscanned(stream: IO[bytes], filename: str, digest: str = "") -> None:
    """Raise UploadRefused for a file that the virus scanner does not clear."""
    try:
        refuse_infected(stream, filename, digest)
    except ScanRefused as refusal:
        raise UploadRefused(str(refusal)) from refusal


def _known(digest: str, upload: Upload) -> Received | None:
    """The document this file belongs to, if the library has it or an older state of it."""
    if upload.kind == DocumentKind.INFORMATION:
        return None
    uploads = Document.objects.of_library().filter(source=None)
    same = uploads.filter(sha256=digest).first()
    if same is not None:
        refuse_unseen(same, upload.user)
        return Received(same, created=False, duplicate=True)
    older = uploads.filter(source_key=upload.key).first() if upload.key else None
    if older is None:
        return None
    refuse_unseen(older, upload.user)
    if upload.user is not None and not may_review(upload.user, older):
        raise UploadRefused(
            f"“{older.title}” came from here, and belongs to somebody else now. Ask its owner to "
            "add the new version."
        )
    return Received(older, created=False, duplicate=False, new_version=True)


def _create(stream: IO[bytes], digest: str, upload: Upload) -> Received:
    refuse_more_documents(upload.user)
    document = Document(
        kind=upload.kind,
        title=Path(upload.filename).stem[:300] or upload.filename[:300],
        path=upload.path,
        sha256=digest,
        source_key=upload.key,
        owner=upload.user,
    )
    document.skip_embedding = not upload.embed  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            document.save()
            add_version(document, stream, upload.filename, digest, user=upload.user)
    except IntegrityError:  # somebody else has just uploaded the same
        known = _known(digest, upload)
        if known is None or known.new_version:
            raise
        return known
    return Received(document, created=True, duplicate=False)


def add_version(
    document: Document,
    stream: IO[bytes],
    filename: str,
    digest: str,
    *,
    user: Any = None,
    note: str = "",
) -> DocumentVersion:
    """Store a file as the document's newest version, in the caller's transaction; the old one
    serves until it is read. Raises UploadRefused where the disk is full, and QuotaReached."""
    # Two versions at once get two numbers, one after the other.
    Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    newest = document.versions.order_by("-number").first()
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    refuse_more_bytes(user, size)
    version = DocumentVersion(
        document=document,
        number=newest.number + 1 if newest else 1,
        filename=filename[:300],
        sha256=digest,
        size=size,
        created_by=user,
        note=note[:300],
    )
    with room_for_files():
        version.file.save(filename, File(stream), save=False)
    version.save()
    Document.objects.filter(pk=document.pk).update(
        sha256=digest, embedding_status=EmbeddingStatus.WAITING, embedding_error=""
    )
    return version


def start_embedding(document: Document, user: Any, *, once: str = "") -> EmbeddingJob:
    """Queue the reading of one document; `once` tells readings apart that may both be wanted.
    Raises AlreadyRunning."""
    job = EmbeddingJob(document=document, started_by=user, title=f"Read “{document.title}”"[:200])
    return enqueue(EMBED_DOCUMENT, job=job, dedup_key=f"document:{document.pk}" + once)


def read_newest(document: Document, user: Any) -> None:
    """Have the newest version read: now, or after the reading that is under way, which may have
    begun with an older one. Each version has a key of its own: to wait for the end of another
    job while the document is held would be a deadlock, for that end wants the document, too."""
    number = document.versions.aggregate(Max("number"))["number__max"]
    with suppress(AlreadyRunning):
        start_embedding(document, user, once=f":version:{number}")


def read_again(document: Document, user: Any) -> EmbeddingJob:
    """Read a document once more, after a failure say. Raises AlreadyRunning."""
    with transaction.atomic():
        # First: who waits here for the end of another reading must not hold what that writes.
        job = start_embedding(document, user)
        Document.objects.filter(pk=document.pk).update(
            embedding_status=EmbeddingStatus.WAITING, embedding_error=""
        )
        return job


def start_batch(
    document_ids: list[int], user: Any, *, title: str = "", once: str = ""
) -> EmbeddingJob:
    """Queue the reading of several documents as one job with an item for each. Of those with the
    same `once` only one may be unfinished: a second raises AlreadyRunning."""
    job = EmbeddingJob(
        document_ids=document_ids,
        started_by=user,
        title=(title or f"Read {len(document_ids)} documents")[:200],
    )
    return enqueue(EMBED_BATCH, job=job, dedup_key=once)


def settle_unfinished(job: EmbeddingJob) -> None:
    """A job that ended without reading its documents leaves none of them “being read”."""
    left = Document.objects.filter(pk__in=_documents_of(job))
    busy = left.filter(embedding_status__in=(EmbeddingStatus.RUNNING, EmbeddingStatus.WAITING))
    if job.status != Status.COMPLETED:
        busy.update(
            embedding_status=EmbeddingStatus.FAILED,
            embedding_error=job.last_error or f"Reading it was {job.status}.",
        )
    end_processing(*left.values_list("pk", flat=True))


def _documents_of(job: EmbeddingJob) -> list[int]:
    """A job that unpacks an archive knows its documents by its items only."""
    named = [*job.document_ids, job.document_id]
    taken = job.items.values_list("result__document_id", flat=True)
    return [pk for pk in (*named, *taken) if pk]
