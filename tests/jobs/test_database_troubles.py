"""What PostgreSQL itself says when it is full, or when two are in each other's way: work is tried
again, and a page says so in words. Nothing here is acted: each error comes from the server."""

import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from celery import current_app
from django.db import OperationalError, connection, connections, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse

from jobs.database import is_contended, is_gone, patiently
from jobs.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


@pytest.fixture
def crowded() -> Iterator[str]:
    """A role that may not connect once more. (A server without a free session says the same.)"""
    sql("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    yield "crowded"
    sql("DROP ROLE crowded")


def test_a_server_with_too_many_clients_is_taken_for_one_that_is_away(crowded: str) -> None:
    where = connection.get_connection_params()
    keep = {name: where[name] for name in ("dbname", "host", "port") if where.get(name)}
    with pytest.raises(psycopg.OperationalError) as full:
        psycopg.connect(**keep, user=crowded)
    assert "too many connections" in str(full.value)
    assert is_gone(full.value) and not is_contended(full.value)


def beside(work: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def both(first: Callable[[], Any], second: Callable[[], Any]) -> None:
    threads = [beside(first), beside(second)]
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_of_two_that_lock_crosswise_both_get_their_turn() -> None:
    one, two = (Job.objects.create(task_name="jobs.canary") for _ in range(2))
    met, tries = threading.Barrier(2), [0]

    def step(mine: Job, other: Job) -> Callable[[], None]:
        tried = [0]

        def run() -> None:
            tried[0] += 1
            tries[0] += 1
            with transaction.atomic():
                sql("SET LOCAL deadlock_timeout = '20ms'")
                Job.objects.filter(pk=mine.pk).update(total_items=F("total_items") + 1)
                if tried[0] == 1:
                    met.wait(10)
                Job.objects.filter(pk=other.pk).update(total_items=F("total_items") + 1)

        return lambda: patiently(run)

    both(step(one, two), step(two, one))
    assert tries[0] >= 3, "there was a deadlock"
    assert list(Job.objects.values_list("total_items", flat=True)) == [2, 2], "each counted once"


def test_of_two_that_count_on_the_same_moment_both_are_counted() -> None:
    job, met, tries = Job.objects.create(task_name="jobs.canary"), threading.Barrier(2), [0]

    def step() -> Callable[[], None]:
        tried = [0]

        def run() -> None:
            tried[0] += 1
            tries[0] += 1
            with transaction.atomic():
                sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                seen = Job.objects.get(pk=job.pk).total_items
                if tried[0] == 1:
                    met.wait(10)
                Job.objects.filter(pk=job.pk).update(total_items=seen + 1)

        return lambda: patiently(run)

    both(step(), step())
    job.refresh_from_db()
    assert (job.total_items, tries[0]) == (2, 3)


def test_a_page_that_would_wait_for_a_lock_says_so_and_others_open(alice: Any) -> None:
    job = Job.objects.create(task_name="jobs.canary", started_by=alice, title="Held")
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=job.pk)
            held.set()
            done.wait(30)

    thread = beside(hold)
    held.wait(10)
    try:
        sql("SET lock_timeout = '20ms'")  # 10 s in a web process; see test_database_roles
        answer = client.post(reverse("jobs:cancel", args=[job.pk]))
        assert answer.status_code == 503 and answer["Retry-After"] == "5"
        assert client.get(reverse("jobs:list")).status_code == 200
        with pytest.raises(OperationalError) as waited:
            Job.objects.filter(pk=job.pk).update(title="x")
        assert is_contended(waited.value)
    finally:
        done.set()
        thread.join(30)
        connection.close()
    assert client.post(reverse("jobs:cancel", args=[job.pk])).status_code < 400


# -- messages of another version ------------------------------------------------------------------
def own_tasks() -> list[Any]:
    from django.utils.module_loading import autodiscover_modules

    autodiscover_modules("tasks")
    ours = ("jobs.", "llm_manager.", "solution_library.", "rfp_manager.", "api.", "accounts.")
    return [task for name, task in current_app.tasks.items() if name.startswith(ours)]


def test_a_message_with_an_argument_of_a_newer_version_is_taken_all_the_same() -> None:
    kinds = {
        task.name: [p.kind for p in inspect.signature(task.run).parameters.values()]
        for task in own_tasks()
    }
    assert len(kinds) > 10
    deaf = [name for name, found in kinds.items() if inspect.Parameter.VAR_KEYWORD not in found]
    assert deaf == []
