"""Children for the sandbox in a hundredth of the time that a fresh interpreter takes to start.

An interpreter of its own, with an empty environment, loads the readers once and forks a child for
each file (nursery_server.py). It holds nothing that a child must not have, and reads no document,
so a child knows as little as a fresh interpreter would. Where that does not work (another system
than Linux, no memory to fork), the sandbox starts fresh interpreters as before.
"""

import array
import contextlib
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

_PROGRAM = Path(__file__).with_name("nursery_server.py")
_NUMBER = struct.Struct("<i")
_PATIENCE_MILLISECONDS = 20_000
#: What the readers load when they meet the first file of their format. Extras may be missing.
_LOADED = (
    "traceback",
    "solution_library.parsing.child",
    "solution_library.parsing.reader",
    "solution_library.parsing.confinement",
    "solution_library.parsing.zip_checks",
    "charset_normalizer",
    "lxml.etree",
    "pypdfium2",
)


class NurseryFailed(Exception):
    """No child can be had this way; a fresh interpreter will do."""


class Forked:
    """A child that the nursery has forked."""

    def __init__(self, control: socket.socket, answers: int) -> None:
        self._control = control
        _number(control)  # it lives
        self.stdout: IO[bytes] = open(answers, "rb", buffering=0)  # noqa: SIM115

    def kill(self) -> None:
        """By the nursery, which has not waited for it: its id cannot be somebody else's."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)

    def wait(self) -> int:
        """Its exit code; that of a killed one where the nursery itself has died."""
        try:
            return _number(self._control)
        except NurseryFailed:
            return -9
        finally:
            self._control.close()


class Nursery:
    """The connection to this process's nursery. May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: socket.socket | None = None
        self._process: subprocess.Popen[Any] | None = None
        self._refused = not sys.platform.startswith("linux")

    def fork(self, specification: int, folder: str, import_from: Sequence[str]) -> Forked:
        """A child that reads its `specification` (a descriptor) in `folder`. NurseryFailed."""
        if self._refused:
            raise NurseryFailed("It has never worked here.")
        try:
            return self._fork(specification, folder, import_from)
        except NurseryFailed:  # it had nothing to do and has just ended
            self.close()
            return self._fork(specification, folder, import_from)

    def _fork(self, specification: int, folder: str, import_from: Sequence[str]) -> Forked:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        answers, writing = os.pipe()
        try:
            handed = array.array("i", [specification, writing, theirs.fileno()])
            message = folder.encode("utf-8", "surrogateescape")
            with self._lock:
                self._started(import_from).sendmsg(
                    [message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)]
                )
            theirs.close()
            return Forked(ours, answers)
        except (OSError, NurseryFailed) as error:
            ours.close()
            os.close(answers)
            raise NurseryFailed(repr(error)) from error
        finally:
            theirs.close()
            os.close(writing)

    def _started(self, import_from: Sequence[str]) -> socket.socket:
        if self._asked is not None and self._process and self._process.poll() is None:
            return self._asked
        self._leave()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-X", "utf8", str(_PROGRAM), _start(import_from)],
                stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd="/", env={}, start_new_session=True,
            )  # fmt: skip
            theirs.close()
            _number(ours)
        except (OSError, NurseryFailed):
            ours.close()
            self._refused = True
            raise
        finally:
            theirs.close()
        self._asked = ours
        return ours

    def close(self) -> None:
        """End it; the next child starts another."""
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        if self._asked is not None:
            self._asked.close()
            self._asked = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """After a fork: it belongs to the parent. Its process is not ours to wait for."""
        if self._asked is not None:
            self._asked.close()
        if self._process is not None:
            self._process.returncode = 0
        self.__init__()  # type: ignore[misc] # the lock may be held for ever


def _start(import_from: Sequence[str]) -> str:
    return json.dumps({"import_from": list(import_from), "load": _LOADED})


def _number(channel: socket.socket) -> int:
    poll = select.poll()
    poll.register(channel, select.POLLIN | select.POLLHUP)
    if not poll.poll(_PATIENCE_MILLISECONDS):
        raise NurseryFailed("It does not answer.")
    try:
        message = channel.recv(_NUMBER.size)
    except OSError as error:
        raise NurseryFailed(repr(error)) from error
    if len(message) != _NUMBER.size:
        raise NurseryFailed("It has ended.")
    return int(_NUMBER.unpack(message)[0])


NURSERY = Nursery()
os.register_at_fork(after_in_child=NURSERY.forget)
