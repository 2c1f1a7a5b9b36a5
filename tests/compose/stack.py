"""The services of docker-compose.yml as they run: commands to them, their database, accidents."""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.soak_parts.visitor import SoakFailed

HEALTH = "{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}"
#: What takes new containers longest on a machine that is busy.
PATIENCE_SECONDS = 300.0


class DrillFailed(Exception):
    """The stack did not do what it promises; the message says what."""


def said(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)  # noqa: T201 - a drill is watched


def wait(until: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> float:
    """Ask again and again, also while asking fails. Returns after how many seconds it was so;
    raises DrillFailed if it never is."""
    began, last = time.monotonic(), ""
    while time.monotonic() - began < seconds:
        try:
            if until():
                return time.monotonic() - began
        except (DrillFailed, SoakFailed, OSError) as error:
            last = f" ({error})"
        time.sleep(0.3)
    raise DrillFailed(f"after {seconds:.0f} s still not so: {what}{last}")


@dataclass(frozen=True)
class Compose:
    """COMPOSE says how compose is called (files, project), KILL how a process of the machine that
    Docker runs on is ended."""

    command: list[str] = field(
        default_factory=lambda: shlex.split(os.environ.get("COMPOSE", "docker compose"))
    )
    kill: list[str] = field(
        default_factory=lambda: shlex.split(os.environ.get("KILL", "sudo kill -KILL"))
    )

    def dc(self, *words: str, given: str | None = None) -> str:
        """`docker compose WORDS`. Returns what it printed; raises DrillFailed."""
        return _run([*self.command, *words], given)

    def manage(self, *words: str) -> str:
        """A command of the service that has the owner's login, as operators run it."""
        return self.dc("run", "--rm", "--no-deps", "-T", "migrate", "python", "manage.py", *words)

    def query(self, sql: str) -> str:
        """What psql prints for a statement of the owner of the database."""
        psql = "psql -U spelunker -d spelunker -Atq -v ON_ERROR_STOP=1 -f -"
        return self.dc("exec", "-T", "postgres", *psql.split(), given=sql)

    def data(self, sql: str) -> Any:
        """The one value of a query, which is JSON or a number."""
        return json.loads(self.query(sql))

    def containers(self, service: str) -> list[str]:
        return self.dc("ps", "-aq", service).split()

    def crash(self, service: str) -> float:
        """SIGKILL to the main process; the restart policy must bring it back. Returns after how
        many seconds it was healthy again."""
        container = self.containers(service)[0]
        before = self._restarts(container)
        _run([*self.kill, _run(["docker", "inspect", "-f", "{{.State.Pid}}", container]).strip()])
        took = wait(lambda: self._restarts(container) > before, f"{service} is started again")
        return took + self.wait_healthy(service)

    def wait_healthy(self, *services: str) -> float:
        return wait(lambda: all(map(self.is_healthy, services)), f"healthy: {', '.join(services)}")

    def is_healthy(self, service: str) -> bool:
        ids = self.containers(service)
        states = _run(["docker", "inspect", "-f", HEALTH, *ids]).splitlines() if ids else []
        return bool(states) and set(states) == {"running healthy"}

    @staticmethod
    def _restarts(container: str) -> int:
        return int(_run(["docker", "inspect", "-f", "{{.RestartCount}}", container]))


def _run(words: list[str], given: str | None = None) -> str:
    done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=900)
    if done.returncode:
        last = (done.stdout + done.stderr).strip()[-1500:]
        raise DrillFailed(f"{shlex.join(words)[-200:]}: exit code {done.returncode}: {last}")
    return done.stdout
