"""A server's process, under guard: it never outlives the tests."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

GUARD = Path(__file__).resolve().parent / "guard.py"
START_SECONDS = 90.0
STOP_SECONDS = 20.0


@dataclass
class Guarded:
    """A command that runs until `end` or `kill`, or until the process that started it is gone."""

    pid: int
    guard: "subprocess.Popen[str]"

    @classmethod
    def start(
        cls,
        command: list[str],
        log: Path,
        environment: dict[str, str],
        folder: Path | None = None,
    ) -> "Guarded":
        """Run `command` in `folder` (where its log is, if not said), all it prints in `log`."""
        with open(log, "ab") as output:
            guard = subprocess.Popen(
                [sys.executable, "-S", str(GUARD), *command],
                cwd=folder or log.parent, env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output,
            )  # fmt: skip
        assert guard.stdout is not None
        line = guard.stdout.readline()
        if not line:
            raise RuntimeError(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
        return cls(int(line), guard)

    @property
    def lives(self) -> bool:
        return self.guard.poll() is None

    @property
    def code(self) -> int | None:
        """Its exit code, once it has ended; 128 and the signal's number if it was killed."""
        return self.guard.poll()

    def signal(self, number: int) -> None:
        """Send a signal, but never to a process that has this number by chance."""
        if self.lives:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self._gone()

    def end(self) -> None:
        """Ask it to end; by force after a while."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.guard.wait(STOP_SECONDS)
        self._gone()

    def _gone(self) -> None:
        for pipe in (self.guard.stdin, self.guard.stdout):
            if pipe is not None:
                pipe.close()
        self.guard.wait(STOP_SECONDS)


def free_port() -> int:
    """A port of the loopback that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_program(*names: str) -> str:
    """The path of the first of these programs that is installed, or ''."""
    for name in names:
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
        if found:
            return found
    return ""


def wait_until(
    what: Callable[[], bool], server: Guarded, words: str, log: Path, seconds: float = START_SECONDS
) -> None:
    """Wait until `what()` is true. RuntimeError, with the log's end, if the server dies first."""
    give_up = time.monotonic() + seconds
    while not what():
        if not server.lives or time.monotonic() > give_up:
            last = log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"{words}: not after {seconds:.0f} s, or it died.\n{last}")
        time.sleep(0.1)
