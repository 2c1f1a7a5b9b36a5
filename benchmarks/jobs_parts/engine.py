"""Spelunker's own Celery application, with the tasks of the measurements."""

from benchmarks.jobs_parts import stamps
from spelunker.celery import app

__all__ = ["app"]
app.autodiscover_tasks(["benchmarks.jobs_parts"])
stamps.watch()
