"""Points at which a test may end, stop or hurt a process of a real installation.

Without SPELUNKER_FAULTS, which production refuses, a point costs one look at a variable.
The variable names a folder; a file in it named like the point is consumed by the first process
that comes by, and says what happens there: "kill", "stop", or "hang" and a number of seconds.
"""

import os
import signal
import time
from pathlib import Path

FOLDER = os.environ.get("SPELUNKER_FAULTS", "")


def hit(point: str, job_id: int | None = None) -> None:
    """Come by `point`: after_claim, before_call, after_response, before_commit, after_commit,
    before_finish, after_finish. The points of a claim and an end are also those of one job, as
    in after_claim-17."""
    if FOLDER:
        _suffer(Path(FOLDER) / point)
        if job_id is not None:
            _suffer(Path(FOLDER) / f"{point}-{job_id}")


def _suffer(order: Path) -> None:
    mine = order.with_name(f"{order.name}.{os.getpid()}")
    try:
        order.rename(mine)
    except FileNotFoundError:
        return
    what, _, seconds = mine.read_text().partition(" ")
    mine.rename(mine.with_name(f"done.{mine.name}.{time.time_ns()}"))
    if what == "hang":
        time.sleep(float(seconds))
        return
    os.kill(os.getpid(), signal.SIGSTOP if what == "stop" else signal.SIGKILL)
