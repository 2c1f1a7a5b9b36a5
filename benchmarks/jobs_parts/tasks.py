"""The tasks that the measurements run in Spelunker."""

import time
from pathlib import Path
from typing import Any

from celery import shared_task
from django.db import connection

from benchmarks.jobs_parts import stamps
from jobs.batch import Steps, add_items, work_items
from jobs.execution import execute
from jobs.run import JobRun
from jobs.task import JobTask

BATCH = "benchmarks.batch"


@shared_task(bind=True, base=JobTask, name=BATCH, soft_time_limit=1800, time_limit=2100)
def batch(
    self: Any, job_id: int | None = None, items: int = 0, concurrency: int = 8,
    seconds: float = 0.0, gate: str = "", **_: Any,
) -> dict[str, Any]:  # fmt: skip
    """`items` calls of `seconds` each, tracked as every batch of Spelunker is. With a `gate` the
    items are there and none is begun until a file of that path exists."""

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, [f"item {number}" for number in range(items)])
        while gate and not Path(gate).exists():
            run.check()
            time.sleep(0.02)
        return _work(run, concurrency, seconds)

    return execute(self, self.job_for(job_id), work)


def _work(run: JobRun, concurrency: int, seconds: float) -> dict[str, Any]:
    steps = Steps[int, dict[str, Any]](
        prepare=lambda item: item.pk,
        call=lambda number: _call(number, seconds),
        record=lambda item, result: result,
    )
    counted = 0

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal counted
        counted += 1
        return execute(*arguments)

    with connection.execute_wrapper(count):
        work_items(run, steps, concurrency=concurrency)
    return {"queries": counted}


def _call(number: int, seconds: float) -> dict[str, Any]:
    if seconds:
        time.sleep(seconds)
    stamps.done(number)
    return {}
