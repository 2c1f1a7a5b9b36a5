"""Measures the job engine: throughput against bare Celery, starts, polls, and two peers.

usage: python -m benchmarks.jobs [--quick | --full] [--only PART ...] [--broker BROKER]
                                 [--json FILE]

Every part runs on servers of its own, each in a process of its own; quick takes about five
minutes, full about forty. It prints a table and writes FILE (var/bench/jobs.json), where parts
that were not run keep their figures. `python -m benchmarks.jobs_parts.report FILE` puts them into
docs/performance.md. Leave the machine alone meanwhile.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import polling
from benchmarks.jobs_parts import clicks, comparison, report, throughput
from benchmarks.jobs_parts.site import BROKERS, ROOT, Site
from tests.servers.rabbitmq import RabbitMQ

Measure = Callable[[Site], dict[str, Any]]
#: By part: what it does at each size.
PARTS: dict[str, dict[str, Measure]] = {
    "throughput": {
        "quick": lambda site: throughput.measure(site, throughput.Size(1000, 3)),
        "full": lambda site: throughput.measure(site, throughput.Size(5000, 9)),
    },
    "clicks": {
        "quick": lambda site: clicks.measure(site, 40),
        "full": lambda site: clicks.measure(site, 200),
    },
    "polling": {
        "quick": lambda site: polling.measure(site, polling.QUICK),
        "full": lambda site: polling.measure(site, polling.FULL),
    },
    "comparison": {
        "quick": lambda site: comparison.measure(site, comparison.Size(500, 3, 15)),
        "full": lambda site: comparison.measure(site, comparison.Size(1000, 7, 60)),
    },
}
#: The peers know no PGMQ.
RABBITMQ_ONLY = ("comparison",)
RESULTS = ROOT / "var" / "bench" / "jobs.json"


def main() -> None:
    options = _options()
    if options.inside:
        print(json.dumps(_measure(options.inside, options.broker, options.size)))
        return
    found = json.loads(options.json.read_text()) if options.json.exists() else {}
    for part in options.only or PARTS:
        for broker in _brokers(part, options.broker):
            result = _in_a_process(part, broker, options.size)
            if result is not None:
                found.setdefault(part, {})[broker] = {**result, "run": _run(options.size)}
                _store(options.json, found)
    print(report.text(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", dest="size", action="store_const", const="quick")
    parser.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--only", nargs="+", choices=PARTS)
    parser.add_argument("--broker", choices=BROKERS)
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--inside", choices=PARTS, help=argparse.SUPPRESS)
    parser.set_defaults(size="quick")
    return parser.parse_args()


def _brokers(part: str, asked: str | None) -> list[str]:
    """The brokers to measure a part on. What is left out is said."""
    wanted = [asked] if asked else list(BROKERS)
    if part in RABBITMQ_ONLY:
        wanted = [broker for broker in wanted if broker == "rabbitmq"]
        if wanted and comparison.missing():
            print(f"{part}: {comparison.missing()}", file=sys.stderr)
            return []
    if "rabbitmq" in wanted and RabbitMQ.missing():
        print(f"{part}: {RabbitMQ.missing()}", file=sys.stderr)
        wanted.remove("rabbitmq")
    return wanted


def _in_a_process(part: str, broker: str, size: str) -> dict[str, Any] | None:
    """Django takes its settings once, so every installation has a process of its own."""
    began = time.monotonic()
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.jobs", f"--{size}"]
    done = subprocess.run(
        [*command, "--inside", part, "--broker", broker],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    print(f"{part} on {broker}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if done.returncode:
        print(f"{part} on {broker} FAILED, see above", file=sys.stderr)
        return None
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _measure(part: str, broker: str, size: str) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="spelunker-bench-") as folder,
        Site(Path(folder), broker).running() as site,
    ):
        return PARTS[part][size](site)


def _run(size: str) -> dict[str, Any]:
    """When and where: a load far above 0 before the start makes the figures worth little."""
    return {
        "size": size,
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[2], 1),
    }


def _store(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(found, indent=1) + "\n")
    temporary.replace(path)


if __name__ == "__main__":
    main()
