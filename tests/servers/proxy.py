"""A TCP proxy on the loopback that can be told to be a bad network.

with Proxy(broker.port).running() as proxy:
    broker.url_at(proxy.port)      # the same server through the proxy
    proxy.cut()                    # every connection ends now; new ones are served
    proxy.refuse()                 # and new ones are closed at once, until restore()
    proxy.black_hole()             # takes connections and bytes and answers nothing;
                                   # open connections fall silent too, until restore()
    proxy.restore()                # as at the start; what had fallen silent is cut
    proxy.delay = 0.2              # seconds that each piece waits in either direction
    proxy.cut_at(pattern)          # cuts one connection in place of passing on the first
                                   # piece from a client that holds this, once
    proxy.connections              # how many were taken so far
"""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 65536
#: The method frame's class and method numbers, as they stand in the bytes (AMQP 0-9-1, 1.8).
BASIC_ACK = bytes([0, 60, 0, 80])
BASIC_PUBLISH = bytes([0, 60, 0, 40])


class Proxy:
    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.target = (host, port)
        self.delay = 0.0
        self.connections = 0
        self.cuts = 0
        self._mode = "pass"
        self._pattern = b""
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        threading.Thread(target=self._take, daemon=True, name="proxy").start()
        try:
            yield self
        finally:
            self._mode = "refuse"
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self.cut()

    # -- what can be done to it --------------------------------------------------------------
    def cut(self) -> None:
        """End every connection, at both ends."""
        with self._lock:
            doomed, self._open = self._open, set()
        for wire in doomed:
            _close(wire)

    def refuse(self) -> None:
        self._mode = "refuse"
        self.cut()

    def black_hole(self) -> None:
        self._mode = "black hole"

    def restore(self) -> None:
        silent = self._mode == "black hole"
        self._mode = "pass"
        if silent:
            self.cut()

    def cut_at(self, pattern: bytes) -> None:
        self._pattern = pattern

    # -- how it works ------------------------------------------------------------------------
    def _take(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.connections += 1
            if self._mode == "refuse":
                _close(client)
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = None
        if self._mode == "pass":
            try:
                server = socket.create_connection(self.target, timeout=5)
            except OSError:
                _close(client)
                return
        wires = [wire for wire in (client, server) if wire is not None]
        with self._lock:
            self._open.update(wires)
        try:
            self._pass_on(client, server)
        except (OSError, ValueError):  # cut, or gone
            pass
        finally:
            with self._lock:
                self._open.difference_update(wires)
            for wire in wires:
                _close(wire)

    def _pass_on(self, client: socket.socket, server: socket.socket | None) -> None:
        """Until one side ends. Without a server, what the client says is read and forgotten."""
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            if server is not None:
                selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select(timeout=1):
                    if not self._one_piece(key.fileobj, key.data, from_client=key.data is server):
                        return

    def _one_piece(self, source: object, other: socket.socket | None, *, from_client: bool) -> bool:
        assert isinstance(source, socket.socket)
        piece = source.recv(PIECE)
        if not piece:
            return False
        if self._mode == "black hole" or other is None:
            return True
        if from_client and self._pattern and self._pattern in piece:
            self._pattern, self.cuts = b"", self.cuts + 1
            return False
        if self.delay:
            time.sleep(self.delay)
        other.sendall(piece)
        return True


def _close(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
