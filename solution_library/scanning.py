"""Asks a virus scanner about each file that people or sources bring, where there is one.

The scanner is ClamAV's daemon, which listens at CLAMAV_ADDRESS: "host:port", or the path of a
socket. A file that it does not clear is not taken: neither one that holds a virus, nor, unless
CLAMAV_REQUIRED is off, one about which it gave no clear word in time.
"""

import contextlib
import hashlib
import logging
import socket
import struct
import threading
import time
from pathlib import Path
from typing import IO

from django.conf import settings

from audit.recording import record

logger = logging.getLogger(__name__)
BLOCK = 1 << 18
LONGEST_REPLY = 4096  # bytes
MEGABYTE = 1024 * 1024
#: One upload may pass several doors; what was clear is not asked about again for so long.
CLEAR_SECONDS = 60.0
MOST_REMEMBERED = 1000


class ScanRefused(Exception):
    """A file that is not taken; the message says why and what to do."""


class ScannerSilent(Exception):
    """No clear word from the scanner; the message says what happened instead."""


class _Clear:
    """Digests of files that were found clean a moment ago."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def __contains__(self, digest: str) -> bool:
        return self._until.get(digest, 0.0) > time.monotonic()

    def add(self, digest: str) -> None:
        with self._lock:
            if len(self._until) >= MOST_REMEMBERED:
                self._until.clear()
            self._until[digest] = time.monotonic() + CLEAR_SECONDS


_CLEAR = _Clear()


def refuse_infected(stream: IO[bytes], name: str, digest: str = "") -> None:
    """Raise ScanRefused unless the scanner clears the file, or there is none. `digest` is its
    SHA-256, where it is known. The stream is read from its beginning."""
    if not settings.CLAMAV_ADDRESS:
        return
    digest = digest or _digest(stream)
    if digest in _CLEAR:
        return
    try:
        virus = found_in(stream)
    except ScannerSilent as silence:
        _unscanned(name, digest, str(silence))
        return
    if virus:
        logger.warning("A virus was found in an upload: %s", virus)
        details = {"sha256": digest, "virus": virus}
        record("upload.infected", actor=None, target=name, details=details)
        raise ScanRefused(
            f"“{name}” holds a virus ({virus}), says the virus scanner, and was not taken. Do not "
            "open it; tell whoever sent it, and your administrator."
        )
    _CLEAR.add(digest)


def _unscanned(name: str, digest: str, silence: str) -> None:
    required = bool(settings.CLAMAV_REQUIRED)
    logger.error("Not scanned for viruses: %s", silence)
    details = {"sha256": digest, "why": silence, "taken": "no" if required else "yes"}
    record("upload.unscanned", actor=None, target=name, details=details)
    if required:
        raise ScanRefused(
            f"“{name}” could not be scanned for viruses, so it was not taken: {silence} Try again "
            "in a minute, or ask an administrator."
        )


def _digest(stream: IO[bytes]) -> str:
    stream.seek(0)
    digest = hashlib.sha256()
    while block := stream.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def found_in(stream: IO[bytes]) -> str:
    """The name of the virus in a file, "" if there is none. Raises ScannerSilent."""
    stream.seek(0, 2)
    size, most = stream.tell(), int(settings.CLAMAV_MAX_MB) * MEGABYTE
    stream.seek(0)
    if size > most:
        raise ScannerSilent(f"it is larger than the {settings.CLAMAV_MAX_MB} MB that are scanned.")
    deadline = time.monotonic() + float(settings.CLAMAV_SECONDS)
    try:
        with _connected(deadline) as line:
            # It may have seen enough before the end, and say so.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                _send(line, stream, deadline)
            return _verdict(_reply(line, deadline))
    except TimeoutError as error:
        raise ScannerSilent("the scanner did not answer in time.") from error
    except OSError as error:
        raise ScannerSilent("the scanner cannot be reached.") from error


def address() -> tuple[str, int] | str:
    """Where the scanner listens: host and port, or the path of a socket. Raises ValueError."""
    given = str(settings.CLAMAV_ADDRESS).removeprefix("unix:")
    if given.startswith("/"):
        return str(Path(given))
    host, colon, port = given.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"CLAMAV_ADDRESS is “{given}”; it must be host:port or /path/of/socket.")
    return host.strip("[]"), int(port)


def _connected(deadline: float) -> socket.socket:
    try:
        where = address()
    except ValueError as error:
        raise ScannerSilent("the scanner's address is set wrongly.") from error
    if isinstance(where, tuple):
        return socket.create_connection(where, timeout=_left(deadline))
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(_left(deadline))
        line.connect(where)
    except OSError:
        line.close()
        raise
    return line


def _left(deadline: float) -> float:
    """Seconds; a scanner that takes a byte now and then must not hold us for ever."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _send(line: socket.socket, stream: IO[bytes], deadline: float) -> None:
    line.sendall(b"zINSTREAM\0")
    while block := stream.read(BLOCK):
        line.settimeout(_left(deadline))
        line.sendall(struct.pack(">L", len(block)) + block)
    line.sendall(struct.pack(">L", 0))


def _reply(line: socket.socket, deadline: float) -> bytes:
    reply = b""
    while b"\0" not in reply and len(reply) < LONGEST_REPLY:
        line.settimeout(_left(deadline))
        more = line.recv(LONGEST_REPLY)
        if not more:
            break
        reply += more
    return reply


def _verdict(reply: bytes) -> str:
    text, end, _ = reply.partition(b"\0")
    said = text.decode("ascii", "replace")
    if end and said == "stream: OK":
        return ""
    if end and said.startswith("stream: ") and said.endswith(" FOUND"):
        name = said.removeprefix("stream: ").removesuffix(" FOUND")
        return "".join(sign for sign in name if sign.isprintable())[:100] or "without a name"
    if "size limit exceeded" in said:
        raise ScannerSilent("it is larger than the scanner takes.")
    raise ScannerSilent("the scanner's answer cannot be understood.")
