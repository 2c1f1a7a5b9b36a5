"""The figures as tables: on the terminal, and in docs/performance.md between its markers.

usage: python -m benchmarks.jobs_parts.report [FILE]
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.jobs_parts.site import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- jobs: begin -->", "<!-- jobs: end -->"
NAMES = {"rabbitmq": "RabbitMQ", "pgmq": "PGMQ"}
Rows = Iterable[tuple[str, ...]]


def text(found: dict[str, Any]) -> str:
    """All that was measured, in Markdown."""
    parts = {
        "throughput": _throughput, "clicks": _clicks,
        "polling": _polling, "comparison": _comparison,
    }  # fmt: skip
    return "\n\n".join(write(found[part]) for part, write in parts.items() if found.get(part))


def put_into_docs(found: dict[str, Any]) -> None:
    page = PAGE.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE} has no {BEGIN} … {END}")
    PAGE.write_text(f"{before}{BEGIN}\n\n{text(found)}\n\n{END}{after}")


def _table(head: tuple[str, ...], rows: Rows) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _title(words: str, by_broker: dict[str, Any]) -> str:
    runs = {name: found["run"] for name, found in by_broker.items()}
    said = "; ".join(
        f"{NAMES[name]}: {run['size']} run of {run['date']}, {run['cores']} cores, "
        f"load of {run['load']} around it"
        for name, run in runs.items()
    )
    return f"### {words}\n\n{said}."


def _spread(values: list[float], digits: int = 0) -> str:
    middle, least, most = (f"{value:,.{digits}f}" for value in values)
    return f"{middle} ({least} to {most})"


def _p(figures: dict[str, float]) -> str:
    return f"{figures['p50']:,.1f} / {figures['p95']:,.1f} / {figures['max']:,.1f}"


# -- the parts -----------------------------------------------------------------------------
def _throughput(by_broker: dict[str, Any]) -> str:
    one = next(iter(by_broker.values()))
    labels = {
        "bare": "bare Celery `group`, defaults, no results",
        "careful": "the same with confirms, late acknowledgement, prefetch 1",
        "batch": "a batch with full tracking, 8 calls at once",
        "one_by_one": "a batch with full tracking, one call after the other",
    }
    rows = [
        (label, *(_spread(found["per_second"][key]) for found in by_broker.values()))
        for key, label in labels.items()
    ]
    rows += [
        (f"ratio, {label}", *(_spread(found["ratio"][key], 2) for found in by_broker.values()))
        for key, label in (
            ("batch / bare", "batch to bare"),
            ("batch / careful", "batch to careful Celery"),
            ("one_by_one / bare", "one after the other to bare"),
        )
    ]
    rows += [
        (label, *(str(found[key]) for found in by_broker.values()))
        for key, label in (
            ("queries_per_item", "queries for an item"),
            ("commits_per_item", "transactions for an item, reads counted, and all else"),
        )
    ]
    head = ("items a second: median (least to most)", *(NAMES[name] for name in by_broker))
    title = _title("Items that do nothing", by_broker)
    words = (
        f"{one['items']:,} items, {one['processes']} worker processes, from the click to the last "
        "item recorded; the kinds alternate, ratios are taken within each round."
    )
    return f"{title} {words}\n\n{_table(head, rows)}"


def _clicks(by_broker: dict[str, Any]) -> str:
    labels = {
        "click_to_start_ms": "click until a worker has the job",
        "row_to_start_ms": "job's row until a worker has the job",
        "answer_to_the_click_ms": "click until its answer is there",
    }
    rows = [
        (label, *(_p(found[key]) for found in by_broker.values())) for key, label in labels.items()
    ]
    stages = next(iter(by_broker.values()))["stages_ms"]
    rows += [
        (f"– {stage}", *(_p(found["stages_ms"][stage]) for found in by_broker.values()))
        for stage in stages
    ]
    head = ("milliseconds: p50 / p95 / most", *(NAMES[name] for name in by_broker))
    number = next(iter(by_broker.values()))["clicks"]
    words = (
        f"{number} times “Draft answers” over HTTP, one after the other, workers idle. A worker "
        "can have the message before the broker has confirmed it, so one part may be negative."
    )
    return f"{_title('From a click to the start', by_broker)} {words}\n\n{_table(head, rows)}"


def _polling(by_broker: dict[str, Any]) -> str:
    rows: list[tuple[str, ...]] = []
    for label, value in (
        ("a poll, ms: p50 / p95 / most", lambda f: _p(f["poll_ms"])),
        ("polls a second", lambda f: f"{f['polls_per_second']}"),
        ("answered 304", lambda f: f"{f['not_modified']:.0%}"),
        ("errors", lambda f: f"{f['errors']} of {f['polls']:,}"),
        ("batch alone, s", lambda f: f"{f['batch_seconds_alone']}"),
        ("batch with the tabs open, s", lambda f: f"{f['batch_seconds_watched']}"),
        ("slower by, median (least to most)", lambda f: _percent(f["batch_slower"])),
    ):
        rows.append((label, *(value(found) for found in by_broker.values())))
    one = next(iter(by_broker.values()))
    words = (
        f"{one['tabs']} tabs, each with its own person, session and connection, on a batch of "
        f"{one['items']:,} items of {one['call_seconds']} s, 8 at once; gunicorn as in Compose; "
        "server, browser, database, broker and worker share the cores."
    )
    title = _title("Many open progress tabs", by_broker)
    return f"{title} {words}\n\n{_table(('', *(NAMES[n] for n in by_broker)), rows)}"


def _percent(values: list[float]) -> str:
    middle, least, most = (f"{value:.1%}" for value in values)
    return f"{middle} ({least} to {most})"


def _comparison(by_broker: dict[str, Any]) -> str:
    found = by_broker["rabbitmq"]
    labels = {
        "whole": "celery-progress on django-celery-results, one task, progress of each item stored",
        "group": "django-celery-results, a group, one stored result for each item",
        "spelunker": "Spelunker, a batch, 8 calls at once",
    }
    speed = [
        (
            label,
            f"{found['per_second'][key]['p50']:,.0f}",
            f"{found['poll'][key]['ms']}",
            f"{found['poll'][key]['queries']}",
        )
        for key, label in labels.items()
    ]
    head = (f"{found['items']:,} items", "items a second", "a poll, ms", "its queries")
    kills = [
        (
            kill["who"], kill["killed"], kill["state"], _ended(kill),
            f"{kill['calls_made']} for {kill['items']}",
        )
        for kill in found["killed"]
    ]  # fmt: skip
    kill_head = ("kill -9 at 40 %", "of the", "state then", "ended after, s", "calls made")
    title = _title("The same job with two peers", by_broker)
    words = (
        "Their polls sign nobody in; ours reads the session, the person and the job. A killed "
        "worker is started again after 2 s."
    )
    return f"{title} {words}\n\n{_table(head, speed)}\n\n{_table(kill_head, kills)}"


def _ended(kill: dict[str, Any]) -> str:
    return "never" if kill["ended_after"] is None else str(kill["ended_after"])


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else ROOT / "var" / "bench" / "jobs.json"
    put_into_docs(json.loads(Path(chosen).read_text()))
