"""Part A of the task contract: settings, queues and routes (A29-A36)."""

import ast
import base64
import pickle
import runpy
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.utils.module_loading import autodiscover_modules
from django_celery_beat.schedulers import DatabaseScheduler
from kombu.exceptions import ContentDisallowed
from kombu.serialization import loads
from kombu.utils.imports import symbol_by_name

from jobs.dispatch import queue_of
from jobs.queues import QUEUES
from spelunker.celery import app

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("jobs", "llm_manager", "solution_library", "rfp_manager", "spelunker")


def test_a29_the_app_is_configured_from_django_and_finds_tasks() -> None:
    assert isinstance(app, Celery) and app.main == "spelunker"
    assert app.conf.task_serializer == settings.CELERY_TASK_SERIALIZER
    autodiscover_modules("tasks")
    assert "rfp_manager.export_questionnaire" in app.tasks


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    """The settings as an installation with this environment has them."""
    needed = {"SECRET_KEY": "s" * 50, "DATABASE_URL": "postgres://u@localhost/none"}
    for name, value in {**needed, **environment}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "spelunker" / "settings.py"))


def test_a30_and_f24_broker_backend_and_log_level_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = "amqp://spelunker:pw@rabbitmq:5672/spelunker"
    monkeypatch.delenv("CELERY_LOGGING_LEVEL")
    found = loaded(monkeypatch, CELERY_BROKER_URL=broker, CELERY_RESULT_BACKEND="rpc://")
    assert (found["CELERY_BROKER_URL"], found["CELERY_RESULT_BACKEND"]) == (broker, "rpc://")
    assert found["CELERY_LOGGING_LEVEL"] == found["LOGGING"]["root"]["level"] == "INFO"
    found = loaded(monkeypatch, CELERY_LOGGING_LEVEL="DEBUG")
    assert found["LOGGING"]["root"]["level"] == "DEBUG"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CELERY_ACCEPT_CONTENT", ["json"]),
        ("CELERY_TASK_SERIALIZER", "json"),
        ("CELERY_RESULT_SERIALIZER", "json"),
        ("CELERY_RESULT_EXPIRES", 3600),
        ("CELERY_TASK_SOFT_TIME_LIMIT", 1800),
        ("CELERY_TASK_TIME_LIMIT", 2100),
        ("CELERY_TASK_ACKS_LATE", True),
        ("CELERY_WORKER_PREFETCH_MULTIPLIER", 1),
        ("CELERY_TASK_TRACK_STARTED", True),
        ("CELERY_TASK_IGNORE_RESULT", True),
        ("CELERY_TASK_REJECT_ON_WORKER_LOST", True),
        ("CELERY_TASK_DEFAULT_QUEUE", "default"),
        ("CELERY_TASK_CREATE_MISSING_QUEUES", False),
    ],
)
def test_a30_and_b1_and_f1_and_f9_the_settings_of_celery(name: str, value: Any) -> None:
    assert getattr(settings, name) == value


def test_a30_celery_keeps_the_time_of_django() -> None:
    assert settings.CELERY_TIMEZONE == settings.TIME_ZONE


def test_a31_the_cache_is_memcached_and_never_the_result_backend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = loaded(monkeypatch, KVDB_LOCATION="memcached:11211", KVDB_PREFIX="ours")
    cache = found["CACHES"]["default"]
    assert cache["BACKEND"].endswith(".PyMemcacheCache")
    assert (cache["LOCATION"], cache["KEY_PREFIX"], cache["TIMEOUT"]) == (
        "memcached:11211", "ours", 300,
    )  # fmt: skip
    assert "cache" not in (found["CELERY_RESULT_BACKEND"] or "")
    assert settings.CACHES["default"]["KEY_PREFIX"] == "spelunker"


def test_a32_schedules_live_in_the_database() -> None:
    assert "django_celery_beat" in settings.INSTALLED_APPS
    assert issubclass(symbol_by_name(settings.CELERY_BEAT_SCHEDULER), DatabaseScheduler)
    starts = (ROOT / "docker" / "entrypoint.sh").read_text().split()
    assert not {"-S", "--scheduler"} & set(starts), "the settings say which scheduler runs"
    assert not hasattr(settings, "CELERY_BEAT_SCHEDULE") and not app.conf.beat_schedule
    for folder in APPS:
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            assert "beat_schedule" not in text and "periodic_task(" not in text, path


def test_a33_and_e4_a_pickled_message_is_refused_unread() -> None:
    body = base64.b64encode(pickle.dumps({"id": 1}))
    with pytest.raises(ContentDisallowed):
        loads(body, "application/x-python-serialize", "binary", accept=app.conf.accept_content)


def test_a33_and_e4_pickle_is_nowhere() -> None:
    for folder in APPS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not {"pickle", "dill", "cloudpickle"} & set(names), path


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("solution_library.embed_document", "embedding"),
        ("solution_library.embed_documents_batch", "embedding"),
        ("rfp_manager.batch_generate_responder_answers", "batch"),
        ("rfp_manager.batch_generate_reviewer_answers", "batch"),
        ("llm_manager.validate_single_api", "default"),
        ("llm_manager.validate_all_llm_apis", "default"),
        ("solution_library.sync_documentation_source", "default"),
        ("rfp_manager.summarize_information_document", "default"),
        ("celery.backend_cleanup", "default"),
    ],
)
def test_a35_and_f7_the_routes(task: str, queue: str) -> None:
    assert queue_of(task) == queue


def test_a35_the_concurrency_of_the_queues() -> None:
    wanted = {"default": 4, "embedding": 2, "batch": 2}
    assert {name: QUEUES[name].concurrency for name in wanted} == wanted


def test_a36_connections_are_not_kept_between_requests_whatever_the_address_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "postgres://u@localhost/none?conn_max_age=600"
    found = loaded(monkeypatch, DATABASE_URL=address, CELERY_BROKER_URL="memory://")
    assert found["DATABASES"]["default"]["CONN_MAX_AGE"] == 0
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] == 0
