"""Run in the peers' environment: one command, one JSON object on standard output.

rate ITEMS ROUNDS | polls ITEMS | start ITEMS SECONDS | state TASK
"""

import json
import sys
import time
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

PATIENCE_SECONDS = 240.0
POLLS = 50


def main(command: str, *arguments: str) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    if command == "state":
        print(json.dumps(state(arguments[0])))
    else:
        print(json.dumps(COMMANDS[command](*map(json.loads, arguments))))


def rate(items: int, rounds: int) -> dict[str, list[float]]:
    """Items a second, once more than asked for: the first warms up and is left out."""
    kinds = {"whole": run_whole, "group": run_group}
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(rounds + 1):
        for name, run in kinds.items():
            began = time.perf_counter()
            run(items)
            found[name].append(items / (time.perf_counter() - began))
    return {name: rates[1:] for name, rates in found.items()}


def run_whole(items: int) -> Any:
    from benchmarks.peers.app import whole

    result = whole.delay(items, 0.0)
    return _until(result, lambda: result.state == "SUCCESS")


def run_group(items: int) -> Any:
    """Done when the result of every task is stored."""
    from celery import group
    from django_celery_results.models import TaskResult

    from benchmarks.peers.app import item

    before = TaskResult.objects.filter(status="SUCCESS").count()
    result = group(item.s(number) for number in range(items)).apply_async()
    result.save()
    stored = TaskResult.objects.filter(status="SUCCESS")
    return _until(result, lambda: stored.count() >= before + items)


def _until(result: Any, what: Any) -> Any:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not what():
        if time.monotonic() > give_up:
            raise RuntimeError("not done in time")
        time.sleep(0.01)
    return result


def polls(items: int) -> dict[str, Any]:
    """What celery-progress's own views cost when all is done; they sign nobody in."""
    return {
        "whole": _poll(f"/progress/{run_whole(items).id}/"),
        "group": _poll(f"/progress/g/{run_group(items).id}/"),
    }


def _poll(url: str) -> dict[str, float]:
    client = Client()
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    asked = len(queries)
    assert answer.status_code == 200, answer.content
    began = time.perf_counter()
    for _ in range(POLLS):
        client.get(url)
    milliseconds = (time.perf_counter() - began) / POLLS * 1000
    return {"queries": asked, "ms": round(milliseconds, 2)}


def start(items: int, seconds: float) -> str:
    from benchmarks.peers.app import whole

    return str(whole.delay(items, seconds).id)


def state(task_id: str) -> dict[str, Any]:
    """What a person is told of the task."""
    from celery.result import AsyncResult

    from benchmarks.peers.app import app

    result = AsyncResult(task_id, app=app)
    return {"state": result.state, "told": str(result.info)[:200]}


COMMANDS: dict[str, Any] = {"rate": rate, "polls": polls, "start": start}

if __name__ == "__main__":
    main(*sys.argv[1:])
