"""Where a message is when: each process appends a line to one file of the installation.

Lines are shorter than a pipe's atomic write and the file is opened for appending, so lines of
several processes do not mix. All of them run on one machine and share its clock.
"""

import os
import time
from pathlib import Path
from typing import Any

from celery import signals

#: A line of `calls`, so that its size tells their number.
CALL_BYTES = 12
_opened: dict[str, int] = {}


def _append(name: str, line: str) -> None:
    if name not in _opened:
        path = Path(os.environ["BENCH_FOLDER"]) / name
        _opened[name] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(_opened[name], line.encode())


def done(number: int) -> None:
    """One more call was made: also to see what is done twice after a kill."""
    _append("calls", f"{number:0{CALL_BYTES - 1}}\n")


def calls(folder: Path) -> int:
    """How many calls were made so far."""
    path = folder / "calls"
    return path.stat().st_size // CALL_BYTES if path.exists() else 0


def stamp(stage: str, task_id: str) -> None:
    if os.environ.get("BENCH_STAMPS"):
        _append("stamps", f"{time.time():.6f} {stage} {task_id}\n")


def read(folder: Path) -> dict[str, dict[str, float]]:
    """The first time of each stage, by task id."""
    found: dict[str, dict[str, float]] = {}
    path = folder / "stamps"
    for line in path.read_text().splitlines() if path.exists() else []:
        seconds, stage, task_id = line.split()
        found.setdefault(task_id, {}).setdefault(stage, float(seconds))
    return found


def watch() -> None:
    """Note what Celery says of each message in this process."""
    signals.before_task_publish.connect(_publishing, weak=False)
    signals.after_task_publish.connect(_published, weak=False)
    signals.task_received.connect(_received, weak=False)
    signals.task_prerun.connect(_begun, weak=False)


def _publishing(headers: Any = None, **_: Any) -> None:
    stamp("publishing", str((headers or {}).get("id")))


def _published(headers: Any = None, **_: Any) -> None:
    stamp("published", str((headers or {}).get("id")))


def _received(request: Any = None, **_: Any) -> None:
    stamp("received", str(getattr(request, "id", None)))


def _begun(task_id: Any = None, **_: Any) -> None:
    stamp("begun", str(task_id))
