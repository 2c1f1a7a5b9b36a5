"""What the processes of a stack use up, by sampling the system's list of them."""

import contextlib
import threading
from collections import defaultdict
from dataclasses import dataclass, field

import psutil

EVERY_SECONDS = 0.05
#: By what stands in the command line, the first that fits.
ROLES = {
    "parsing/nursery_server.py": "parsers",
    "parsing/child.py": "parsers",
    "postgres": "database",
    "-Q batch": "worker, batch",
    "embedding": "worker, embedding",
    "celery": "workers, other",
    "relay": "relay",
}


@dataclass
class Use:
    """Of all processes in one role: the most that any of them held, and their processor time."""

    peak_megabytes: float = 0.0
    cpu_seconds: float = 0.0


@dataclass
class Sampler:
    """Watches the processes whose environment holds `mark`, and all that they start."""

    mark: str
    _peaks: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _cpu: dict[tuple[str, int], float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Sampler":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def found(self) -> dict[str, Use]:
        uses: dict[str, Use] = defaultdict(Use)
        for role, peak in self._peaks.items():
            uses[role].peak_megabytes = peak
        for (role, _), seconds in self._cpu.items():
            uses[role].cpu_seconds += seconds
        return dict(uses)

    def _watch(self) -> None:
        known: dict[int, str] = {}
        while not self._over.wait(EVERY_SECONDS):
            for process in psutil.process_iter():
                with contextlib.suppress(psutil.Error, OSError):
                    self._look(process, known)

    def _look(self, process: psutil.Process, known: dict[int, str]) -> None:
        role = known.get(process.pid)
        if role is None:
            role = known[process.pid] = self._role(process, known)
        if not role:
            return
        memory = process.memory_info()
        shared = memory.shared if role == "database" else 0  # its buffers count once, below
        peak = (memory.rss - shared) / 2**20
        self._peaks[role] = max(self._peaks[role], peak)
        times = process.cpu_times()
        # A nursery's children live too briefly to be seen; it has waited for all of them.
        children = times.children_user + times.children_system if role == "parsers" else 0.0
        self._cpu[role, process.pid] = times.user + times.system + children

    def _role(self, process: psutil.Process, known: dict[int, str]) -> str:
        command = " ".join(process.cmdline())
        if not self._is_ours(process, known):
            return ""
        return next((role for part, role in ROLES.items() if part in command), "other")

    def _is_ours(self, process: psutil.Process, known: dict[int, str]) -> bool:
        with contextlib.suppress(psutil.Error):
            if self.mark in process.environ().values():
                return True
        parent = process.ppid()
        return bool(known.get(parent)) or self.mark in " ".join(process.cmdline())
