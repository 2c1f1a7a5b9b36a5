"""A private Memcached.

    if Memcached.missing():                  # a sentence for pytest.skip, or ""
        ...
    with Memcached(folder).running() as memcached:
        memcached.location                   # "127.0.0.1:…", for KVDB_LOCATION
        memcached.kill(); memcached.start()  # same address, empty
        memcached.freeze(); memcached.thaw() # takes connections and never answers
        memcached.plant(key, body, flags)    # write it as a stranger would
        memcached.stored(key)                # (body, flags) or None, raw

It listens on the loopback only and ends with the `with`, also when the tests are killed.
"""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import Guarded, find_program, free_port, wait_until


@dataclass
class Memcached:
    folder: Path
    megabytes: int = 64
    port: int = 0

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()
        self.port = self.port or free_port()
        self.log = self.folder / "memcached.log"
        self._server: Guarded | None = None

    @staticmethod
    def missing() -> str:
        """Why none can be started here, as a sentence; '' if one can."""
        if find_program("memcached"):
            return ""
        return "Memcached is not installed (as root: scripts/services)"

    @property
    def location(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def _running(self) -> Guarded:
        assert self._server is not None and self._server.lives, "it is not running"
        return self._server

    @contextmanager
    def running(self) -> Iterator["Memcached"]:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.start()
            yield self
        finally:
            self.kill()

    def start(self) -> None:
        if self._server is not None and self._server.lives:
            return
        command = [
            find_program("memcached"), "-l", "127.0.0.1", "-p", str(self.port), "-U", "0",
            "-m", str(self.megabytes), "-t", "1",
        ]  # fmt: skip
        if os.geteuid() == 0:
            command += ["-u", "root"]
        self._server = Guarded.start(command, self.log, dict(os.environ))
        wait_until(self.answers, self._server, "Memcached answers", self.log, 20)

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()

    def freeze(self) -> None:
        self._running.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._running.signal(signal.SIGCONT)

    def answers(self) -> bool:
        try:
            return self._ask(b"version\r\n", b"\r\n").startswith(b"VERSION")
        except OSError:
            return False

    def plant(self, key: str, body: bytes, flags: int = 0) -> None:
        """Store bytes under a key, past the application."""
        command = f"set {key} {flags} 0 {len(body)}\r\n".encode() + body + b"\r\n"
        answer = self._ask(command, b"\r\n")
        assert answer == b"STORED\r\n", answer

    def stored(self, key: str) -> tuple[bytes, int] | None:
        """What stands under a key on the wire, and its flags."""
        answer = self._ask(f"get {key}\r\n".encode(), b"END\r\n")
        if answer == b"END\r\n":
            return None
        head, _, rest = answer.partition(b"\r\n")
        _, _, flags, size = head.split()
        return rest[: int(size)], int(flags)

    def _ask(self, command: bytes, end: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as wire:
            wire.sendall(command)
            answer = b""
            while not answer.endswith(end):
                piece = wire.recv(65536)
                if not piece:
                    raise ConnectionError("Memcached closed the connection")
                answer += piece
        return answer
