"""A worker that shuts down takes nothing more, and its children live until they are done."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.utils import timezone

from jobs import leaving, worker_signals
from jobs.lease import LeaseKeeper
from jobs.models import Job
from jobs.transitions import Claim, claim
from tests.jobs.engine import deliver, fresh, queued

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.mark.django_db
def test_a_job_that_reaches_a_leaving_worker_goes_to_another_at_once() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(dispatched_at=timezone.now())
    worker_signals.ask_jobs_to_yield(sender="w1")
    assert "shutting down" in deliver(job)["skipped"]
    handed_back = fresh(job)
    assert (handed_back.status, handed_back.attempt, handed_back.crashes) == ("pending", 0, 0)
    assert handed_back.dispatched_at is None
    leaving.stay()
    assert deliver(job)["success"] and fresh(job).status == "completed"


@pytest.mark.django_db(transaction=True)
def test_a_job_that_was_taken_in_the_last_moment_stops_after_what_it_has_begun() -> None:
    job = queued()
    held = claim(job.pk, worker="w1", task_id="x")
    assert isinstance(held, Claim)
    leaving.leave()
    with LeaseKeeper(held) as keeper:
        assert keeper.asked_to_yield


FAMILY = r"""
import os, sys, threading, time
import django
django.setup()
from jobs import worker_signals

def fork():
    pid = os.fork()
    if pid == 0:
        worker_signals.die_with_parent()
        os.write(1, b"child %d\n" % os.getpid())
        time.sleep(60)
        os._exit(0)

thread = threading.Thread(target=fork)
thread.start()
thread.join()
os.write(1, b"the thread has ended\n")
time.sleep(60)
"""


@pytest.mark.slow
def test_a_child_outlives_the_thread_that_forked_it_and_not_its_parent() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "spelunker.settings"}
    with subprocess.Popen(
        [sys.executable, "-c", FAMILY], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE,
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        lines = [parent.stdout.readline(), parent.stdout.readline()]
        child = psutil.Process(int(next(x for x in lines if x.startswith("child")).split()[1]))
        time.sleep(0.2)
        assert child.status() != psutil.STATUS_ZOMBIE
        parent.send_signal(signal.SIGKILL)
        child.wait(timeout=30)
