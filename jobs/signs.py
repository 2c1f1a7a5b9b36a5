"""Signs of life in the database: who is there, in which version, and since when not any more.

A sign decides nothing, leases do; it only tells people. So one that cannot be written is nobody's
trouble.
"""

import logging
import os
import threading
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models.functions import Now

from jobs.models import ProcessSign

logger = logging.getLogger(__name__)
EVERY_SECONDS = 15.0
#: After so long without one, a process is shown as silent.
SILENT_AFTER = timedelta(seconds=60)
#: One that did not take its leave is forgotten after so long.
FORGOTTEN_AFTER = timedelta(hours=1)


class Sign:
    """The sign of this process; `give` may be called as often as one likes."""

    def __init__(self, role: str, name: str = "", *, detail: str = "", slots: int = 0) -> None:
        self.role, self.detail, self.slots = role, detail[:200], slots
        self.name = (name or f"{role}@{os.uname().nodename}:{os.getpid()}")[:200]
        self._next = 0.0
        self._is_new = True

    def give(self) -> None:
        """Say that this process is there, if it is time to."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        try:
            with transaction.atomic():
                self._write()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("No sign of life could be written: %s", type(error).__name__)

    def _write(self) -> None:
        mine = ProcessSign.objects.filter(name=self.name)
        if not self._is_new and mine.update(seen_at=Now()):
            return
        ProcessSign.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER).delete()
        ProcessSign.objects.update_or_create(
            name=self.name,
            defaults={
                "role": self.role, "detail": self.detail, "slots": self.slots,
                "version": settings.SPELUNKER_VERSION, "started_at": Now(), "seen_at": Now(),
            },
        )  # fmt: skip
        self._is_new = False

    def withdraw(self) -> None:
        """This process ends as it should; nobody is to miss it."""
        try:
            ProcessSign.objects.filter(name=self.name).delete()
        except (DatabaseError, InterfaceError) as error:
            logger.info("A sign of life could not be withdrawn: %s", type(error).__name__)


class WorkerSign:
    """The sign of a worker, given by a thread of its main process, which only moves messages."""

    def __init__(self, sign: Sign) -> None:
        self.sign = sign
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="sign-of-life")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def _run(self) -> None:
        while not self._over.is_set():
            self._then_close(self.sign.give)
            self._over.wait(EVERY_SECONDS)
        self._then_close(self.sign.withdraw)

    def _then_close(self, step: Any) -> None:
        """A session for a moment every now and then, not one for good."""
        try:
            step()
        finally:
            connection.close()


def of_worker(consumer: Any) -> WorkerSign:
    """The sign of the worker that this consumer belongs to; its detail are the queues it reads."""
    queues = ", ".join(sorted(consumer.app.amqp.queues.consume_from))
    slots = int(getattr(getattr(consumer, "pool", None), "num_processes", 0) or 0)
    return WorkerSign(Sign("worker", str(consumer.hostname), detail=queues, slots=slots))
