"""Real beats that are killed, and that have no broker: nothing is lost, nothing starts twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from jobs.models import Job, JobLog

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
TASKS = 400
START_SECONDS = 90


def environment() -> dict[str, str]:
    """That of a beat on this test's own database, with a broker where nobody listens."""
    place = urlsplit(os.environ["DATABASE_URL"])
    return os.environ | {
        "DATABASE_URL": place._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "DJANGO_SETTINGS_MODULE": "spelunker.settings",
        "CELERY_BROKER_URL": "amqp://nobody:nothing@127.0.0.1:1//",
        "CELERY_TASK_ALWAYS_EAGER": "0",
    }


@pytest.fixture
def start_beat(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", "-A", "spelunker", "beat", "--pidfile="]
        log = (tmp_path / "beat.log").open("ab")
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def due_tasks(number: int) -> None:
    PeriodicTask.objects.all().delete()
    interval = IntervalSchedule.objects.create(every=1, period="hours")
    long_ago = timezone.now() - timedelta(hours=5)
    # A task of the project itself, for the beats know none of the tests'.
    rows = [
        PeriodicTask(name=f"Task {n}", task="jobs.canary", interval=interval, last_run_at=long_ago)
        for n in range(number)
    ]
    PeriodicTask.objects.bulk_create(rows)


def wait_until(reached: Callable[[], Any], process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while not reached():
        assert process.poll() is None, "beat has ended"
        assert time.monotonic() < end, "beat did nothing"
        time.sleep(0.005)


@pytest.mark.contract("F27")
def test_beats_killed_in_the_middle_lose_nothing_and_start_nothing_twice(
    start_beat: Callable[[], "subprocess.Popen[bytes]"],
) -> None:
    due_tasks(TASKS)
    begun = []
    for part in (1, 2):
        victim = start_beat()
        wait_until(lambda part=part: Job.objects.count() >= part * TASKS // 4, victim)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        begun.append(Job.objects.count())
    two = [start_beat(), start_beat()]
    wait_until(lambda: Job.objects.count() >= TASKS, two[0])
    time.sleep(1)  # for what would come too often
    assert begun[0] < begun[1] < TASKS, "they were killed too late"
    assert set(Counter(Job.objects.values_list("title", flat=True)).values()) == {1}
    assert Job.objects.count() == TASKS
    assert set(PeriodicTask.objects.values_list("total_run_count", flat=True)) == {1}
    assert not JobLog.objects.filter(message__contains="skipped").exists()


def test_a_beat_that_is_asked_to_stop_stops(
    start_beat: Callable[[], "subprocess.Popen[bytes]"],
) -> None:
    due_tasks(1)
    process = start_beat()
    wait_until(Job.objects.exists, process)
    process.terminate()
    assert process.wait(timeout=60) == 0
