"""Takes files into the library and sees to it that they become searchable."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction

from jobs.dispatch import enqueue
from jobs.models import Status
from solution_library.models import (
    Collection,
    Document,
    DocumentVersion,
    EmbeddingJob,
    EmbeddingStatus,
    ReviewStatus,
)

BLOCK = 1024 * 1024
EMBED_DOCUMENT = "solution_library.embed_document"
EMBED_BATCH = "solution_library.embed_documents_batch"


class UploadRefused(Exception):
    """A file that the library does not take; the message says why and what to do."""


@dataclass(frozen=True)
class Received:
    """What became of a file: a new document, a new version of one, or one we had."""

    document: Document
    created: bool
    duplicate: bool
    new_version: bool = False


def receive(
    stream: IO[bytes] | Path,
    *,
    filename: str,
    user: Any,
    collections: Iterable[Collection] = (),
    path: str = "",
    key: str = "",
    embed: bool = True,
) -> Received:
    """Store a file. `key` names its origin: a file of the same origin is a new version.

    Embedding starts at commit unless `embed` is false. Raises UploadRefused.
    """
    if isinstance(stream, Path):
        with open(stream, "rb") as opened:
            return receive(
                opened, filename=filename, user=user, collections=collections, path=path,
                key=key, embed=embed,
            )
    filename = clean_name(filename)
    digest = digest_of(stream, filename)
    with transaction.atomic():
        received = _known(digest, key) or _create(
            stream, filename, digest, user=user, path=path or filename, key=key, embed=embed
        )
        if not received.created and not received.duplicate:
            add_version(received.document, stream, filename, digest)
            if embed:
                start_embedding(received.document, user)
        received.document.collections.add(*collections)
    return received


def clean_name(filename: str) -> str:
    """The last part of a name, without control characters, at most 255 characters."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF)
    return name.strip()[-255:] or "unnamed"


def digest_of(stream: IO[bytes], filename: str) -> str:
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
    return digest.hexdigest()


def _known(digest: str, key: str) -> Received | None:
    """The document this file belongs to, if the library has it or an older state of it."""
    uploads = Document.objects.filter(source=None)
    same = uploads.filter(sha256=digest).first()
    if same is not None:
        return Received(same, created=False, duplicate=True)
    older = uploads.filter(source_key=key).first() if key else None
    if older is not None:
        return Received(older, created=False, duplicate=False, new_version=True)
    return None


def _create(
    stream: IO[bytes], filename: str, digest: str, *, user: Any, path: str, key: str, embed: bool
) -> Received:
    document = Document(
        title=Path(filename).stem[:300] or filename[:300],
        path=path[:1000],
        sha256=digest,
        source_key=key[:1000],
        owner=user,
    )
    document.skip_embedding = not embed  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            document.save()
            add_version(document, stream, filename, digest)
    except IntegrityError:  # somebody else has just uploaded the same file
        return Received(Document.objects.get(source=None, sha256=digest), False, True)
    return Received(document, created=True, duplicate=False)


def add_version(
    document: Document, stream: IO[bytes], filename: str, digest: str
) -> DocumentVersion:
    """Store a file as the document's newest version; the old one serves until it is read."""
    newest = document.versions.order_by("-number").first()
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    version = DocumentVersion(
        document=document,
        number=newest.number + 1 if newest else 1,
        filename=filename[:300],
        sha256=digest,
        size=size,
    )
    version.file.save(filename, File(stream), save=False)
    version.save()
    Document.objects.filter(pk=document.pk).update(
        sha256=digest, embedding_status=EmbeddingStatus.WAITING, embedding_error=""
    )
    return version


def start_embedding(document: Document, user: Any) -> EmbeddingJob:
    """Queue the reading of one document. Raises AlreadyRunning."""
    job = EmbeddingJob(document=document, started_by=user, title=f"Read “{document.title}”"[:200])
    return enqueue(EMBED_DOCUMENT, job=job, dedup_key=f"document:{document.pk}")


def read_again(document: Document, user: Any) -> EmbeddingJob:
    """Read a document once more, after a failure say. Raises AlreadyRunning."""
    with transaction.atomic():
        Document.objects.filter(pk=document.pk).update(
            embedding_status=EmbeddingStatus.WAITING, embedding_error=""
        )
        return start_embedding(document, user)


def start_batch(document_ids: list[int], user: Any, *, title: str = "") -> EmbeddingJob:
    """Queue the reading of several documents as one job with an item for each."""
    job = EmbeddingJob(
        document_ids=document_ids,
        started_by=user,
        title=title or f"Read {len(document_ids)} documents",
    )
    return enqueue(EMBED_BATCH, job=job)


def settle_unfinished(job: EmbeddingJob) -> None:
    """A job that ended without reading its documents leaves none of them “being read”."""
    ids = job.document_ids or [job.document_id]
    left = Document.objects.filter(pk__in=[i for i in ids if i])
    busy = left.filter(embedding_status__in=(EmbeddingStatus.RUNNING, EmbeddingStatus.WAITING))
    if job.status != Status.COMPLETED:
        busy.update(
            embedding_status=EmbeddingStatus.FAILED,
            embedding_error=job.last_error or f"Reading it was {job.status}.",
        )
    left.filter(review_status=ReviewStatus.PROCESSING).update(review_status=ReviewStatus.PENDING)
