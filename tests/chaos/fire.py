"""Kills processes of a stack at random while batches run, and says how soon work went on."""

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psutil

from tests.chaos.model import Model
from tests.chaos.results import Progress
from tests.chaos.stack import Stack

FAULTS = ("before_call", "after_response", "before_commit", "after_commit")
#: Beyond these, further kills come by the clock: a batch that stands still must be hit as well.
LONGEST_PAUSE = 8.0
ORDER_SECONDS = 20.0


@dataclass
class Kill:
    """One kill -9: what was hit, the processes that died of it, and when."""

    kind: str
    pids: list[int]
    at: float


@dataclass(frozen=True)
class Recovery:
    """Seconds from a kill until the job that it hit was taken up again (None if it was over),
    and until its next item was recorded or it was over."""

    kind: str
    taken_up: float | None
    recorded: float


@dataclass
class Fire:
    """A plan of kills, each after a random share of the batches is done."""

    stack: Stack
    model: Model
    jobs: list[int]
    questions: int
    chance: random.Random
    progress: Progress
    kills: list[Kill] = field(default_factory=list)
    #: Questions whose reply was kept when their process died, with how often they were asked.
    kept: dict[str, int] = field(default_factory=dict)

    def rain(self, children: int, workers: int) -> None:
        """Kill so many children and whole workers before the batches are over."""
        plan = ["child"] * children + ["worker"] * workers
        self.chance.shuffle(plan)
        marks = sorted(self.chance.uniform(0.02, 0.95) * self.questions for _ in plan)
        for n, (what, mark) in enumerate(zip(plan, marks, strict=True)):
            self._wait_for(mark, n, len(plan))
            self._one(what)
        self.progress.line(f"{len(self.kills)} kills done, waiting for the end")

    def _wait_for(self, mark: float, number: int, of: int) -> None:
        give_up = time.monotonic() + LONGEST_PAUSE
        while (done := self.stack.processed(self.jobs)) < mark:
            assert self.stack.active(self.jobs), "the batches ended before the kills"
            if time.monotonic() > give_up:
                return
            self.progress.line(f"kill {number + 1} of {of}, {done} of {self.questions} done")
            time.sleep(0.05)

    def _one(self, what: str) -> None:
        """Kill one; whatever can be found first if there is none of the kind just now."""
        kinds = {"child": self._child, "worker": self._worker}
        give_up = time.monotonic() + ORDER_SECONDS
        while not kinds[what]():
            assert time.monotonic() < give_up, f"no {what} to kill\n{self.stack.logs()}"
            time.sleep(0.05)

    def _child(self) -> bool:
        way = self.chance.random()
        if way < 0.3:
            return self._by_fault(self.chance.choice(FAULTS))
        return self._busy_child() if way < 0.9 else self._any_child()

    def _by_fault(self, point: str) -> bool:
        """A process kills itself at a chosen point of its work. Sees to it that one does."""
        before = len(self.stack.suffered())
        order = self.stack.order_fault(point)
        give_up = time.monotonic() + ORDER_SECONDS
        while len(suffered := self.stack.suffered()) == before:
            if time.monotonic() > give_up:
                order.unlink(missing_ok=True)
                return len(self.stack.suffered()) > before
            time.sleep(0.02)
        _, pid, at = suffered[-1]
        self.kills.append(Kill(f"child at {point}", [pid], at))
        return True

    def _busy_child(self) -> bool:
        busy = self.stack.holders(self.jobs)
        found = [pid for pid in busy if psutil.pid_exists(pid)]
        return bool(found) and self._end("busy child", self.chance.choice(found))

    def _any_child(self) -> bool:
        name = self.chance.choice(self.stack.batch_workers())
        children = self.stack.children(name)
        return bool(children) and self._end("any child", self.chance.choice(children).pid)

    def _end(self, kind: str, pid: int) -> bool:
        """Kill a child, never a process that has its number by chance."""
        for name in self.stack.batch_workers():
            for child in self.stack.children(name):
                if child.pid == pid:
                    at = time.time()
                    if self.stack.signal(child):
                        self.kills.append(Kill(kind, [pid], at))
                        self._note_kept(pid)
                        return True
        return False

    def _note_kept(self, pid: int) -> None:
        """Questions in flight whose reply is kept already: they must not be asked again."""
        rows = self.stack.query(
            "SELECT substring(q.text from 'case ([^)]+)') FROM jobs_jobitem i"
            " JOIN rfp_manager_question q ON q.id = i.key::int"
            " JOIN jobs_jobattempt a ON a.job_id = i.job_id"
            " WHERE i.state = 'running' AND i.received IS NOT NULL AND a.ended_at IS NULL"
            " AND a.worker LIKE %s", f"%(process {pid})",
        )  # fmt: skip
        self.kept.update({case: self.model.calls[case] for (case,) in rows})

    def asked_again_though_kept(self) -> list[str]:
        return [case for case, calls in self.kept.items() if self.model.calls[case] > calls]

    def _worker(self) -> bool:
        name = self.chance.choice(self.stack.batch_workers())
        main, children = self.stack.worker(name), self.stack.children(name)
        if main is None:
            return False
        at = time.time()
        if not self.stack.signal(main, signal.SIGKILL):
            return False
        self.kills.append(Kill("whole worker", [child.pid for child in children], at))
        return True

    # -- afterwards ----------------------------------------------------------------------
    def counted(self) -> dict[str, int]:
        return dict(Counter(kill.kind for kill in self.kills))

    def recoveries(self) -> "list[Recovery]":
        """How soon work went on after each kill that hit any."""
        return [
            Recovery(kill.kind, taken_up_after(self.stack, job, kill.at), seconds)
            for kill in self.kills
            for pid in kill.pids
            for job in self._hit(pid, kill.at)
            if (seconds := went_on_after(self.stack, job, kill.at)) is not None
        ]

    def _hit(self, pid: int, at: float) -> list[int]:
        """Jobs that a process was working on when it died."""
        rows: list[Any] = self.stack.query(
            "SELECT job_id FROM jobs_jobattempt WHERE worker LIKE %s AND job_id = ANY(%s)"
            " AND started_at < to_timestamp(%s) AND ended_at > to_timestamp(%s)",
            f"%(process {pid})", self.jobs, at, at,
        )  # fmt: skip
        return [job for (job,) in rows]


def taken_up_after(stack: Stack, job: int, at: float) -> float | None:
    """Seconds from a moment until a worker claimed a job."""
    rows = stack.query(
        "SELECT extract(epoch FROM min(started_at))::float FROM jobs_jobattempt"
        " WHERE job_id = %s AND started_at > to_timestamp(%s)", job, at,
    )  # fmt: skip
    return None if rows[0][0] is None else float(rows[0][0]) - at


def went_on_after(stack: Stack, job: int, at: float) -> float | None:
    """Seconds from a moment until the next item of a job was recorded, or the job was over."""
    rows = stack.query(
        "SELECT extract(epoch FROM min(t))::float FROM ("
        " SELECT finished_at AS t FROM jobs_jobitem WHERE job_id = %s"
        " UNION ALL SELECT completed_at FROM jobs_job WHERE id = %s) moments"
        " WHERE t > to_timestamp(%s)", job, job, at,
    )  # fmt: skip
    found = rows[0][0]
    return None if found is None else float(found) - at


def recovered(stack: Stack, job: int, at: float) -> float:
    """The same, of a job that has gone on."""
    seconds = went_on_after(stack, job, at)
    assert seconds is not None, f"job {job} has not gone on"
    return seconds
