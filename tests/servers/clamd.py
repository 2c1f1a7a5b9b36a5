"""A virus scanner that speaks clamd's INSTREAM and knows one virus: the EICAR test file."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

#: Put together here, lest a scanner finds this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Clamd:
    """`says`: its answer instead of the truth; None: it hangs with the line open."""

    listener: socket.socket
    says: bytes | None = b""
    seen: list[bytes] = field(default_factory=list)
    hung: list[socket.socket] = field(default_factory=list)

    @property
    def address(self) -> str:
        name = self.listener.getsockname()
        return f"{name[0]}:{name[1]}" if isinstance(name, tuple) else str(name)

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        if self.says is None:
            self.hung.append(line)
            return
        with line, line.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack(">L", stream.read(4))[0]:
                content += stream.read(size)
            self.seen.append(content)
            truth = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
            line.sendall(self.says or truth)


@contextmanager
def clamd(path: Path | None = None) -> Iterator[Clamd]:
    """One that listens on a port of its own, or on a socket at `path`."""
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    listener.bind(str(path) if path else ("127.0.0.1", 0))
    listener.listen()
    server = Clamd(listener)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in server.hung:
            line.close()
        thread.join(5)
