"""One queue as the page of queues shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from jobs.forms import UNFINISHED
from jobs.measuring import Canary, Load, Measured, Starts, loads, measured
from jobs.queue_states import QueueState, Verdict, judge
from jobs.queues import QUEUES, QueueSpec
from jobs.readers import READERS
from jobs.words import duration_words, tenths, time_words

NOTHING = "–"
#: How `components/badge.html` colours a state.
BADGES = {
    QueueState.OK: "ok",
    QueueState.LATE: "warning",
    QueueState.BLOCKED: "error",
    QueueState.PAUSED: "error",
}


@dataclass(frozen=True)
class StartWords:
    """Times to start, in words."""

    count: int
    median: str
    p95: str
    longest: str
    in_time: str


@dataclass(frozen=True)
class QueueRow:
    spec: QueueSpec
    load: Load
    measured: Measured
    verdict: Verdict
    readers: int | None
    now: datetime

    @property
    def title(self) -> str:
        return self.spec.name.capitalize()

    @property
    def badge(self) -> str:
        return BADGES[self.verdict.state]

    @property
    def word(self) -> str:
        return self.verdict.state.value.capitalize() if self.trouble else "OK"

    @property
    def trouble(self) -> bool:
        return self.verdict.state != QueueState.OK

    @property
    def level(self) -> str:
        return "error" if self.verdict.state.is_outage else "warning"

    @property
    def target(self) -> str:
        return seconds_words(self.spec.target_seconds)

    @property
    def oldest(self) -> str:
        return seconds_words(self.load.oldest)

    @property
    def is_late(self) -> bool:
        return (self.load.oldest or 0) > self.spec.target_seconds

    @property
    def workers(self) -> str:
        """How many read the queue; not every broker tells."""
        return NOTHING if self.readers is None else str(self.readers)

    @property
    def run_time(self) -> str:
        runs = self.measured.runs
        if not runs.count:
            return "none in 24 h"
        return f"p50 {seconds_words(runs.p50)}, p95 {seconds_words(runs.p95)}"

    @property
    def hour(self) -> StartWords:
        return _start_words(self.measured.hour)

    @property
    def day(self) -> StartWords:
        return _start_words(self.measured.day)

    @property
    def canary(self) -> str:
        return _canary_words(self.load.canary, self.now)

    @property
    def jobs_url(self) -> str:
        return f"{reverse('jobs:list')}?queue={self.spec.name}"

    @property
    def unfinished_url(self) -> str:
        return f"{self.jobs_url}&status={UNFINISHED}"


def queue_rows() -> list[QueueRow]:
    """All queues; seven queries, and the broker is asked at most every ten seconds."""
    _, readers = READERS.look()
    now, load, numbers = timezone.now(), loads(), measured()
    return [
        _row(
            spec, load[name], numbers[name], None if readers is None else readers.get(name, 0), now
        )
        for name, spec in QUEUES.items()
    ]


def _row(
    spec: QueueSpec, load: Load, numbers: Measured, readers: int | None, now: datetime
) -> QueueRow:
    return QueueRow(spec, load, numbers, judge(spec, load, readers), readers, now)


def seconds_words(seconds: float | None) -> str:
    """`0.3 s`, `12 s`, `3 min 20 s`; a dash for nothing."""
    if seconds is None:
        return NOTHING
    if seconds < 9.95:
        return f"{tenths(seconds)} s"
    return duration_words(timedelta(seconds=round(seconds)))


def _start_words(seen: Starts) -> StartWords:
    return StartWords(
        seen.count,
        median=seconds_words(seen.p50),
        p95=seconds_words(seen.p95),
        longest=seconds_words(seen.longest),
        # Rounded down, so that 100 % means all of them.
        in_time=NOTHING if seen.in_time is None else f"{int(seen.in_time * 100)} %",
    )


def _canary_words(canary: Canary | None, now: datetime) -> str:
    if canary is None:
        return "none in the last hour"
    sent = time_words(canary.sent_at, now)
    if canary.waited is not None:
        return f"{sent}, started in {seconds_words(canary.waited)}"
    return f"{sent}, waits" if canary.waiting else f"{sent}, nobody took it"
