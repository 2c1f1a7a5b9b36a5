"""Starts the processes of the one-machine stack, restarts what dies, stops them all."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from spelunker.embedded.paths import BASE_DIR, ensure_var_dir
from spelunker.embedded.postgres import EmbeddedPostgres

#: Even a killed supervisor leaves no process behind.
WITH_PARENT = Path(__file__).with_name("with_parent.py")
GRACE_SECONDS = 20.0
FIRST_BACKOFF = 0.3
MAX_BACKOFF = 10.0
HEALTHY_AFTER = 10.0
#: Each thread that embeds would else keep memory of its own for later.
FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}


@dataclass
class Service:
    """One process to keep alive."""

    name: str
    argv: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    backoff: float = FIRST_BACKOFF
    start_again_at: float = 0.0
    restarts: int = 0


class Supervisor:
    def __init__(self, services: list[Service], *, postgres: EmbeddedPostgres | None) -> None:
        self.services = services
        self.postgres = postgres
        self.say: Callable[[str], None] = lambda _: None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._logs = ensure_var_dir() / "log"

    def start(self) -> None:
        """Start everything and watch it from a thread."""
        for service in self.services:
            self._spawn(service)
        self._thread = threading.Thread(target=self._watch, daemon=True, name="supervisor")
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        for service in self.services:
            self._signal(service, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for service in self.services:
            self._reap(service, deadline)

    def _spawn(self, service: Service) -> None:
        log = open(self._logs / f"{service.name}.log", "ab")  # noqa: SIM115
        with log:
            service.process = subprocess.Popen(
                [sys.executable, "-S", str(WITH_PARENT), str(os.getpid()), *service.argv],
                cwd=BASE_DIR,
                env={**FEW_ARENAS, **os.environ, **service.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        service.started_at = time.monotonic()

    def _watch(self) -> None:
        while not self._stopping.wait(0.25):
            self._watch_postgres()
            for service in self.services:
                self._watch_service(service)

    def _watch_postgres(self) -> None:
        if self.postgres is None or self.postgres.is_running():
            return
        self.say("PostgreSQL is gone; starting it again")
        try:
            self.postgres.ensure_running()
        except Exception as error:
            self.say(f"PostgreSQL: {error}")
            self._stopping.wait(2)

    def _watch_service(self, service: Service) -> None:
        now = time.monotonic()
        if service.process is None:
            if now >= service.start_again_at:
                self._spawn(service)
            return
        code = service.process.poll()
        if code is None:
            if now - service.started_at > HEALTHY_AFTER:
                service.backoff = FIRST_BACKOFF
            return
        self._signal(service, signal.SIGKILL)  # what is left of its group
        service.process, service.restarts = None, service.restarts + 1
        service.start_again_at = now + service.backoff
        self.say(f"{service.name} ended with {code}; again in {service.backoff:.1f} s")
        service.backoff = min(service.backoff * 2, MAX_BACKOFF)

    def _signal(self, service: Service, number: int) -> None:
        if service.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if number == signal.SIGKILL:
                os.killpg(service.process.pid, number)
            else:
                service.process.send_signal(number)

    def _reap(self, service: Service, deadline: float) -> None:
        if service.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            service.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        self._signal(service, signal.SIGKILL)
        service.process.wait(timeout=5)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def manage(*arguments: str) -> list[str]:
    return python(str(BASE_DIR / "manage.py"), *arguments)


def log_level() -> str:
    return os.environ.get("CELERY_LOGGING_LEVEL", "INFO")


def worker(queue: str, concurrency: int) -> Service:
    return Service(
        f"worker-{queue}",
        python(
            "-m",
            "celery",
            "-A",
            "spelunker",
            "worker",
            "-Q",
            queue,
            "-c",
            str(concurrency),
            "-n",
            f"worker-{queue}@embedded",
            "-l",
            log_level(),
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ),
    )


def background_services() -> list[Service]:
    """What background work needs: the relay and one worker per queue."""
    return [
        Service("relay", manage("relay")),
        worker("default", 2),
        worker("embedding", 1),
        worker("batch", 2),
    ]


def web_services(port: int) -> list[Service]:
    bind = f"127.0.0.1:{port}"
    return [
        Service(
            "beat",
            python("-m", "celery", "-A", "spelunker", "beat", "-l", log_level()),
        ),
        Service(
            "web",
            python(
                "-m",
                "gunicorn",
                "spelunker.wsgi",
                "-c",
                "python:spelunker.gunicorn_conf",
                "--bind",
                bind,
                "--workers",
                "1",
                "--threads",
                "8",
                "--timeout",
                "60",
                "--graceful-timeout",
                "10",
                "--keep-alive",
                "75",
            ),
        ),
    ]


def log_path(name: str) -> Path:
    return ensure_var_dir() / "log" / f"{name}.log"
