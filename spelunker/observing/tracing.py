"""Traces with OpenTelemetry, if OTEL_EXPORTER_OTLP_ENDPOINT is set; else none of it is imported.

All spans of one job form one trace, whose id is the job's `celery_task_id`: whoever has the job
has the trace, and nothing has to be carried along in messages. The request that queued the job is
linked from the trace's first span.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings

import spelunker
from jobs import tracing as joints
from jobs.models import Job
from spelunker.processes import process_name

#: The end of a process waits so long for what is not sent yet.
FLUSH_MILLISECONDS = 3000


def start(argv: list[str]) -> None:
    """Set tracing up in this process; a forked child needs its own, for threads are not forked."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    joints.TRACER = JobTracer(make_provider(argv))


def make_provider(argv: list[str]) -> Any:
    """Sends what is traced to the collector of the settings, in batches, by a thread."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    ratio = TraceIdRatioBased(settings.OTEL_SAMPLE_RATIO)
    sampler = ParentBased(ratio, remote_parent_sampled=ratio)
    provider = TracerProvider(sampler=sampler, resource=_resource(argv))
    endpoint = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider


def _resource(argv: list[str]) -> Any:
    from opentelemetry.sdk.resources import Resource

    return Resource.create(
        {
            "service.name": settings.OTEL_SERVICE_NAME,
            "service.version": spelunker.__version__,
            "service.instance.id": f"{os.uname().nodename}:{os.getpid()}",
            "spelunker.process": process_name(argv).removeprefix("spelunker "),
        }
    )


class JobTracer:
    """Spans of jobs and of requests. They hold ids and names of steps, nothing that people wrote,
    no local variables and no texts of errors."""

    def __init__(self, provider: Any) -> None:
        # Not the SDK's global one, which a forked child could not exchange for its own.
        self.provider = provider
        self.tracer = provider.get_tracer("spelunker", spelunker.__version__)

    @contextmanager
    def span(self, step: str, job: Job) -> Iterator[object]:
        from opentelemetry import trace

        attributes = {
            "job.id": job.pk or 0, "job.kind": job.kind, "job.task": job.task_name,
            "job.queue": job.queue, "job.attempt": job.attempt,
        }  # fmt: skip
        here = trace.get_current_span().get_span_context()
        trace_id = trace_id_of(job)
        links = [trace.Link(here)] if here.is_valid and here.trace_id != trace_id else []
        with self._started(
            f"{step} {job.task_name}", attributes, context=trace_of(trace_id), links=links
        ) as opened:
            yield opened

    @contextmanager
    def request(self, method: str) -> Iterator[Any]:
        """The span of one request; the caller names its route when that is known."""
        with self._started(method, {"http.request.method": method}) as opened:
            yield opened

    @contextmanager
    def _started(self, name: str, attributes: dict[str, Any], **options: Any) -> Iterator[Any]:
        with self.tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False,
            **options,
        ) as opened:  # fmt: skip
            try:
                yield opened
            except BaseException as error:
                # Its text may quote a document or a key: the log has it, without secrets.
                opened.set_attribute("error.type", type(error).__name__)
                raise


def trace_id_of(job: Job) -> int:
    """128 bits are 128 bits: the id of the job's messages is the id of its trace."""
    try:
        return UUID(job.celery_task_id).int
    except ValueError:
        return UUID(int=job.pk or 1).int


def trace_of(trace_id: int) -> Any:
    """As if each span of a job had one and the same parent, which is nobody's span. Whether the
    trace is kept is decided by its id, so alike in all processes."""
    from opentelemetry import trace

    parent = trace.SpanContext(
        trace_id=trace_id, span_id=trace_id & 0xFFFF_FFFF_FFFF_FFFF or 1, is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )  # fmt: skip
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))


def flush() -> None:
    """Send what is waiting; at the end of a process there is no later."""
    if isinstance(joints.TRACER, JobTracer):
        joints.TRACER.provider.force_flush(FLUSH_MILLISECONDS)
