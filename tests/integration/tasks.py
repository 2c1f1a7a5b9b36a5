"""What the workers run here. Only they and the driver import this: other tests look at all tasks
there are."""

import time
from typing import Any

from celery import shared_task

from jobs.batch import Steps, add_items, work_items
from jobs.errors import JobFailed
from jobs.execution import execute
from jobs.models import Job
from jobs.run import JobRun
from jobs.task import JobTask
from tests.integration.ledger import note


@shared_task(bind=True, base=JobTask, name="integration.probe", soft_time_limit=60, time_limit=400)
def probe(self: Any, job_id: int | None = None, seconds: float = 0, **_: Any) -> dict[str, Any]:
    """Takes `seconds`, in steps at which it can be stopped."""
    job = self.job_for(job_id, lambda: Job(title="direct"))

    def work(run: JobRun) -> dict[str, Any]:
        note("begin", job.pk, time.time())
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            run.check()
            time.sleep(0.05)
        note("did", job.pk)
        return {"seconds": seconds}

    return execute(self, job, work)


@shared_task(bind=True, base=JobTask, name="integration.batch", soft_time_limit=60, time_limit=400)
def batch(
    self: Any, job_id: int | None = None, count: int = 1, seconds: float = 0, bad: int = 0, **_: Any
) -> dict[str, Any]:
    """`count` items that take `seconds` each; the number `bad` fails."""
    job = self.job_for(job_id, lambda: Job(title="direct"))

    def call(number: int) -> int:
        time.sleep(seconds)
        if number == bad:
            raise JobFailed("this one is bad")
        note("item", job.pk, number)
        return number * number

    steps = Steps[int, int](
        prepare=lambda item: int(item.key), call=call, record=lambda item, square: {"is": square}
    )

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, map(str, range(1, count + 1)))
        work_items(run, steps)
        return {"count": count}

    return execute(self, job, work)
