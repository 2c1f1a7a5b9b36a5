"""Hours of ordinary use: errors, latency, and whether any process's memory grows.

usage: python -m benchmarks.soak --minutes 120 --base-url http://127.0.0.1:8000 \\
           --user NAME --password-file FILE --mark FOLDER [--json FILE]

People read pages, search, upload documents, and have RFPs answered and exported, over HTTP like a
browser. `--mark` is what the environment of the processes to be watched holds, such as the value
of SPELUNKER_VAR_DIR; it needs this machine. The account should be one that may do everything and
has no second factor. Documents and RFPs stay: use an installation made for this.
"""

import argparse
import json
import os
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests

from benchmarks.jobs_parts.figures import spread
from benchmarks.soak_parts import people
from benchmarks.soak_parts.memory import Trend, Watch, trend
from benchmarks.soak_parts.people import Load
from benchmarks.soak_parts.visitor import Book, Visitor

#: What counts as growth: more than this share in an hour, and surely so.
MOST_PERCENT_PER_HOUR = 5.0
LEAST_MEGABYTES_PER_HOUR = 5.0
LONGEST_STEP_SECONDS = 120.0


def soak(base_url: str, account: tuple[str, str], minutes: float, load: Load, mark: str) -> Any:
    """The figures. Raises SoakFailed if nobody can sign in."""
    book, over = Book(), threading.Event()
    before = os.getloadavg()[0]

    def make(_: str) -> Visitor:
        visitor = Visitor(base_url, book)
        visitor.sign_in(*account)
        return visitor

    make("at the door")
    with Watch(mark) as watch:
        threads = people.start(load, make, over)
        _wait(minutes, book)
        over.set()
        for thread in threads:
            thread.join(timeout=LONGEST_STEP_SECONDS)
    return _figures(minutes, load, book, watch) | {
        "machine_load": [round(before, 1), round(os.getloadavg()[0], 1)],
        "ready": requests.get(f"{base_url.rstrip('/')}/readyz", timeout=30).status_code,
    }


def _wait(minutes: float, book: Book) -> None:
    end = time.monotonic() + 60 * minutes
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(60.0, left))
        asked = sum(len(taken) for taken in book.milliseconds.values())
        said = f"{left / 60:.0f} min left, {asked} requests, {len(book.errors)} errors"
        print(said, file=sys.stderr, flush=True)


def _figures(minutes: float, load: Load, book: Book, watch: Watch) -> dict[str, Any]:
    requests_made = {kind: len(taken) for kind, taken in book.milliseconds.items()}
    return {
        "minutes": minutes,
        "load": asdict(load),
        "requests": sum(requests_made.values()),
        "requests_per_second": round(sum(requests_made.values()) / 60 / minutes, 1),
        "done": dict(book.done),
        "errors": book.errors,
        "latency_ms": {
            kind: spread(taken, 0) | {"requests": len(taken)}
            for kind, taken in sorted(book.milliseconds.items())
        },
        "memory": {role: _memory(trend(watch.roles[role])) for role in sorted(watch.roles)},
        "growing_processes": _growing(watch),
    }


def _memory(found: Trend | None) -> dict[str, float] | None:
    if found is None:
        return None
    figures = asdict(found) | {"percent_per_hour": found.percent_per_hour}
    return {name: round(value, 1) for name, value in figures.items()}


def _growing(watch: Watch) -> list[str]:
    """Processes that lived through at least half of it and surely grew by more than is allowed."""
    longest = max((samples[-1][0] for samples in watch.processes.values()), default=0.0)
    found = []
    for (role, pid), samples in sorted(watch.processes.items()):
        line = trend(samples) if samples[-1][0] - samples[0][0] > longest / 2 else None
        if line is None or line.per_hour < max(line.within, LEAST_MEGABYTES_PER_HOUR):
            continue
        if line.percent_per_hour > MOST_PERCENT_PER_HOUR:
            found.append(f"{role} {pid}: {line.megabytes:.0f} MB {line.per_hour:+.1f} MB/h")
    return found


def text(found: dict[str, Any]) -> str:
    """As docs/performance.md shows it."""
    lines = ["| request | how many | p50 ms | p95 ms | most |", "| --- | --- | --- | --- | --- |"]
    for kind, took in found["latency_ms"].items():
        figures = (took["requests"], *(f"{took[one]:.0f}" for one in ("p50", "p95", "max")))
        lines.append(f"| {kind} | " + " | ".join(map(str, figures)) + " |")
    lines += ["", "| processes | MB | growth, MB an hour (95 %) | % an hour |"]
    lines.append("| --- | --- | --- | --- |")
    for role, memory in found["memory"].items():
        if memory is not None:
            grows = f"{memory['per_hour']:+.1f} ± {memory['within']:.1f}"
            share = f"{memory['percent_per_hour']:+.1f}"
            lines.append(f"| {role} | {memory['megabytes']:.0f} | {grows} | {share} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--base-url", default="http://127.0.0.1:8000")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password-file", type=Path, required=True, help="its last line counts")
    parser.add_argument("--mark", required=True)
    parser.add_argument("--json", type=Path)
    for name, default in asdict(Load()).items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    options = parser.parse_args()
    load = Load(**{name: getattr(options, name) for name in asdict(Load())})
    password = options.password_file.read_text().split()[-1]
    account = (options.user, password)
    found = soak(options.base_url, account, options.minutes, load, options.mark)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    print(text(found))
    print(f"\n{found['requests']} requests, {len(found['errors'])} errors; done: {found['done']}")
    print("\n".join(found["errors"][:20] + found["growing_processes"]))
    sys.exit(1 if found["errors"] else 0)


if __name__ == "__main__":
    main()
