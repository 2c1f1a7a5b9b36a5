"""A real installation in a folder of its own, and the means to hurt parts of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from spelunker.embedded.postgres import EmbeddedPostgres
from tests.servers.rabbitmq import RabbitMQ

BASE_DIR = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
OWN_VARIABLES = (
    "DATABASE_URL", "CELERY_TASK_ALWAYS_EAGER", "SPELUNKER_EMBEDDED", "SECRET_KEY", "FIELD_KEYS",
    "CELERY_BROKER_URL",
)  # fmt: skip
SERVICES = ("relay-1", "default-1:1", "embedding-1:1", "batch-1:2", "batch-2:2")
#: Of alice, who starts everything.
PASSWORD = "only for this run"
#: Of the time asked for; what is there sooner is not waited for.
SLOW_MACHINE = 2
ACTIVE = ("pending", "processing")


@dataclass
class Stack:
    """Use as a context manager: started on entry, all its processes gone on exit.

    Without a `broker` it uses the embedded one. `trials` adds the tasks that misbehave.
    """

    folder: Path
    broker: RabbitMQ | None = None
    settings: dict[str, str] = field(default_factory=dict)
    services: Sequence[str] = SERVICES
    trials: bool = False

    # -- life ----------------------------------------------------------------------------
    def __enter__(self) -> "Stack":
        self.faults.mkdir(parents=True, exist_ok=True)
        self._dsn, self._db = "", None
        with open(self.folder / "stack.err", "ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "stack_process.py")],
                cwd=BASE_DIR, env=self._environment(), text=True, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        try:
            assert self._answer() == "running"
            self.ended(self.tell("library"), 120)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """The processes end when their guide's input is closed, however the tests end."""
        for stopped in self._descendants():
            self.signal(stopped, signal.SIGCONT)
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        EmbeddedPostgres(self.folder / "pg").stop()

    @property
    def faults(self) -> Path:
        return self.folder / "faults"

    @property
    def lease(self) -> int:
        return int(self.settings.get("JOBS_LEASE_SECONDS", "90"))

    @property
    def broker_name(self) -> str:
        return "RabbitMQ" if self.broker else "PGMQ"

    def _environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if k not in OWN_VARIABLES}
        own = {
            "SPELUNKER_VAR_DIR": str(self.folder),
            "SPELUNKER_MODEL_DIR": os.environ.get(
                "SPELUNKER_MODEL_DIR", str(BASE_DIR / "var" / "models")
            ),
            "SPELUNKER_FAULTS": str(self.faults),
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings" if self.trials
            else "spelunker.settings",
            "PYTHONPATH": str(BASE_DIR),
            "CELERY_LOGGING_LEVEL": "INFO",
            "CHAOS_SERVICES": json.dumps(list(self.services)),
        }  # fmt: skip
        if self.broker is not None:
            own["CELERY_BROKER_URL"] = self.broker.url
        return inherited | own | self.settings

    # -- telling it what to do -----------------------------------------------------------
    def tell(self, order: str, **details: Any) -> Any:
        """Have the installation do something (tests/chaos/orders.py). Returns its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": order, **details}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.folder / "stack.err").read_text(errors="replace")[-3000:]
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    # -- its processes -------------------------------------------------------------------
    def _descendants(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def service(self, *words: str) -> psutil.Process | None:
        """The first service whose command line has all these words."""
        for process in psutil.Process(self.process.pid).children():
            try:
                line = process.cmdline()
            except psutil.Error:
                continue
            if all(word in line for word in words):
                return process
        return None

    def relay(self) -> psutil.Process | None:
        return self.service("relay")

    def worker(self, name: str) -> psutil.Process | None:
        """A worker's main process by its name, such as batch-1."""
        return self.service("worker", f"{name}@chaos")

    def children(self, worker: str) -> list[psutil.Process]:
        """The processes that run the tasks of a worker."""
        main = self.worker(worker)
        try:
            return main.children() if main else []
        except psutil.NoSuchProcess:
            return []

    def batch_workers(self) -> list[str]:
        return [n.partition(":")[0] for n in self.services if n.startswith("batch")]

    @staticmethod
    def signal(process: psutil.Process | None, number: int = signal.SIGKILL) -> bool:
        if process is None:
            return False
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return False
        return True

    @contextmanager
    def without(self, *names: str) -> Iterator[None]:
        """Services (relay, or workers by name) stand still as long as this is open."""
        still: list[psutil.Process] = []
        for name in names:
            main = self.relay() if name == "relay" else self.worker(name)
            assert main is not None, name
            still += [main, *main.children()]
        for process in still:
            self.signal(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in still:
                self.signal(process, signal.SIGCONT)

    def restart_database_at_once(self) -> None:
        """PostgreSQL's immediate shutdown, as of `pg_ctl stop -m immediate`; the supervisor
        starts it again."""
        pid = EmbeddedPostgres(self.folder / "pg").pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)

    # -- faults inside the processes -----------------------------------------------------
    def order_fault(self, point: str, what: str = "kill") -> Path:
        """The next process that comes by `point` is killed, stopped or made to hang."""
        hidden = self.faults / f"new.{point}"
        hidden.write_text(what)
        return hidden.rename(self.faults / point)

    def suffered(self) -> list[tuple[str, int, float]]:
        """Faults that were met: point, process id, and when, as seconds of the epoch."""
        done = [path.name.split(".") for path in self.faults.glob("done.*")]
        return sorted(((p, int(pid), int(ns) / 1e9) for _, p, pid, ns in done), key=lambda s: s[2])

    # -- looking -------------------------------------------------------------------------
    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows from the stack's database, waiting for it when it has just been killed."""
        give_up = time.monotonic() + 60
        while True:
            try:
                return self._connected().execute(sql, parameters).fetchall()
            except psycopg.OperationalError:
                self._db = None
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.1)

    def _connected(self) -> "psycopg.Connection[Any]":
        if self._db is None or self._db.closed:
            dsn = EmbeddedPostgres(self.folder / "pg").dsn()
            self._db = psycopg.connect(dsn, connect_timeout=5, autocommit=True)
        return self._db

    def job(self, job_id: int) -> dict[str, Any]:
        columns = (
            "status", "total_items", "processed_items", "successful_items", "failed_items",
            "attempt", "crashes", "last_error", "lease_token", "errors", "dispatched_at",
            "completed_at",
        )  # fmt: skip
        rows = self.query(f"SELECT {', '.join(columns)} FROM jobs_job WHERE id = %s", job_id)
        return dict(zip(columns, rows[0], strict=True))

    def processed(self, jobs: Sequence[int]) -> int:
        sql = "SELECT coalesce(sum(processed_items), 0)::int FROM jobs_job WHERE id = ANY(%s)"
        return int(self.query(sql, list(jobs))[0][0])

    def active(self, jobs: Sequence[int]) -> int:
        sql = "SELECT count(*) FROM jobs_job WHERE id = ANY(%s) AND status = ANY(%s)"
        return int(self.query(sql, list(jobs), list(ACTIVE))[0][0])

    def holders(self, jobs: Sequence[int]) -> dict[int, int]:
        """Which process works on which of these jobs just now: process id to job."""
        rows = self.query(
            "SELECT substring(a.worker from 'process ([0-9]+)')::int, a.job_id"
            " FROM jobs_jobattempt a JOIN jobs_job j ON j.id = a.job_id"
            " WHERE a.ended_at IS NULL AND j.lease_token = a.token AND j.id = ANY(%s)",
            list(jobs),
        )
        return {int(pid): int(job) for pid, job in rows}

    def wait(self, what: Callable[[], Any], seconds: float, words: str) -> float:
        """Wait until `what()` is true, twice as long where the machine is slow. Returns seconds."""
        start = time.monotonic()
        while not what():
            passed = time.monotonic() - start
            assert passed < SLOW_MACHINE * seconds, f"after {passed:.0f} s still not: {words}\n{self.logs()}"
            time.sleep(0.05)
        return time.monotonic() - start

    def ended(self, job: int, seconds: float) -> str:
        """Wait until a job is over. Returns its status."""
        self.wait(lambda: not self.active([job]), seconds, f"job {job} is over")
        return str(self.job(job)["status"])

    def logs(self) -> str:
        parts = []
        for path in sorted((self.folder / "log").glob("*.log")):
            tail = path.read_text(errors="replace").splitlines()[-25:]
            parts.append(f"--- {path.name}\n" + "\n".join(tail))
        return "\n".join(parts)
