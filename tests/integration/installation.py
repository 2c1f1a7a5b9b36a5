"""A whole installation, from the real settings, each of its processes started and ended by tests."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg

from tests.integration import actions
from tests.integration.ledger import LEDGER
from tests.servers.process import Guarded, free_port

ROOT = Path(__file__).resolve().parents[2]
#: Kept of the environment of the tests; their settings would make another product of it.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
QUEUE = "default"
#: Short, so that what is lost is found again within a test's time.
PATIENCE = {
    "JOBS_LEASE_SECONDS": "15",
    "JOBS_LEASE_RENEW_SECONDS": "4",
    "JOBS_REDISPATCH_SECONDS": "4",
    # A canary is a message too; what is counted here are the tests' own.
    "JOBS_CANARY_SECONDS": "0",
}


class Driver:
    """The database, and a process that has Django set up and does the tests' bidding."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger"
        self.ledger.touch()
        models = os.environ.get("SPELUNKER_MODEL_DIR", str(ROOT / "var" / "models"))
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.environment = kept | PATIENCE | {
            "SPELUNKER_VAR_DIR": str(folder),
            "SPELUNKER_MODEL_DIR": models,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "DJANGO_SETTINGS_MODULE": "spelunker.settings",
            "PYTHONPATH": str(ROOT),
            LEDGER: str(self.ledger),
        }  # fmt: skip
        with open(folder / "driver.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.driver", str(folder)],
                cwd=ROOT, env=self.environment, text=True, bufsize=1,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self.dsn: str = self._answer()
        self.environment["DATABASE_URL"] = self.dsn

    def do(self, action: Callable[..., Any], /, **arguments: Any) -> Any:
        """Run a function of tests/integration/actions.py there, and return what it returns."""
        assert self.process.stdin is not None
        order = {"action": action.__name__, "arguments": arguments}
        self.process.stdin.write(json.dumps(order) + "\n")
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.folder / "driver.log").read_text()[-4000:]
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as database:
            cursor = database.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


@dataclass
class Process:
    """A process of the installation, and its log."""

    name: str
    log: Path
    guarded: Guarded
    command: list[str]
    environment: dict[str, str]
    #: Whether it is started again when it ends, as a supervisor does.
    supervised: bool = False

    @classmethod
    def start(cls, name: str, log: Path, command: list[str], environment: dict[str, str]) -> Self:
        log.touch()
        guarded = Guarded.start(command, log, environment, folder=ROOT)
        return cls(name, log, guarded, command, environment)

    def revive(self) -> None:
        self.guarded = Guarded.start(self.command, self.log, self.environment, folder=ROOT)

    @property
    def lives(self) -> bool:
        return self.guarded.lives

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass
class Installation:
    """One broker, and the relays, workers and web servers that use it. `close` ends them all."""

    driver: Driver
    broker_url: str
    settings: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    # -- processes ---------------------------------------------------------------------------
    def start(self, name: str, command: list[str], **settings: str) -> Process:
        log = self.driver.folder / f"{name}-{len(list(self.driver.folder.glob('*.log')))}.log"
        environment = (
            self.driver.environment
            | {"CELERY_BROKER_URL": self.broker_url}
            | self.settings
            | settings
        )
        process = Process.start(name, log, [sys.executable, *command], environment)
        self.processes.append(process)
        return process

    def relay(self, **settings: str) -> Process:
        return self.start("relay", ["manage.py", "relay"], **settings)

    def worker(self, concurrency: int = 2, *, name: str = "worker", **settings: str) -> Process:
        """A worker of the default queue. Returns when it is ready to consume."""
        command = [
            "-m", "celery", "-A", "spelunker", "worker", "-Q", QUEUE, "-c", str(concurrency),
            "-n", f"{name}@integration", "-l", "INFO", "-I", "tests.integration.tasks",
            "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        worker = self.start(name, command, **settings)
        self.wait(lambda: f"{name}@integration ready" in worker.said, "the worker is ready", 60)
        return worker

    def web(self, *options: str, **settings: str) -> str:
        """A web server as in production. Returns its address."""
        self.do(actions.collect_static)
        port = free_port()
        command = [
            "-m", "gunicorn", "spelunker.wsgi", "-c", "python:spelunker.gunicorn_conf",
            "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4",
            *options,
        ]  # fmt: skip
        web = self.start("web", command, **settings)
        self.wait(lambda: "Listening at" in web.said, "the web server listens", 60)
        return f"http://127.0.0.1:{port}"

    def end(self, *processes: Process) -> None:
        """Kill processes. What they were doing is left as it was."""
        for process in processes:
            process.guarded.kill()
            self.processes.remove(process)

    def close(self) -> None:
        self.end(*list(self.processes))

    # -- looking -----------------------------------------------------------------------------
    def do(self, action: Callable[..., Any], /, **arguments: Any) -> Any:
        return self.driver.do(action, **arguments)

    def job(self, job_id: int) -> dict[str, Any]:
        with psycopg.connect(self.driver.dsn, row_factory=psycopg.rows.dict_row) as database:
            found = database.execute("SELECT * FROM jobs_job WHERE id = %s", [job_id]).fetchone()
        assert found is not None
        return found

    def statuses(self, ids: list[int]) -> Counter[str]:
        rows = self.driver.query("SELECT status FROM jobs_job WHERE id = ANY(%s)", ids)
        return Counter(status for (status,) in rows)

    def ledger(self, word: str, *ids: int) -> list[list[str]]:
        """Lines that the work of these jobs has left, in order."""
        lines = [line.split() for line in self.driver.ledger.read_text().splitlines()]
        return [line for line in lines if line[0] == word and int(line[1]) in ids]

    def done(self, *ids: int, seconds: float = 60) -> None:
        """Wait until these jobs are completed."""
        want = Counter({"completed": len(ids)})
        self.wait(lambda: self.statuses(list(ids)) == want, f"jobs {ids[:5]}… completed", seconds)

    def sent(self, *ids: int, seconds: float = 60) -> None:
        """Wait until the relay has handed these jobs to the broker."""
        sql = "SELECT count(*) FROM jobs_job WHERE id = ANY(%s) AND dispatched_at IS NOT NULL"
        count = [(len(ids),)]
        self.wait(lambda: self.driver.query(sql, list(ids)) == count, "they are sent", seconds)

    def wait(self, what: Callable[[], Any], words: str, seconds: float = 60) -> float:
        """Wait until it is true. Returns the seconds it took; fails with the logs after too many."""
        start = time.monotonic()
        while not what():
            self._supervise()
            passed = time.monotonic() - start
            assert passed < seconds, f"not within {seconds:.0f} s: {words}\n{self._logs()}"
            time.sleep(0.05)
        return time.monotonic() - start

    def _supervise(self) -> None:
        for process in self.processes:
            if not process.lives:
                assert process.supervised, f"{process.name} has ended\n{self._logs()}"
                process.revive()

    def _logs(self) -> str:
        tails = (f"--- {p.name}\n" + "\n".join(p.said.splitlines()[-25:]) for p in self.processes)
        return "\n".join(tails)
