"""/metrics for Prometheus. Everything is read from the database at each scrape, so the numbers are
right however many processes there are and whichever of them answers."""

import ipaddress
import platform
import time
from collections.abc import Iterator
from typing import Any

import django
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder

import spelunker
from jobs.measuring import HOUR, Load, Runs, Starts, loads, run_times, starts
from jobs.models import FINAL
from jobs.queue_states import QueueState, judge
from jobs.queues import QUEUES
from jobs.readers import READERS, Readers
from jobs.totals import Total, incidents, totals
from spelunker.health import pgmq_installed
from spelunker.metrics_llm import llm_metrics
from spelunker.metrics_operating import operating_metrics
from spelunker.observing.timing import request_metrics

#: Longer than any scrape should take, shorter than Prometheus waits by default.
DATABASE_MILLISECONDS = 8000
#: Who sends one of these passes on the request of somebody else.
PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
                 "X-Real-Ip", "Via")  # fmt: skip
SESSIONS = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'spelunker %%'
GROUP BY application_name
"""
Family = Any  # prometheus_client brings no types


# -- the page -----------------------------------------------------------------------------------
@never_cache
@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read(request):
        return _plain(
            "Metrics are for staff, for programs on this machine, and for whoever sends "
            "“Authorization: Bearer …” with METRICS_TOKEN.\n", 403,
        )  # fmt: skip
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    registry = CollectorRegistry(auto_describe=False)
    # Before the transaction: a broker that hangs must not keep one open.
    registry.register(SpelunkerCollector(*READERS.look()))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {DATABASE_MILLISECONDS}")
            return HttpResponse(encode(registry), content_type=content_type)
    except (DatabaseError, InterfaceError):
        return _plain("The database does not answer.\n", 503)


def may_read(request: HttpRequest) -> bool:
    return has_token(request) or is_local(request) or is_staff(request)


def has_token(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN.strip()
    right = constant_time_compare(given.strip(), expected)
    return bool(expected) and scheme.lower() == "bearer" and right


def is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_staff", False))


def is_local(request: HttpRequest) -> bool:
    """A program on this machine asks for itself. Behind a proxy everybody has its address, so
    where one is configured, or shows itself, the address proves nothing."""
    if settings.SECURE_PROXY_SSL_HEADER or any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


# -- what is told -------------------------------------------------------------------------------
class SpelunkerCollector:
    """Made for one scrape."""

    def __init__(self, broker_up: bool, readers: Readers) -> None:
        self.broker_up = broker_up
        self.readers = readers

    def collect(self) -> Iterator[Family]:
        started, all_totals = time.perf_counter(), totals()
        yield build_info()
        yield from job_metrics(all_totals)
        yield from load_metrics(loads(), self.readers)
        yield from start_metrics(starts(HOUR), all_totals)
        yield from run_metrics(run_times())
        yield incident_metric()
        yield from llm_metrics()
        yield from installation_metrics(self.broker_up)
        yield from operating_metrics()
        yield from request_metrics()
        yield gauge("scrape_seconds", "Time taken to read these numbers",
                    [([], time.perf_counter() - started)])  # fmt: skip


def gauge(name: str, says: str, values: Any, labels: tuple[str, ...] = ()) -> Family:
    """A gauge `spelunker_<name>` of (label values, number) pairs; None is left out."""
    return _filled(GaugeMetricFamily(f"spelunker_{name}", says, labels=labels), values)


def counter(name: str, says: str, values: Any, labels: tuple[str, ...] = ()) -> Family:
    return _filled(CounterMetricFamily(f"spelunker_{name}", says, labels=labels), values)


def _filled(family: Family, values: Any) -> Family:
    for labels, number in values:
        if number is not None:
            family.add_metric([str(label) for label in labels], number)
    return family


def build_info() -> Family:
    versions = {
        "version": spelunker.__version__,
        "python": platform.python_version(),
        "django": django.get_version(),
    }
    return InfoMetricFamily("spelunker_build", "What is running", value=versions)


def job_metrics(found: list[Total]) -> Iterator[Family]:
    where = ("queue", "kind")
    yield gauge(
        "jobs", "Jobs on record", [((t.queue, t.kind, t.status), t.kept) for t in found],
        (*where, "status"),
    )  # fmt: skip
    over = [t for t in found if t.status in FINAL]
    ended = [((t.queue, t.kind, t.status), t.jobs) for t in over]
    yield counter("jobs_finished", "Jobs that ended, by outcome", ended, (*where, "outcome"))
    # Of finished jobs only: one that is taken up again may count from the beginning.
    items: dict[tuple[str, str, str], int] = {}
    for t in over:
        for outcome, number in (("done", t.successful_items), ("failed", t.failed_items)):
            key = (t.queue, t.kind, outcome)
            items[key] = items.get(key, 0) + number
    yield counter("job_items", "Items of jobs that ended", items.items(), (*where, "outcome"))


def load_metrics(found: dict[str, Load], readers: Readers) -> Iterator[Family]:
    def each(name: str, says: str, value: Any) -> Family:
        pairs = [([queue], value(QUEUES[queue], load)) for queue, load in found.items()]
        return gauge(f"queue_{name}", says, pairs, ("queue",))

    yield each("waiting_jobs", "Jobs for which only a worker is missing", lambda _, q: q.waiting)
    yield each("unsent_jobs", "Those of them that are not with the broker", lambda _, q: q.unsent)
    yield each("later_jobs", "Jobs whose time or turn has not come", lambda _, q: q.later)
    yield each("running_jobs", "Jobs that a living worker holds", lambda _, q: q.running)
    yield each("oldest_waiting_seconds", "For how long the oldest job has waited, 0 if none",
               lambda _, q: q.oldest or 0)  # fmt: skip
    yield each("since_start_seconds", "Since when no job was started, canaries included",
               lambda _, q: q.since_start)  # fmt: skip
    yield each("canary_ignored_seconds", "For how long canaries were sent in vain, 0 if not",
               lambda _, q: q.ignored or 0)  # fmt: skip
    yield each("canary_wait_seconds", "Time to start of the last canary",
               lambda _, q: q.canary.waited if q.canary else None)  # fmt: skip
    yield each("target_seconds", "In which work should start", lambda s, _: s.target_seconds)
    yield from state_metrics(found, readers)


def state_metrics(found: dict[str, Load], readers: Readers) -> Iterator[Family]:
    states = {
        queue: judge(QUEUES[queue], load, None if readers is None else readers.get(queue, 0)).state
        for queue, load in found.items()
    }
    yield gauge(
        "queue_state", "1 for the state that the queue is in",
        [((queue, s), int(s == now)) for queue, now in states.items() for s in QueueState],
        ("queue", "state"),
    )  # fmt: skip
    yield gauge(
        "queue_blocked", "1 if work of the queue stands still",
        [([queue], int(now.is_outage)) for queue, now in states.items()], ("queue",),
    )  # fmt: skip
    yield gauge(
        "queue_workers", "Workers that read the queue, as the broker tells; none on PGMQ",
        [([queue], number) for queue, number in (readers or {}).items()], ("queue",),
    )  # fmt: skip


def start_metrics(hour: dict[str, Starts], found: list[Total]) -> Iterator[Family]:
    """The quantiles are of the last hour, as a summary's are; sum and count only grow."""
    name = "spelunker_queue_time_to_start_seconds"
    says = "From ready to the first start; quantiles over the last hour"
    summary = SummaryMetricFamily(name, says, labels=("queue",))
    for queue, seen in hour.items():
        mine = [t for t in found if t.queue == queue]
        for quantile, value in (("0.5", seen.p50), ("0.95", seen.p95), ("1", seen.longest)):
            if value is not None:
                summary.add_sample(name, {"queue": queue, "quantile": quantile}, value)
        summary.add_metric(
            [queue], sum(t.starts for t in mine), sum(t.waited_seconds for t in mine)
        )
    yield summary
    yield gauge(
        "queue_in_time_ratio", "Share of the starts of the last hour within the target",
        [([queue], seen.in_time) for queue, seen in hour.items()], ("queue",),
    )  # fmt: skip


def run_metrics(runs: dict[str, Runs]) -> Iterator[Family]:
    says = "How long a worker has a job, over the last day"
    medians = [([queue], seen.p50) for queue, seen in runs.items()]
    yield gauge("queue_run_median_seconds", says, medians, ("queue",))
    longest = [([queue], seen.p95) for queue, seen in runs.items()]
    yield gauge("queue_run_p95_seconds", says, longest, ("queue",))


def incident_metric() -> Family:
    says = "What the engine had to mend"
    return counter("incidents", says, [([n], t) for n, t in incidents().items()], ("incident",))


def installation_metrics(broker_up: bool) -> Iterator[Family]:
    with connection.cursor() as cursor:
        cursor.execute(SESSIONS)
        sessions = cursor.fetchall()
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
    by_process = [([name.removeprefix("spelunker ")], number) for name, number in sessions]
    yield gauge("database_sessions", "Sessions with the database", by_process, ("process",))
    yield gauge("database_size_bytes", "Size of the database", [([], size)])
    up = broker_up and (not settings.PGMQ or pgmq_installed())
    yield gauge("broker_up", "1 if the broker answers", [([], int(up))])
