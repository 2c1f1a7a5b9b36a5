"""Totals since the beginning. They only grow, also when old jobs are deleted."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from jobs.measuring import CANARY_TASK
from jobs.models import Incident

#: What is counted beside the jobs themselves, each with what it says.
INCIDENTS = {
    "crash": "a worker died or fell silent with a job in hand, or met the same conflict again",
    "hard_time_limit": "a worker was ended because its job ran too long",
    "delivery_lost": "a message came to a worker that died, or failed, before it began the job",
    "message_resent": "a job was sent again because nobody had taken it for long",
}


@dataclass(frozen=True)
class Total:
    """Jobs of one queue, kind and status. `kept` is how many are still there, `jobs` those and
    the deleted ones together, as are all the others."""

    queue: str
    kind: str
    status: str
    kept: int
    jobs: int
    starts: int
    waited_seconds: float
    successful_items: int
    failed_items: int


def count(incident: str, times: int = 1) -> None:
    """Count an incident when this transaction commits. It takes no lock before, so counting
    never holds up what is counted; if it cannot be done it is logged."""
    if incident not in INCIDENTS:
        raise ValueError(f"There is no incident “{incident}”.")
    if times:
        transaction.on_commit(lambda: _add(incident, times), robust=True)


def _add(incident: str, times: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ADD, [incident, times])


def incidents() -> dict[str, int]:
    """Every incident with its number, 0 where none has happened."""
    return {name: 0 for name in INCIDENTS} | dict(Incident.objects.values_list("name", "times"))


def totals() -> list[Total]:
    """All jobs that there are or were, canaries apart, in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [CANARY_TASK])
        return [_total(row) for row in cursor.fetchall()]


def _total(row: tuple[Any, ...]) -> Total:
    queue, kind, status, kept, jobs, starts, waited, good, bad = row
    counts = (int(kept), int(jobs), int(starts), float(waited), int(good), int(bad))
    return Total(queue, kind, status, *counts)


ADD = """
INSERT INTO jobs_incident (name, times, last_at) VALUES (%s, %s, statement_timestamp())
ON CONFLICT (name) DO UPDATE
SET times = jobs_incident.times + excluded.times, last_at = excluded.last_at
"""
TOTALS = """
SELECT queue, kind, status, sum(kept), sum(jobs), sum(starts), sum(waited), sum(good), sum(bad)
FROM (
    SELECT queue, kind, status, count(*) AS kept, count(*) AS jobs,
        count(waited_seconds) AS starts, coalesce(sum(waited_seconds), 0) AS waited,
        sum(successful_items) AS good, sum(failed_items) AS bad
    FROM jobs_job WHERE task_name <> %s GROUP BY queue, kind, status
    UNION ALL
    SELECT queue, kind, status, 0, jobs, starts, waited_seconds, successful_items, failed_items
    FROM jobs_deletedjobs
) counted GROUP BY queue, kind, status ORDER BY queue, kind, status
"""
