"""The relay: the only process that publishes. It turns due job rows into messages."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from celery import Celery, current_app
from celery.exceptions import QueueNotFound
from django.db import connection
from django.db.models.functions import Now
from django.dispatch import Signal
from kombu.exceptions import EncodeError

from jobs import tracing, transitions
from jobs.canaries import send_canaries
from jobs.dispatch import OUTBOX_CHANNEL, message_of
from jobs.errors import ImpossibleMessage
from jobs.models import Job, Status
from jobs.queues import QUEUES, amqp_priority, window
from jobs.signs import Sign
from jobs.sweep import sweep

logger = logging.getLogger(__name__)
BATCH = 50
IDLE_SECONDS = 1.0
SWEEP_SECONDS = 5.0
HANG_SECONDS = 30.0
#: Where the relays' advisory locks begin; a job's is at this plus its id.
ADVISORY_LOCKS = 0x5350_4C00_0000_0000
#: Sent at each turn of a relay, also while database or broker are away.
turning = Signal()
#: What is the job's own fault and not the broker's.
IMPOSSIBLE = (EncodeError, QueueNotFound, ImpossibleMessage)


class Watchdog:
    """Ends the process when one step takes too long: a broker in alarm holds its publisher
    for ever, and only a new connection by a new process gets out of that."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._last = time.monotonic()
        self._off = threading.Event()

    def __enter__(self) -> "Watchdog":
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._off.set()

    def pat(self) -> None:
        self._last = time.monotonic()

    def _watch(self) -> None:
        while time.monotonic() - self._last < self.seconds:
            if self._off.wait(1):
                return
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
        self._sign = Sign("relay")

    def run(self) -> None:
        with Watchdog(HANG_SECONDS) as watchdog:
            self._run(watchdog.pat)
        self._sign.withdraw()

    def _run(self, pat: Callable[[], None]) -> None:
        wait = 0.5
        while not self.stopping:
            pat()
            turning.send(sender=self)
            try:
                self.step()
                wait = 0.5
            except Exception as error:
                logger.warning("relay: %s: %s", type(error).__name__, error, exc_info=wait == 0.5)
                self._forget_connections()
                self._sleep(wait, pat)
                wait = min(wait * 2, 5.0)

    def step(self) -> int:
        """Publish what is due, sweep when it is time, or else wait for a wake-up. Returns how
        many messages went out. A broker that is away does not keep the sweep from working."""
        self._listen()
        try:
            sent = self.publish_due()
        finally:
            swept = self._sweep_in_time()
        if not sent and not swept:
            self._wait_for_wake_up()
        return sent

    def _sweep_in_time(self) -> bool:
        if time.monotonic() < self._next_sweep:
            return False
        sweep()
        for job_id in _strays():
            self._publish_once(job_id)
        send_canaries()
        self._sign.give()
        self._next_sweep = time.monotonic() + SWEEP_SECONDS
        return True

    def publish_due(self) -> int:
        """One batch of due jobs, the most urgent first. Returns how many it dealt with.

        A job is kept from other relays by an advisory lock and not by its row's, so that a
        broker that hangs never holds up a person who cancels. A relay that dies takes its
        locks along, and at worst a job is sent twice.
        """
        return sum(self._publish_once(job_id) for job_id in _next_due())

    def _publish_once(self, job_id: int) -> int:
        key, listener = [ADVISORY_LOCKS + job_id], self._listen()
        row = listener.execute("SELECT pg_try_advisory_lock(%s)", key).fetchone()
        if row is None or not row[0]:
            return 0
        try:
            job = Job.objects.due().filter(pk=job_id).first()
            if job is None:
                return 0
            self._publish_or_refuse(job)
        finally:
            listener.execute("SELECT pg_advisory_unlock(%s)", key)
        return 1

    def _publish_or_refuse(self, job: Job) -> None:
        """One job that cannot be put into a message must not stop those behind it."""
        producer = self._producer()
        try:
            with tracing.span("publish", job):
                self._publish(job, message_of(job), producer)
        except IMPOSSIBLE as error:
            logger.exception("Job %s cannot be sent", job.pk)
            reason = f"This could not be sent to a worker: {error}"
            transitions.finish_unclaimed(job, Status.FAILED, error=reason)
            return
        # Unless a worker was faster: then this row is in its hands, or in line anew.
        Job.objects.filter(pk=job.pk, attempt=job.attempt, dispatched_at=None).update(
            dispatched_at=Now()
        )

    def _publish(self, job: Job, message: dict[str, Any], producer: Any) -> None:
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
            # Now, so that what is wrong with the broker is not blamed on a job.
            self._broker.connect()
            self._sender = self.app.amqp.Producer(self._broker)
        return self._sender

    def _listen(self) -> psycopg.Connection[Any]:
        """The relay's own session: it hears of new work, and holds the advisory locks."""
        if self._listener is not None and not self._listener.closed:
            return self._listener
        parameters = connection.get_connection_params()
        for name in ("cursor_factory", "context", "prepare_threshold"):
            parameters.pop(name, None)
        self._listener = psycopg.connect(**parameters, autocommit=True)
        self._listener.execute(f"LISTEN {OUTBOX_CHANNEL}")
        return self._listener

    def _wait_for_wake_up(self) -> None:
        for _ in self._listen().notifies(timeout=IDLE_SECONDS, stop_after=1):
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


def _next_due() -> list[int]:
    """Ids of due jobs, at most `JOBS_BROKER_WINDOW` of a queue being with the broker at once.

    The rest waits in the table: there an urgent job still overtakes, and a broker that is
    lost or slow has little to be told again.
    """
    due: list[int] = []
    for queue in QUEUES:
        sent = Job.objects.sent_and_unclaimed().filter(queue=queue).count()
        if (room := min(BATCH, window() - sent)) > 0:
            waiting = Job.objects.due().filter(queue=queue).order_by("priority", "pk")
            due += waiting.values_list("pk", flat=True)[:room]
    return due


def _strays() -> list[int]:
    """Due jobs of queues that this version does not have; publishing refuses them with words."""
    strays = Job.objects.due().exclude(queue__in=list(QUEUES)).order_by("pk")
    return list(strays.values_list("pk", flat=True)[:BATCH])
