"""How long requests take, by route: one line in the log for each, and a histogram in /metrics.

Each process counts for itself. Where a server has several, they share a folder of small files
(PROMETHEUS_MULTIPROC_DIR, set by gunicorn_conf.py), and whichever is asked adds them up.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, runtime_checkable

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

from audit.request_ids import current_request_id
from jobs import tracing

logger = logging.getLogger("spelunker.requests")
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: Probes and polls come every few seconds and tell nothing; their errors do.
QUIET = frozenset({"livez", "healthz", "readyz", "metrics"})
NO_ROUTE = "(none)"

disable_created_metrics()  # type: ignore[no-untyped-call]
OWN = CollectorRegistry()
SECONDS = Histogram(
    "spelunker_http_request_seconds", "Time to answer requests",
    ("method", "route", "status"), buckets=BUCKETS, registry=OWN,
)  # fmt: skip
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@runtime_checkable
class RequestTracer(Protocol):
    """Opens the span of a request."""

    def request(self, method: str) -> AbstractContextManager[Any]: ...


class Timing:
    """Just inside RequestContext, so that nearly all of the time counts and lines have the id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        with _span(request):
            response = self.get_response(request)
        _note(request, response.status_code, time.perf_counter() - started)
        return response


@contextmanager
def _span(request: HttpRequest) -> Iterator[None]:
    """A span of a trace, where traces are wanted."""
    if not isinstance(tracing.TRACER, RequestTracer):
        yield
        return
    with tracing.TRACER.request(method_of(request)) as span:
        yield
        span.update_name(f"{method_of(request)} {route_of(request)}")
        span.set_attribute("http.route", route_of(request))
        span.set_attribute("request.id", current_request_id())


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    route = route_of(request)
    method = method_of(request)
    SECONDS.labels(method, route, f"{status // 100}xx").observe(seconds)
    if route in QUIET and status < 500:
        return
    # The path may hold what somebody searched for, so only the route and its ids are told.
    logger.log(
        logging.WARNING if status >= 500 else logging.INFO,
        "%s %s %s in %.0f ms", method, route, status, seconds * 1000,
        extra={"method": method, "route": route, "status": status,
               "milliseconds": round(seconds * 1000, 1), **_ids(request)},
    )  # fmt: skip


def method_of(request: HttpRequest) -> str:
    return request.method if request.method in METHODS else "OTHER"


def route_of(request: HttpRequest) -> str:
    """Name of the route, of which there are only so many; never what somebody has typed."""
    match = request.resolver_match
    if match is None:
        return NO_ROUTE
    return match.view_name or match.route or NO_ROUTE


def _ids(request: HttpRequest) -> dict[str, int]:
    match = request.resolver_match
    found = match.kwargs.items() if match else ()
    return {f"url_{name}": value for name, value in found if isinstance(value, int)}


def request_metrics() -> Iterator[Any]:
    """The histogram, of all processes of this server."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry(auto_describe=False)
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        yield from registry.collect()
    else:
        yield from OWN.collect()
