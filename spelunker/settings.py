"""Settings of Spelunker. Everything that differs between machines comes from the environment.

`NAME_FILE` may hold the path of a file with the value of a secret NAME.
"""

import os
import sys
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from jobs.queues import DEFAULT_QUEUE, kombu_queues
from spelunker.cache_serde import JSON_SERDE
from spelunker.configuration.accounts import *  # noqa: F403
from spelunker.configuration.accounts import ACCOUNT_APPS, ACCOUNT_MIDDLEWARE
from spelunker.configuration.api import *  # noqa: F403
from spelunker.configuration.database import *  # noqa: F403
from spelunker.configuration.database import DATABASE_SESSION_OPTIONS
from spelunker.configuration.operations import *  # noqa: F403
from spelunker.configuration.operations import log_settings
from spelunker.configuration.rfps import *  # noqa: F403
from spelunker.configuration.security import *  # noqa: F403
from spelunker.processes import WEB, process_name
from spelunker.production import require_safe

django_stubs_ext.monkeypatch()  # lets generic classes of Django be written with their types
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

VAR_DIR = Path(env.str("SPELUNKER_VAR_DIR", default=str(BASE_DIR / "var")))
EMBEDDED = env.bool("SPELUNKER_EMBEDDED", default=not os.environ.get("SPELUNKER_PRODUCTION"))

# --- security ---------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
# Probes come from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^(livez|healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preloading cannot be undone: the operator decides
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXIES > 0:  # noqa: F405
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- application ------------------------------------------------------------------------
INSTALLED_APPS = [
    "spelunker.apps.SpelunkerConfig",
    "audit",
    "accounts",
    *ACCOUNT_APPS,
    "jobs",
    "llm_manager",
    "solution_library",
    "rfp_manager",
    "api",
    "django_celery_beat",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "audit.middleware.RequestContext",
    "spelunker.observing.timing.Timing",
    "django.middleware.security.SecurityMiddleware",
    "spelunker.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "spelunker.sessions.SessionLimits",
    "spelunker.sessions.LoginRequired",
    "spelunker.limits.RateLimits",
    "audit.middleware.Downloads",
    *ACCOUNT_MIDDLEWARE,
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "spelunker.middleware.FriendlyErrors",
]
ROOT_URLCONF = "spelunker.urls"
ASGI_APPLICATION = "spelunker.asgi.application"
WSGI_APPLICATION = "spelunker.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["accounts.templatetags.personal"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "jobs.context_processors.notifications",
                "jobs.context_processors.roles",
            ],
        },
    },
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
ADMIN_PATH = env.str("ADMIN_PATH", default="admin/")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- database, cache, sessions ----------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASES: dict[str, Any] = {
    "default": env.db_url_config(DATABASE_URL or "postgres:///spelunker")
    | {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
DATABASES["default"]["OPTIONS"].setdefault("application_name", process_name(sys.argv))
DATABASES["default"]["OPTIONS"] = DATABASE_SESSION_OPTIONS | DATABASES["default"]["OPTIONS"]
if process_name(sys.argv) == WEB:
    # A new session costs more than a poll does, so the threads of a web process keep some. One
    # that is broken is replaced before it is used.
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.int("WEB_THREADS", default=8) + 2,
        "timeout": 3,
        "reconnect_timeout": 3,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

KVDB_LOCATION = env.str("KVDB_LOCATION", default="")
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
        "LOCATION": KVDB_LOCATION,
        "KEY_PREFIX": env.str("KVDB_PREFIX", default="spelunker"),
        "TIMEOUT": 300,
        "OPTIONS": {
            "serde": JSON_SERDE,
            "connect_timeout": 1,
            "timeout": 1,
            "ignore_exc": True,
        },
    }
    if KVDB_LOCATION
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_PREFIX": "spelunker",
        "TIMEOUT": 300,
    }
}
CACHES["rendered"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "rendered",
    "OPTIONS": {"MAX_ENTRIES": 500},
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- background work --------------------------------------------------------------------
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="pgmq://")
PGMQ = CELERY_BROKER_URL.startswith("pgmq")
CELERY_RESULT_BACKEND = env.str("CELERY_RESULT_BACKEND", default="") or None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_RESULT_EXPIRES = 3600
CELERY_TASK_SOFT_TIME_LIMIT = 1800
CELERY_TASK_TIME_LIMIT = 2100
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TRACK_STARTED = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
# A killed child is told of after this many seconds; the ten of the default are just lost time.
CELERY_WORKER_LOST_WAIT = 1.0
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = env.int("WORKER_MAX_MEMORY_KB", default=1_500_000)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not PGMQ
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 4
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_TASK_DEFAULT_QUEUE = DEFAULT_QUEUE
CELERY_TASK_DEFAULT_EXCHANGE = "spelunker"
CELERY_TASK_DEFAULT_ROUTING_KEY = DEFAULT_QUEUE
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_QUEUES = kombu_queues()
CELERY_TASK_ROUTES = {
    "solution_library.embed_document": {"queue": "embedding"},
    "solution_library.embed_documents_batch": {"queue": "embedding"},
    "solution_library.build_embedding_index": {"queue": "embedding"},
    "rfp_manager.batch_generate_*": {"queue": "batch"},
    "rfp_manager.batch_test_*": {"queue": "batch"},
    "rfp_manager.export_*": {"queue": "batch"},
    "llm_manager.validate_*": {"queue": "default"},
}
CELERY_BEAT_SCHEDULER = "jobs.beat:OutboxScheduler"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        # As "key=value": its URL reader knows no socket folders.
        "conn_string": make_conninfo("", **conninfo_to_dict(DATABASE_URL)),
        "pool_timeout": 5,
        "init_extension": False,
        "use_notify": True,
        "notify_throttle_interval_ms": 10,
        "polling_interval": 0.2,
        "wait_time_seconds": 0,
        "visibility_timeout": 900,
        "pool_size": 4,
    }
    if PGMQ
    else {"confirm_publish": True, "read_timeout": 10, "write_timeout": 10}
)
JOBS_LEASE_SECONDS = env.int("JOBS_LEASE_SECONDS", default=90)
JOBS_LEASE_RENEW_SECONDS = env.int("JOBS_LEASE_RENEW_SECONDS", default=20)
JOBS_SLICE_SECONDS = env.int("JOBS_SLICE_SECONDS", default=540)
JOBS_REDISPATCH_SECONDS = env.int("JOBS_REDISPATCH_SECONDS", default=60)
JOBS_BROKER_WINDOW = env.int("JOBS_BROKER_WINDOW", default=200)  # see jobs/queues.py
JOBS_CANARY_SECONDS = env.int("JOBS_CANARY_SECONDS", default=60)  # 0: send no canaries
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # or METRICS_TOKEN_FILE

#: How long things are kept after their end (docs/operators/jobs.md).
JOBS_RETENTION_DAYS = {
    name: env.float(f"JOBS_RETENTION_DAYS_{name.upper()}", default=days)
    for name, days in (
        ("completed", 90), ("failed", 180), ("cancelled", 30),
        ("canaries", 1), ("notifications", 90),
    )
}  # fmt: skip
JOBS_CANCEL_GRACE_SECONDS = env.int("JOBS_CANCEL_GRACE_SECONDS", default=20)

# --- e-mail (optional) -------------------------------------------------------------------
EMAIL_CONFIGURED = bool(env.str("EMAIL_URL", default=""))
vars().update(env.email_url_config(env.str("EMAIL_URL", default="") or "dummymail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="spelunker@localhost")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")

if env.bool("SPELUNKER_PRODUCTION", default=False):
    require_safe(
        secret_key=SECRET_KEY,
        field_keys=FIELD_KEYS,
        addresses={"DATABASE_URL": DATABASE_URL, "CELERY_BROKER_URL": CELERY_BROKER_URL},
        debug=DEBUG,
    )

# --- files ------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "spelunker.media_storage.MediaStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
MODEL_DIR = Path(env.str("SPELUNKER_MODEL_DIR", default=str(VAR_DIR / "models")))
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
#: The most that PostgreSQL may take for building the graph of a search index; see
#: docs/operators/embedding-models.md for what a library needs.
LIBRARY_GRAPH_MEMORY_MB = env.int("LIBRARY_GRAPH_MEMORY_MB", default=2048)
#: Text recognition with Tesseract, where it is installed ("auto") or never ("off"); see
#: docs/operators/ocr.md. Without names: the languages that are installed, four at most.
OCR_ENABLED = env.str("OCR_ENABLED", default="auto")
OCR_LANGUAGES = env.list("OCR_LANGUAGES", default=[])
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_PERMISSIONS = 0o640
AUTO_EMBED_DOCUMENTS = env.bool("AUTO_EMBED_DOCUMENTS", default=True)
SOURCE_FOLDER_ROOTS = env.list("SOURCE_FOLDER_ROOTS", default=[])
FETCH_CA_BUNDLE = env.str("FETCH_CA_BUNDLE", default="")
FETCH_ALLOWED_HOSTS = env.list("FETCH_ALLOWED_HOSTS", default=[])

# --- language ---------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = False  # the pages are in English; looking for translations took 5–14 % of them
USE_TZ = True

# --- logs: of all processes alike ----------------------------------------------------------
LOGGING = log_settings()
CELERY_LOGGING_LEVEL = LOGGING["root"]["level"]
