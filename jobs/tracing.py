"""Where a job meets a trace: queued, published, worked on. Without a tracer nothing happens.

The tracer is put here from outside (spelunker/observing/tracing.py), so that neither this app nor
a process without tracing imports any of it.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from jobs.models import Job


class Tracer(Protocol):
    """Opens a span of a job's trace; whatever it does must never raise."""

    def span(self, step: str, job: Job) -> AbstractContextManager[object]: ...


TRACER: Tracer | None = None


def span(step: str, job: Job) -> AbstractContextManager[object]:
    """A span of `job`: "queue", "publish" or "run"."""
    return TRACER.span(step, job) if TRACER is not None else nullcontext()
