"""What the driver does when a test says so. Values go through JSON, both ways."""

import io
import threading
import time
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.forms.models import model_to_dict
from django.test import override_settings
from django.utils import timezone

from jobs.dispatch import enqueue as put
from jobs.models import Job, JobItem
from jobs.sentences import state_sentence


def enqueue(
    task: str = "probe", *, later: float = 0, eager: bool = False, by: str = "", **options: Any
) -> int:
    """Queue a job and return its id. `later` is in seconds; what `enqueue` does not know goes to
    the task."""
    from tests.integration import tasks

    known = {name: options.pop(name) for name in ("priority",) if name in options}
    job = Job(title=task, started_by=person(by) if by else None)
    if later:
        known["run_after"] = timezone.now() + timedelta(seconds=later)
    with override_settings(CELERY_TASK_ALWAYS_EAGER=eager), transaction.atomic():
        return int(put(getattr(tasks, task), job=job, overrides=options, **known).pk)


def enqueue_at_once(threads: int, each: int) -> list[int]:
    """From several threads that start together."""
    barrier, made = threading.Barrier(threads), []

    def work() -> None:
        barrier.wait()
        for _ in range(each):
            made.append(enqueue())
        connection.close()

    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return made


def seconds_to_enqueue() -> float:
    start = time.monotonic()
    enqueue()
    return time.monotonic() - start


def sentence(job_id: int) -> str:
    return state_sentence(Job.objects.get(pk=job_id), timezone.now())


def command(*, name: str, arguments: list[str]) -> str:
    said = io.StringIO()
    try:
        call_command(name, *arguments, stdout=said)
    except SystemExit as ended:
        said.write(f"exit {ended.code}")
    return said.getvalue()


def resend(job_id: int, times: int) -> None:
    """As if the job had never been published; the relay does it again."""
    for _ in range(times):
        Job.objects.filter(pk=job_id).update(dispatched_at=None)


def rows(job_id: int) -> dict[str, Any]:
    """All that is on record of a job, without what differs between any two: ids and times."""
    job = Job.objects.get(pk=job_id)
    different = {"id", "celery_task_id", "kwargs", "lease_owner", "lease_token", "depends_on"}
    columns = {
        name: value
        for name, value in model_to_dict(job).items()
        if name not in different and not name.endswith(("_at", "_seconds"))
    }
    items = JobItem.objects.filter(job=job).values_list(
        "key", "state", "attempts", "error", "result"
    )
    attempts = job.attempts.values_list("number", "outcome")
    return {
        "job": columns | {"kwargs": {k: v for k, v in job.kwargs.items() if k != "job_id"}},
        "items": sorted(map(list, items)),
        "attempts": [list(row) for row in attempts],
        "log": list(job.log_lines.values_list("level", "message")),
        "notes": list(job.notifications.values_list("event", "text")),
        "times": [job.started_at is not None, job.completed_at is not None],
    }


def person(name: str) -> Any:
    found = get_user_model().objects.filter(username=name).first()
    return found or get_user_model().objects.create_user(name, password="pw-" + name)


def account(name: str) -> str:
    """The password of a person, who is made if need be."""
    person(name)
    return f"pw-{name}"


def collect_static() -> None:
    """What the web server needs before its first page."""
    from spelunker.embedded import stack

    stack.collect_static()


def clean() -> None:
    """Forget all jobs. Nothing may be running."""
    Job.objects.all().delete()
