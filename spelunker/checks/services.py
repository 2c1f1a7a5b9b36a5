"""Secrets, and the servers behind the pages: cache, broker, Flower."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from spelunker.production import PASSWORD_CHARACTERS, is_known, passwords

METRICS_CHARACTERS = 20
#: Caches that unpickle what they are given: whoever can write there runs code here.
PICKLING = ("RedisCache", "FileBasedCache", "DatabaseCache", "PyLibMCCache")
KEPT_SESSIONS = (
    "django.contrib.sessions.backends.db",
    "django.contrib.sessions.backends.cached_db",
)


def secrets(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Two that are the same, or a token that can be guessed. (Without good keys and passwords
    the settings cannot even be read; see spelunker/production.py.)"""
    found: list[CheckMessage] = []
    token = settings.METRICS_TOKEN.strip()
    if token and (len(token) < METRICS_CHARACTERS or len(set(token)) < 8 or is_known(token)):
        found.append(
            Error(
                "METRICS_TOKEN can be guessed.",
                hint=f"Use {METRICS_CHARACTERS} or more random characters, or none: then only "
                "staff read the metrics.",
                id="spelunker.E013",
            )
        )
    urls = {"DATABASE_URL": settings.DATABASE_URL, "CELERY_BROKER_URL": settings.CELERY_BROKER_URL}
    given = {"SECRET_KEY": settings.SECRET_KEY, "METRICS_TOKEN": token, **passwords(urls)}
    given |= {f"FIELD_KEYS {n}": key for n, key in enumerate(settings.FIELD_KEYS, 1)}
    values = [value for value in given.values() if value]
    if len(values) != len(set(values)):
        found.append(
            Error(
                "The same secret is used for two things.",
                hint=f"Give each its own: {', '.join(given)}.",
                id="spelunker.E014",
            )
        )
    return found


def cache(app_configs: Any, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name, options in settings.CACHES.items():
        backend = str(options["BACKEND"])
        serde = options.get("OPTIONS", {}).get("serde")
        by_default = backend.endswith("PyMemcacheCache") and type(serde).__name__ != "JsonSerde"
        if by_default or backend.endswith(PICKLING):
            found.append(
                Error(
                    f"Cache “{name}” unpickles what it finds.",
                    hint="Use Memcached with spelunker.cache_serde.JSON_SERDE.",
                    id="spelunker.E015",
                )
            )
    return found


def sessions(app_configs: Any, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.SESSION_ENGINE not in KEPT_SESSIONS:
        found.append(
            Error(
                "Sessions are not kept in the database.",
                hint="A cache may forget them, and a cookie cannot be taken back: use cached_db.",
                id="spelunker.E016",
            )
        )
    if not settings.SESSION_SERIALIZER.endswith("JSONSerializer"):
        found.append(Error("Sessions are not JSON.", id="spelunker.E017"))
    return found


def broker(app_configs: Any, **_: Any) -> list[CheckMessage]:
    url = settings.CELERY_BROKER_URL
    if not url.startswith("amqp"):
        return []
    found: list[CheckMessage] = []
    if not settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("confirm_publish"):
        found.append(
            Error(
                "The broker does not confirm what it is given: messages get lost.",
                hint="Set confirm_publish in CELERY_BROKER_TRANSPORT_OPTIONS.",
                id="spelunker.E018",
            )
        )
    if "//guest:" in url or "//guest@" in url:
        found.append(
            Error("RabbitMQ's own user “guest” is used.", hint="Delete it.", id="spelunker.E019")
        )
    return found


def flower(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Where Flower runs its password is in the environment."""
    found: list[CheckMessage] = []
    if os.environ.get("FLOWER_UNAUTHENTICATED_API", "").lower() in ("1", "true", "yes", "on"):
        found.append(
            Error(
                "Flower's API is open to everybody.",
                hint="Unset FLOWER_UNAUTHENTICATED_API.",
                id="spelunker.E020",
            )
        )
    given = os.environ.get("FLOWER_BASIC_AUTH", "")
    for pair in filter(None, given.split(",")):
        name, _colon, password = pair.partition(":")
        if not name or len(password) < PASSWORD_CHARACTERS or is_known(password):
            found.append(
                Error(
                    "Flower's password can be guessed.",
                    hint=f"FLOWER_BASIC_AUTH=name:password with {PASSWORD_CHARACTERS} or more "
                    "random characters.",
                    id="spelunker.E021",
                )
            )
    return found
