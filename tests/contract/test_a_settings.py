"""Part A of the task contract: settings, queues and routes (A29-A36, F)."""

import ast
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app
from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from jobs.checks import every_task_has_a_consumed_queue
from jobs.dispatch import queue_of
from jobs.queues import QUEUES, amqp_priority
from spelunker.celery import app
from spelunker.embedded.supervisor import background_services

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a29_the_app_is_configured_from_django_and_finds_tasks() -> None:
    assert isinstance(app, Celery) and app.main == "spelunker"
    assert app.conf.task_serializer == settings.CELERY_TASK_SERIALIZER
    autodiscover_modules("tasks")
    assert "rfp_manager.export_questionnaire" in app.tasks


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
        ("CELERY_TASK_TRACK_STARTED", True),  # B1
        ("CELERY_TASK_IGNORE_RESULT", True),  # F9
        ("CELERY_TASK_REJECT_ON_WORKER_LOST", True),  # F1
        ("CELERY_TASK_DEFAULT_QUEUE", "default"),  # F7
        ("CELERY_TASK_CREATE_MISSING_QUEUES", False),
    ],
)
def test_a30_the_settings_of_celery(name: str, value: Any) -> None:
    assert getattr(settings, name) == value


def test_a30_celery_keeps_the_time_of_django() -> None:
    assert settings.CELERY_TIMEZONE == settings.TIME_ZONE


def test_a31_the_cache_is_never_the_result_backend() -> None:
    assert "cache" not in (settings.CELERY_RESULT_BACKEND or "")
    assert settings.CACHES["default"]["KEY_PREFIX"] == "spelunker"
    assert settings.CACHES["default"]["TIMEOUT"] == 300


def test_a32_schedules_live_in_the_database() -> None:
    assert "django_celery_beat" in settings.INSTALLED_APPS
    assert settings.CELERY_BEAT_SCHEDULER.endswith(":DatabaseScheduler")
    assert not hasattr(settings, "CELERY_BEAT_SCHEDULE") and not app.conf.beat_schedule


@pytest.mark.django_db
def test_f27_the_default_schedules_exist_and_avoid_round_minutes() -> None:
    from django_celery_beat.models import PeriodicTask

    found = {task.task: task.crontab.minute for task in PeriodicTask.objects.exclude(crontab=None)}
    for name in ("solution_library.sync_all_documentation_sources",
                 "llm_manager.validate_all_llm_apis"):  # fmt: skip
        assert int(found[name]) % 5  # D7


def test_a33_pickle_is_nowhere() -> None:
    for folder in ("jobs", "llm_manager", "solution_library", "rfp_manager", "spelunker"):
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
        ("solution_library.sync_documentation_source", "default"),  # F7
        ("rfp_manager.summarize_information_document", "default"),
        ("celery.backend_cleanup", "default"),
    ],
)
def test_a35_the_routes(task: str, queue: str) -> None:
    assert queue_of(task) == queue


def test_a35_the_concurrency_of_the_queues() -> None:
    wanted = {"default": 4, "embedding": 2, "batch": 2}
    assert {name: QUEUES[name].concurrency for name in wanted} == wanted


def test_f8_the_embedded_stack_has_a_worker_for_every_queue() -> None:
    lines = [" ".join(service.argv) for service in background_services()]
    for name in QUEUES:
        assert sum(f"-Q {name} " in line for line in lines) == 1


def test_f7_a_task_that_goes_to_a_queue_nobody_reads_is_found_by_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert every_task_has_a_consumed_queue() == []
    monkeypatch.delitem(QUEUES, "batch")
    found = every_task_has_a_consumed_queue()
    assert {e.id for e in found} == {"jobs.E001"}
    assert any("export_questionnaire" in e.msg for e in found)


def test_e5_every_queue_says_its_target_usage_and_run_time() -> None:
    for spec in QUEUES.values():
        assert spec.target_seconds > 0 and spec.usage and spec.usual_run_time
        assert isinstance(spec.io_bound, bool)


def test_f30_and_d6_our_priority_1_is_the_brokers_8_on_queues_that_know_priorities() -> None:
    assert [amqp_priority(n) for n in (0, 1, 5, 9, 99)] == [9, 8, 4, 0, 0]
    for queue in current_app.conf.task_queues:
        assert queue.durable and queue.queue_arguments == {"x-max-priority": 9}


def test_a36_connections_are_not_kept_between_requests() -> None:
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] == 0
