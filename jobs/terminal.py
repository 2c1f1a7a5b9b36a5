"""Shows a job's progress on a terminal: a live bar, or plain lines where there is none."""

import sys
import time
from collections.abc import Callable
from types import TracebackType

from django.db import connection

from jobs.database import AWAY
from jobs.models import Job
from jobs.presenting import Shown, present

#: A short job's end is seen at once; a long one has the processor rather than who looks at it.
FIRST_POLL_SECONDS = 0.1
POLL_SECONDS = 1.0
LONGER = 1.3
LINE_SECONDS = 5.0
DATABASE_PATIENCE_SECONDS = 120.0


def wait_for(job: Job, *, beat: Callable[[], None] = lambda: None) -> Job:
    """Block until the job is over, showing its progress on standard error. `beat` is called
    at every look, to see that somebody works at all."""
    with display(job.title or job.task_name) as show:
        lost_since: float | None = None
        pause = FIRST_POLL_SECONDS
        while True:
            try:
                now = Job.objects.get(pk=job.pk)
                show.update(now)
                if not now.is_active:
                    return now.concrete()
                beat()
                lost_since = None
            except AWAY:
                connection.close()
                lost_since = lost_since or time.monotonic()
                if time.monotonic() - lost_since > DATABASE_PATIENCE_SECONDS:
                    raise
            time.sleep(pause)
            pause = min(POLL_SECONDS, pause * LONGER)


def display(title: str) -> "Bar | Lines":
    return Bar(title) if sys.stderr.isatty() else Lines(title)


class Lines:
    """A line now and then, for logs and pipes."""

    def __init__(self, title: str) -> None:
        self.title, self._next, self._last = title, 0.0, ""

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, job: Job) -> None:
        if job.is_active and time.monotonic() < self._next:
            return
        count = f"{job.processed_items}/{job.total_items}" if job.total_items else "…"
        line = " · ".join(filter(None, [f"{self.title}: {count}", words_of(present(job))]))
        if line != self._last:
            print(line, file=sys.stderr, flush=True)  # noqa: T201
            self._last, self._next = line, time.monotonic() + LINE_SECONDS


class Bar:
    """A live bar with counts, what is happening now and the time left."""

    def __init__(self, title: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[now]}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task(title, total=1, now="")

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._progress.stop()

    def update(self, job: Job) -> None:
        self._progress.update(
            self._task,
            total=job.total_items or 1,
            completed=job.processed_items,
            now=words_of(present(job)),
        )


def words_of(shown: Shown) -> str:
    """What is happening, how fast, and how long it will take."""
    doing = shown.sentence or shown.now
    return " · ".join(filter(None, [doing, shown.rate, shown.left_words]))
