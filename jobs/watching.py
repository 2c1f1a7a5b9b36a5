"""The one query behind a poll: a job's row, and of what is around it just what people are told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from django.db.models import (
    Case,
    Count,
    IntegerField,
    JSONField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.utils.dateparse import parse_datetime

from jobs.models import ACTIVE, Job, JobLog, JobQuerySet, Status
from jobs.models.job import ahead_in_line

#: Work that looks after the machinery; people are not shown it unless they ask for it.
HOUSEKEEPING = {
    "jobs.canary": "Canary",
    "jobs.email_notification": "E-mail",
    "api.deliver_webhook": "Message to a webhook",
}
#: Kept on rows that `with_surroundings` has read.
LOADED = ("last_line", "line_ahead", "line_front", "queue_ahead")
#: A page shows some jobs, not hundreds; a list of jobs is another thing.
MOST_AT_ONCE = 50
NOBODY_HAS_IT = Q(status__in=ACTIVE, lease_token=None)


@dataclass(frozen=True)
class Front:
    """The job that is first in a line."""

    id: int
    title: str
    started_by_id: int | None


@dataclass(frozen=True)
class Surroundings:
    """`last_line` is the id of the newest line of the log; `line_ahead` and `front` tell of the
    job's line, `queue_ahead` how many of its queue were sent before it and wait there."""

    last_line: int = 0
    line_ahead: int = 0
    front: Front | None = None
    queue_ahead: int = 0


def jobs_of(user: Any) -> JobQuerySet:
    """The jobs in the lists of a person: their own, or everybody's for staff; no housekeeping."""
    return Job.objects.for_user(user).exclude(task_name__in=HOUSEKEEPING)


def with_surroundings(jobs: "QuerySet[Job]") -> "QuerySet[Job]":
    """Read what a state sentence and an ETag are made of in the same query. What only a waiting
    job needs is not even looked up for the others."""
    return _surrounded(jobs).select_related("depends_on")


def watched(ids: Sequence[int]) -> list[Job]:
    """These jobs for a poll, by id: with their surroundings and the job they wait for, without
    the columns that no progress shows."""
    if not ids:
        return []
    sql, params = _statement(len(ids))
    given = [ids[-value - 1] if isinstance(value, int) and value < 0 else value for value in params]
    return [_with_forerunner(job) for job in Job.objects.raw(sql, given)]


def surroundings_of(job: Job) -> Surroundings:
    """From the row if it was read with them, else by one query."""
    read: dict[str, Any] = job.__dict__
    if "last_line" not in read:
        rows = with_surroundings(Job.objects.filter(pk=job.pk)).values(*LOADED)
        read = rows.first() or dict.fromkeys(LOADED)
    front = _decoded(read["line_front"])
    return Surroundings(
        last_line=read["last_line"] or 0,
        line_ahead=read["line_ahead"] or 0,
        front=Front(**front) if front else None,
        queue_ahead=read["queue_ahead"] or 0,
    )


@lru_cache(maxsize=MOST_AT_ONCE)
def _statement(number: int) -> tuple[str, tuple[Any, ...]]:
    """The query for so many jobs, put together once: each time would cost a poll eight times
    what it costs to run. Its parameters -1, -2, ... stand for the ids."""
    ids = [-place for place in range(1, number + 1)]
    jobs = _surrounded(Job.objects.filter(pk__in=ids)).annotate(forerunner=_forerunner())
    query = jobs.defer("args", "kwargs", "result").order_by("pk").query
    sql, params = query.sql_with_params()
    return sql, tuple(params)


def _forerunner() -> Case:
    columns = ("id", "title", "task_name", "status", "started_by_id", "completed_at")
    found = Job.objects.filter(pk=OuterRef("depends_on_id")).order_by()
    row = found.values(row=JSONObject(**{name: name for name in columns}))
    return _only_if(Q(depends_on__isnull=False), row, JSONField())


def _with_forerunner(job: Job) -> Job:
    found = _decoded(job.__dict__["forerunner"])
    if found:
        ended = parse_datetime(found.pop("completed_at") or "")
        job.depends_on = Job(**found, completed_at=ended)
    elif job.depends_on_id:
        job.depends_on = None
    return job


def _decoded(value: Any) -> Any:
    """JSON that a raw query hands over as it came."""
    return json.loads(value) if isinstance(value, str) else value


def _surrounded(jobs: "QuerySet[Job]") -> "QuerySet[Job]":
    # One that has begun keeps its turn, also while nobody works on it.
    in_line = Q(status=Status.PENDING) & ~Q(serial_key="")
    unsent = NOBODY_HAS_IT & Q(dispatched_at=None)
    return jobs.annotate(
        last_line=Coalesce(Subquery(_newest_line()), 0),
        line_ahead=_only_if(in_line, _line_length(), IntegerField()),
        line_front=_only_if(in_line, _first_in_line(), JSONField()),
        queue_ahead=_only_if(unsent, _sent_of_the_queue(), IntegerField()),
    )


def _only_if(condition: Q, query: "QuerySet[Any]", output: Any) -> Case:
    found = When(condition, then=Subquery(query, output_field=output))
    return Case(found, default=Value(None), output_field=output)


def _newest_line() -> "QuerySet[Any]":
    lines = JobLog.objects.filter(job_id=OuterRef("pk")).order_by()
    return lines.values("job_id").annotate(newest=Max("id")).values("newest")


def _line_length() -> "QuerySet[Any]":
    ahead = ahead_in_line().values("serial_key").annotate(number=Count("pk"))
    return cast("QuerySet[Any]", ahead.values("number"))


def _first_in_line() -> "QuerySet[Any]":
    """Who runs, or else who is to start first."""
    running_first = Case(When(status=Status.PROCESSING, then=Value(0)), default=Value(1))
    ahead = ahead_in_line().order_by(running_first, "priority", "pk")
    named = Coalesce(NullIf("title", Value("")), "task_name")
    front = JSONObject(id="pk", title=named, started_by_id="started_by_id")
    return cast("QuerySet[Any]", ahead.values(front=front)[:1])


def _sent_of_the_queue() -> "QuerySet[Any]":
    sent = Job.objects.sent_and_unclaimed().filter(queue=OuterRef("queue")).order_by()
    return sent.values("queue").annotate(number=Count("pk")).values("number")
