"""Whether this process lives (/healthz), and whether what it needs is there (/readyz)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.measuring import Load, loads
from jobs.models import Job
from jobs.queue_states import judge
from jobs.queues import QUEUES, QueueSpec
from jobs.readers import Readers, queue_readers
from spelunker.operating.server import disk_of
from spelunker.operating.troubles import is_nearly_full
from spelunker.processes import RELAY

T = TypeVar("T")
KEPT_SECONDS = 3.0
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
        checks["disk"] = check_disk()
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


def check_broker(database_ok: bool) -> tuple[Check, Readers]:
    """Whether the broker answers, and how many workers read each queue (None: cannot say)."""
    if settings.PGMQ:
        if not database_ok:
            return Check(False, NO_DATABASE), None
        installed = bool(_in_database(pgmq_installed))
        return Check(installed, "answers" if installed else "its tables are missing"), None
    started = time.monotonic()
    try:
        readers = queue_readers()
    except Exception:  # each kind of broker has its own errors; all mean the same here
        return Check(False, "does not answer; work waits in the database until it does"), None
    return Check(True, "answers", {"ms": _milliseconds_since(started)}), readers


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


def check_disk() -> Check:
    """Room for uploads and for what is made. A full disk stops both, so it is said before."""
    found = disk_of("Stored files", Path(settings.MEDIA_ROOT))
    if found is None:
        return Check(True, "cannot be told here")
    numbers = {"free_percent": found.percent_free}
    if is_nearly_full(found):
        return Check(False, "nearly full", numbers)
    return Check(True, "has room", numbers)


def check_queues(readers: Readers) -> dict[str, Check]:
    """Each queue with what waits in it against its target, and who reads it. A queue that is
    late is no outage: it says so in its numbers. One that stands still is."""
    found = _in_database(loads)
    if found is None:
        return unknown_queues()
    return {
        name: _check_queue(spec, found[name], None if readers is None else readers.get(name, 0))
        for name, spec in QUEUES.items()
    }


def _check_queue(spec: QueueSpec, load: Load, readers: int | None) -> Check:
    verdict = judge(spec, load, readers)
    oldest = load.oldest or 0.0
    numbers = {
        "state": verdict.state.value,
        "waiting": load.waiting,
        "running": load.running,
        "oldest_waiting_seconds": round(oldest, 1),
        "target_seconds": spec.target_seconds,
        "late": oldest > spec.target_seconds,
    }
    if readers is not None:
        numbers["workers"] = readers
    return Check(not verdict.state.is_outage, verdict.says, numbers)


def unknown_queues() -> dict[str, Check]:
    return {name: Check(False, NO_DATABASE) for name in QUEUES}


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
