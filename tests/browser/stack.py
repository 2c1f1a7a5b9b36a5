"""The real product as `manage.py up` runs it, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What the product's processes get of the environment of the tests. Anything else (their database,
#: their keys, their eager tasks) would make another product of it.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
START_SECONDS = 240
STOP_SECONDS = 40.0


class Stack:
    """Database, relay, workers, beat and web server on a free port."""

    def __init__(self) -> None:
        # Short and open to others: PostgreSQL runs as its own user where the tests run as root,
        # and the path of its socket has a limit of 107 characters.
        self.var = Path(tempfile.mkdtemp(prefix="spelunker-"))
        self.var.chmod(0o755)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with open(self.var / "up.log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-demo", "--port", str(self.port)],
                cwd=ROOT, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The stack did not start:\n{self.log()}")
            time.sleep(0.2)

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        models = ROOT / "var" / "models"
        return kept | {
            "SPELUNKER_VAR_DIR": str(self.var),
            "SPELUNKER_MODEL_DIR": os.environ.get("SPELUNKER_MODEL_DIR", str(models)),
        }

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def log(self) -> str:
        return (self.var / "up.log").read_text("utf-8", "replace")[-4000:]

    def account(self) -> tuple[str, str]:
        """The name and the password that a fresh installation has made."""
        name, password = (self.var / "admin-password").read_text("utf-8").split()
        return name, password

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(5)
        shutil.rmtree(self.var, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
