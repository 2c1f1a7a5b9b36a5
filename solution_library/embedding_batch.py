"""The work of the embedding jobs: one document, or many as items of a batch."""

import threading
import time
from typing import Any

from django.db import transaction

from jobs.batch import Steps, add_items, work_items
from jobs.errors import JobError, JobFailed
from jobs.models import JobItem
from jobs.run import JobRun
from jobs.working import abandoned
from llm_manager.control.ledger import Booking
from solution_library import embedding
from solution_library.indexing.errors import IndexChanged
from solution_library.indexing.indexes import live_indexes
from solution_library.indexing.pooling import PassagePool
from solution_library.models import EmbeddingJob
from solution_library.reading import Means, ReadDocument, ToRead, read
from solution_library.text_room import TextRoom

#: So many documents are under way at once, so that the model always has two full groups of passages
#: before it, of about one length each, while others are parsed or written.
CONCURRENCY = 16
#: Of those, so many have a parser at once: each may take 768 MB.
PARSERS = 2
#: A way that was found is taken again for so long.
KNOWN_SECONDS = 2.0
#: Switching to another index is rare; twice while one document is read does not happen.
TRIES = 3


def read_one(run: JobRun, document_id: int, model_id: int | None = None) -> dict[str, Any]:
    """Read one document, with progress by passages."""
    if model_id is not None:
        _refuse_unindexed(model_id)
    for _ in range(TRIES):
        try:
            return _read_once(run, document_id)
        except IndexChanged as changed:
            run.log(str(changed))
    raise JobFailed("The embedding model keeps changing. Read this document again later.")


def _refuse_unindexed(model_id: int) -> None:
    """A document gets vectors of every index that is in use or being built, and of no other."""
    if any(index.model_id == model_id for index in live_indexes()):
        return
    if live_indexes():
        raise JobFailed(
            "The library is not searched with this embedding model, so nothing would find the "
            "document. Build an index for the model first, under Models."
        )


def _read_once(run: JobRun, document_id: int) -> dict[str, Any]:
    with run.write():
        task = embedding.prepare(document_id, booking_of(run))

    def progress(done: int, total: int, now: str) -> None:
        run.progress(done, total, now)
        if run.should_stop and not run.slice_is_over:
            run.check()

    try:
        found = read(task, progress)
    except JobError as error:
        with run.write():
            embedding.mark_failed(document_id, str(error))
        raise
    with run.write(**_all_done(len(found.drafts))):
        return embedding.store(found)


def booking_of(run: JobRun) -> Booking:
    return Booking("embedding", run.job.pk, run.job.started_by_id)


def _all_done(count: int) -> dict[str, int]:
    return {
        "total_items": count,
        "processed_items": count,
        "successful_items": count,
        "failed_items": 0,
    }


def read_all(run: JobRun) -> dict[str, Any]:
    """Read the documents of a batch job."""
    job = run.job
    assert isinstance(job, EmbeddingJob)
    add_items(run, [str(pk) for pk in job.document_ids])
    booking = booking_of(run)
    room = TextRoom()
    means = Means(PassagePool(), threading.BoundedSemaphore(PARSERS), room.take)
    ways = _Ways()

    def begin(items: list[JobItem]) -> None:
        embedding.mark_running([int(item.key) for item in items])

    def prepare(item: JobItem) -> ToRead:
        return embedding.collect(int(item.key), booking, ways.now())

    def call(task: ToRead) -> ReadDocument:
        try:
            return read(task, _stop_if_abandoned, means)
        except BaseException:
            room.give_back(task.version_id)
            raise

    def record_all(good: list[tuple[JobItem, ReadDocument]]) -> list[dict[str, Any] | None]:
        for _, found in good:
            room.give_back(found.version_id)
        return [*embedding.store_all([found for _, found in good])]

    def record(item: JobItem, found: ReadDocument) -> dict[str, Any] | None:
        return record_all([(item, found)])[0]

    steps = Steps(prepare, call, record, _describe, record_all=record_all, begin=begin)
    work_items(run, steps, concurrency=CONCURRENCY)
    _explain_failures(run)
    return {"documents": len(job.document_ids)}


class _Ways:
    """The ways to the indexes, asked for anew every few seconds rather than for each document."""

    def __init__(self) -> None:
        self._known: list[embedding.Way] = []
        self._asked = 0.0

    def now(self) -> list[embedding.Way]:
        if not self._known or time.monotonic() - self._asked > KNOWN_SECONDS:
            self._known = embedding.ways()
            self._asked = time.monotonic()
        return self._known


def _stop_if_abandoned(done: int, total: int, now: str) -> None:
    """A thread whose batch has stopped reads a long document no further."""
    if abandoned():
        raise JobError("Nobody waits for this document any more.")


def _describe(item: JobItem) -> str:
    return f"Reading document {item.ordinal}"


def _explain_failures(run: JobRun) -> None:
    """Say on each document why it could not be read."""
    with transaction.atomic():
        for item in run.job.items.filter(state="failed"):
            embedding.mark_failed(int(item.key), item.error)
