"""Runs all the chaos tests and prints what they measured. Options go to pytest.

CHAOS_QUICK=1 runs the small size, CHAOS_SEEDS=4,5 other seeds.
"""

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil

from tests.chaos import report, results

ROOT = Path(__file__).resolve().parent.parent.parent


def main(options: list[str]) -> int:
    folder = ROOT / "var" / "chaos"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}.jsonl"
    full = "0" if os.environ.get("CHAOS_QUICK") == "1" else "1"
    environment = {"CHAOS_FULL": full} | os.environ | {"CHAOS_RESULTS": str(path)}
    os.environ["CHAOS_RESULTS"] = str(path)
    results.keep("machine", **machine())
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-s",
        "--durations=0", "--durations-min=5", "tests/chaos", *options,
    ]  # fmt: skip
    code = run(command, environment)
    print(f"\n{report.tables(report.read(path))}\n\nKept in {path}")
    return code


def run(command: list[str], environment: dict[str, str]) -> int:
    """pytest's exit code. Ctrl-C reaches pytest as well, and its cleaning up is waited for."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def machine() -> dict[str, object]:
    load = os.getloadavg()[0]
    return {
        "date": f"{datetime.date.today():%-d %B %Y}", "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(), "load": f"{load:.1f}",
        "load_note": "nothing else was running" if load < 0.5 else "others used the machine too",
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
