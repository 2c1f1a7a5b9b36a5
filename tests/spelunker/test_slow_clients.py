"""What the web server does with those who take their time. (With a real server: see
tests/integration/test_web.py.)"""

import io
import socket
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from spelunker import slow_clients
from spelunker.slow_clients import Receiving, Watch


class Line:
    """An application, a client on the other end, and what became of them."""

    def __init__(self, places: int = 1) -> None:
        self.here, self.there = socket.socketpair()
        self.watch, self.places = Watch(), threading.Semaphore(places)
        self.seen: list[bytes] = []
        self.status = ""
        self.receiving = Receiving(self._app, self.places, self.watch)

    def _app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.seen.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [environ["CONTENT_LENGTH"].encode()]

    def send(self, body: bytes, **environ: str) -> bytes:
        def start_response(status: str, headers: Any) -> None:
            self.status = status

        given = {"wsgi.input": io.BytesIO(body), "gunicorn.socket": self.here, **environ}
        return b"".join(self.receiving(given, start_response))


def test_who_sends_for_too_long_is_cut_and_who_sends_fast_enough_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slow_clients, "SECONDS", -1.0)
    slow, fast = Line(), Line()
    slow.watch.begin(slow.here)
    slow.watch.begin(fast.here)
    slow.watch.received(fast.here, 1 << 20)
    slow.watch.cut(slow_clients.time.monotonic())
    fast.there.sendall(b"more")
    assert fast.here.recv(9) == b"more"
    slow.here.settimeout(5)
    assert slow.here.recv(9) == b"", "whoever reads there goes on, and finds the end"
    slow.watch.end(fast.here)
    slow.watch.cut()
    fast.there.sendall(b"again")
    assert fast.here.recv(9) == b"again", "a request that is all there has its time"


def test_the_application_gets_a_request_when_all_of_it_is_there() -> None:
    line = Line()
    assert line.send(b"x" * 200_000) == b"200000"
    assert line.seen == [b"x" * 200_000]


def test_no_more_requests_are_worked_on_than_there_are_places() -> None:
    line = Line(places=2)
    line.send(b"a")
    line.send(b"b")
    assert not line.places.acquire(blocking=False)
    line.receiving.leave()
    line.receiving.leave()  # once more is no matter
    assert line.places.acquire(blocking=False)


def test_a_body_larger_than_any_is_refused_announced_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slow_clients, "BIGGEST", 3 << 20)
    announced, silent = Line(), Line()
    assert b"3 MB at most" in announced.send(b"", CONTENT_LENGTH=str(4 << 20))
    assert b"3 MB at most" in silent.send(b"x" * (4 << 20))
    assert announced.status == silent.status == "413 Content Too Large"
    assert announced.seen == silent.seen == []
