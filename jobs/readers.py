"""How many workers read each queue, as far as the broker tells."""

import threading
import time
from typing import Any

from celery import current_app
from django.conf import settings

from jobs.queues import QUEUES

Readers = dict[str, int] | None
BROKER_SECONDS = 3
#: Pages and scrapes that come often do not each open a connection to the broker.
KEPT_SECONDS = 10.0


def queue_readers() -> Readers:
    """Consumers by queue, one for each running worker; None where the broker cannot tell.
    Raises the broker's own errors when it does not answer."""
    if settings.PGMQ:
        return None
    patience = {"read_timeout": BROKER_SECONDS, "write_timeout": BROKER_SECONDS}
    with current_app.connection_for_read(
        connect_timeout=BROKER_SECONDS, transport_options=patience
    ) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        if broker.transport.driver_type != "amqp":
            return None
        return {name: _readers_of(broker, name) for name in QUEUES}


def _readers_of(broker: Any, queue: str) -> int:
    channel = broker.channel()  # a fresh one: the broker closes it when the queue is not there
    try:
        return int(channel.queue_declare(queue=queue, passive=True).consumer_count)
    except broker.channel_errors:
        return 0
    finally:
        channel.close()


class KeptReaders:
    """The last answer, looked up again after ten seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._answer: tuple[bool, Readers] = (False, None)

    def look(self) -> tuple[bool, Readers]:
        """Whether the broker answers, and the readers if it tells."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._answer = self._ask()
                self._until = time.monotonic() + KEPT_SECONDS
            return self._answer

    def _ask(self) -> tuple[bool, Readers]:
        try:
            return True, queue_readers()
        except Exception:  # each kind of broker has its own errors; all mean the same here
            return False, None


READERS = KeptReaders()
