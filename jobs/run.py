"""A running job as the work sees it: progress, log, fenced writes, and when to stop."""

import time
from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings

from jobs.errors import CancelRequested, LeaseLost, SliceOver
from jobs.lease import Keeper
from jobs.models import Job
from jobs.plain import plain_text
from jobs.transitions import Claim, fenced


class JobRun:
    """Handed to the work of a job. All its writes are fenced by the lease."""

    def __init__(self, job: Job, held: Claim, keeper: Keeper) -> None:
        self.job = job
        self.held = held
        self.keeper = keeper
        #: How far earlier attempts came; only what goes beyond is progress.
        self._reached = job.processed_items
        self._slice_ends = time.monotonic() + settings.JOBS_SLICE_SECONDS

    def log(self, message: str, level: str = "info") -> None:
        self.keeper.log(message, level)

    def write(self, **changes: Any) -> AbstractContextManager[None]:
        """A transaction that commits only while the lease is ours; `changes` go to the job."""
        return fenced(self.held, **changes)

    def progress(self, done: int, total: int, now: str = "", *, failed: int = 0) -> None:
        """Record progress of work without items; `done` includes the `failed` ones.

        It clears the count of crashes only beyond what an earlier attempt reached: work that
        always dies at the same place must not be tried for ever.
        """
        done = max(0, min(done, total))
        failed = max(0, min(failed, done))
        further = {"crashes": 0} if done > self._reached else {}
        with self.write(
            total_items=total,
            processed_items=done,
            successful_items=done - failed,
            failed_items=failed,
            now_doing=plain_text(now, 200),
            **further,
        ):
            pass

    def now(self, text: str) -> None:
        """Say what the job is doing at the moment."""
        with self.write(now_doing=plain_text(text, 200)):
            pass

    @property
    def should_stop(self) -> bool:
        return self.keeper.lost or self.keeper.cancelled or self.slice_is_over

    @property
    def slice_is_over(self) -> bool:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            return False
        return self.keeper.asked_to_yield or time.monotonic() > self._slice_ends

    def check(self) -> None:
        """Raise what should stop the work now, if anything. Call between two steps."""
        if self.keeper.lost:
            raise LeaseLost(f"Job {self.job.pk} belongs to another worker now.")
        if self.keeper.cancelled:
            raise CancelRequested
        if self.slice_is_over:
            raise SliceOver
