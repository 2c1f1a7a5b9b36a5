"""Gunicorn's worker with threads, in which slow clients hold up nobody else.

Usually a request takes one of its few threads from its first byte on, so whoever sends a byte now
and then on some connections stops a server. Here requests are received in threads of their own, of
which there are many, for they only wait. Only when all of one is there does it take one of the
places in which Django works, of which there are as many as the database has sessions for.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from socket import SHUT_RD, socket
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from gunicorn.workers import gthread  # type: ignore[import-untyped]

from jobs.disk import DISK_FULL, is_disk_full

logger = logging.getLogger(__name__)
#: Of connections on which a request is being received or answered.
WAITING_ROOM = 256
#: A request's lines must be there after so many seconds, and its body after as many more as it
#: takes at the least speed.
SECONDS, BYTES_A_SECOND = 30.0, 16_384
#: Of a whole request; each file in it has a limit of its own (settings.MAX_UPLOAD_BYTES).
BIGGEST = 128 * 1024 * 1024
BLOCK, IN_MEMORY = 1 << 16, 1 << 20
Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]


class Watch:
    """Cuts the lines of those that have been sending for too long."""

    def __init__(self) -> None:
        self._until: dict[socket, float] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._watch, daemon=True, name="slow-clients").start()

    def begin(self, line: socket) -> None:
        with self._lock:
            self._until[line] = time.monotonic() + SECONDS

    def received(self, line: socket, size: int) -> None:
        """Those that send fast enough may send much."""
        with self._lock:
            if line in self._until:
                self._until[line] += size / BYTES_A_SECOND

    def end(self, line: socket) -> None:
        with self._lock:
            self._until.pop(line, None)

    def cut(self, before: float | None = None) -> None:
        """End what should have been received before that moment; None: everything."""
        with self._lock:
            late = [one for one, end in self._until.items() if before is None or end < before]
            for line in late:
                del self._until[line]
                with suppress(OSError):
                    line.shutdown(SHUT_RD)

    def _watch(self) -> None:
        while True:
            time.sleep(1)
            self.cut(time.monotonic())


class Receiving:
    """The application behind: called when the whole request is there and a place is free."""

    def __init__(self, app: App, places: threading.Semaphore, watch: Watch) -> None:
        self._app, self._places, self._watch = app, places, watch
        self._mine = threading.local()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        try:
            body = self._received(environ)
        except OSError as error:
            if not is_disk_full(error):
                raise
            return _refusal(start_response, "507 Insufficient Storage", DISK_FULL)
        if body is None:
            says = f"A request may have {BIGGEST >> 20} MB at most. Send fewer files at once."
            return _refusal(start_response, "413 Content Too Large", says)
        environ["wsgi.input"] = body
        self._watch.end(environ["gunicorn.socket"])
        self._places.acquire()
        self._mine.has_place = True
        return self._app(environ, start_response)

    def leave(self) -> None:
        """Free this thread's place, once its answer is sent."""
        if getattr(self._mine, "has_place", False):
            self._mine.has_place = False
            self._places.release()

    def _received(self, environ: Environ) -> IO[bytes] | None:
        """The body, all of it; None if it is too large."""
        announced = environ.get("CONTENT_LENGTH") or "0"
        if int(announced) > BIGGEST:
            return None
        # It goes with `environ`, which is the request's.
        body, size = SpooledTemporaryFile(max_size=IN_MEMORY), 0  # noqa: SIM115
        while block := environ["wsgi.input"].read(BLOCK):
            size += len(block)
            if size > BIGGEST:
                return None
            body.write(block)
            self._watch.received(environ["gunicorn.socket"], len(block))
        body.seek(0)
        environ["CONTENT_LENGTH"] = str(size)
        return body


def _refusal(start_response: Any, status: str, says: str) -> list[bytes]:
    text = says.encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
    start_response(status, [*headers, ("Connection", "close")])
    return [text]


class PatientWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """What `--threads` says is how many requests are worked on at the same time."""

    wsgi: App

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.watch = Watch()
        self.watch.start()
        self.wsgi = self.receiving = Receiving(
            self.wsgi, threading.Semaphore(self.cfg.threads), self.watch
        )

    def get_thread_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=max(WAITING_ROOM, self.cfg.threads))

    def run(self) -> None:
        try:
            super().run()
        finally:
            self.watch.cut()  # the process waits for its threads

    def murder_pending(self) -> None:
        """A server that stops owes nothing to those who have not said anything yet, such as
        browsers that connect in advance; else it waited for them as for requests."""
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = 0.0
        super().murder_pending()

    def handle(self, conn: Any) -> Any:
        if not (conn.initialized or conn.data_ready or conn.wait_for_data(0)):
            return gthread._DEFER  # until it says something it needs no thread
        line = conn.sock
        self.watch.begin(line)
        try:
            return super().handle(conn)
        finally:
            self.watch.end(line)

    def handle_request(self, req: Any, conn: Any) -> Any:
        try:
            return super().handle_request(req, conn)
        finally:
            self.receiving.leave()
