"""Part F of the task contract: publishing, queues, priorities, cache, images (F7-F9, F21-F36)."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from celery import Celery, current_app
from celery.app.trace import build_tracer
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from jobs import transitions
from jobs.checks import every_task_has_a_consumed_queue
from jobs.models import ItemState, Job, Status
from jobs.queues import QUEUES, amqp_priority
from jobs.run import JobRun
from llm_manager.models import LLMApi, ValidationJob
from llm_manager.tasks import validate_single_api
from rfp_manager.models import RFPBatchJob
from spelunker.embedded.supervisor import background_services, web_services
from tests.contract.test_a_tasks import sources
from tests.jobs.engine import deliver, fresh, person, queued
from tests.jobs.test_relay import app_with, broker, messages, relay

__all__ = ["broker", "relay"]
ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("elsewhere")]


# -- F7-F9 ---------------------------------------------------------------------------------
def test_f7_a_task_that_goes_to_a_queue_nobody_reads_is_found_by_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert every_task_has_a_consumed_queue() == []
    monkeypatch.delitem(QUEUES, "batch")
    found = every_task_has_a_consumed_queue()
    assert {e.id for e in found} == {"jobs.E001"}
    assert any("export_questionnaire" in e.msg for e in found)


def test_f8_and_a34_both_stacks_have_one_worker_for_every_queue() -> None:
    lines = [" ".join(service.argv) for service in background_services()]
    for name in QUEUES:
        assert sum(f"-Q {name} " in line for line in lines) == 1
        assert SERVICES[f"worker-{name}"]["command"] == ["worker", name]
    assert {n for n in SERVICES if "worker" in n} == {f"worker-{name}" for name in QUEUES}


def test_f9_and_b10_a_message_asks_for_no_result(relay: Any, broker: Celery) -> None:
    queued()
    relay.publish_due()
    (message,) = messages(broker)
    assert message.headers["ignore_result"] is True


@pytest.mark.parametrize("ignore", [settings.CELERY_TASK_IGNORE_RESULT, False])
def test_f9_no_result_is_stored_whatever_backend_is_named(ignore: bool) -> None:
    app = app_with("memory://")
    app.conf.result_backend, app.conf.task_ignore_result = "cache+memory://", ignore

    @app.task(name="jobs.adds_up", shared=False)  # type: ignore[untyped-decorator]
    def adds_up() -> int:
        return 2

    build_tracer("jobs.adds_up", app.tasks["jobs.adds_up"], app=app)("the-id", [], {}, {})
    stored = app.backend.get(app.backend.get_key_for_task("the-id"))
    assert (stored is None) is ignore, "without our setting there would be one"


# -- F21, F24 ------------------------------------------------------------------------------
def test_f21_and_d1_without_a_broker_requests_go_on_and_work_waits_in_the_table(
    client: Client, rfp: Any
) -> None:
    """No broker runs beside these tests."""
    client.force_login(rfp.owner)
    address = reverse("rfp_manager:start_responder", args=[rfp.pk])
    assert client.post(address).status_code == 303
    job = Job.objects.get()
    assert (job.status, job.dispatched_at) == ("pending", None)
    assert Job.objects.due().filter(pk=job.pk).exists()


def sessions() -> int:
    """Of this database, as seen by a session of its own."""
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters) as db:
        row = db.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_f24_a_run_leaves_no_database_connection_behind() -> None:
    def work(run: JobRun) -> dict[str, Any]:
        run.log("a line, written by the thread that keeps the lease")
        return {}

    job = queued(work)
    before = sessions()
    deliver(job)
    assert job.log_lines.exists() and sessions() == before


def test_f24_the_log_level_reaches_every_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_LOGGING_LEVEL", "DEBUG")
    celery = [s.argv for s in background_services() + web_services(8000) if "celery" in s.argv]
    assert len(celery) == len(QUEUES) + 1
    assert all(argv[argv.index("-l") + 1] == "DEBUG" for argv in celery)
    starts = (ROOT / "docker" / "entrypoint.sh").read_text()
    assert starts.count('-l "${CELERY_LOGGING_LEVEL:-INFO}"') == 2


# -- F26, F27 ------------------------------------------------------------------------------
def test_f26_every_kind_and_every_item_speaks_the_same_five_words_or_fewer() -> None:
    assert set(ItemState.values) <= {"pending", "running", "done", "failed"}
    for kind in (Job, RFPBatchJob, ValidationJob):
        assert kind._meta.get_field("status").choices == Status.choices
        assert isinstance(kind.progress, property)


@pytest.mark.django_db  # in line with the tests that find what migrations left
def test_f27_and_a32_the_default_schedules_exist_and_can_be_edited(admin_client: Client) -> None:
    tasks = PeriodicTask.objects.exclude(crontab=None)
    names = {task.task for task in tasks}
    assert names >= {
        "solution_library.sync_all_documentation_sources", "llm_manager.validate_all_llm_apis",
    }  # fmt: skip
    for task in tasks:
        address = reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])
        page = admin_client.get(address).content.decode()
        assert 'name="crontab"' in page and 'name="enabled"' in page


# -- F30, F33 ------------------------------------------------------------------------------
def test_f30_and_d6_our_priority_1_is_the_brokers_8_on_queues_that_know_priorities() -> None:
    assert [amqp_priority(n) for n in (0, 1, 5, 9, 99)] == [9, 8, 4, 0, 0]
    for queue in current_app.conf.task_queues:
        assert queue.durable and queue.queue_arguments == {"x-max-priority": 9}


def test_f33_no_lock_is_in_the_cache() -> None:
    first = queued(dedup_key="k", serial_key="line")
    held = transitions.claim(first.pk, worker="w")
    second = queued(serial_key="line")
    cache.clear()
    with pytest.raises(Exception, match="already running"):
        queued(dedup_key="k")
    assert held and transitions.claim(first.pk, worker="v") is None
    assert transitions.claim(second.pk, worker="v") is None


def test_f33_nothing_in_background_work_knows_the_cache() -> None:
    for path, tree in sources():
        if path.parts[0] == "spelunker" or "views" in path.parts:
            continue  # pages may keep what they have rendered
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("django.core.cache"), path


# -- F34-F36 -------------------------------------------------------------------------------
IMAGE = re.compile(r"\$\{(\w+_IMAGE):-([\w./-]+):([\w.-]+)(?:@sha256:[0-9a-f]{64})?\}")


@pytest.mark.parametrize(
    ("service", "variable", "repository", "series"),
    [
        ("rabbitmq", "RABBITMQ_IMAGE", "rabbitmq", r"4\.\d+-management-alpine"),
        ("memcached", "MEMCACHED_IMAGE", "memcached", r"1\.6-alpine"),
        ("postgres", "POSTGRES_IMAGE", "pgvector/pgvector", r"pg1[78]"),
        ("flower", "SPELUNKER_IMAGE", "spelunker", r"\d+\.\d+\.\d+"),
    ],
)
def test_f34_and_a34_images_come_from_the_environment_and_default_to_pinned_series(
    service: str, variable: str, repository: str, series: str
) -> None:
    found = IMAGE.fullmatch(SERVICES[service]["image"])
    assert found and found[1] == variable and found[2] == repository
    assert re.fullmatch(series, found[3])


def test_f34_and_a34_flower_is_our_own_image_behind_a_password_on_port_5555() -> None:
    flower = SERVICES["flower"]
    assert "build" in flower and flower["ports"] == ["127.0.0.1:${FLOWER_PORT:-5555}:5555"]
    assert "FLOWER_BASIC_AUTH_FILE" in flower["environment"]
    starts = (ROOT / "docker" / "entrypoint.sh").read_text()
    assert ': "${FLOWER_BASIC_AUTH:?' in starts, "it must not start without"


def test_f35_an_emptied_cache_signs_nobody_out(client: Client) -> None:
    assert settings.SESSION_ENGINE.endswith(".cached_db")
    client.force_login(person())
    page: Callable[[], Any] = lambda: client.get(reverse("jobs:list"))  # noqa: E731
    assert page().status_code == 200
    cache.clear()
    assert page().status_code == 200


def test_f36_a_check_of_an_api_has_a_row_also_when_called_by_hand() -> None:
    api = LLMApi.objects.create(name="on", kind="openai", base_url="http://127.0.0.1:9/v1")
    result = validate_single_api(api.pk)
    job = ValidationJob.objects.get(pk=result["job_id"])
    assert (job.api, job.task_name) == (api, "llm_manager.validate_single_api")
    assert fresh(job).celery_task_id and fresh(job).attempts.count() == 1
