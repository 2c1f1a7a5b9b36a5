"""How calls of a model hold up: at the limit of an API, and when a tenth of its answers is bad.

usage: python -m benchmarks.llm_calls [--questions 855] [--at-once 16] [--seconds 1]
                                      [--calls 1000] [--seed 1] [--json FILE]

Two RFPs are drafted by two worker processes against an HTTP server that speaks OpenAI's API. The
first part measures the time against the least that the limit allows, and the most calls at once
that the server has seen. The second counts calls for each question when every tenth is answered
by one of ten faults, and looks for the API's key in all that the installation has written.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chaos.batches import draft
from tests.chaos.model import Model
from tests.chaos.stack import Stack
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import Handler, body, completion, status

SERVICES = ("relay-1", "default-1:1", "embedding-1:1", "batch-1:1", "batch-2:1")
KEY = b"sk-chaos"
FAULTS: dict[str, Callable[[Handler], None]] = {
    "429 with Retry-After": status(429, retry_after="1"),
    "529": status(529),
    "500": status(500),
    "content filter": body(completion(None, finish="content_filter")),
    "cut stream": fake_llm.cut,
    "truncated JSON": fake_llm.truncated,
    "empty answer": body(completion("")),
    "10 MB answer": fake_llm.ten_megabytes,
    "connection closed": fake_llm.hang_up,
    "cut off at the limit": body(completion('{"outcome": "ans', finish="length")),
}


class Counting(Model):
    """Also knows the most calls that it has seen at once, and when the first and last were."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.most = 0
        self.times: list[float] = []

    def _answer(self, prompt: str) -> dict[str, Any]:
        self.times.append(time.monotonic())
        self.most = max(self.most, self.in_flight + 1)
        answer = super()._answer(prompt)
        self.times.append(time.monotonic())
        return answer


class Faulty(Model):
    """Answers every tenth call on average with a fault."""

    def __init__(self, seed: int) -> None:
        super().__init__(0.05)
        self._random = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.requests = 0
        self._server.always = self._sometimes

    def _sometimes(self, handler: Handler) -> None:
        chat = handler.path.endswith("/chat/completions")
        with self._lock:
            self.requests += chat
            name = self._random.choice(list(FAULTS)) if self._random.random() < 0.1 else ""
            self.faults[name] += bool(name and chat)
        (FAULTS[name] if name and chat else fake_llm.properly)(handler)


def at_the_limit(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds from the first call's begin to the last one's end, against the least possible."""
    half = options.questions // 2
    sizes = [half, options.questions - half]
    with Counting(options.seconds).running() as model, Stack(folder, services=SERVICES) as stack:
        assert isinstance(model, Counting)
        batches = draft(stack, model, "limit-", sizes, concurrency=options.at_once)
        jobs = [batch.job for batch in batches]
        least = options.questions * options.seconds / options.at_once
        stack.wait(lambda: not stack.active(jobs), 60 + 3 * least, "the batches are over")
        seconds = max(model.times) - min(model.times)
        return {
            "questions": options.questions, "at_once": options.at_once,
            "most_at_once": model.most, "seconds": round(seconds, 1), "least": round(least, 1),
            "ratio": round(seconds / least, 3), "calls": sum(model.calls.values()),
            "answered": stack.processed(jobs),
        }  # fmt: skip


def among_faults(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """How the questions ended, calls made for each, and where the key was found."""
    half = options.calls // 2
    with Faulty(options.seed).running() as model, Stack(folder, services=SERVICES) as stack:
        assert isinstance(model, Faulty)
        batches = draft(stack, model, "faults-", [half, options.calls - half], concurrency=8)
        jobs = [batch.job for batch in batches]
        stack.wait(lambda: not stack.active(jobs), 900, "the batches are over")
        ended = stack.query(
            "SELECT state, count(*), count(*) FILTER (WHERE error <> '') FROM jobs_jobitem"
            " WHERE job_id = ANY(%s) GROUP BY state", jobs,
        )  # fmt: skip
        booked = stack.query(
            "SELECT outcome, count(*) FROM llm_manager_llmusage WHERE job_id = ANY(%s)"
            " GROUP BY outcome ORDER BY 2 DESC", jobs,
        )  # fmt: skip
        found = {
            "questions": options.calls, "requests": model.requests,
            "calls_per_question": round(model.requests / options.calls, 3),
            "faults": dict(model.faults), "items": [list(row) for row in ended],
            "jobs": [stack.job(job)["status"] for job in jobs],
            "books": {outcome: count for outcome, count in booked},
            "reasons": stack.query(
                "SELECT error, count(*) FROM jobs_jobitem WHERE job_id = ANY(%s)"
                " AND state = 'failed' GROUP BY error", jobs,
            ),
        }  # fmt: skip
    return found | {"files_with_the_key": _with_the_key(folder)}


def _with_the_key(folder: Path) -> list[str]:
    """Files of the installation, its database among them, that hold the key in clear."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [str(path.relative_to(folder)) for path in files if KEY in path.read_bytes()]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=855)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("limit", "faults"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    parts = {"limit": at_the_limit, "faults": among_faults}
    found = {}
    for name, measure in parts.items():
        if options.only in (None, name):
            print(f"{name} …", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(prefix="spelunker-bench-") as folder:
                found[name] = measure(Path(folder), options)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    if options.json:
        options.json.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
