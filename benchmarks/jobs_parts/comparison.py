"""The same job with celery-progress and django-celery-results: speed, polls, and a kill -9."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.jobs_parts import people, stamps
from benchmarks.jobs_parts.figures import spread
from benchmarks.jobs_parts.site import ROOT, Site, set_up
from benchmarks.jobs_parts.throughput import CONCURRENCY, PROCESSES, batch_seconds, start_batch
from benchmarks.jobs_parts.throughput import wait_for as wait_for_job
from spelunker.embedded.postgres import EmbeddedPostgres

#: Where scripts/bench installs benchmarks/peers/requirements.txt.
PYTHON = Path(os.environ.get("BENCH_PEERS", ROOT / "var" / "bench-peers")) / "bin" / "python"
POLLS = 50
CALL_SECONDS = 0.01
KILL_AT = 0.4


@dataclass(frozen=True)
class Size:
    items: int
    rounds: int
    #: How long it is looked whether a killed job goes on.
    watch_seconds: float


def missing() -> str:
    """Why nothing can be compared, as a sentence; "" if it can."""
    return "" if PYTHON.exists() else f"{PYTHON} is not there (scripts/bench installs it)"


def measure(site: Site, size: Size) -> dict[str, Any]:
    set_up()
    site.start_relay()
    site.start_worker("batch", PROCESSES)
    peers = Peers(site)
    peers.start_worker("peers", PROCESSES)
    theirs = peers.drive("rate", size.items, size.rounds)
    batch_seconds(size.items, CONCURRENCY)
    ours = [size.items / batch_seconds(size.items, CONCURRENCY) for _ in range(size.rounds)]
    polls = peers.drive("polls", size.items)
    polls["spelunker"] = _our_poll(size.items)
    site.stop("peers")
    return {
        "items": size.items,
        "per_second": {name: spread(r, 1) for name, r in {**theirs, "spelunker": ours}.items()},
        "poll": polls,
        "killed": _kills(site, peers, size),
    }


class Peers:
    """Their project, on the same broker and the same server of the database."""

    def __init__(self, site: Site) -> None:
        self.site = site
        server = EmbeddedPostgres(site.folder / "pg")
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as db:
            db.execute("CREATE DATABASE peers")
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.settings",
            "PEERS_DATABASE_HOST": server.dsn().partition("host=")[2],
        }

    def start_worker(self, name: str, processes: int, **extra: str) -> None:
        self.site.start(
            name,
            "-m", "celery", "-A", "benchmarks.peers.app", "worker", "-c", str(processes),
            "-n", f"{name}@bench", "-l", "INFO", "--without-gossip", "--without-mingle",
            extra={**self.environment, **extra}, python=str(PYTHON),
        )  # fmt: skip
        self.site.wait_for_log(name, " ready.")

    def drive(self, *arguments: Any, **extra: str) -> Any:
        done = subprocess.run(
            [str(PYTHON), "-W", "ignore", "-m", "benchmarks.peers.drive", *map(str, arguments)],
            cwd=ROOT, env={**os.environ, **self.environment, **extra},
            capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return json.loads(done.stdout.splitlines()[-1])


def _our_poll(items: int) -> dict[str, float]:
    """A poll of a signed-in person whose page is behind."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    user, cookie = people.sign_in("carol")
    job = start_batch(items, CONCURRENCY, 10.0, user=user)
    while not job.now_doing:
        time.sleep(0.05)
        job.refresh_from_db()
    client = Client(headers={"host": "127.0.0.1", "hx-request": "true"})
    client.cookies.load(cookie)
    url = reverse("jobs:progress", args=[job.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    asked = len(queries)
    began = time.perf_counter()
    for _ in range(POLLS):
        client.get(url)
    milliseconds = (time.perf_counter() - began) / POLLS * 1000
    _cancel(job)
    return {"queries": asked, "ms": round(milliseconds, 2)}


def _cancel(job: Any) -> None:
    from jobs.transitions import request_cancel

    request_cancel(job)
    while job.is_active:
        time.sleep(0.1)
        job.refresh_from_db()


# -- kill -9 -------------------------------------------------------------------------------
def _kills(site: Site, peers: Peers, size: Size) -> list[dict[str, Any]]:
    """At 40 % of the items, once the process that works and once the whole worker, which is
    started again two seconds later, as a supervisor does."""
    found = []
    for victim in ("process", "worker"):
        for careful in (False, True):
            found.append(_kill_theirs(site, peers, size, victim, careful))
        found.append(_kill_ours(site, size, victim))
    return found


def _kill_theirs(
    site: Site, peers: Peers, size: Size, victim: str, careful: bool
) -> dict[str, Any]:
    name = f"peers-{victim}-{'careful' if careful else 'defaults'}"
    extra = {"PEERS_QUEUE": name} | ({"PEERS_CAREFUL": "1"} if careful else {})
    peers.start_worker(name, 1, **extra)
    before = stamps.calls(site.folder)
    task = peers.drive("start", size.items, CALL_SECONDS, **extra)
    _reach(site, before, size.items)
    _kill(site, name, victim)
    if victim == "worker":
        peers.start_worker(name, 1, **extra)
    ended = _watch(
        lambda: peers.drive("state", task, **extra)["state"] in ("SUCCESS", "FAILURE"),
        size.watch_seconds,
    )
    told = peers.drive("state", task, **extra)
    site.stop(name)
    made = stamps.calls(site.folder) - before
    who = "celery-progress, acks_late and reject_on_worker_lost" if careful else "celery-progress"
    return _told(who, victim, size, ended, told["state"], made)


def _kill_ours(site: Site, size: Size, victim: str) -> dict[str, Any]:
    before = stamps.calls(site.folder)
    job = start_batch(size.items, 1, CALL_SECONDS)
    _reach(site, before, size.items)
    _kill(site, "worker-batch", victim)
    if victim == "worker":
        site.start_worker("batch", PROCESSES)

    def over() -> bool:
        job.refresh_from_db()
        return not job.is_active

    ended = _watch(over, size.watch_seconds)
    if ended is not None:
        wait_for_job(job)
    made = stamps.calls(site.folder) - before
    return _told("spelunker", victim, size, ended, job.status, made)


def _told(
    who: str, victim: str, size: Size, ended: float | None, state: str, made: int
) -> dict[str, Any]:
    return {
        "who": who, "killed": victim, "items": size.items, "ended_after": ended,
        "state": str(state), "calls_made": made,
    }  # fmt: skip


def _reach(site: Site, before: int, items: int) -> None:
    give_up = time.monotonic() + 120
    while stamps.calls(site.folder) - before < items * KILL_AT:
        if time.monotonic() > give_up:
            raise RuntimeError("the job that was to be killed did not get so far")
        time.sleep(0.01)


def _kill(site: Site, name: str, victim: str) -> None:
    """kill -9: the process of the pool that works hardest, or the worker with all of them."""
    parent = psutil.Process(site.processes[name].pid)
    children = [child for child in parent.children() if child.status() != psutil.STATUS_ZOMBIE]
    if victim == "process":
        children = [max(children, key=lambda child: sum(child.cpu_times()[:2]))]
    else:
        site.processes.pop(name).kill()
        time.sleep(2.0)
    for child in children:
        if child.is_running():
            child.kill()


def _watch(over: Callable[[], bool], seconds: float) -> float | None:
    """Seconds until it was over, or None if it never was."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if over():
            return round(time.monotonic() - began, 1)
        time.sleep(0.25)
    return None
