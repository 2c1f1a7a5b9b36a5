"""Settings of operations: backups, logs, traces, reports of errors."""

from typing import Any

import environ

from spelunker import __version__
from spelunker.observing.logs import logging_config

env = environ.FileAwareEnv()
_PRODUCTION = env.bool("SPELUNKER_PRODUCTION", default=False)

SPELUNKER_VERSION = __version__
#: The folder of pg_dump and pg_restore, where PATH has none that fit the server.
POSTGRES_BIN = env.str("POSTGRES_BIN", default="")

#: "json" for programs, "plain" for people.
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if _PRODUCTION else "plain")


def log_settings() -> dict[str, Any]:
    """For Django, and for gunicorn, which writes lines before it loads Django."""
    level = env.str("CELERY_LOGGING_LEVEL", default="INFO")
    return logging_config(level=level, as_json=LOG_FORMAT == "json")


#: Traces: where an OpenTelemetry collector listens, such as http://collector:4318. Empty: none.
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
OTEL_SERVICE_NAME = env.str("OTEL_SERVICE_NAME", default="spelunker")
OTEL_SAMPLE_RATIO = env.float("OTEL_SAMPLE_RATIO", default=1.0)

#: Reports of errors to Sentry, or to what speaks its protocol. Empty: none.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", default="production")
