"""The figures as a table: on the terminal, and in docs/performance.md between its markers.

usage: python -m benchmarks.retrieval_parts.report [FILE]
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- retrieval: begin -->", "<!-- retrieval: end -->"
FOUND = ROOT / "var" / "bench" / "retrieval.json"
HEAD = (
    "set", "questions", "passages", "bm25s", "words", "meaning", "both", "95 %", "against the best",
    "draws below",
)  # fmt: skip


def text(found: dict[str, Any]) -> str:
    """All that was measured, in Markdown."""
    run = found["run"]
    lines = ["| " + " | ".join(HEAD) + " |", "| " + " | ".join("---" for _ in HEAD) + " |"]
    lines += ["| " + " | ".join(_row(task)) + " |" for task in found["tasks"]]
    other = [_others(task) for task in found["tasks"]]
    return (
        f"{run['date']}, {run['cores']} cores, load of {run['load']}; {run['model']}. recall@5; "
        "“words” and “meaning” are Spelunker's two ways of searching alone, “both” is what a "
        "search returns. The best is the highest of the three before it; “draws below” is the "
        "share of 5,000 bootstrap draws in which “both” was worse than that.\n\n"
        + "\n".join(lines)
        + "\n\nThe other measures (words / meaning / both):\n\n"
        + "| set | recall@1 | recall@10 | MRR@10 | nDCG@10 | ms, p50 / p95 |\n"
        + "| --- | --- | --- | --- | --- | --- |\n"
        + "\n".join(other)
    )


def put_into_docs(found: dict[str, Any]) -> None:
    page = PAGE.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE} has no {BEGIN} … {END}")
    PAGE.write_text(f"{before}{BEGIN}\n\n{text(found)}\n\n{END}{after}")


def _row(task: dict[str, Any]) -> tuple[str, ...]:
    recall = {mode: each["recall@5"] for mode, each in task["measures"].items()}
    both, best = recall["hybrid"], task["best"]
    peer = task["bm25s"]
    return (
        task["name"], f"{task['questions']}", f"{task['passages']:,}",
        f"{peer:.3f}" if peer is not None else "–",
        f"{recall['keyword']['value']:.3f}", f"{recall['dense']['value']:.3f}",
        f"**{both['value']:.3f}**", f"{both['low']:.3f}–{both['high']:.3f}",
        f"{best['difference']['value']:+.3f} ({best['other']})", f"{best['below']:.0%}",
    )  # fmt: skip


def _others(task: dict[str, Any]) -> str:
    modes = [task["measures"][mode] for mode in ("keyword", "dense", "hybrid")]
    cells = [
        " / ".join(f"{mode[name]['value']:.3f}" for mode in modes)
        for name in ("recall@1", "recall@10", "mrr@10", "ndcg@10")
    ]
    took = task["milliseconds"]
    return f"| {task['name']} | {' | '.join(cells)} | {took['p50']:.0f} / {took['p95']:.0f} |"


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else FOUND
    put_into_docs(json.loads(chosen.read_text()))
