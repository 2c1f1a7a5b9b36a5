"""Keeps documents in step with their sources."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from jobs.batch import ONLY_THESE_ITEMS
from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning, JobFailed
from jobs.run import JobRun
from llm_manager.control.ledger import Booking
from solution_library.models import DocumentationSource, SyncEvery, SyncJob
from solution_library.sources import SourceRefused, get_source
from solution_library.sources.settings import source_config
from solution_library.sources.types import Known
from solution_library.syncs import books, shelf
from solution_library.syncs.books import Books, SyncResult, item_key
from solution_library.syncs.pipeline import Pipeline

__all__ = ["SyncResult", "source_config", "start_all", "start_sync", "sync_documentation_source"]

SYNC = "solution_library.sync_documentation_source"
#: Between the starts of two sources of a nightly round, on average, and for the whole round.
SPREAD_SECONDS = 5.0
LONGEST_SPREAD_SECONDS = 600.0
#: created, updated, skipped, processed, total
ProgressCallback = Callable[[int, int, int, int, int], None]


def start_sync(source: DocumentationSource, user: Any, *, spread: float = 0) -> SyncJob:
    """Queue a sync, at a random moment within `spread` seconds. Raises AlreadyRunning."""
    job = SyncJob(source=source, started_by=user, title=f"Sync “{source.name}”"[:200])
    return enqueue(SYNC, job=job, dedup_key=f"source:{source.pk}", spread=spread)


def start_all() -> dict[str, Any]:
    """Queue a sync of every active source, but for those with times of their own, or none; what is
    being synced already is skipped. Many sources start scattered, not all in the same second."""
    active = DocumentationSource.objects.filter(is_active=True, next_sync_at=None)
    sources = list(active.exclude(sync_every=SyncEvery.NEVER).defer("credentials"))
    spread = min(LONGEST_SPREAD_SECONDS, SPREAD_SECONDS * (len(sources) - 1))
    queued, skipped = 0, 0
    for source in sources:
        try:
            start_sync(source, None, spread=max(0.0, spread))
            queued += 1
        except AlreadyRunning:
            skipped += 1
    return {"queued": queued, "skipped": skipped}


def sync_for_job(run: JobRun) -> dict[str, Any]:
    """The work of a SyncJob: sync with live counts, which goes on after a kill where it was."""
    job = run.job
    assert isinstance(job, SyncJob) and job.source_id is not None
    result = sync_documentation_source(
        job.source_id, job.started_by_id, progress_callback=lambda *counts: None, run=run
    )
    if result.status != "completed":
        raise JobFailed(result.last_error or "Nothing could be read from this source.")
    return dict(result.counts())


def sync_documentation_source(
    source_id: int,
    user_id: int | None,
    *,
    progress_callback: ProgressCallback,
    run: JobRun | None = None,
) -> SyncResult:
    """Sync one source, each document as it arrives. Raises JobFailed for settings that cannot
    work, and what stops the job of `run`."""
    source = DocumentationSource.objects.get(pk=source_id)
    ledger = Books(run, source_id)
    held = shelf.held_documents(source)
    known = _known(held, ledger)
    config = source_config(source)

    told = [0]

    def progress() -> None:
        done = ledger.result
        if done.processed != told[0]:
            told[0] = done.processed
            counts = done.created, done.updated, done.skipped, done.processed
            progress_callback(*counts, max(pipeline.total, done.processed))

    booking = Booking("embedding", run.job.pk if run else None, user_id)
    pipeline = Pipeline(source, run, ledger, held, progress, booking)
    try:
        pipeline.work(lambda: get_source(source.kind).items(config, known))
    except SourceRefused as error:
        raise JobFailed(error.reason) from error
    if run is not None:
        run.check()
    _close(source, ledger)
    return ledger.result


def _known(held: dict[str, shelf.Held], ledger: Books) -> dict[str, Known]:
    """What the source's kind is told of what we have. Done in this sync, or not asked for by a
    retry of certain documents: "fresh", which costs no request."""
    ended, wanted = ledger.ended(), _wanted(ledger)
    known: dict[str, Known] = {}
    for key, document in held.items():
        short = item_key(key)
        fresh = short in ended or (wanted is not None and short not in wanted)
        if document.is_archived and document.gone_count >= shelf.GONE_FOR_GOOD and not fresh:
            continue
        known[key] = books.as_fresh(document.known) if fresh else document.known
    for key in ended - {item_key(key) for key in held}:
        if not key.startswith("limit:"):
            known[key] = Known(fresh=True)
    return known


def _wanted(ledger: Books) -> set[str] | None:
    """The documents that a retry is about; None: all, also where the place itself had failed."""
    run = ledger.run
    if run is None or not run.job.kwargs.get(ONLY_THESE_ITEMS):
        return None
    keys = set(ledger.all_keys())
    return None if any(key.startswith("limit:") for key in keys) else keys


def _close(source: DocumentationSource, ledger: Books) -> None:
    """Say how the sync ended, on the job and on its source."""
    ledger.close()
    result = ledger.result
    read_something = result.created + result.updated + result.skipped + result.deleted > 0
    failed_at_source = ledger.failed_at_source()
    if result.failed and not read_something:
        result.status = "failed"
    now = timezone.now()
    changes: dict[str, Any] = {"stale_since": source.stale_since or now}
    if not failed_at_source:
        changes["stale_since"] = None
    if result.status == "completed":
        changes["last_synced_at"] = now
    with ledger.write():
        DocumentationSource.objects.filter(pk=source.pk).update(**changes)
    if ledger.run is not None:
        books.forget_details(ledger.run, source.pk)
