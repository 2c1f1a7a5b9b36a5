"""Works through the items of a batch: each to its end once, whatever dies in between."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Max, Q
from django.utils import timezone

from jobs import database, faults
from jobs.blame import condemned, next_suspect
from jobs.disk import words_for
from jobs.errors import JobError, LeaseLost, StopBatch, TransientItemError, TryLater
from jobs.item_rows import (
    EndedBefore,
    count,
    counted,
    end,
    end_together,
    fail,
    mark_running,
    put_back,
    retry_later,
)
from jobs.log_context import in_same_context
from jobs.models import ItemState, Job, JobItem
from jobs.plain import plain_json, plain_text
from jobs.run import JobRun
from jobs.working import working_for

logger = logging.getLogger(__name__)
MAX_ITEM_ATTEMPTS = 4
#: How long the calls in flight may take to come home, by the reason for stopping. They are
#: paid for; but a person who cancels, or a deploy, does not wait for a slow model.
DRAIN_SECONDS = 300.0
DRAIN_ON_SHUTDOWN = 20.0
DRAIN_ON_CANCEL = 4.0
#: So long the first call that is home waits for others, to be written in one transaction.
GATHER_SECONDS = 0.005
#: On the job's kwargs: work on the items it has, add no others.
ONLY_THESE_ITEMS = "only_these_items"
P = TypeVar("P")
R = TypeVar("R")
PASSING = (TransientItemError, ConnectionError, TimeoutError)


@dataclass(frozen=True)
class Steps(Generic[P, R]):
    """How one item is done. Only `call` runs in a thread, and it must not use the database.
    `record` may run twice when the database fails in between; only one run is kept."""

    prepare: Callable[[JobItem], P]
    call: Callable[[P], R]
    record: Callable[[JobItem, R], dict[str, Any] | None]
    describe: Callable[[JobItem], str] = lambda item: str(item.key)
    #: For calls that cost something: how a result is saved, as JSON, the moment it arrives, and
    #: made of that again after a crash, so that it is never paid for twice.
    dump: Callable[[R], Any] | None = None
    load: Callable[[JobItem, Any], R] | None = None
    #: `record` for several at once, where that is cheaper. If it fails, each is recorded alone.
    record_all: Callable[[list[tuple[JobItem, R]]], list[dict[str, Any] | None]] | None = None
    #: Written in the transaction that starts these items. It must not fail for one of them.
    begin: Callable[[list[JobItem]], None] = lambda items: None


def give_items(job: Job, keys: Sequence[str]) -> None:
    """The items of a job that was queued in this transaction with ONLY_THESE_ITEMS."""
    rows = [JobItem(job_id=job.pk, key=key, ordinal=n) for n, key in enumerate(keys, 1)]
    JobItem.objects.bulk_create(rows, batch_size=1000)
    Job.objects.filter(pk=job.pk).update(total_items=len(rows))
    job.total_items = len(rows)


def add_items(run: JobRun, keys: Iterable[str]) -> None:
    """Add the batch's items; those that exist already are left as they are. A job that
    retries certain items of another has them from the start, and takes no others."""
    if run.job.kwargs.get(ONLY_THESE_ITEMS):
        keys = []
    start = run.job.items.aggregate(last=Max("ordinal"))["last"] or 0
    items = [JobItem(job_id=run.job.pk, key=k, ordinal=start + n) for n, k in enumerate(keys, 1)]
    with run.write():
        JobItem.objects.bulk_create(items, ignore_conflicts=True, batch_size=1000)
        total = JobItem.objects.filter(job_id=run.job.pk).count()
        Job.objects.filter(pk=run.job.pk).update(total_items=total)


def work_items(run: JobRun, steps: Steps[P, R], *, concurrency: int = 1) -> None:
    """Do every item that is left. Raises SliceOver, CancelRequested or LeaseLost to stop;
    what comes home in time from being in flight is recorded first."""
    _blame_crashed_items(run)
    pool = ThreadPoolExecutor(max_workers=max(1, concurrency))
    try:
        _Loop(run, steps, pool, max(1, concurrency)).run_to_end()
    finally:
        # A call that hangs must not hold the job's end; its thread touches only the network.
        pool.shutdown(wait=False, cancel_futures=True)


def _blame_crashed_items(run: JobRun) -> None:
    for item in condemned(run):
        fail(run, item, f"The worker crashed {item.crashes} times while doing this.")


class _Loop(Generic[P, R]):
    def __init__(
        self, run: JobRun, steps: Steps[P, R], pool: ThreadPoolExecutor, concurrency: int
    ) -> None:
        self.run, self.steps, self.pool, self.concurrency = run, steps, pool, concurrency
        self.flying: dict[Future[R], JobItem] = {}
        #: Set when nobody waits for the calls any more.
        self.over = threading.Event()

    def run_to_end(self) -> None:
        try:
            self._run_to_end()
        finally:
            self.over.set()

    def _run_to_end(self) -> None:
        try:
            while not self.run.should_stop and self._launch():
                self._land(timeout=1.0)
        except (SoftTimeLimitExceeded, LeaseLost):
            self.flying.clear()
            raise
        except Exception:
            self._drain(DRAIN_SECONDS)
            raise
        self._drain(self._grace())
        self.run.check()

    def _grace(self) -> float:
        keeper = self.run.keeper
        if keeper.lost:
            return 0.0
        if keeper.cancelled:
            return DRAIN_ON_CANCEL
        return DRAIN_ON_SHUTDOWN if keeper.asked_to_yield else DRAIN_SECONDS

    def _launch(self) -> bool:
        """Start items up to the limit. False when nothing is left or flying."""
        while (free := self._free()) > 0 and (items := self._next(free)):
            self._start(items)
            # Items that wait for others may come up again and again: what is home goes first.
            if self.run.should_stop or any(future.done() for future in self.flying):
                break
        if self.flying:
            return True
        return self._wait_for_retry()

    def _free(self) -> int:
        """How many more items may fly. A suspect flies alone, so that a crash can be blamed on
        it alone."""
        alone = any(item.crashes for item in self.flying.values())
        return 0 if alone else self.concurrency - len(self.flying)

    def _next(self, most: int = 1) -> list[JobItem]:
        now = timezone.now()
        ready = JobItem.objects.filter(
            Q(retry_at=None) | Q(retry_at__lte=now),
            job_id=self.run.job.pk,
            state=ItemState.PENDING,
        )
        innocent = list(ready.filter(crashes=0)[:most])
        if innocent or self.flying:
            return innocent
        return next_suspect(ready)

    def _wait_for_retry(self) -> bool:
        left = JobItem.objects.filter(job_id=self.run.job.pk, state=ItemState.PENDING)
        if not left.exists():
            return False
        time.sleep(0.2)
        return True

    def _start(self, items: list[JobItem]) -> None:
        with self.run.write(**self._doing(items)):
            self._begin(items)
        self._send_off(items)

    def _doing(self, items: list[JobItem]) -> dict[str, str]:
        return {"now_doing": plain_text(self.steps.describe(items[-1]), 200)} if items else {}

    def _begin(self, items: list[JobItem]) -> None:
        if items:
            mark_running(items)
            self.steps.begin(items)

    def _send_off(self, items: list[JobItem]) -> None:
        for n, item in enumerate(items):
            item.attempts += 1
            try:
                self._prepare(item)
            except StopBatch:
                for unstarted in items[n:]:
                    put_back(self.run, unstarted)
                raise

    def _prepare(self, item: JobItem) -> None:
        """Send one item off; one whose reply came home before a crash only needs recording."""
        try:
            if item.received is not None and self.steps.load is not None:
                received = Future[R]()
                received.set_result(self.steps.load(item, item.received))
                self.flying[received] = item
                return
            prepared = self.steps.prepare(item)
        except (SoftTimeLimitExceeded, LeaseLost, StopBatch):
            raise
        except Exception as error:
            if database.is_gone(error):
                raise
            self._settle_error(item, error)
            return
        self.flying[self.pool.submit(in_same_context(self._call), item, prepared)] = item

    def _call(self, item: JobItem, prepared: P) -> R:
        """In a thread of the pool: the call, and its reply saved before anything else."""
        faults.hit("before_call")
        with working_for(self.over):
            result = self.steps.call(prepared)
        if self.steps.dump is not None:
            self.run.keeper.keep(item.pk, self.steps.dump(result))
        faults.hit("after_response")
        return result

    def _land(self, timeout: float) -> None:
        """Write how calls ended: those that went well in one transaction if that works."""
        wait(self.flying, timeout=timeout, return_when=FIRST_COMPLETED)
        done, _ = wait(self.flying, timeout=GATHER_SECONDS)
        landed = [(self.flying.pop(future), future) for future in done]
        good = [(item, f.result()) for item, f in landed if f.exception() is None]
        together = len(good) > 1 and self._record_together(good)
        left = {f: item for item, f in landed if not together or f.exception() is not None}
        self.flying |= left  # where one of them stops the batch, `_drain` settles the others
        for future in left:
            self._settle(self.flying.pop(future), future)

    def _drain(self, seconds: float) -> None:
        """Record what comes home in time. Of several that stop the batch, the first speaks."""
        wait(self.flying, timeout=seconds)
        stopped: StopBatch | None = None
        while self.flying:
            future, item = self.flying.popitem()
            if not future.done():
                self._put_back_each([item])
                continue
            try:
                self._settle(item, future)
            except StopBatch as error:
                stopped = stopped or error
        if stopped is not None:
            raise stopped

    def _record_together(self, good: list[tuple[JobItem, R]]) -> bool:
        """One commit for several items and for the start of the next. False if any of them
        cannot be recorded: then none is, and each is tried alone."""
        upcoming: list[JobItem] = []
        try:
            upcoming = self._upcoming()
            with self.run.write(**counted(ItemState.DONE, len(good)), **self._doing(upcoming)):
                end_together(self._recorded(good))
                self._begin(upcoming)
                faults.hit("before_commit")
        except (SoftTimeLimitExceeded, LeaseLost):
            raise
        except Exception as error:
            logger.info("Recording one by one: %s", type(error).__name__)
            self._put_back_each(upcoming)
            return False
        faults.hit("after_commit")
        if self.run.should_stop:
            self._put_back_each(upcoming)
        else:
            self._send_off(upcoming)
        return True

    def _recorded(self, good: list[tuple[JobItem, R]]) -> list[tuple[JobItem, Any]]:
        if self.steps.record_all is None:
            return [(item, self.steps.record(item, reply)) for item, reply in good]
        stored = self.steps.record_all(good)
        return [(item, each) for (item, _), each in zip(good, stored, strict=True)]

    def _upcoming(self) -> list[JobItem]:
        """What can start when the calls that have just come home are recorded."""
        free = 0 if self.run.should_stop else self._free()
        return self._next(free) if free > 0 else []

    def _put_back_each(self, items: list[JobItem]) -> None:
        """They were not sent off, but may be marked: by a commit whose answer was lost."""
        for item in items:
            database.patiently(lambda item=item: put_back(self.run, item))  # type: ignore[misc]

    def _settle(self, item: JobItem, future: Future[R]) -> None:
        """Write how a call ended. The result is paid for, so a database that is away is
        waited for."""
        try:
            result = future.result()
            database.patiently(lambda: self._record(item, result))
        except (SoftTimeLimitExceeded, LeaseLost):
            raise
        except StopBatch:
            put_back(self.run, item)
            raise
        except Exception as error:
            if database.is_gone(error):
                raise
            self._settle_error(item, error)

    def _record(self, item: JobItem, result: R) -> None:
        """The item's effect, its state and the counters, in one fenced transaction."""
        try:
            with self.run.write():
                stored = self.steps.record(item, result)
                end(item, ItemState.DONE, result=plain_json(stored))
                count(self.run, ItemState.DONE)
                faults.hit("before_commit")
        except EndedBefore:
            logger.info("Item %s was recorded before", item.key)
        faults.hit("after_commit")

    def _settle_error(self, item: JobItem, error: Exception) -> None:
        again = isinstance(error, TryLater) or item.attempts < MAX_ITEM_ATTEMPTS
        if isinstance(error, PASSING) and again:
            database.patiently(lambda: retry_later(self.run, item, error))
            return
        if not isinstance(error, JobError):
            logger.error(
                "Task failed for %s: %s: %s",
                item.key,
                type(error).__name__,
                error,
                extra={"id": item.key, "error": str(error)},
                exc_info=error,
            )
        database.patiently(lambda: fail(self.run, item, words_for(error)))
