"""What the queues are doing and how soon they start work, read from the rows of jobs.

Every process that asks gets the same answer, and all ages are by the database's clock. Canaries
measure a queue when nobody uses it; they are told apart, so that the many quick ones do not
hide the few jobs of people that had to wait.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    FloatField,
    Max,
    Q,
    QuerySet,
    When,
)
from django.db.models.functions import Cast, Coalesce, Extract, Greatest, Now

from jobs.models import ACTIVE, Job, Status
from jobs.queues import QUEUES

CANARY_TASK = "jobs.canary"
#: How far back the last canary is looked for; a queue in use gets none for long.
CANARIES_KEPT = "1 hour"
#: Run times are those of so many jobs, the latest of each queue.
RUNS_LOOKED_AT = 500
HOUR, DAY = "1 hour", "24 hours"


@dataclass(frozen=True)
class Canary:
    """The newest canary of a queue: when it was sent, and its time to start once it has one."""

    sent_at: datetime
    waited: float | None
    waiting: bool


@dataclass(frozen=True)
class Load:
    """A queue at this moment. Seconds throughout; None where there is nothing to tell.

    `oldest` is how long a job of people has waited, `since_work` since when none of theirs was
    started and `since_start` none at all. `ignored` is for how long canaries have been sent in
    vain, nothing having been started since the first of them.
    """

    waiting: int = 0
    unsent: int = 0
    later: int = 0
    running: int = 0
    oldest: float | None = None
    since_start: float | None = None
    since_work: float | None = None
    ignored: float | None = None
    canary: Canary | None = None


@dataclass(frozen=True)
class Starts:
    """Times to start, in seconds, of the jobs that were started within a span of time."""

    count: int = 0
    p50: float | None = None
    p95: float | None = None
    longest: float | None = None
    in_time: float | None = None


@dataclass(frozen=True)
class Runs:
    """How long a worker had a job, in seconds, over the latest runs of the last 24 hours."""

    count: int = 0
    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True)
class Measured:
    """All that is measured of a queue over the last hour and day. `finished` counts the jobs
    that ended within the hour."""

    hour: Starts = field(default_factory=Starts)
    day: Starts = field(default_factory=Starts)
    runs: Runs = field(default_factory=Runs)
    finished: int = 0


# -- at this moment -------------------------------------------------------------------------
def loads() -> dict[str, Load]:
    """Every queue's load: three queries, none of which reads finished jobs by the thousand."""
    waiting, rest = _waiting(), _running()
    latest = _rows(LATEST, {"queues": list(QUEUES), "kept": CANARIES_KEPT})
    return {
        row["queue"]: _load(row, waiting.get(row["queue"], {}), rest.get(row["queue"], {}))
        for row in latest
    }


def waiting_jobs() -> "QuerySet[Job]":
    """Jobs of people for which only a worker is missing, with their `age` in seconds."""
    return Job.objects.startable().exclude(task_name=CANARY_TASK).annotate(age=_age()).order_by()


def _age() -> Any:
    """A new job waits since it was ready, one that goes on since it was given back."""
    put_back = Greatest("updated_at", "run_after")  # the database leaves out what is NULL
    ready = Greatest(Coalesce("ready_at", "created_at"), "run_after")
    since = Case(When(status=Status.PROCESSING, then=put_back), default=ready)
    span = ExpressionWrapper(Now() - since, output_field=DurationField())
    return Greatest(Cast(Extract(span, "epoch"), FloatField()), 0.0)


def _waiting() -> dict[str, dict[str, Any]]:
    counts = (
        waiting_jobs()
        .values("queue")
        .annotate(
            waiting=Count("pk"), unsent=Count("pk", filter=Q(dispatched_at=None)), oldest=Max("age")
        )
    )
    return _by_queue(counts.values("queue", "waiting", "unsent", "oldest"))


def _running() -> dict[str, dict[str, Any]]:
    """Jobs of people with a living worker, and all that nobody holds."""
    living, idle = Q(lease_expires_at__gt=Now()), Q(lease_token=None)
    jobs = Job.objects.active().exclude(task_name=CANARY_TASK).order_by().values("queue")
    counts = jobs.annotate(running=Count("pk", filter=living), idle=Count("pk", filter=idle))
    return _by_queue(counts.values("queue", "running", "idle"))


def _by_queue(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["queue"]: {k: v for k, v in row.items() if k != "queue"} for row in rows}


def _load(row: dict[str, Any], waiting: dict[str, Any], rest: dict[str, Any]) -> Load:
    sent_at, waited = row["canary_sent_at"], row["canary_waited"]
    under_way = row["canary_status"] in ACTIVE and waited is None
    return Load(
        **waiting,
        running=rest.get("running", 0),
        later=max(0, rest.get("idle", 0) - waiting.get("waiting", 0)),
        since_start=row["since_start"],
        since_work=row["since_work"],
        ignored=row["ignored"],
        canary=Canary(sent_at, waited, under_way) if sent_at else None,
    )


LATEST = """
SELECT q.queue,
    extract(epoch FROM statement_timestamp() - last.start)::float AS since_start,
    extract(epoch FROM statement_timestamp() - work.start)::float AS since_work,
    extract(epoch FROM statement_timestamp() - vain.first)::float AS ignored,
    c.created_at AS canary_sent_at, c.status AS canary_status, c.waited_seconds AS canary_waited
FROM unnest(%(queues)s::text[]) AS q(queue)
CROSS JOIN LATERAL (SELECT max(started_at) AS start FROM jobs_job j WHERE j.queue = q.queue) last
LEFT JOIN LATERAL (
    SELECT started_at AS start FROM jobs_job j
    WHERE j.queue = q.queue AND j.started_at IS NOT NULL AND j.task_name <> %(canary)s
    ORDER BY j.started_at DESC LIMIT 1
) work ON true
LEFT JOIN LATERAL (
    SELECT created_at, status, waited_seconds FROM jobs_job j
    WHERE j.queue = q.queue AND j.task_name = %(canary)s
      AND j.created_at > statement_timestamp() - %(kept)s::interval
    ORDER BY j.created_at DESC LIMIT 1
) c ON true
CROSS JOIN LATERAL (
    SELECT min(created_at) AS first FROM jobs_job j
    WHERE j.queue = q.queue AND j.task_name = %(canary)s AND j.started_at IS NULL
      AND (j.status = 'pending' OR j.completed_at >= j.expires_at)
      AND j.created_at > greatest(last.start, statement_timestamp() - %(kept)s::interval)
) vain
"""


# -- over the last hour and day --------------------------------------------------------------
def measured() -> dict[str, Measured]:
    """What is measured of every queue; three queries over the starts of the last day."""
    by_span = {span: starts(span) for span in (HOUR, DAY)}
    runs, done = run_times(), finished()
    return {
        queue: Measured(by_span[HOUR][queue], by_span[DAY][queue], runs[queue], done[queue])
        for queue in QUEUES
    }


def starts(span: str) -> dict[str, Starts]:
    """Times to start of the jobs of people that were started within `span` until now."""
    targets = [spec.target_seconds for spec in QUEUES.values()]
    rows = _rows(STARTS, {"queues": list(QUEUES), "targets": targets, "span": span})
    return {
        row["queue"]: Starts(row["count"], *_two(row["at"]), row["longest"], row["in_time"])
        for row in rows
    }


def run_times() -> dict[str, Runs]:
    rows = _rows(RUNS, {"queues": list(QUEUES), "span": DAY, "most": RUNS_LOOKED_AT})
    return {row["queue"]: Runs(row["count"], *_two(row["at"])) for row in rows}


def finished() -> dict[str, int]:
    """Jobs of people that ended within the last hour. One that ran for longer than a day is
    not counted: it would take a look at every row."""
    rows = _rows(FINISHED, {"queues": list(QUEUES)})
    return {row["queue"]: row["count"] for row in rows}


def _two(at: list[float] | None) -> tuple[float | None, float | None]:
    return (at[0], at[1]) if at else (None, None)


def _rows(sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"canary": CANARY_TASK, **values})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


STARTS = """
SELECT q.queue, s.* FROM unnest(%(queues)s::text[], %(targets)s::float[]) AS q(queue, target)
CROSS JOIN LATERAL (
    SELECT count(*) AS count,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY waited_seconds) AS at,
        max(waited_seconds) AS longest,
        avg((waited_seconds <= q.target)::int)::float AS in_time
    FROM jobs_job j
    WHERE j.queue = q.queue AND j.started_at > statement_timestamp() - %(span)s::interval
      AND j.waited_seconds IS NOT NULL AND j.task_name <> %(canary)s
) s
"""
RUNS = """
SELECT q.queue, r.* FROM unnest(%(queues)s::text[]) AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS count, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
        ORDER BY extract(epoch FROM a.ended_at - a.started_at)::float) AS at
    FROM (
        SELECT id FROM jobs_job j
        WHERE j.queue = q.queue AND j.started_at > statement_timestamp() - %(span)s::interval
          AND j.task_name <> %(canary)s
        ORDER BY j.started_at DESC LIMIT %(most)s
    ) latest
    JOIN jobs_jobattempt a ON a.job_id = latest.id WHERE a.ended_at IS NOT NULL
) r
"""
FINISHED = """
SELECT q.queue, (
    SELECT count(*) FROM jobs_job j
    WHERE j.queue = q.queue AND j.started_at > statement_timestamp() - interval '25 hours'
      AND j.completed_at > statement_timestamp() - interval '1 hour'
      AND j.task_name <> %(canary)s
) AS count
FROM unnest(%(queues)s::text[]) AS q(queue)
"""
