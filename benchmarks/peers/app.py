"""Items that do nothing: as one task that tells its progress, and as a group of tasks."""

import time
from typing import Any

from celery import Celery
from celery_progress.backend import ProgressRecorder

from benchmarks.jobs_parts import stamps

app = Celery("peers")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(bind=True, name="peers.whole")
def whole(self: Any, items: int, seconds: float) -> int:
    recorder = ProgressRecorder(self)
    for number in range(items):
        item(number, seconds)
        recorder.set_progress(number + 1, items, f"item {number}")
    return items


@app.task(name="peers.item")
def item(number: int, seconds: float = 0.0) -> None:
    if seconds:
        time.sleep(seconds)
    stamps.done(number)
