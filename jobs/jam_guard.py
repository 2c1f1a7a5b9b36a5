"""Ends a worker that takes jobs but cannot start them, so that its supervisor replaces it.

A pool child that is killed while it waits for work takes the lock of the pool's queue with it
(seen with the embedded broker: the job is received and never started, and no later child can
start any). Nothing inside the worker mends that; a new worker does.
"""

import logging
import os
import signal
import threading
import time
from typing import Any

from celery.worker import state

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
JAMMED_AFTER_SECONDS = 10.0


class JamGuard:
    """Watches the requests of one worker from a thread of its main process."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._since: float | None = None

    def start(self) -> None:
        threading.Thread(target=self._watch, daemon=True, name="jam-guard").start()

    def _watch(self) -> None:
        while not self.jammed(time.monotonic()):
            time.sleep(LOOK_SECONDS)
        logger.critical("Jobs are received but not started; ending this worker to be replaced")
        os.kill(os.getpid(), signal.SIGKILL)

    def jammed(self, now: float) -> bool:
        """Whether received requests have waited beside idle children for too long."""
        started, received = len(state.active_requests), len(state.reserved_requests)
        if received <= started or started >= self.slots:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since > JAMMED_AFTER_SECONDS


def guard(consumer: Any) -> None:
    """Start guarding the worker that this consumer belongs to; only pools of processes jam."""
    pool = getattr(consumer, "pool", None)
    if pool is None or not getattr(pool, "_pool", None):
        return
    JamGuard(int(getattr(pool, "num_processes", 1))).start()
