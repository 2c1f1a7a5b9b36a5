"""Health pages tell machines the truth, without a login and without secrets."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import Celery, beat, current_app, signals
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs.models import Job
from jobs.relay import Relay
from spelunker import alive, health
from spelunker.operating.server import Disk
from spelunker.processes import RELAY, process_name
from tests.jobs.queue_world import canary, ignored_canary, running, waiting

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "READINESS", health.Readiness())
    # The disk of the machine that runs the tests is not what they are about.
    monkeypatch.setattr(health, "disk_of", lambda *_: Disk("Stored files", "/media", 50, 100))


@pytest.fixture
def served_by_a_relay(settings: Any) -> Iterator[None]:
    """A session with the database under the relay's name."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters | {"application_name": RELAY}):
        yield
    with psycopg.connect(**parameters, autocommit=True) as watching:
        # The server ends a session a moment after its client does.
        while watching.execute(health.SESSIONS_OF, [RELAY]).fetchone() != (0,):
            time.sleep(0.01)


@pytest.fixture
def broker_at(settings: Any) -> Iterator[Any]:
    """Lets Celery look for its broker at another address."""
    settings.PGMQ = False
    before = current_app.conf.broker_read_url

    def move(address: str) -> None:
        current_app.conf.broker_read_url = address

    yield move
    current_app.conf.broker_read_url = before


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, json.loads(answer.content)


def test_a_living_process_says_so_without_a_login_or_a_query(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_probes_without_tls_are_not_sent_elsewhere(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/login/").status_code == 301
    assert client.get("/healthz").status_code == 200


def test_everything_there_is_200_and_names_each_part(
    client: Client, served_by_a_relay: None, broker_at: Any
) -> None:
    broker_at("memory://")
    code, report = ready(client)
    assert (code, report["status"]) == (200, "ok")
    assert set(report["checks"]) == {"database", "broker", "cache", "relay", "disk"}
    assert set(report["queues"]) == {"default", "embedding", "batch"}


def test_a_missing_relay_is_503(client: Client, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    code, report = ready(client)
    assert (code, report["status"]) == (503, "down")
    assert "no relay is running" in report["checks"]["relay"]["says"]


def test_a_broker_that_is_away_is_503_and_its_address_is_not_told(
    client: Client, broker_at: Any
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        broker_at(f"amqp://127.0.0.1:{closed.getsockname()[1]}//")
    code, report = ready(client)
    assert code == 503
    assert report["checks"]["broker"]["ok"] is False
    assert "127.0.0.1" not in json.dumps(report)


def test_a_cache_that_swallows_everything_is_503(client: Client, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    code, report = ready(client)
    assert (code, report["checks"]["cache"]["ok"]) == (503, False)


def test_a_database_that_is_away_is_503_and_all_else_is_still_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise health.DatabaseError("connection to server at 10.0.0.7 failed: password")

    monkeypatch.setattr(health.transaction, "atomic", away)
    code, report = ready(client)
    assert code == 503
    assert report["checks"]["database"] == {"ok": False, "says": "does not answer"}
    assert report["checks"]["cache"]["ok"] is True
    assert {queue["ok"] for queue in report["queues"].values()} == {False}
    assert "10.0.0.7" not in json.dumps(report)


def test_a_late_queue_says_how_late_and_is_no_outage(
    client: Client, served_by_a_relay: None, broker_at: Any
) -> None:
    broker_at("memory://")
    running("batch")
    waiting("batch", since=300)
    waiting("batch", since=300, run_after=timezone.now() + timedelta(hours=1))
    code, report = ready(client)
    batch = report["queues"]["batch"]
    assert (code, batch["ok"], batch["late"], batch["state"]) == (200, True, True, "late")
    assert (batch["waiting"], batch["running"], batch["target_seconds"]) == (1, 1, 60)
    assert 299 < batch["oldest_waiting_seconds"] < 310


def test_a_blocked_queue_is_an_outage(
    client: Client, served_by_a_relay: None, broker_at: Any
) -> None:
    broker_at("memory://")
    waiting("batch", since=300)
    code, report = ready(client)
    assert (code, report["status"]) == (503, "down")
    assert report["queues"]["batch"]["state"] == "blocked"
    assert {name for name, queue in report["queues"].items() if queue["ok"]} == {
        "default", "embedding",
    }  # fmt: skip


def test_a_queue_whose_canaries_nobody_takes_is_an_outage_before_anybody_waits(
    client: Client, served_by_a_relay: None, broker_at: Any
) -> None:
    broker_at("memory://")
    ignored_canary("embedding", sent=400)
    canary("embedding", sent=1)
    code, report = ready(client)
    assert (code, report["queues"]["embedding"]["ok"]) == (503, False)
    assert "test jobs" in report["queues"]["embedding"]["says"]


def test_two_thousand_jobs_in_a_line_are_counted_with_three_queries(
    django_assert_num_queries: Any,
) -> None:
    many = [Job(task_name="x.y", queue="batch") for _ in range(2_000)]
    Job.objects.bulk_create(many)
    with django_assert_num_queries(6):  # three, and savepoint, time limit and release
        batch = health.check_queues(None)["batch"]
    assert batch.numbers["waiting"] == 2_000


def test_a_queue_that_no_worker_reads_is_an_outage() -> None:
    queues = health.check_queues({"default": 1, "embedding": 2, "batch": 0})
    assert [name for name, check in queues.items() if not check.ok] == ["batch"]
    assert queues["batch"].says == "no worker reads this queue"


def test_work_that_cannot_be_handed_over_for_a_minute_is_an_outage(
    served_by_a_relay: None,
) -> None:
    stuck = Job.objects.create(task_name="x.y", queue="default")
    readiness = health.Readiness()
    assert readiness._check_relay().ok
    readiness._unsent_since[stuck.pk] -= 61
    assert "cannot hand its work" in readiness._check_relay().says
    Job.objects.filter(pk=stuck.pk).update(dispatched_at=timezone.now())
    assert readiness._check_relay().ok


def test_jobs_held_back_while_others_of_their_queue_are_with_the_broker_are_no_outage() -> None:
    Job.objects.create(task_name="x.y", queue="batch", dispatched_at=timezone.now())
    Job.objects.create(task_name="x.y", queue="batch")
    stuck = Job.objects.create(task_name="x.y", queue="default")
    assert health.unsent_jobs() == [stuck.pk]


def test_asking_often_does_not_look_often(client: Client, django_assert_num_queries: Any) -> None:
    ready(client)
    with django_assert_num_queries(0):
        ready(client)


def test_looking_twice_at_once_looks_once() -> None:
    looks: list[int] = []

    class Counting(health.Readiness):
        def _look(self) -> dict[str, Any]:
            looks.append(1)
            time.sleep(0.05)
            return {"status": "ok"}

    counting = Counting()
    threads = [threading.Thread(target=counting.report) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looks) == 1


def test_a_worker_shows_life_with_each_heartbeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "alive"
    monkeypatch.setenv("SPELUNKER_ALIVE_FILE", str(file))
    signals.heartbeat_sent.send(sender=None)
    assert file.exists()


def test_beat_shows_life_with_each_tick_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "alive"
    monkeypatch.setenv("SPELUNKER_ALIVE_FILE", str(file))
    service = beat.Service(Celery("t", set_as_current=False), scheduler_cls=beat.Scheduler)
    alive.show_ticks(service)
    assert not file.exists()
    service.scheduler.tick()
    assert file.exists()


def probe(*arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-IS", "docker/healthcheck.py", *arguments],
        cwd=ROOT, env={"PATH": os.environ["PATH"]} | environment, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_the_container_check_believes_a_fresh_file_and_no_old_one(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    assert probe("alive", SPELUNKER_ALIVE_FILE=str(file))[0] == 1
    file.touch()
    assert probe("alive", SPELUNKER_ALIVE_FILE=str(file)) == (0, "")
    os.utime(file, (time.time() - 300,) * 2)
    code, said = probe("alive", SPELUNKER_ALIVE_FILE=str(file))
    assert code == 1 and "silent for 300 s" in said


@pytest.fixture(scope="module")
def healthcheck() -> Any:
    path = ROOT / "docker" / "healthcheck.py"
    spec = importlib.util.spec_from_file_location("healthcheck", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        here = self.headers["Host"] == "rfp.example.com" and self.path == "/healthz"
        self.send_response(200 if here else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_the_container_check_asks_the_pages_under_a_name_that_they_answer_to(
    healthcheck: Any, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "rfp.example.com,other.example.com")
    healthcheck.answer(port, "/healthz", host=healthcheck.first_allowed_host())
    with pytest.raises(healthcheck.Unwell, match="400"):
        healthcheck.answer(port, "/healthz", host="localhost")


def test_the_container_check_sees_a_port_that_nobody_answers(healthcheck: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(healthcheck.Unwell, match="does not answer"):
            healthcheck.answer(taken.getsockname()[1], "/healthz", host="localhost")


def test_a_relay_shows_life_at_each_turn_before_it_asks_database_or_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "alive"
    monkeypatch.setenv("SPELUNKER_ALIVE_FILE", str(file))

    class Once(Relay):
        def step(self) -> int:
            self.stopping = True
            assert file.exists()
            return 0

    Once().run()
    assert file.exists()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("/app/manage.py relay", RELAY),
        ("manage.py relay --verbosity 2", RELAY),
        ("/opt/venv/bin/celery -A spelunker worker -Q batch", "spelunker worker"),
        ("/x/celery/__main__.py -A spelunker beat", "spelunker beat"),
        ("/opt/venv/bin/gunicorn spelunker.wsgi", "spelunker web"),
        ("manage.py", "spelunker manage"),
        ("", "spelunker"),
    ],
)
def test_every_process_has_a_name_in_the_database(line: str, name: str) -> None:
    assert process_name(line.split()) == name


def test_a_disk_that_is_nearly_full_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "disk_of", lambda *_: Disk("Stored files", "/media", 9, 100))
    assert health.check_disk() == health.Check(False, "nearly full", {"free_percent": 9})


def test_livez_answers_without_a_login(client: Client) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
