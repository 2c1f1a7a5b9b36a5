"""What the engine's tests run: a task whose work each test brings, and a way to be two."""

import threading
from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.contrib.auth import get_user_model
from django.db import connection

from jobs.dispatch import enqueue
from jobs.execution import execute
from jobs.models import Job
from jobs.run import JobRun
from jobs.task import REMOTE_OPTIONS, JobTask

Work = Callable[[JobRun], dict[str, Any]]
#: The work of a job, by its title.
WORK: dict[str, Work] = {}


@shared_task(
    bind=True, base=JobTask, name="jobs.testing_probe",
    soft_time_limit=60, time_limit=400, job_columns={"title": "direct"}, **REMOTE_OPTIONS,
)  # fmt: skip
def probe(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """Does what the test says."""
    job = self.job_for(job_id)
    return execute(self, job, WORK.get(job.title, lambda run: {}))


@shared_task(
    bind=True, base=JobTask, name="jobs.testing_false_start", soft_time_limit=60, time_limit=400
)
def false_start(self: Any, job_id: int | None = None, **_: Any) -> dict[str, Any]:
    """Fails before it takes its job."""
    raise RuntimeError("no such thing")


def queued(work: Work | None = None, *, title: str = "probe", **options: Any) -> Job:
    """A job that is enqueued, and whose work is `work` when it runs."""
    WORK.pop(title, None)
    if work is not None:
        WORK[title] = work
    columns = {k: options.pop(k) for k in ("started_by", "depends_on") if k in options}
    return enqueue(probe, job=Job(title=title, **columns), **options)


def deliver(job: Job) -> Any:
    """What a worker does with the job's message. Returns the task's result."""
    return probe.apply(kwargs=job.kwargs, task_id=job.celery_task_id).result


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def person(name: str = "alice") -> Any:
    return get_user_model().objects.create_user(name)


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Run the steps in threads that start together, each with a connection of its own.
    Returns their results, or the exceptions they ended with."""
    barrier, results = threading.Barrier(len(steps)), [None] * len(steps)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = steps[number]()
        except Exception as error:
            results[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results
