"""Works through the items of a batch: each to its end once, whatever dies in between."""

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.db.models import F, Max, Q
from django.utils import timezone

from jobs.errors import JobError, LeaseLost, StopBatch, TransientItemError
from jobs.models import ItemState, Job, JobItem
from jobs.run import JobRun

logger = logging.getLogger(__name__)
MAX_ITEM_CRASHES = 3
MAX_ITEM_ATTEMPTS = 4
FIRST_BACKOFF_SECONDS = 2.0
DRAIN_SECONDS = 600.0
P = TypeVar("P")
R = TypeVar("R")
PASSING = (TransientItemError, ConnectionError, TimeoutError)


@dataclass(frozen=True)
class Steps(Generic[P, R]):
    """How one item is done. Only `call` runs in a thread, and it must not use the database."""

    prepare: Callable[[JobItem], P]
    call: Callable[[P], R]
    record: Callable[[JobItem, R], dict[str, Any] | None]
    describe: Callable[[JobItem], str] = lambda item: str(item.key)


def add_items(run: JobRun, keys: Iterable[str]) -> None:
    """Add the batch's items; those that exist already are left as they are."""
    start = run.job.items.aggregate(last=Max("ordinal"))["last"] or 0
    items = [JobItem(job_id=run.job.pk, key=k, ordinal=start + n) for n, k in enumerate(keys, 1)]
    with run.write():
        JobItem.objects.bulk_create(items, ignore_conflicts=True, batch_size=1000)
        total = JobItem.objects.filter(job_id=run.job.pk).count()
        Job.objects.filter(pk=run.job.pk).update(total_items=total)


def work_items(run: JobRun, steps: Steps[P, R], *, concurrency: int = 1) -> None:
    """Do every item that is left. Raises SliceOver, CancelRequested or LeaseLost to stop;
    what is in flight then is finished and recorded first."""
    _blame_crashed_items(run)
    with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
        _Loop(run, steps, pool, concurrency).run_to_end()


def _blame_crashed_items(run: JobRun) -> None:
    """Items left running belong to an attempt that died. The third time, the item is poison."""
    crashed = JobItem.objects.filter(job_id=run.job.pk, state=ItemState.RUNNING)
    with run.write():
        crashed.update(crashes=F("crashes") + 1, state=ItemState.PENDING)
        poisoned = list(
            JobItem.objects.filter(
                job_id=run.job.pk, state=ItemState.PENDING, crashes__gte=MAX_ITEM_CRASHES
            )
        )
    for item in poisoned:
        _fail(run, item, f"The worker crashed {item.crashes} times while doing this.")


class _Loop(Generic[P, R]):
    def __init__(
        self, run: JobRun, steps: Steps[P, R], pool: ThreadPoolExecutor, concurrency: int
    ) -> None:
        self.run, self.steps, self.pool, self.concurrency = run, steps, pool, concurrency
        self.flying: dict[Future[R], JobItem] = {}

    def run_to_end(self) -> None:
        try:
            while not self.run.should_stop and self._launch():
                self._land(timeout=1.0)
        finally:
            self._drain()
        self.run.check()

    def _launch(self) -> bool:
        """Start items up to the limit. False when nothing is left or flying."""
        while len(self.flying) < self._limit():
            item = self._next()
            if item is None:
                break
            self._start(item)
        if self.flying:
            return True
        return self._wait_for_retry()

    def _limit(self) -> int:
        """A suspect flies alone, so that a crash can be blamed on it alone."""
        alone = any(item.crashes for item in self.flying.values())
        return 0 if alone else self.concurrency

    def _next(self) -> JobItem | None:
        now = timezone.now()
        ready = JobItem.objects.filter(
            Q(retry_at=None) | Q(retry_at__lte=now),
            job_id=self.run.job.pk,
            state=ItemState.PENDING,
        )
        innocent = ready.filter(crashes=0).first()
        if innocent is not None or self.flying:
            return innocent
        return ready.first()

    def _wait_for_retry(self) -> bool:
        left = JobItem.objects.filter(job_id=self.run.job.pk, state=ItemState.PENDING)
        if not left.exists():
            return False
        time.sleep(0.2)
        return True

    def _start(self, item: JobItem) -> None:
        item.attempts += 1
        with self.run.write(now_doing=self.steps.describe(item)[:200]):
            JobItem.objects.filter(pk=item.pk).update(
                state=ItemState.RUNNING, attempts=item.attempts, started_at=timezone.now()
            )
        try:
            prepared = self.steps.prepare(item)
        except (SoftTimeLimitExceeded, LeaseLost, StopBatch, OperationalError):
            raise
        except Exception as error:
            self._settle_error(item, error)
            return
        self.flying[self.pool.submit(self.steps.call, prepared)] = item

    def _land(self, timeout: float) -> None:
        done, _ = wait(self.flying, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            self._settle(self.flying.pop(future), future)

    def _drain(self) -> None:
        """Finish what is in flight: its work is paid for. A lost lease writes nothing."""
        if self.run.keeper.lost:
            self.flying.clear()
        wait(self.flying, timeout=DRAIN_SECONDS)
        for future in [f for f in self.flying if f.done()]:
            self._settle(self.flying.pop(future), future)
        for item in self.flying.values():
            _put_back(self.run, item)

    def _settle(self, item: JobItem, future: Future[R]) -> None:
        try:
            self._record(item, future.result())
        except StopBatch:
            _put_back(self.run, item)
            raise
        except (SoftTimeLimitExceeded, LeaseLost, OperationalError):
            raise
        except Exception as error:
            self._settle_error(item, error)

    def _record(self, item: JobItem, result: R) -> None:
        """The item's effect, its state and the counters, in one fenced transaction."""
        with self.run.write(
            processed_items=F("processed_items") + 1,
            successful_items=F("successful_items") + 1,
            crashes=0,
        ):
            stored = self.steps.record(item, result)
            _end(item, ItemState.DONE, result=stored)

    def _settle_error(self, item: JobItem, error: Exception) -> None:
        if isinstance(error, PASSING) and item.attempts < MAX_ITEM_ATTEMPTS:
            _retry_later(self.run, item, error)
            return
        if not isinstance(error, JobError):
            logger.error(
                "Task failed for %s: %s: %s", item.key, type(error).__name__, error,
                extra={"id": item.key, "error": str(error)}, exc_info=error,
            )
        _fail(self.run, item, str(error) or type(error).__name__)


def _end(item: JobItem, state: ItemState, **changes: Any) -> None:
    """Move an item to its end. Raises LeaseLost when somebody ended it before us."""
    ended = JobItem.objects.filter(
        pk=item.pk, state__in=(ItemState.RUNNING, ItemState.PENDING)
    ).update(state=state, finished_at=timezone.now(), **changes)
    if ended != 1:
        raise LeaseLost(f"Item {item.key} was ended by another worker.")


def _fail(run: JobRun, item: JobItem, error: str) -> None:
    error = error.replace("\x00", "")
    with run.write(
        processed_items=F("processed_items") + 1,
        failed_items=F("failed_items") + 1,
        last_error=error,
        crashes=0,
    ):
        _end(item, ItemState.FAILED, error=error)
        job = Job.objects.get(pk=run.job.pk)
        errors = [*job.errors, {"item": item.key, "error": error}][-200:]
        Job.objects.filter(pk=job.pk).update(errors=errors)
    run.log(f"{item.key}: {error}", "error")


def _retry_later(run: JobRun, item: JobItem, error: Exception) -> None:
    seconds = getattr(error, "retry_after", None) or FIRST_BACKOFF_SECONDS * 2 ** (
        item.attempts - 1
    )
    with run.write():
        JobItem.objects.filter(pk=item.pk).update(
            state=ItemState.PENDING,
            retry_at=timezone.now() + timedelta(seconds=min(seconds, 120.0)),
            error=str(error),
        )
    run.log(f"{item.key}: {error}; again in {seconds:.0f} s", "warning")


def _put_back(run: JobRun, item: JobItem) -> None:
    with run.write():
        JobItem.objects.filter(pk=item.pk, state=ItemState.RUNNING).update(
            state=ItemState.PENDING, attempts=F("attempts") - 1
        )
