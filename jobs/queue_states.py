"""The state of a queue in one word and in sentences: what is the matter, and what to do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from jobs.measuring import Load
from jobs.queues import QueueSpec
from jobs.words import duration_words


class QueueState(StrEnum):
    OK = "ok"
    LATE = "late"
    BLOCKED = "blocked"
    PAUSED = "paused"

    @property
    def is_outage(self) -> bool:
        """Whether work of this queue stands still until somebody does something."""
        return self in (QueueState.BLOCKED, QueueState.PAUSED)


@dataclass(frozen=True)
class Verdict:
    """`says` is for everybody and names no host and no person; `advice` is for operators."""

    state: QueueState
    says: str
    advice: str = ""


LOST_MESSAGES = (
    "Workers take test jobs, so the broker has lost the messages of this work. They are sent again "
    "by themselves within five minutes; manage.py requeue_jobs --commit does it at once."
)


def judge(spec: QueueSpec, load: Load, readers: int | None) -> Verdict:
    """The state of a queue. `readers` is how many workers read it, None if nobody can tell.

    Late is no outage: the workers are at it and the queue is long. It is blocked when something
    has waited for longer than the queue's patience while no worker holds a job or has started
    one. A canary that waits so long counts, too; one that was started does not: it shows that
    workers live, and still nobody takes the work.
    """
    if readers == 0:
        return Verdict(QueueState.PAUSED, "no worker reads this queue", _start_a_worker(spec))
    if _blocked(spec, load):
        return _why_blocked(spec, load)
    if load.oldest is not None and load.oldest > spec.target_seconds:
        says = f"late, the oldest job has waited for {_words(load.oldest)}"
        return Verdict(QueueState.LATE, says, _more_workers(spec, load))
    return Verdict(QueueState.OK, "in time" if load.waiting or load.running else "free")


def _blocked(spec: QueueSpec, load: Load) -> bool:
    if load.running:
        return False
    patience, last = spec.patience_seconds, load.since_work
    nothing_started = last is None or last > patience
    return (nothing_started and (load.oldest or 0) > patience) or (load.ignored or 0) > patience


def _canaries_start(spec: QueueSpec, load: Load) -> bool:
    return load.since_start is not None and load.since_start <= spec.patience_seconds


def _why_blocked(spec: QueueSpec, load: Load) -> Verdict:
    if load.waiting and load.unsent == load.waiting:
        says = f"blocked, work has waited for {_words(load.oldest)} and is not handed over"
        advice = "The relay does not run, or the broker takes nothing. Start the relay; look at "
        return Verdict(QueueState.BLOCKED, says, advice + "the logs of both.")
    if load.waiting:
        says = f"blocked, work has waited for {_words(load.oldest)} and no worker takes it"
        if _canaries_start(spec, load):
            return Verdict(QueueState.BLOCKED, says, LOST_MESSAGES)
    else:
        says = "blocked, no worker takes the test jobs"
    return Verdict(QueueState.BLOCKED, says, _start_a_worker(spec))


def _start_a_worker(spec: QueueSpec) -> str:
    return (
        f"Start its worker, or start it again: docker compose restart worker-{spec.name}. On one "
        f"machine its log is log/worker-{spec.name}.log; the stack starts a dead one by itself."
    )


def _more_workers(spec: QueueSpec, load: Load) -> str:
    jobs = "1 job runs" if load.running == 1 else f"{load.running} jobs run"
    at_it = f"{jobs}, so this passes." if load.running else "Workers are at it, so this passes."
    return (
        f"{at_it} If it happens often, give the queue more slots: "
        f"WORKER_{spec.name.upper()}_CONCURRENCY, or one more worker."
    )


def _words(seconds: float | None) -> str:
    return duration_words(timedelta(seconds=seconds or 0))
