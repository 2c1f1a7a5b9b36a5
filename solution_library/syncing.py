"""Keeps documents in step with their sources."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning, JobFailed
from jobs.run import JobRun
from llm_manager.control.ledger import Booking
from solution_library import embedding
from solution_library.indexing.errors import IndexChanged
from solution_library.ingest import add_version
from solution_library.models import (
    Document,
    DocumentationSource,
    EmbeddingStatus,
    ReviewStatus,
    SourceKind,
    SyncJob,
)
from solution_library.reading import read
from solution_library.sources import Known, SourceItem, SourceRefused, get_source

SYNC = "solution_library.sync_documentation_source"
GONE_TWICE = 2
#: Between the starts of two sources of a nightly round, on average, and for the whole round.
SPREAD_SECONDS = 5.0
LONGEST_SPREAD_SECONDS = 600.0
#: created, updated, skipped, processed, total
ProgressCallback = Callable[[int, int, int, int, int], None]


@dataclass
class SyncResult:
    """Counts of a sync, and how it ended: "completed" or "failed" (nothing could be read)."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    deleted: int = 0
    failed: int = 0
    status: str = "completed"
    last_error: str = ""

    @property
    def processed(self) -> int:
        return self.created + self.updated + self.skipped + self.deleted + self.failed


def start_sync(source: DocumentationSource, user: Any, *, spread: float = 0) -> SyncJob:
    """Queue a sync, at a random moment within `spread` seconds. Raises AlreadyRunning."""
    job = SyncJob(source=source, started_by=user, title=f"Sync “{source.name}”"[:200])
    return enqueue(SYNC, job=job, dedup_key=f"source:{source.pk}", spread=spread)


def start_all() -> dict[str, Any]:
    """Queue a sync of every active source; those being synced already are skipped. Many sources
    start scattered, not all in the same second."""
    sources = list(DocumentationSource.objects.filter(is_active=True))
    spread = min(LONGEST_SPREAD_SECONDS, SPREAD_SECONDS * (len(sources) - 1))
    queued, skipped = 0, 0
    for source in sources:
        try:
            start_sync(source, None, spread=spread)
            queued += 1
        except AlreadyRunning:
            skipped += 1
    return {"queued": queued, "skipped": skipped}


def sync_for_job(run: JobRun) -> dict[str, Any]:
    """The work of a SyncJob: sync with live counts, resumable after a kill."""
    job = run.job
    assert isinstance(job, SyncJob) and job.source_id is not None

    def progress(created: int, updated: int, skipped: int, processed: int, total: int) -> None:
        run.check()
        run.progress(processed, max(total, processed), failed=0)
        QuerySet(SyncJob).filter(pk=job.pk).update(
            documents_created=created, documents_updated=updated, documents_skipped=skipped
        )

    result = sync_documentation_source(
        job.source_id, job.started_by_id, progress_callback=progress, run=run
    )
    QuerySet(SyncJob).filter(pk=job.pk).update(documents_deleted=result.deleted)
    if result.status != "completed":
        raise JobFailed(result.last_error or "Nothing could be read from this source.")
    return {
        "created": result.created, "updated": result.updated, "skipped": result.skipped,
        "deleted": result.deleted, "failed": result.failed,
    }  # fmt: skip


def sync_documentation_source(
    source_id: int,
    user_id: int | None,
    *,
    progress_callback: ProgressCallback,
    run: JobRun | None = None,
) -> SyncResult:
    """Sync one source, each item as it arrives. Raises JobFailed for settings that cannot work."""
    source = DocumentationSource.objects.get(pk=source_id)
    adapter, result = get_source(source.kind), SyncResult()
    try:
        for item in adapter.items(source_config(source), _known(source, run)):
            _take(source, item, result, run)
            total = item.total_hint or result.processed
            progress_callback(
                result.created, result.updated, result.skipped, result.processed, total
            )
    except SourceRefused as error:
        raise JobFailed(error.reason) from error
    _close(source, result)
    return result


def source_config(source: DocumentationSource) -> dict[str, Any]:
    """The adapter's settings: the stored ones and the place."""
    place = "path" if source.kind == SourceKind.FOLDER else "url"
    token = {"token": source.credentials.reveal()} if source.credentials else {}
    return {**source.config, place: source.location, **token}


def _known(source: DocumentationSource, run: JobRun | None) -> dict[str, Known]:
    job_id = run.job.pk if run else None
    return {
        d.source_key: Known(
            etag=d.etag or None,
            last_modified=d.last_modified or None,
            content_hash=d.sha256 if d.embedding_status == EmbeddingStatus.READY else "",
            links=None if d.source_links is None else tuple(d.source_links),
            fresh=job_id is not None and d.synced_by_id == job_id,
        )
        for d in Document.objects.filter(source=source)
    }


def _take(
    source: DocumentationSource, item: SourceItem, result: SyncResult, run: JobRun | None
) -> None:
    if item.key.startswith("limit:") and item.outcome != "failed":
        _say(run, item.error or "", "warning")
    elif item.outcome == "content":
        _take_content(source, item, result, run)
    elif item.outcome == "unchanged":
        _seen(source, item, run)
        result.skipped += 1
    elif item.outcome == "gone":
        result.deleted += _count_gone(source, item)
    elif item.outcome == "failed":
        result.failed += 1
        result.last_error = f"{item.key}: {item.error}"
        _say(run, result.last_error, "error")
    else:
        result.skipped += 1
        _say(run, f"{item.key}: {item.error}", "info")


def _say(run: JobRun | None, text: str, level: str) -> None:
    if run is not None and text:
        run.log(text, level)


def _seen(source: DocumentationSource, item: SourceItem, run: JobRun | None) -> None:
    Document.objects.filter(source=source, source_key=item.key).update(
        gone_count=0, **_sync_marks(item, run)
    )


def _sync_marks(item: SourceItem, run: JobRun | None) -> dict[str, Any]:
    marks: dict[str, Any] = {"etag": item.etag or "", "last_modified": item.last_modified or ""}
    if item.links is not None:
        marks["source_links"] = list(item.links)
    if run is not None:
        marks["synced_by_id"] = run.job.pk
    return marks


def _take_content(
    source: DocumentationSource, item: SourceItem, result: SyncResult, run: JobRun | None
) -> None:
    """Store a new or changed document and read it; the old version serves until that is done."""
    document, created = _store(source, item)
    try:
        _read_in(document, source, item, run)
    except JobFailed as error:
        embedding.mark_failed(document.pk, str(error))
        result.failed += 1
        result.last_error = f"{item.key}: {error}"
        _say(run, result.last_error, "error")
        return
    result.created += int(created)
    result.updated += int(not created)


def _read_in(
    document: Document, source: DocumentationSource, item: SourceItem, run: JobRun | None
) -> None:
    job = run.job if run else None
    booking = Booking("embedding", job.pk if job else None, job.started_by_id if job else None)
    for last_try in (False, True):
        found = read(embedding.prepare(document.pk, booking))
        try:
            with transaction.atomic():
                embedding.store(found)
                _seen(source, item, run)
            return
        except IndexChanged as changed:
            if last_try:
                raise JobFailed(str(changed)) from changed


@transaction.atomic
def _store(source: DocumentationSource, item: SourceItem) -> tuple[Document, bool]:
    body = item.body or b""
    document, created = Document.objects.get_or_create(
        source=source,
        source_key=item.key[:1000],
        defaults={
            "title": (item.title or item.filename or item.key)[:300],
            "path": item.key[:1000],
            "sha256": item.content_hash,
            "owner": source.created_by,
        },
    )
    newest = document.versions.first()
    if newest is None or newest.sha256 != item.content_hash or newest.is_complete:
        add_version(document, io.BytesIO(body), item.filename or "page", item.content_hash)
    if source.collection is not None:
        document.collections.add(source.collection)
    return document, created


def _count_gone(source: DocumentationSource, item: SourceItem) -> int:
    """Missing once may be an accident; missing twice in a row takes a document out of use."""
    gone = Document.objects.filter(source=source, source_key=item.key)
    gone.update(gone_count=F("gone_count") + 1)
    return gone.filter(gone_count__gte=GONE_TWICE).exclude(
        review_status=ReviewStatus.ARCHIVED
    ).update(review_status=ReviewStatus.ARCHIVED)


def _close(source: DocumentationSource, result: SyncResult) -> None:
    read_something = result.created + result.updated + result.skipped + result.deleted > 0
    if result.failed and not read_something:
        result.status = "failed"
    now = timezone.now()
    changes: dict[str, Any] = {"stale_since": None, "last_synced_at": now}
    if result.failed:
        changes = {"stale_since": source.stale_since or now}
        changes |= {"last_synced_at": now} if result.status == "completed" else {}
    DocumentationSource.objects.filter(pk=source.pk).update(**changes)
