"""Part D of the task contract: what is a task, notifications, chains, priorities, schedules."""

import ast
import inspect
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery, current_app
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from jobs.batch import Steps, add_items, work_items
from jobs.dispatch import Step, enqueue, enqueue_chain
from jobs.errors import AlreadyRunning, JobFailed
from jobs.models import Job, JobItem, Notification
from jobs.queues import DEFAULT_PRIORITY
from jobs.run import JobRun
from solution_library.models import DocumentationSource, SyncJob
from solution_library.previewing import preview_source
from solution_library.sources import SOURCES
from solution_library.syncing import start_all
from tests.contract.test_a_tasks import OURS, sources
from tests.jobs.engine import WORK, deliver, fresh, person, probe, queued
from tests.jobs.test_relay import broker, messages, relay

__all__ = ["broker", "relay"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("elsewhere")]
LONGEST_TASK_BODY = 20


# -- D1-D3 ---------------------------------------------------------------------------------
def test_d1_a_preview_which_is_no_task_is_given_up_in_time(monkeypatch: Any) -> None:
    released = threading.Event()

    class Silent:
        def preview(self, config: Any, *rest: Any) -> list[str]:
            released.wait(5)
            return []

    monkeypatch.setitem(SOURCES, "silent", Silent())
    found = preview_source("silent", {}, patience=0.01)
    released.set()
    assert found.look.documents == [] and "answers slowly" in found.remark


@pytest.mark.parametrize("task", OURS, ids=lambda task: task.name)
def test_d2_a_task_is_slim_and_hands_its_work_to_the_domain(task: Any) -> None:
    (function,) = ast.parse(inspect.getsource(inspect.unwrap(task.run))).body
    assert isinstance(function, ast.FunctionDef)
    assert "execute" in {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    first, last = function.body[0].lineno, function.end_lineno or 0
    assert last - first < LONGEST_TASK_BODY


@pytest.mark.parametrize(
    ("error", "event", "text"),
    [(None, "completed", "probe is finished"),
     (JobFailed("The key was refused."), "failed", "probe has failed: The key was refused.")],
)  # fmt: skip
def test_d3_the_person_is_told_of_the_end_also_of_a_bad_one(
    error: Exception | None, event: str, text: str, client: Client
) -> None:
    def work(run: JobRun) -> dict[str, Any]:
        if error:
            raise error
        return {}

    user = person()
    job = queued(work, started_by=user)
    deliver(job)
    deliver(job)
    note = Notification.objects.get(job=job)
    assert (note.user, note.event, note.text) == (user, event, text)
    client.force_login(user)
    assert text in client.get(reverse("jobs:notifications")).content.decode()


# -- D4, D5 --------------------------------------------------------------------------------
def chain(*works: Callable[[JobRun], dict[str, Any]]) -> list[Job]:
    titles = [f"link {n}" for n in range(len(works))]
    WORK.update(zip(titles, works, strict=True))
    return enqueue_chain(*(Step(probe, Job(title=title)) for title in titles))


def test_d4_the_links_of_a_chain_run_one_after_the_other() -> None:
    ran: list[str] = []

    def work(run: JobRun) -> dict[str, Any]:
        ran.append(run.job.title)
        return {}

    first, second, third = chain(work, work, work)
    assert deliver(third)["skipped"] and deliver(second)["skipped"]
    for job in (first, second, third):
        assert list(Job.objects.due()) == [job]
        deliver(job)
    assert ran == ["link 0", "link 1", "link 2"]


def test_d4_and_d5_a_broken_chain_ends_and_every_later_link_says_why() -> None:
    def fails(run: JobRun) -> dict[str, Any]:
        raise JobFailed("no")

    first, second, third = chain(fails, lambda run: {}, lambda run: {})
    deliver(first)
    assert [fresh(job).status for job in (first, second, third)] == [
        "failed", "cancelled", "cancelled",
    ]  # fmt: skip
    assert "link 0" in fresh(second).last_error and "link 1" in fresh(third).last_error


def test_d5_nothing_composes_tasks_or_waits_for_results_of_celery() -> None:
    forbidden = {"group", "chord", "chain", "signature", "AsyncResult", "ResultSet"}
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("celery"):
                assert not forbidden & {alias.name for alias in node.names}, path


# -- D6-D9 ---------------------------------------------------------------------------------
@pytest.mark.parametrize("priority", [0, 10, -1])
def test_d6_priority_0_is_reserved_and_there_are_nine(priority: int) -> None:
    assert DEFAULT_PRIORITY == 5
    with pytest.raises(ValueError, match="reserved"):
        enqueue(probe, job=Job(), priority=priority)


def test_d6_and_f30_the_more_urgent_is_sent_first(relay: Any, broker: Celery) -> None:
    jobs = {priority: queued(priority=priority) for priority in (9, 5, 1, 7)}
    relay.publish_due()
    ids = [message.headers["id"] for message in messages(broker)]
    assert ids == [jobs[priority].celery_task_id for priority in (1, 5, 7, 9)]


@pytest.mark.django_db  # in line with the tests that find what migrations left
def test_d7_and_f27_every_default_schedule_avoids_round_minutes() -> None:
    minutes = {
        task.name: task.crontab.minute
        for task in PeriodicTask.objects.exclude(crontab=None).select_related("crontab")
        if not task.name.startswith("celery.")
    }
    assert len(minutes) >= 2
    assert [name for name, minute in minutes.items() if int(minute) % 5 == 0] == []


def test_d8_and_e7_and_f31_many_like_jobs_are_scattered_over_a_window_each_once() -> None:
    start = timezone.now()
    jobs = [queued(spread=600) for _ in range(20)]
    moments = [fresh(job).run_after for job in jobs]
    assert all(start <= moment <= start + timedelta(seconds=601) for moment in moments)
    assert len(set(moments)) == 20 and max(moments) - min(moments) > timedelta(seconds=60)
    assert len({job.celery_task_id for job in jobs}) == 20
    assert Job.objects.due().count() < 20


def test_d9_no_task_has_a_rate_limit() -> None:
    assert [task.name for task in OURS if task.rate_limit] == []


def test_d9_the_calls_in_flight_are_limited_instead() -> None:
    flying, most, lock = 0, 0, threading.Lock()

    def call(key: str) -> None:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        time.sleep(0.01)
        with lock:
            flying -= 1

    def work(run: JobRun) -> dict[str, Any]:
        add_items(run, [str(n) for n in range(12)])
        steps = Steps(lambda item: str(item.key), call, lambda item, result: None)
        work_items(run, steps, concurrency=3)
        return {}

    deliver(queued(work))
    assert most == 3 and JobItem.objects.filter(state="done").count() == 12


# -- D10 -----------------------------------------------------------------------------------
def test_d10_a_duplicate_is_refused_while_the_first_is_queued_or_running() -> None:
    def refused() -> bool:
        try:
            queued(dedup_key="source:1")
        except AlreadyRunning as error:
            return error.existing == first
        return False

    during: list[bool] = []
    first = queued(lambda run: during.append(refused()) or {}, dedup_key="source:1")  # type: ignore[func-returns-value]
    work = WORK["probe"]
    assert refused()
    WORK["probe"] = work
    deliver(first)
    assert during == [True] and not refused()


def test_d10_where_nobody_asked_a_duplicate_ends_quietly() -> None:
    DocumentationSource.objects.create(name="a", kind="folder", location="/tmp/x")
    assert start_all() == {"queued": 1, "skipped": 0}
    assert start_all() == {"queued": 0, "skipped": 1}
    assert SyncJob.objects.count() == 1
    task = current_app.tasks["solution_library.sync_documentation_source"]
    job = SyncJob.objects.get()
    assert all(task.apply(kwargs=job.kwargs).result.get("skipped", True) for _ in range(2))
