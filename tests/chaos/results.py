"""Keeps what the runs measured, for docs/reliability.md, and says on the terminal how they go."""

import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Progress:
    """One line on the terminal, written over and over; silent where there is no terminal."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._start = time.monotonic()
        self._next = 0.0

    def line(self, words: str) -> None:
        now = time.monotonic()
        if not sys.__stderr__ or not sys.__stderr__.isatty() or now < self._next:
            return
        self._next = now + 0.2
        text = f"{self.name}, {now - self._start:.0f} s: {words}"
        print(f"\r\x1b[K{text[:118]}", end="", file=sys.__stderr__, flush=True)

    def clear(self) -> None:
        self._next = 0.0
        self.line("")


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and the longest of some measured times."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {
        "n": len(ordered), "p50": round(statistics.median(ordered), 2), "p95": round(late, 2),
        "max": round(ordered[-1], 2),
    }  # fmt: skip


def keep(scenario: str, **values: Any) -> None:
    """Add one run to the file that CHAOS_RESULTS names, and print it."""
    row = {"scenario": scenario, **values}
    print("  " + json.dumps(row, ensure_ascii=False), flush=True)
    path = os.environ.get("CHAOS_RESULTS")
    if path:
        with open(Path(path), "a") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
