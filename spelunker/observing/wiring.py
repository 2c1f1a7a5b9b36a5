"""Sets observing up where a process begins, and again where Celery or gunicorn forks one."""

import atexit
import sys
from typing import Any
from urllib.parse import unquote, urlsplit

from celery import signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit.known_secrets import KNOWN
from jobs import log_context
from spelunker.observing import reports, tracing

#: Settings that are secrets, and those that are addresses with a password in them.
SECRETS = ("SECRET_KEY", "METRICS_TOKEN", "EMAIL_HOST_PASSWORD")
ADDRESSES = ("DATABASE_URL", "CELERY_BROKER_URL", "KVDB_LOCATION", "SENTRY_DSN")


def connect() -> None:
    """Called once, when Django is ready."""
    learn_secrets()
    # Somebody listens, so Celery leaves the loggers as Django has set them.
    signals.setup_logging.connect(_leave_logging, dispatch_uid="observing-logs")
    signals.task_prerun.connect(log_context.begin_task, dispatch_uid="observing-task")
    signals.task_postrun.connect(log_context.end_task, dispatch_uid="observing-task-over")
    signals.worker_process_init.connect(_in_child, dispatch_uid="observing-child")
    signals.worker_process_shutdown.connect(_flush, dispatch_uid="observing-child-over")
    start()


def start() -> None:
    """Traces and reports, where they are wanted."""
    reports.start()
    tracing.start(sys.argv)
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        atexit.register(tracing.flush)


def learn_secrets() -> None:
    """The secrets of this installation never stand in a line, whatever they look like."""
    for name in SECRETS:
        KNOWN.learn(_setting(name))
    for key in getattr(settings, "FIELD_KEYS", ()):
        KNOWN.learn(key)
    for name in ADDRESSES:
        KNOWN.learn(_password(_setting(name)))


def _setting(name: str) -> str:
    """Django refuses to tell an empty SECRET_KEY; what is not set is no secret."""
    try:
        return str(getattr(settings, name, "") or "")
    except ImproperlyConfigured:
        return ""


def _password(address: str) -> str:
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""


def _leave_logging(**_: Any) -> None:
    """Celery sets nothing up."""


def _in_child(**_: Any) -> None:
    tracing.start(sys.argv)


def _flush(**_: Any) -> None:
    tracing.flush()
