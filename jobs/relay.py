"""The relay: the only process that publishes. It turns due job rows into messages."""

import contextlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from celery import Celery, current_app
from django.db import connection, transaction
from django.utils import timezone

from jobs.dispatch import OUTBOX_CHANNEL, message_of
from jobs.models import Job
from jobs.queues import amqp_priority
from jobs.sweep import sweep

logger = logging.getLogger(__name__)
BATCH = 50
IDLE_SECONDS = 1.0
SWEEP_SECONDS = 5.0
HANG_SECONDS = 30.0
MAX_BODY_BYTES = 2048


class Watchdog:
    """Ends the process when one step takes too long: a broker in alarm holds its publisher
    for ever, and only a new connection by a new process gets out of that."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._last = time.monotonic()
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()

    def pat(self) -> None:
        self._last = time.monotonic()

    def _watch(self) -> None:
        while time.monotonic() - self._last < self.seconds:
            time.sleep(1)
        logger.critical("The relay was held for %s s (broker blocked?); restarting", self.seconds)
        os._exit(75)


class Relay:
    def __init__(self, app: Celery | None = None) -> None:
        self.app = app or current_app
        self.stopping = False
        self._listener: psycopg.Connection[Any] | None = None
        self._broker: Any = None
        self._sender: Any = None
        self._next_sweep = 0.0

    def run(self) -> None:
        watchdog = Watchdog(HANG_SECONDS)
        wait = 0.5
        while not self.stopping:
            watchdog.pat()
            try:
                self.step()
                wait = 0.5
            except Exception as error:
                logger.warning("relay: %s: %s", type(error).__name__, error, exc_info=wait == 0.5)
                self._forget_connections()
                self._sleep(wait, watchdog.pat)
                wait = min(wait * 2, 5.0)

    def step(self) -> int:
        """Publish what is due, sweep when it is time, then wait for a wake-up. Returns how
        many messages went out."""
        self._listen()
        sent = 0
        while count := self.publish_due():
            sent += count
        if time.monotonic() >= self._next_sweep:
            sweep()
            self._next_sweep = time.monotonic() + SWEEP_SECONDS
            return sent
        self._wait_for_wake_up()
        return sent

    def publish_due(self) -> int:
        """One batch of due jobs. Rows stay locked until the broker has confirmed them, so
        several relays never send the same job, and a crash here only sends it again."""
        with transaction.atomic():
            due = list(
                Job.objects.waiting_for_relay(timezone.now())
                .select_for_update(skip_locked=True, of=("self",))
                .order_by("priority", "pk")[:BATCH]
            )
            if due:
                self._publish(due)
                Job.objects.filter(pk__in=[job.pk for job in due]).update(
                    dispatched_at=timezone.now()
                )
        return len(due)

    def _publish(self, due: list[Job]) -> None:
        producer = self._producer()
        for job in due:
            message = message_of(job)
            self.app.send_task(
                message["name"],
                args=message["args"],
                kwargs=message["kwargs"],
                task_id=message["task_id"],
                queue=message["queue"],
                priority=amqp_priority(job.priority),
                producer=producer,
                retry=False,
                ignore_result=True,
            )

    def _producer(self) -> Any:
        """A producer on a broker connection of the relay's own, kept until something fails."""
        if self._broker is None:
            self._broker = self.app.connection_for_write()
            self._sender = self.app.amqp.Producer(self._broker)
        return self._sender

    def _listen(self) -> None:
        if self._listener is not None and not self._listener.closed:
            return
        parameters = connection.get_connection_params()
        for name in ("cursor_factory", "context", "prepare_threshold"):
            parameters.pop(name, None)
        self._listener = psycopg.connect(**parameters, autocommit=True)
        self._listener.execute(f"LISTEN {OUTBOX_CHANNEL}")

    def _wait_for_wake_up(self) -> None:
        assert self._listener is not None
        for _ in self._listener.notifies(timeout=IDLE_SECONDS, stop_after=1):
            pass

    def _forget_connections(self) -> None:
        connection.close()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._broker is not None:
            with contextlib.suppress(Exception):  # it is broken already
                self._broker.release()
            self._broker = None

    def _sleep(self, seconds: float, pat: Callable[[], None]) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.stopping:
            pat()
            time.sleep(0.1)


def body_size_is_bounded(job: Job) -> bool:
    """Whether a job's message stays within what any broker takes: ids only, 2 KB at most."""
    return len(json.dumps([job.args, job.kwargs])) <= MAX_BODY_BYTES
