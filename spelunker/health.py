"""Whether this process lives (/healthz), and whether what it needs is there (/readyz)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Count, Min, Q
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Job, Status
from jobs.queues import QUEUES
from spelunker.processes import RELAY

T = TypeVar("T")
KEPT_SECONDS = 3.0
BROKER_SECONDS = 3
DATABASE_MILLISECONDS = 3000
UNSENT_SECONDS = 60.0
UNSENT_WATCHED = 100
NO_DATABASE = "cannot be told without the database"

SESSIONS_OF = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s
"""


@dataclass
class Check:
    """One answer. `says` is public, so it names no host, no user and no error text."""

    ok: bool
    says: str
    numbers: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, "says": self.says, **self.numbers}


@never_cache
@require_safe
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers; touches nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything works, else 503; the JSON says which part does not."""
    report = READINESS.report()
    return JsonResponse(report, status=200 if report["status"] == "ok" else 503)


class Readiness:
    """Looks at everything, at most once in three seconds: the page needs no login, so asking
    it often must not become a burden for what it asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Any] = {}
        self._until = 0.0
        self._unsent_since: dict[int, float] = {}

    def report(self) -> dict[str, Any]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = self._look()
                self._until = time.monotonic() + KEPT_SECONDS
            return self._kept

    def _look(self) -> dict[str, Any]:
        database = check_database()
        broker, readers = check_broker(database.ok)
        checks = {"database": database, "broker": broker, "cache": check_cache()}
        checks["relay"] = self._check_relay() if database.ok else Check(False, NO_DATABASE)
        queues = check_queues(readers) if database.ok else unknown_queues()
        fine = all(check.ok for check in (*checks.values(), *queues.values()))
        return {
            "status": "ok" if fine else "down",
            "checks": {name: check.as_json() for name, check in checks.items()},
            "queues": {name: check.as_json() for name, check in queues.items()},
        }

    def _check_relay(self) -> Check:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            return Check(True, "not needed: work runs where it is asked for")
        if not _in_database(relays):
            return Check(False, "no relay is running, so no work is handed to the workers")
        age = self._unsent_age(_in_database(unsent_jobs) or [])
        if age > UNSENT_SECONDS:
            text = "runs, but cannot hand its work to the broker"
            return Check(False, text, {"oldest_unsent_seconds": round(age)})
        return Check(True, "hands work to the workers")

    def _unsent_age(self, unsent: list[int]) -> float:
        """For how long we have seen the same job unsent. Its own dates do not tell: a job that
        waits for a busy worker is sent again from time to time."""
        now = time.monotonic()
        self._unsent_since = {pk: self._unsent_since.get(pk, now) for pk in unsent}
        return now - min(self._unsent_since.values(), default=now)


READINESS = Readiness()


def check_database() -> Check:
    started = time.monotonic()
    if _in_database(lambda: True) is None:
        return Check(False, "does not answer")
    return Check(True, "answers", {"ms": _milliseconds_since(started)})


def check_broker(database_ok: bool) -> tuple[Check, dict[str, int] | None]:
    """Whether the broker answers, and how many workers read each queue (None: cannot say)."""
    if settings.PGMQ:
        if not database_ok:
            return Check(False, NO_DATABASE), None
        installed = bool(_in_database(pgmq_installed))
        return Check(installed, "answers" if installed else "its tables are missing"), None
    started = time.monotonic()
    try:
        readers = _queue_readers()
    except Exception:  # each kind of broker has its own errors; all mean the same here
        return Check(False, "does not answer; work waits in the database until it does"), None
    return Check(True, "answers", {"ms": _milliseconds_since(started)}), readers


def _queue_readers() -> dict[str, int] | None:
    """How many workers read each queue; None if the broker is of a kind that cannot tell."""
    patience = {"read_timeout": BROKER_SECONDS, "write_timeout": BROKER_SECONDS}
    with current_app.connection_for_read(
        connect_timeout=BROKER_SECONDS, transport_options=patience
    ) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        if broker.transport.driver_type != "amqp":
            return None
        return {name: _readers_of(broker, name) for name in QUEUES}


def _readers_of(broker: Any, queue: str) -> int:
    channel = broker.channel()  # a fresh one: the broker closes it when the queue is not there
    try:
        return int(channel.queue_declare(queue=queue, passive=True).consumer_count)
    except broker.channel_errors:
        return 0
    finally:
        channel.close()


def check_cache() -> Check:
    """Its client hides errors, so what was written must be read back."""
    started, token = time.monotonic(), f"{time.time_ns()}"
    try:
        cache.set("readyz", token, 30)
        answers = cache.get("readyz") is not None
    except Exception:  # a refused connection at a client that does not hide it
        answers = False
    if not answers:
        return Check(False, "does not answer; pages get slower, nothing is lost")
    return Check(True, "answers", {"ms": _milliseconds_since(started)})


def check_queues(readers: dict[str, int] | None) -> dict[str, Check]:
    """Each queue with what waits in it against its target, and who reads it. A queue that is
    late is no outage: it says so in its numbers. A queue that nobody reads is one."""
    waiting = _in_database(waiting_by_queue)
    if waiting is None:
        return unknown_queues()
    return {name: _check_queue(name, waiting.get(name, {}), readers) for name in QUEUES}


def _check_queue(name: str, row: dict[str, Any], readers: dict[str, int] | None) -> Check:
    oldest, target = row.get("oldest"), QUEUES[name].target_seconds
    age = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    numbers = {
        "waiting": row.get("waiting", 0),
        "running": row.get("running", 0),
        "oldest_waiting_seconds": round(age, 1),
        "target_seconds": target,
        "late": age > target,
    }
    if readers is None:
        return Check(True, "late" if age > target else "in time", numbers)
    numbers["workers"] = readers.get(name, 0)
    if not numbers["workers"]:
        return Check(False, "no worker reads this queue", numbers)
    return Check(True, "late" if age > target else "in time", numbers)


def unknown_queues() -> dict[str, Check]:
    return {name: Check(False, NO_DATABASE) for name in QUEUES}


def waiting_by_queue() -> dict[str, dict[str, Any]]:
    """Per queue: how many jobs could start now, since when the oldest could, how many run."""
    now = timezone.now()
    could_start = Q(
        Q(run_after=None) | Q(run_after__lte=now),
        Q(depends_on=None) | Q(depends_on__status=Status.COMPLETED),
        status=Status.PENDING,
    )
    rows = (
        Job.objects.active()
        .order_by()
        .values("queue")
        .annotate(
            waiting=Count("pk", filter=could_start),
            running=Count("pk", filter=Q(status=Status.PROCESSING)),
            oldest=Min("created_at", filter=could_start & Q(run_after=None)),
            oldest_timed=Min("run_after", filter=could_start),
        )
    )
    return {
        row["queue"]: {**row, "oldest": _earlier(row["oldest"], row["oldest_timed"])}
        for row in rows
    }


def _earlier(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def unsent_jobs() -> list[int]:
    """Jobs that should be with the broker by now, the oldest ones. Where others of their queue
    are with it already, the relay holds them back on purpose."""
    served = Job.objects.sent_and_unclaimed().order_by().values("queue").distinct()
    due = Job.objects.due().exclude(queue__in=served)
    return list(due.order_by("pk").values_list("pk", flat=True)[:UNSENT_WATCHED])


def relays() -> int:
    """How many database sessions relays hold. They close theirs as soon as anything fails."""
    with connection.cursor() as cursor:
        cursor.execute(SESSIONS_OF, [RELAY])
        return int(cursor.fetchone()[0])


def pgmq_installed() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('pgmq') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def _in_database(question: Callable[[], T]) -> T | None:
    """The answer to a question to the database, or None if it gives none in time."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {DATABASE_MILLISECONDS}")
            return question()
    except (DatabaseError, InterfaceError):
        return None


def _milliseconds_since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
