"""Traces and reports of errors reach their servers when they are wanted, with nothing private."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
import sentry_sdk
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from audit.known_secrets import KNOWN
from jobs import tracing as joints
from jobs.execution import execute
from jobs.models import Job
from jobs.tasks import canary
from spelunker.observing import reports, tracing

SECRET = "Kx9.of-no-known-pattern_77"


class Collector(ThreadingHTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Keeper)
        self.bodies: list[tuple[str, bytes]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Keeper(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def provider(collector: Collector, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://{collector.address}"
    made = tracing.make_provider(["manage.py", "test"])
    monkeypatch.setattr(joints, "TRACER", tracing.JobTracer(made))
    yield made
    made.shutdown()


def spans(collector: Collector) -> list[Any]:
    found = []
    for path, body in collector.bodies:
        assert path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            found += [span for scope in resource.scope_spans for span in scope.spans]
    return found


@pytest.mark.django_db
def test_the_steps_of_a_job_are_one_trace_whose_id_is_that_of_its_messages(
    provider: Any, collector: Collector
) -> None:
    job = Job.objects.create(
        title=SECRET, task_name="jobs.canary", celery_task_id="0" * 31 + "7", kind="jobs.Job"
    )
    with joints.TRACER.request("POST"), joints.span("queue", job):  # type: ignore[union-attr]
        pass
    with joints.span("publish", job):
        pass
    execute(canary, job, lambda run: {})
    provider.force_flush()
    found = {span.name: span for span in spans(collector)}
    steps = [found[f"{step} jobs.canary"] for step in ("queue", "publish", "run")]
    trace_id = UUID(job.celery_task_id).bytes
    assert all(span.trace_id == trace_id for span in steps)
    assert steps[0].links[0].trace_id == found["POST"].trace_id != trace_id
    attributes = {one.key: one.value for one in steps[2].attributes}
    assert attributes["job.id"].int_value == job.pk
    assert SECRET not in str(collector.bodies)


def test_a_forked_child_sends_at_its_end_what_it_has_traced_itself(
    provider: Any, collector: Collector
) -> None:
    """As Celery's: it takes over its parent's tracing and then sets up its own."""
    tracing.start(["celery", "worker"])
    assert isinstance(joints.TRACER, tracing.JobTracer)
    with joints.TRACER.request("GET"):
        pass
    tracing.flush()
    assert [span.name for span in spans(collector)] == ["GET"]
    joints.TRACER.provider.shutdown()


@pytest.mark.django_db
def test_a_request_is_a_span_with_its_route_and_number_and_nothing_that_was_typed(
    provider: Any, collector: Collector, client: Client
) -> None:
    answer = client.get("/healthz?next=/zanzibar/")
    provider.force_flush()
    [span] = spans(collector)
    attributes = {one.key: one.value.string_value for one in span.attributes}
    assert span.name == "GET healthz"
    assert attributes["request.id"] == answer["X-Request-ID"]
    assert b"zanzibar" not in collector.bodies[0][1]


@pytest.mark.slow  # loads the SDK
def test_an_error_is_reported_without_variables_secrets_or_people(
    collector: Collector, settings: Any
) -> None:
    KNOWN.learn(SECRET)
    settings.SENTRY_DSN = f"http://public@{collector.address}/1"
    reports.start()
    try:
        with pytest.raises(RuntimeError):
            _fail()
        try:
            _fail()
        except RuntimeError as error:
            sentry_sdk.capture_exception(error)
        sentry_sdk.flush(5)
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.init()  # off again
    [(path, body)] = collector.bodies
    assert path == "/api/1/envelope/"
    event = json.loads(body.splitlines()[-1])
    [raised] = event["exception"]["values"]
    assert raised["value"] == "refused [hidden]" and raised["type"] == "RuntimeError"
    assert raised["stacktrace"]["frames"][-1]["function"] == "_fail"
    text = body.decode()
    assert SECRET not in text and "only-local" not in text
    assert not {"request", "user", "breadcrumbs", "server_name", "extra"} & event.keys()


def _fail() -> None:
    variable = "only-local"
    if variable:
        raise RuntimeError(f"refused {SECRET}")
