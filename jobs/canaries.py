"""Test jobs that do nothing, sent to queues that nobody has used for a while.

A queue that stands still looks just like one that has nothing to do. So the relay sends each
quiet queue a canary, and a canary that no worker has taken in five minutes tells before the
next person finds out.
"""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning
from jobs.measuring import CANARY_TASK
from jobs.models import Job
from jobs.queues import QUEUES

EXPIRES_AFTER = timedelta(minutes=5)
#: Most urgent: it is to tell that workers live, also behind a long line.
PRIORITY = 1
#: Held by the relay that is just looking which canaries are due, to its commit.
LOOKING = 0x5350_4C43_414E_4152

DUE = """
SELECT q.queue FROM unnest(%(queues)s::text[]) AS q(queue)
WHERE NOT EXISTS (
    SELECT 1 FROM jobs_job j WHERE j.queue = q.queue
    AND j.started_at > statement_timestamp() - make_interval(secs => %(quiet)s))
AND NOT EXISTS (
    SELECT 1 FROM jobs_job j WHERE j.queue = q.queue AND j.status IN ('pending', 'processing')
    AND (j.lease_expires_at > statement_timestamp() OR j.task_name = %(canary)s))
"""


def send_canaries() -> list[Job]:
    """Send one to each queue in which nothing runs, nothing was started for
    `JOBS_CANARY_SECONDS`, and none is under way. However many relays ask at once, it is one."""
    if settings.JOBS_CANARY_SECONDS <= 0:
        return []
    with transaction.atomic():
        if not _nobody_else_looks():
            return []
        return [job for queue in due_queues() if (job := _send(queue)) is not None]


def due_queues() -> list[str]:
    values = {"queues": list(QUEUES), "quiet": settings.JOBS_CANARY_SECONDS, "canary": CANARY_TASK}
    with connection.cursor() as cursor:
        cursor.execute(DUE, values)
        return [queue for (queue,) in cursor.fetchall()]


def _nobody_else_looks() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOOKING])
        return bool(cursor.fetchone()[0])


def _send(queue: str) -> Job | None:
    canary, until = Job(title=f"Canary for {queue}"), timezone.now() + EXPIRES_AFTER
    try:
        return enqueue(
            CANARY_TASK, job=canary, queue=queue, dedup_key=f"canary:{queue}", priority=PRIORITY,
            expires_at=until,
        )  # fmt: skip
    except AlreadyRunning:
        return None
