"""How long a call may take, kept at the socket: whatever drips in, a call ends in its time."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2

CONNECT_SECONDS = 10.0
#: Sent at once: between two pieces the clock is looked at.
PIECE = 65536


class Clock:
    """The time of one call: for the connection, for the first byte, for all of it.

    `sent` and `answered` say how far the call has come: what was sent may have to be paid for.
    """

    def __init__(self, first_byte_seconds: float, whole_seconds: float) -> None:
        now = time.monotonic()
        self.end = now + whole_seconds
        self.first = min(now + first_byte_seconds, self.end)
        self.sent = self.answered = False

    def to_connect(self) -> float:
        return min(CONNECT_SECONDS, self.end - time.monotonic())

    def to_send(self) -> float:
        return self.end - time.monotonic()

    def to_read(self) -> float:
        return (self.end if self.answered else self.first) - time.monotonic()


_running = threading.local()


@contextmanager
def ticking(clock: Clock) -> Iterator[None]:
    """Within, all that this thread does on the network goes by `clock`."""
    _running.clock = clock
    try:
        yield
    finally:
        _running.clock = None


def _clock() -> Clock:
    clock: Clock | None = getattr(_running, "clock", None)
    return clock or Clock(CONNECT_SECONDS, CONNECT_SECONDS)


def _positive(seconds: float, too_late: type[Exception]) -> float:
    """`seconds` as a socket takes them: 0 would mean not to wait but to fail."""
    if seconds <= 0:
        raise too_late()
    return seconds


class PatientStream(httpcore2.NetworkStream):
    """A connection whose every step takes no longer than the call's clock allows."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        clock = _clock()
        left = _positive(clock.to_read(), httpcore2.ReadTimeout)
        data = self.inner.read(max_bytes, left)
        clock.answered = clock.answered or bool(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        clock = _clock()
        for start in range(0, len(buffer), PIECE):
            left = _positive(clock.to_send(), httpcore2.WriteTimeout)
            self.inner.write(buffer[start : start + PIECE], left)
            # Whatever came before (a proxy's consent, say) was no answer to this.
            clock.sent, clock.answered = True, False

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        clock = _clock()
        left = _positive(clock.to_connect(), httpcore2.ConnectTimeout)
        encrypted = PatientStream(self.inner.start_tls(ssl_context, server_hostname, left))
        clock.sent = False  # a proxy was asked, but the API not yet
        return encrypted

    def close(self) -> None:
        self.inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class PatientNetwork(httpcore2.NetworkBackend):
    """Opens connections that keep to the clock of the call that uses them."""

    def __init__(self) -> None:
        self.inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = _positive(_clock().to_connect(), httpcore2.ConnectTimeout)
        return PatientStream(
            self.inner.connect_tcp(host, port, left, local_address, socket_options)
        )

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
