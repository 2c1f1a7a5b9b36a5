"""Keeps a lease alive, flushes the log and looks for requests, beside the working thread."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from jobs import leaving
from jobs.plain import plain_json, plain_text
from jobs.transitions import Claim

logger = logging.getLogger(__name__)
TICK_SECONDS = 1.0
MAX_LINE = 1000
#: How many lines wait for a database that is away.
MAX_BUFFERED = 2000

RENEW = """
UPDATE jobs_job SET lease_expires_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = %s AND lease_token = %s AND status = 'processing'
"""
LOOK = """
SELECT cancel_requested_at IS NOT NULL, yield_requested_at IS NOT NULL
FROM jobs_job WHERE id = %s AND lease_token = %s AND status = 'processing'
"""
#: Only what is held by us and in flight: another worker's attempt keeps its own reply.
KEEP = """
UPDATE jobs_jobitem SET received = %s WHERE id = %s AND state = 'running' AND EXISTS (
    SELECT 1 FROM jobs_job WHERE id = %s AND lease_token = %s AND status = 'processing')
"""
LOG = "INSERT INTO jobs_joblog (job_id, at, level, message) VALUES (%s, %s, %s, %s)"


class LeaseKeeper:
    """A thread with a database connection of its own, so that a long call in the working
    thread neither loses the lease nor hides a cancel. Use as a context manager."""

    def __init__(self, held: Claim) -> None:
        self.held = held
        self._taken = False
        self.cancelled = False
        self.asked_to_yield = leaving.is_leaving()
        self._lines: list[tuple[int, Any, str, str]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._deadline = time.monotonic() + settings.JOBS_LEASE_SECONDS
        self._renew_at = time.monotonic() + settings.JOBS_LEASE_RENEW_SECONDS
        self._forced_at: float | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._connecting = threading.Lock()
        self._parameters = {
            name: value
            for name, value in connection.get_connection_params().items()
            if name not in ("cursor_factory", "context", "prepare_threshold")
        }
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def __enter__(self) -> "LeaseKeeper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        self._close()

    @property
    def lost(self) -> bool:
        """Whether the lease is another's, or has run out by our own clock: a process that was
        stopped for long must not trust what it knew before."""
        return self._taken or time.monotonic() > self._deadline

    def log(self, message: str, level: str = "info") -> None:
        line = (self.held.job_id, timezone.now(), level, plain_text(message, MAX_LINE))
        with self._lock:
            self._lines.append(line)

    def keep(self, item_id: int, reply: Any) -> None:
        """Save a reply the moment it arrives; called by the thread that got it. What was paid
        for is then there after a crash. A database that is away does not keep the work from
        going on: the working thread records the effect a moment later, or waits."""
        values = [Jsonb(plain_json(reply)), item_id, self.held.job_id, self.held.token]
        self._attempt(lambda db: db.execute(KEEP, values))

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            self._tick()
            self._force_a_late_cancel()
        if self._lines:  # most short jobs end without a session of their own
            self._attempt(self._flush)

    def _tick(self) -> None:
        self._attempt(self._look)
        self._attempt(self._flush)
        if time.monotonic() >= self._renew_at:
            self._attempt(self._renew)

    def _force_a_late_cancel(self) -> None:
        """Work that does not look whether it should stop is ended with its process. The parent
        starts a new one, and whoever finds the lost lease ends the job as cancelled."""
        if not self.cancelled:
            return
        grace = settings.JOBS_CANCEL_GRACE_SECONDS
        self._forced_at = self._forced_at or time.monotonic() + grace
        if time.monotonic() < self._forced_at or self._stop.is_set():
            return
        self.log(f"It did not stop within {grace} s, so its process is ended.", "warning")
        self._attempt(self._flush)
        os.kill(os.getpid(), signal.SIGKILL)

    def _attempt(self, step: Callable[[psycopg.Connection[Any]], Any]) -> None:
        try:
            step(self._connect())
        except psycopg.Error as error:
            logger.warning("lease of job %s: %s", self.held.job_id, type(error).__name__)
            self._close()

    def _connect(self) -> psycopg.Connection[Any]:
        with self._connecting:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(**self._parameters, autocommit=True)
            return self._connection

    def _close(self) -> None:
        with self._connecting:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _look(self, db: psycopg.Connection[Any]) -> None:
        row = db.execute(LOOK, [self.held.job_id, self.held.token]).fetchone()
        if row is None:
            self._taken = True
            return
        self.cancelled, asked = row
        self.asked_to_yield = asked or leaving.is_leaving()

    def _renew(self, db: psycopg.Connection[Any]) -> None:
        # The database's clock_timestamp: the update may have waited for the working thread's
        # own transaction, and counts from when it went through.
        seconds = settings.JOBS_LEASE_SECONDS
        done = db.execute(RENEW, [seconds, self.held.job_id, self.held.token])
        if done.rowcount != 1:
            self._taken = True
            return
        self._deadline = time.monotonic() + seconds
        self._renew_at = time.monotonic() + settings.JOBS_LEASE_RENEW_SECONDS

    def _flush(self, db: psycopg.Connection[Any]) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            db.cursor().executemany(LOG, lines)
        except psycopg.errors.ForeignKeyViolation:
            self._taken = True
        except psycopg.Error:
            with self._lock:
                self._lines = (lines + self._lines)[-MAX_BUFFERED:]
            raise


class InlineKeeper:
    """The keeper for jobs that run inline (eager mode): no thread, the caller's connection."""

    lost = False
    asked_to_yield = False

    def __init__(self, held: Claim) -> None:
        self.held = held

    def __enter__(self) -> "InlineKeeper":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    @property
    def cancelled(self) -> bool:
        from jobs.models import Job

        job = Job.objects.filter(pk=self.held.job_id)
        return job.exclude(cancel_requested_at=None).exists()

    def keep(self, item_id: int, reply: Any) -> None:
        """Inline, nothing dies between the reply and its effect but the caller itself."""

    def log(self, message: str, level: str = "info") -> None:
        from jobs.models import JobLog

        JobLog.objects.create(
            job_id=self.held.job_id,
            at=timezone.now(),
            level=level,
            message=plain_text(message, MAX_LINE),
        )


Keeper = LeaseKeeper | InlineKeeper
