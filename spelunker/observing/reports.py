"""Reports of errors to Sentry, if SENTRY_DSN is set; else nothing of it is imported.

What is reported: the error's type and text without secrets, the lines of code, the route, ids.
Not: local variables, bodies, headers, cookies, addresses, names, query strings.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

import spelunker
from audit.known_secrets import without_secrets

#: What of an event may leave the house.
KEPT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment",
        "exception", "logentry", "transaction", "tags", "sdk", "contexts", "type")  # fmt: skip
CONTEXTS_KEPT = ("runtime", "trace")
FRAME_KEPT = ("filename", "function", "module", "lineno", "in_app")


def start(**options: Any) -> None:
    """Set reporting up in this process; `options` go to the SDK as they are."""
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN, release=f"spelunker@{spelunker.__version__}",
        environment=settings.SENTRY_ENVIRONMENT, default_integrations=False,
        integrations=[DjangoIntegration(), CeleryIntegration(), LoggingIntegration()],
        include_local_variables=False, include_source_context=False, send_default_pii=False,
        max_request_body_size="never", max_breadcrumbs=0, server_name="", traces_sample_rate=0.0,
        auto_session_tracking=False, before_send=only_what_may_leave, **options,
    )  # fmt: skip


def only_what_may_leave(event: Any, _: Any = None) -> Any:
    """The event cut down to KEPT, without secrets in any of its texts."""
    slim = {name: event[name] for name in KEPT if name in event}
    slim["contexts"] = {k: v for k, v in event.get("contexts", {}).items() if k in CONTEXTS_KEPT}
    for value in event.get("exception", {}).get("values", ()):
        frames = (value.get("stacktrace") or {}).get("frames", [])
        for frame in frames:
            for name in [name for name in frame if name not in FRAME_KEPT]:
                del frame[name]
    return _hidden(slim)


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {name: _hidden(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    return value
