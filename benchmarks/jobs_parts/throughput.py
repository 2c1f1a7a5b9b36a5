"""Items that do nothing: a batch with full tracking against a bare Celery group, in pairs."""

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.jobs_parts import stamps
from benchmarks.jobs_parts.site import Site, set_up

PATIENCE_SECONDS = 240.0
PROCESSES = 2
CONCURRENCY = 8
#: Without Django's fix-ups: bare Celery as fast as it gets.
NO_DJANGO = {"DJANGO_SETTINGS_MODULE": ""}


@dataclass(frozen=True)
class Size:
    items: int
    rounds: int


def measure(site: Site, size: Size) -> dict[str, Any]:
    """Rounds of ours, bare, careful, in turn. Rates are items a second from the click to the
    last item recorded; ratios are taken inside each round."""
    set_up()
    site.start_relay()
    site.start_worker("batch", PROCESSES)
    for queue in ("bare", "careful"):
        _start_bare(site, queue)
    kinds = {
        "batch": lambda: batch_seconds(size.items, CONCURRENCY),
        "one_by_one": lambda: batch_seconds(size.items, 1),
        "bare": lambda: group_seconds(site.folder, size.items, "bare"),
        "careful": lambda: group_seconds(site.folder, size.items, "careful"),
    }
    for run in kinds.values():
        run()
    rounds = [{name: size.items / run() for name, run in kinds.items()} for _ in range(size.rounds)]
    return {"items": size.items, "processes": PROCESSES, **_summary(rounds), **_cost(size.items)}


def _start_bare(site: Site, queue: str) -> None:
    site.start(
        queue,
        "-m", "celery", "-A", f"benchmarks.jobs_parts.bare:{queue}", "worker",
        "-c", str(PROCESSES), "-n", f"{queue}@bench", "-l", "WARNING",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
        extra=NO_DJANGO,
    )  # fmt: skip
    time.sleep(4)  # at this level it does not say that it is ready; the first run warms it up


def _summary(rounds: list[dict[str, float]]) -> dict[str, Any]:
    rates = {name: [one[name] for one in rounds] for name in rounds[0]}
    ratios = {
        f"{ours} / {theirs}": [one[ours] / one[theirs] for one in rounds]
        for ours in ("batch", "one_by_one")
        for theirs in ("bare", "careful")
    }
    return {"per_second": _spread(rates), "ratio": _spread(ratios)}


def _spread(figures: dict[str, list[float]]) -> dict[str, list[float]]:
    """Median, lowest and highest of each."""
    return {
        name: [round(value, 3) for value in (median(found), min(found), max(found))]
        for name, found in figures.items()
    }


def batch_seconds(items: int, concurrency: int, seconds: float = 0.0) -> float:
    """From the click until the job says that it is completed."""
    start = time.perf_counter()
    job = start_batch(items, concurrency, seconds)
    wait_for(job)
    return time.perf_counter() - start


def start_batch(
    items: int, concurrency: int, seconds: float = 0.0, *, user: Any = None, gate: str = ""
) -> Any:
    from benchmarks.jobs_parts.tasks import BATCH
    from jobs.dispatch import enqueue
    from jobs.models import Job

    work = {"items": items, "concurrency": concurrency, "seconds": seconds, "gate": gate}
    job = Job(title="Measured batch", started_by=user)
    return enqueue(BATCH, job=job, queue="batch", overrides=work)


def wait_for(job: Any, pause: float = 0.005) -> Any:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        job.refresh_from_db()
        if not job.is_active:
            assert job.successful_items == job.total_items, (job.status, job.last_error)
            return job
        time.sleep(pause)
    raise RuntimeError(f"job {job.pk} is {job.status} after {PATIENCE_SECONDS} s")


def group_seconds(folder: Path, items: int, queue: str) -> float:
    """From before the first message is sent until the last task has been done."""
    from benchmarks.jobs_parts import bare

    before = stamps.calls(folder)
    start = time.perf_counter()
    bare.send(items, getattr(bare, queue))
    while stamps.calls(folder) < before + items:
        if time.perf_counter() - start > PATIENCE_SECONDS:
            raise RuntimeError(f"only {stamps.calls(folder) - before} of {items} tasks were done")
        time.sleep(0.002)
    return time.perf_counter() - start


def _cost(items: int) -> dict[str, Any]:
    """What an item costs the database, in a run that is not timed."""
    before = _commits()
    job = wait_for(start_batch(items, CONCURRENCY), pause=1.0)
    commits = _commits() - before
    return {
        "queries_per_item": round(job.result["queries"] / items, 2),
        "commits_per_item": round(commits / items, 2),
    }


def _commits() -> int:
    """Transactions of the whole database so far; sessions report theirs within a second."""
    from django.db import connection

    time.sleep(2.5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT xact_commit FROM pg_stat_database WHERE datname=current_database()")
        return int(cursor.fetchone()[0])
