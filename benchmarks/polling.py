"""200 open progress tabs on a running batch of 1,000: what a poll takes, what the batch pays.

usage: python -m benchmarks.polling [--full] [--tabs 200] [--broker rabbitmq|pgmq] [--json FILE]
The server is gunicorn as in docker/entrypoint.sh, with Memcached where it is installed. Runs with
and without tabs alternate. Leave the machine alone meanwhile.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.jobs_parts import people
from benchmarks.jobs_parts.figures import spread
from benchmarks.jobs_parts.site import BROKERS, ROOT, Site, set_up
from benchmarks.jobs_parts.throughput import start_batch, wait_for
from tests.servers.rabbitmq import RabbitMQ

CONCURRENCY = 8


@dataclass(frozen=True)
class Size:
    pairs: int
    items: int
    call_seconds: float
    tabs: int = 200


QUICK = Size(pairs=2, items=1000, call_seconds=0.1)
FULL = Size(pairs=5, items=1000, call_seconds=0.25)


def measure(site: Site, size: Size) -> dict[str, Any]:
    """Polls in milliseconds; the batch's slowdown is taken pair by pair."""
    set_up()
    site.start_relay()
    site.start_worker("batch", 2)
    port = site.start_web()
    cookies = [people.sign_in(f"person{n}", staff=True)[1] for n in range(size.tabs)]
    _run(site, size, port, cookies[:5])
    pairs = []
    for _ in range(size.pairs):
        pairs.append((_run(site, size, port, []), _run(site, size, port, cookies)))
    return _figures(size, pairs)


@dataclass(frozen=True)
class Run:
    """`polls` are all from the first call on; at the end of the batch each tab has one to come.
    `polls_until_end` and the processor time are those of the batch's own seconds."""

    batch_seconds: float
    polls: list[tuple[float, int]]
    polls_until_end: int = 0
    web_cpu_seconds: float = 0.0


def _run(site: Site, size: Size, port: int, cookies: list[str]) -> Run:
    """One batch from its first call to its end, watched by as many open tabs as cookies."""
    gate = site.folder / "gate"
    gate.unlink(missing_ok=True)
    owner, _ = people.sign_in("alice")
    job = start_batch(size.items, CONCURRENCY, size.call_seconds, user=owner, gate=str(gate))
    while not job.started_at:
        time.sleep(0.02)
        job.refresh_from_db()
    watching = _open_tabs(port, job.get_absolute_url(), cookies) if cookies else None
    started, before = time.time(), site.cpu_seconds("web")
    gate.touch()
    wait_for(job, pause=0.1)
    cpu = site.cpu_seconds("web") - before
    seconds = job.completed_at.timestamp() - started
    if watching is None:
        return Run(seconds, [])
    out, _ = watching.communicate(timeout=120)
    polls = [poll for poll in json.loads(out) if poll[0] >= started]
    until_end = sum(at <= started + seconds for at, *_ in polls)
    return Run(seconds, [(ms, status) for _, ms, status in polls], until_end, cpu)


def _open_tabs(port: int, path: str, cookies: list[str]) -> "subprocess.Popen[str]":
    tabs = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.jobs_parts.tabs"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert tabs.stdin is not None and tabs.stdout is not None
    json.dump({"port": port, "path": path, "cookies": cookies}, tabs.stdin)
    tabs.stdin.close()
    tabs.stdin = None
    if tabs.stdout.readline() != "open\n":
        raise RuntimeError("the tabs could not be opened, see above")
    return tabs


def _figures(size: Size, pairs: list[tuple[Run, Run]]) -> dict[str, Any]:
    polls = [poll for _, watched in pairs for poll in watched.polls]
    statuses = [status for _, status in polls]
    slower = [watched.batch_seconds / alone.batch_seconds - 1 for alone, watched in pairs]
    web_cpu_seconds = sum(watched.web_cpu_seconds for _, watched in pairs)
    until_end = sum(watched.polls_until_end for _, watched in pairs)
    watched_seconds = sum(watched.batch_seconds for _, watched in pairs)
    return {
        "tabs": size.tabs,
        "items": size.items,
        "call_seconds": size.call_seconds,
        "poll_ms": spread([ms for ms, _ in polls], 1),
        "polls": len(polls),
        "polls_per_second": round(until_end / watched_seconds, 1),
        "web_cpu_ms_per_poll": round(1000 * web_cpu_seconds / until_end, 2),
        "not_modified": round(statuses.count(304) / len(statuses), 3),
        "errors": sum(status not in (200, 286, 304) for status in statuses),
        "batch_seconds_alone": round(median(a.batch_seconds for a, _ in pairs), 2),
        "batch_seconds_watched": round(median(w.batch_seconds for _, w in pairs), 2),
        "batch_slower": [round(f(slower), 3) for f in (median, min, max)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--tabs", type=int, default=200)
    default = "pgmq" if RabbitMQ.missing() else "rabbitmq"
    parser.add_argument("--broker", choices=BROKERS, default=default)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    size = FULL if options.full else QUICK
    size = Size(size.pairs, size.items, size.call_seconds, options.tabs)
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(Path(folder), options.broker).running() as site,
    ):
        found = measure(site, size)
    text = json.dumps(found, indent=1)
    if options.json:
        options.json.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
