"""Retrieval on labelled sets: words, meaning and both, beside bm25s in the same run.

usage: python -m benchmarks.retrieval FOLDER|SET... [--out FILE] [--docs]

A folder is searched for sets: a file of questions with a file of passages (or a folder called
corpus) beside it, or a CSV of question pairs. Each set is measured by `manage.py
evaluate_retrieval` in a library apart, with a database of this benchmark's own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retrieval_parts import peers, report
from benchmarks.retrieval_parts.tasks import Task, tasks_in
from solution_library.evaluating.confidence import compare, resampled

VAR = report.ROOT / "var" / "bench" / "retrieval"
SINGLE = {"keyword": "words", "dense": "meaning"}


def main() -> None:
    asked = _arguments()
    began = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as made:
        tasks = [task for path in asked.paths for task in tasks_in(path, Path(made))]
        if not tasks:
            sys.exit("There is no set of questions with its passages in what was named.")
        measured = [_measured(task) for task in tasks]
    found = {"run": _run(began, measured), "tasks": measured}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(found, ensure_ascii=False, indent=1))
    print(report.text(found))
    if asked.docs:
        report.put_into_docs(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=report.FOUND)
    parser.add_argument("--docs", action="store_true", help="put the table into the docs")
    return parser.parse_args()


def _run(load: float, measured: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cores": len(os.sched_getaffinity(0)),
        "load": f"{load:.1f} to {os.getloadavg()[0]:.1f}",
        "model": measured[0]["model"],
    }


def _measured(task: Task) -> dict[str, Any]:
    print(f"{task.name}: {task.questions.name} of {task.corpus.name}", file=sys.stderr)
    found = _evaluated(task)
    theirs = peers.bm25s(task)
    return {
        "name": task.name,
        **{key: found[key] for key in ("questions", "passages", "model", "measures",
                                       "comparisons", "milliseconds", "counted")},
        "bm25s": None if theirs is None else _mean(theirs),
        "best": _against_the_best(found["per_question"], theirs),
    }  # fmt: skip


def _evaluated(task: Task) -> dict[str, Any]:
    command = [
        sys.executable, "manage.py", "evaluate_retrieval", task.questions.resolve(),
        "--corpus", task.corpus.resolve(), "--modes", "keyword,dense,hybrid", "--json",
    ]  # fmt: skip
    own = {"SPELUNKER_VAR_DIR": str(VAR)}
    own["SPELUNKER_MODEL_DIR"] = os.environ.get(
        "SPELUNKER_MODEL_DIR", str(report.ROOT / "var" / "models")
    )
    without = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_URL")}
    run = subprocess.run(
        command, cwd=report.ROOT, env=without | own, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def _mean(theirs: dict[str, dict[str, float]]) -> float:
    return float(np.mean([values["recall@5"] for values in theirs.values()]))


def _against_the_best(
    rows: list[dict[str, Any]], theirs: dict[str, dict[str, float]] | None
) -> dict[str, Any]:
    """Both against the best single way, question by question."""
    singles = {
        name: np.array([row[mode]["recall@5"] for row in rows]) for mode, name in SINGLE.items()
    }
    if theirs is not None:
        singles["bm25s"] = np.array([theirs[row["id"]]["recall@5"] for row in rows])
    best = max(singles, key=lambda name: float(singles[name].mean()))
    both = np.array([row["hybrid"]["recall@5"] for row in rows])
    change = both - singles[best]
    found = compare(best, change, resampled(change.reshape(-1, 1))[:, 0])
    return {
        "other": best, "below": found.below, "better": found.better, "worse": found.worse,
        "difference": vars(found.difference),
    }  # fmt: skip


if __name__ == "__main__":
    main()
