"""An installation to measure: a database and a broker of its own, and the real processes."""

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from spelunker.embedded.bootstrap import provide_secrets
from spelunker.embedded.postgres import EmbeddedPostgres
from tests.servers.memcached import Memcached
from tests.servers.process import Guarded, free_port
from tests.servers.rabbitmq import RabbitMQ

ROOT = Path(__file__).resolve().parent.parent.parent
BROKERS = ("rabbitmq", "pgmq")
#: As in docker/entrypoint.sh, but for --access-logfile.
WEB_OPTIONS = (
    "--timeout", "60", "--graceful-timeout", "25", "--keep-alive", "75",
    "--worker-tmp-dir", "/dev/shm", "--no-control-socket",
)  # fmt: skip


@dataclass
class Site:
    """A folder with a database, a broker and a cache; processes are started as they are needed."""

    folder: Path
    broker: str
    environment: dict[str, str] = field(default_factory=dict)
    rabbitmq: RabbitMQ | None = None
    processes: dict[str, Guarded] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator["Site"]:
        """Prepared for `import django` in this process and in those it starts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            server = EmbeddedPostgres(self.folder / "pg")
            database_url = server.join()
            stack.callback(server.leave)
            cache = self._cache(stack)
            self._settings(database_url, self._broker_url(stack), cache)
            stack.callback(self.stop_all)
            yield self

    def _broker_url(self, stack: ExitStack) -> str:
        if self.broker == "pgmq":
            return "pgmq://"
        self.rabbitmq = stack.enter_context(RabbitMQ(self.folder / "rabbitmq").running())
        return self.rabbitmq.url

    def _cache(self, stack: ExitStack) -> str:
        """Memcached where it is installed, as in production; else each process has its own."""
        if Memcached.missing():
            return ""
        folder = self.folder / "memcached"
        return stack.enter_context(Memcached(folder).running()).location

    def _settings(self, database_url: str, broker_url: str, cache: str) -> None:
        os.environ.update(
            SPELUNKER_VAR_DIR=str(self.folder),
            SPELUNKER_MODEL_DIR=os.environ.get("SPELUNKER_MODEL_DIR", str(ROOT / "var" / "models")),
            DATABASE_URL=database_url,
            CELERY_BROKER_URL=broker_url,
            KVDB_LOCATION=cache,
            KVDB_PREFIX=secrets.token_hex(4),
            DJANGO_SETTINGS_MODULE="spelunker.settings",
            CELERY_LOGGING_LEVEL="INFO",
            PYTHONPATH=str(ROOT),
            BENCH_FOLDER=str(self.folder),
            **self.environment,
        )
        provide_secrets()

    # -- processes -----------------------------------------------------------------------------
    def start(
        self, name: str, *command: str,
        extra: Mapping[str, str] | None = None, python: str = sys.executable,
    ) -> Guarded:  # fmt: skip
        log = self.folder / f"{name}.log"
        log.unlink(missing_ok=True)  # what an earlier process of this name said
        process = Guarded.start([python, *command], log, os.environ | dict(extra or {}))
        self.processes[name] = process
        return process

    def stop(self, name: str) -> None:
        self.processes.pop(name).end()

    def stop_all(self) -> None:
        for process in self.processes.values():
            process.kill()
        self.processes.clear()

    def start_relay(self) -> None:
        self.start("relay", "-m", "benchmarks.jobs_parts.relay")

    def start_worker(self, queue: str, processes: int, name: str = "") -> None:
        """A worker as in docker/entrypoint.sh, with the measurements' own tasks."""
        name = name or f"worker-{queue}"
        self.start(
            name,
            "-m", "celery", "-A", "benchmarks.jobs_parts.engine", "worker", "-Q", queue,
            "-c", str(processes), "-n", f"{name}@bench", "-l", "INFO",
            "--without-gossip", "--without-mingle",
        )  # fmt: skip
        self.wait_for_log(name, " ready.")

    def start_web(self, workers: int = 2, threads: int = 8) -> int:
        port = free_port()
        self.start(
            "web",
            "-m", "gunicorn", "spelunker.wsgi", "--bind", f"127.0.0.1:{port}",
            "--workers", str(workers), "--threads", str(threads), *WEB_OPTIONS,
        )  # fmt: skip
        from spelunker.embedded.stack import answers

        self._wait("web", lambda: answers(port))
        return port

    def cpu_seconds(self, name: str) -> float:
        """Processor time that a process and its children have taken up to now."""
        process = psutil.Process(self.processes[name].pid)
        times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    def wait_for_log(self, name: str, words: str) -> None:
        log = self.folder / f"{name}.log"
        self._wait(name, lambda: words in log.read_text(errors="replace"))

    def _wait(self, name: str, what: Callable[[], bool], seconds: float = 60.0) -> None:
        give_up = time.monotonic() + seconds
        while not what():
            if not self.processes[name].lives or time.monotonic() > give_up:
                raise RuntimeError((self.folder / f"{name}.log").read_text()[-3000:])
            time.sleep(0.05)


def set_up() -> None:
    """Django, the tables and the measurements' tasks, in this process."""
    import django

    django.setup()
    from spelunker.embedded.stack import collect_static, prepare_database

    prepare_database()
    collect_static()
    from benchmarks.jobs_parts import tasks
    from benchmarks.jobs_parts.engine import app

    app.set_current()
    assert tasks.BATCH in app.tasks
