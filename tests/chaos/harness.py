"""A real embedded stack in a folder of its own, and the means to kill parts of it."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from spelunker.embedded.postgres import EmbeddedPostgres
from tests.llm_manager.fake_llm import FakeLLM

BASE_DIR = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
OWN_VARIABLES = ("DATABASE_URL", "CELERY_TASK_ALWAYS_EAGER", "SPELUNKER_EMBEDDED")
CHECK_AN_API = """
from llm_manager.models import LLMApi, ValidationJob
from jobs.dispatch import enqueue
job = ValidationJob(api=LLMApi.objects.get(kind="builtin"), title="Check")
print(enqueue("llm_manager.validate_single_api", job=job).pk)
"""


def answer_slowly(model: FakeLLM, seconds: float) -> None:
    """Every call takes `seconds`, then quotes the first passage it was given."""

    def answer(prompt: str) -> dict[str, Any]:
        time.sleep(seconds)
        found = re.search(r"<passage 1>[^\n]*\n.*?([A-Z][^.\n]+\.)", prompt, re.DOTALL)
        quote = found.group(1) if found else ""
        cited = [{"passage": 1, "quote": quote}]
        return {"outcome": "answered", "answer": quote, "choice": None, "citations": cited,
                "explanation": ""}  # fmt: skip

    model.answer = answer


@dataclass
class Stack:
    """Use as a context manager: started on entry, stopped and all its processes gone on exit."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[str] | None" = None

    # -- life ----------------------------------------------------------------------------
    def __enter__(self) -> "Stack":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = self._python("stack_process.py", stdin=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == "running", self.logs()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        for stopped in self._descendants():
            stopped.send_signal(signal.SIGCONT)
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        EmbeddedPostgres(self.folder / "pg").stop()

    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if k not in OWN_VARIABLES}
        return inherited | {
            "SPELUNKER_VAR_DIR": str(self.folder),
            "SPELUNKER_MODEL_DIR": os.environ.get(
                "SPELUNKER_MODEL_DIR", str(BASE_DIR / "var" / "models")
            ),
            "DJANGO_SETTINGS_MODULE": "spelunker.settings",
            "PYTHONPATH": str(BASE_DIR),
            "CELERY_LOGGING_LEVEL": "INFO",
            **self.settings,
        }

    def _python(self, script: str, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(HERE / script), *arguments],
            cwd=BASE_DIR,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=open(self.folder / f"{Path(script).stem}.err", "a"),
            text=True,
            **options,
        )

    def seed(self, questions: int, model: FakeLLM, concurrency: int = 4) -> dict[str, int]:
        """A library, an RFP and its batch, just queued. Returns their ids."""
        process = self._python(
            "seed.py", str(self.folder), str(questions), model.base_url("openai"), str(concurrency)
        )
        out, _ = process.communicate(timeout=180)
        assert process.returncode == 0, (self.folder / "seed.err").read_text()[-3000:]
        found: dict[str, int] = json.loads(out.splitlines()[-1])
        return found

    def run(self, code: str) -> str:
        """Run Python code inside the installation, Django being set up. Returns its output."""
        prelude = (
            "from spelunker.embedded.bootstrap import prepare_environment\n"
            "prepare_environment(['manage.py', 'run'])\n"
            "import django; django.setup()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", prelude + code],
            cwd=BASE_DIR, env=self.environment(), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    def check_an_api(self) -> int:
        """Queue a short job for the default workers. Returns its id."""
        return int(self.run(CHECK_AN_API))

    # -- what can be killed ----------------------------------------------------------------
    def _descendants(self) -> list[psutil.Process]:
        assert self.process is not None
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _service(self, words: tuple[str, ...]) -> psutil.Process | None:
        """The first process of the stack's own whose command line has these words."""
        assert self.process is not None
        for process in psutil.Process(self.process.pid).children():
            try:
                line = process.cmdline()
            except psutil.Error:
                continue
            if all(word in line for word in words):
                return process
        return None

    def relay(self) -> psutil.Process | None:
        return self._service(("relay",))

    def worker(self, queue: str = "batch") -> psutil.Process | None:
        return self._service(("worker", queue))

    def children(self, queue: str = "batch") -> list[psutil.Process]:
        """The processes that run the tasks of a queue."""
        worker = self.worker(queue)
        try:
            return worker.children() if worker else []
        except psutil.NoSuchProcess:
            return []

    def kill(self, process: psutil.Process | None, number: int = signal.SIGKILL) -> bool:
        if process is None:
            return False
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return False
        return True

    def working_child(self) -> psutil.Process | None:
        """The process that holds a lease on a batch just now."""
        rows = self.query(
            "SELECT worker FROM jobs_jobattempt a JOIN jobs_job j ON j.id = a.job_id"
            " WHERE a.ended_at IS NULL AND j.queue = 'batch' AND j.lease_token IS NOT NULL"
        )
        pids = {int(re.findall(r"process (\d+)", worker)[0]) for (worker,) in rows}
        return next((child for child in self.children() if child.pid in pids), None)

    def kill_child(self, _: random.Random) -> bool:
        return self.kill(self.working_child())

    def kill_worker(self, _: random.Random) -> bool:
        return self.kill(self.worker())

    def kill_relay(self, _: random.Random) -> bool:
        return self.kill(self.relay())

    def kill_database(self, _: random.Random) -> bool:
        pid = EmbeddedPostgres(self.folder / "pg").pid()
        try:
            return self.kill(psutil.Process(pid)) if pid else False
        except psutil.NoSuchProcess:
            return False

    # -- looking -----------------------------------------------------------------------------
    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows from the stack's database, waiting for it when it has just been killed."""
        give_up = time.monotonic() + 60
        while True:
            try:
                dsn = EmbeddedPostgres(self.folder / "pg").dsn()
                with psycopg.connect(dsn, connect_timeout=5) as db:
                    return db.execute(sql, parameters).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.2)

    def job(self, job_id: int) -> dict[str, Any]:
        columns = (
            "status", "total_items", "processed_items", "successful_items", "failed_items",
            "attempt", "crashes", "last_error", "lease_token", "errors", "dispatched_at",
        )  # fmt: skip
        rows = self.query(f"SELECT {', '.join(columns)} FROM jobs_job WHERE id = %s", job_id)
        return dict(zip(columns, rows[0], strict=True))

    def wait(self, what: Callable[[], Any], seconds: float, words: str) -> float:
        """Wait until `what()` is true. Returns the seconds it took."""
        start = time.monotonic()
        while not what():
            passed = time.monotonic() - start
            assert passed < seconds, f"after {passed:.0f} s still not: {words}\n{self.logs()}"
            time.sleep(0.25)
        return time.monotonic() - start

    def logs(self) -> str:
        parts = []
        for path in sorted((self.folder / "log").glob("*.log")):
            tail = path.read_text(errors="replace").splitlines()[-25:]
            parts.append(f"--- {path.name}\n" + "\n".join(tail))
        return "\n".join(parts)

