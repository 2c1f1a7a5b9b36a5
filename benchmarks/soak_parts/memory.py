"""Whether memory grows: what each process has written, over hours, and a line through it."""

import contextlib
import math
import os
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

import psutil

#: By what stands in the command line, the first that fits.
ROLES = (
    ("parsing/nursery_server.py", "parsers"), ("parsing/child.py", "parsers"),
    ("postgres", "database"), ("gunicorn", "web"),
    ("-Q embedding", "worker-embedding"), ("-Q batch", "worker-batch"),
    ("-Q default", "worker-default"), (" beat", "scheduler"), (" relay", "relay"),
    ("flower", "flower"), ("manage.py up", "supervisor"),
)  # fmt: skip
#: What is left out at the beginning: models load, caches fill, workers fork.
WARM_UP = 0.25
#: Neighbouring samples hang together, so the line goes through medians of so many parts.
PARTS = 12
#: Student's t, 97.5 %, by degrees of freedom.
T = {1: 12.7, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 10: 2.23}


@dataclass(frozen=True)
class Trend:
    """Megabytes at the start of the line, and how many it rises by in an hour (95 % interval)."""

    megabytes: float
    per_hour: float
    within: float

    @property
    def percent_per_hour(self) -> float:
        return 100 * self.per_hour / self.megabytes if self.megabytes else 0.0


@dataclass
class Watch:
    """Samples the processes whose environment or command line holds `mark`, and their children."""

    mark: str
    every: float = 10.0
    roles: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    processes: dict[tuple[str, int], list[tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._sample_all, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample_all(self) -> None:
        started = time.monotonic()
        while True:
            self._sample(time.monotonic() - started)
            if self._over.wait(self.every):
                return

    def _sample(self, seconds: float) -> None:
        sums: dict[str, float] = defaultdict(float)
        known: set[int] = set()
        ourselves = os.getpid()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                command = " ".join(process.cmdline())
                if process.pid == ourselves or not self._is_ours(process, command, known):
                    continue
                known.add(process.pid)
                role = next((role for part, role in ROLES if part in command), "other")
                megabytes = own_megabytes(process.pid)
                sums[role] += megabytes
                self.processes[role, process.pid].append((seconds, megabytes))
        for role, megabytes in sums.items():
            self.roles[role].append((seconds, megabytes))

    def _is_ours(self, process: psutil.Process, command: str, known: set[int]) -> bool:
        if process.ppid() in known or self.mark in command:
            return True
        with contextlib.suppress(psutil.AccessDenied):
            return self.mark in process.environ().values()
        return False


def own_megabytes(pid: int) -> float:
    """What a process has written, or inherited from one that has. Mapped files (libraries, models)
    and the database's buffers are left out: they can be read again. Pages that forked processes
    share count for each, so that nothing seems to grow when one of them writes to its own copy.
    Raises OSError."""
    with open(f"/proc/{pid}/status") as lines:
        found = dict(line.split(":", 1) for line in lines if line.startswith("RssAnon"))
    return int(found["RssAnon"].split()[0]) / 1024 if found else 0.0


def trend(samples: Sequence[tuple[float, float]]) -> Trend | None:
    """None for fewer samples than a line can be put through."""
    if not samples:
        return None
    first, last = samples[0][0], samples[-1][0]
    kept = [one for one in samples if one[0] >= first + WARM_UP * (last - first)]
    points = _medians(kept)
    return _line(points) if len(points) >= 3 else None


def _medians(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Hours and megabytes of equally many samples each."""
    size = max(1, len(samples) // PARTS)
    parts = [samples[n : n + size] for n in range(0, len(samples) - size + 1, size)]
    return [(fmean(at for at, _ in part) / 3600, median(mb for _, mb in part)) for part in parts]


def _line(points: Sequence[tuple[float, float]]) -> Trend:
    """Least squares, with the interval of its slope."""
    middle, height = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * (y - height) for x, y in points) / spread
    left = sum((y - height - slope * (x - middle)) ** 2 for x, y in points)
    free = len(points) - 2
    error = math.sqrt(left / free / spread)
    start = height + slope * (points[0][0] - middle)
    return Trend(start, slope, T.get(free, 2.2) * error)
