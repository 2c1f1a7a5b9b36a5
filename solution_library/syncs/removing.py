"""Takes a source away, or moves it, and says what becomes of the documents that it brought."""

import hashlib
import time
from dataclasses import asdict, dataclass
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import JobFailed
from jobs.models import ACTIVE, Job
from jobs.run import JobRun
from jobs.transitions import request_cancel
from solution_library.models import (
    Chunk,
    Document,
    DocumentationSource,
    DocumentReview,
    EmbeddingStatus,
    ReviewStatus,
    SyncJob,
)
from solution_library.removal import RemovalRefused, remove

REMOVE = "solution_library.remove_documentation_source"
PORTION = 100
#: How long a sync that was asked to stop is waited for.
PATIENCE_SECONDS = 120.0
COMMENT = "Its source “{}” was removed."


class Fate(models.TextChoices):
    """What becomes of documents whose source goes."""

    KEEP = "keep", "Keep them, as if they had been uploaded"
    ARCHIVE = "archive", "Archive them: they answer nothing any more, old citations still open"
    DELETE = "delete", "Delete them; those that answers cite are archived instead"


@dataclass
class Removed:
    """How many documents had which end."""

    kept: int = 0
    archived: int = 0
    deleted: int = 0
    still_cited: int = 0


@dataclass(frozen=True)
class Brought:
    """The documents of a source: all, and those that answers or RFPs refer to."""

    documents: int
    cited: int
    archived: int


def count(source: DocumentationSource) -> Brought:
    documents = Document.objects.filter(source=source)
    cited = Chunk.objects.filter(version__document__source=source, citations__isnull=False)
    return Brought(
        documents.count(),
        cited.values("version__document_id").distinct().count(),
        documents.filter(review_status=ReviewStatus.ARCHIVED).count(),
    )


def start_removal(source: DocumentationSource, fate: str, user: Any) -> Job:
    """Switch a source off and queue its removal. Raises AlreadyRunning."""
    job = Job(started_by=user, title=f"Remove the source “{source.name}”"[:200])
    with transaction.atomic():
        DocumentationSource.objects.filter(pk=source.pk).update(is_active=False)
        _stop_syncs(source.pk)
        overrides = {"source_id": source.pk, "fate": Fate(fate).value}
        return enqueue(REMOVE, job=job, dedup_key=f"remove:{source.pk}", overrides=overrides)


@transaction.atomic
def move(source: DocumentationSource, location: str, fate: str, user: Any) -> Job | None:
    """Give a source another place, and its documents so far the end that `fate` says: in the
    background, under the old name. None if it has no documents. Raises AlreadyRunning."""
    has_documents = Document.objects.filter(source=source).exists()
    old = DocumentationSource.objects.get(pk=source.pk)
    _stop_syncs(source.pk)
    DocumentationSource.objects.filter(pk=source.pk).update(
        location=location, last_synced_at=None, stale_since=None
    )
    if not has_documents:
        return None
    old.pk, old.name, old.is_active = None, _old_name(source.name), False
    old.save(force_insert=True)
    Document.objects.filter(source=source).update(source=old)
    return start_removal(old, fate, user)


def _old_name(name: str) -> str:
    stamp = timezone.localtime().strftime("%Y-%m-%d %H:%M:%S")
    return f"{name[:150]} (its old place, {stamp})"


def _stop_syncs(source_id: int) -> None:
    for job in SyncJob.objects.filter(source_id=source_id, status__in=ACTIVE):
        request_cancel(job)


def remove_for_job(run: JobRun, source_id: int, fate: str) -> dict[str, Any]:
    """The work of a removal: one that was killed goes on with the documents that are left."""
    source = DocumentationSource.objects.filter(pk=source_id).defer("credentials").first()
    if source is None:
        return asdict(Removed())
    if fate not in Fate.values:
        raise JobFailed(f"“{fate}” is not one of {', '.join(Fate.values)}.")
    DocumentationSource.objects.filter(pk=source_id).update(is_active=False)
    _wait_for_syncs(run, source_id)
    removed = _documents(run, source, Fate(fate))
    with run.write():
        DocumentationSource.objects.filter(pk=source_id).delete()
    return asdict(removed)


def _wait_for_syncs(run: JobRun, source_id: int) -> None:
    _stop_syncs(source_id)
    running = SyncJob.objects.filter(source_id=source_id, status__in=ACTIVE)
    end = time.monotonic() + PATIENCE_SECONDS
    while running.exists():
        run.now("Waiting for its sync to stop")
        run.check()
        if time.monotonic() > end:
            raise JobFailed("Its sync does not stop. End it under Jobs, then try again.")
        time.sleep(0.5)


def _documents(run: JobRun, source: DocumentationSource, fate: Fate) -> Removed:
    removed, done = Removed(), run.job.processed_items
    left = Document.objects.filter(source_id=source.pk).order_by("pk")
    total = done + left.count()
    while portion := list(left[:PORTION]):
        for document in portion:
            run.check()
            with run.write():
                _settle(document, source, fate, run.job.started_by_id, removed)
            done += 1
        run.progress(done, max(done, total), f"{done} of {total} documents")
    return removed


def _settle(
    document: Document,
    source: DocumentationSource,
    fate: Fate,
    user_id: int | None,
    removed: Removed,
) -> None:
    if fate == Fate.KEEP:
        detach(document)
        removed.kept += 1
        return
    if fate == Fate.DELETE:
        try:
            remove(document)
            removed.deleted += 1
            return
        except RemovalRefused:
            removed.still_cited += 1
    archive(document, COMMENT.format(source.name), user_id)
    detach(document)
    removed.archived += 1


def detach(document: Document) -> None:
    """Make it a document that nobody keeps in step any more, like an upload."""
    Document.objects.filter(pk=document.pk).update(
        source=None, source_key="", source_links=None, synced_by=None, etag="", last_modified="",
        gone_count=0, sha256=_free_digest(document),
    )  # fmt: skip
    waiting = (EmbeddingStatus.WAITING, EmbeddingStatus.RUNNING)
    Document.objects.filter(pk=document.pk, embedding_status__in=waiting).update(
        embedding_status=EmbeddingStatus.FAILED, embedding_error="It was not read to its end."
    )


def _free_digest(document: Document) -> str:
    """Among uploads a file is known by its digest, once. A second one with the same bytes keeps
    its own row, since answers may cite it, under a digest that no file has."""
    uploads = Document.objects.of_library().filter(source=None)
    twins = uploads.filter(sha256=document.sha256).exclude(pk=document.pk)
    if not twins.exists():
        return document.sha256
    return hashlib.sha256(f"{document.sha256}, once more: {document.pk}".encode()).hexdigest()


def archive(document: Document, comment: str, user_id: int | None) -> None:
    if document.review_status == ReviewStatus.ARCHIVED:
        return
    before = document.review_status
    if before == ReviewStatus.PROCESSING:
        before = ReviewStatus.PENDING
    DocumentReview.objects.create(
        document=document, version_id=document.current_version_id, reviewer_id=user_id,
        before=before, after=ReviewStatus.ARCHIVED, comment=comment,
    )  # fmt: skip
    Document.objects.filter(pk=document.pk).update(review_status=ReviewStatus.ARCHIVED)
