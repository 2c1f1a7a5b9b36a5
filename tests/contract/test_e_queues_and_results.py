"""Part E of the task contract: queues with targets, serial work, progress, files, errors."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from jobs import transitions
from jobs.artifacts import save_artifact
from jobs.batch import Steps, add_items, work_items
from jobs.models import Job, JobArtifact, Status
from jobs.presenting import present
from jobs.queues import QUEUES
from jobs.run import JobRun
from tests.contract.test_a_tasks import OURS, sources
from tests.jobs.engine import deliver, fresh, person, queued

TASK_NAMES = [task.name for task in OURS]
ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("elsewhere")]


# -- E2, E5 --------------------------------------------------------------------------------
def test_e2_and_d10_serial_work_runs_one_at_a_time_and_in_line() -> None:
    first, second = queued(serial_key="line"), queued(serial_key="line")
    other = queued(serial_key="other line")
    held = transitions.claim(first.pk, worker="w")
    assert held and transitions.claim(second.pk, worker="w") is None
    assert transitions.claim(other.pk, worker="w")
    transitions.finish(held, Status.COMPLETED)
    assert transitions.claim(second.pk, worker="w")


@pytest.mark.django_db  # in line with the tests that find what migrations left
def test_e2_what_is_scheduled_are_ordinary_tasks() -> None:
    scheduled = set(PeriodicTask.objects.values_list("task", flat=True))
    assert {name for name in scheduled if not name.startswith("celery.")} <= set(TASK_NAMES)


def test_e5_every_queue_says_its_target_usage_and_run_time() -> None:
    for spec in QUEUES.values():
        assert spec.target_seconds > 0 and spec.usage and spec.usual_run_time
        assert isinstance(spec.io_bound, bool)


# -- E8 ------------------------------------------------------------------------------------
def test_e8_how_long_a_job_waited_and_worked_is_kept() -> None:
    job = queued()
    deliver(job)
    job = fresh(job)
    assert job.started_at and job.completed_at and job.completed_at >= job.started_at
    assert job.waited_seconds is not None and job.waited_seconds >= 0
    attempt = job.attempts.get()
    assert attempt.ended_at and attempt.ended_at >= attempt.started_at


# -- E9 ------------------------------------------------------------------------------------
def test_e9_and_e11_progress_is_seen_from_elsewhere_while_the_work_goes_on() -> None:
    seen: list[tuple[int | None, str]] = []

    def work(run: JobRun) -> dict[str, Any]:
        for done in (0, 1, 4):
            run.progress(done, 4, f"step {done}")
            shown = present(fresh(run.job))
            seen.append((shown.percent, shown.now))
        return {}

    deliver(queued(work))
    assert seen == [(0, "step 0"), (25, "step 1"), (99, "step 4")]


def test_e9_and_f33_a_job_leaves_a_file_with_its_name_type_and_end_of_life(client: Client) -> None:
    def work(run: JobRun) -> dict[str, Any]:
        hour = timedelta(hours=1)
        save_artifact(run, "answers.csv", b"a,b\n", media_type="text/csv", keep_for=hour)
        return {}

    user = person()
    job = queued(work, started_by=user)
    deliver(job)
    cache.clear()
    address = reverse("jobs:artifact", args=[JobArtifact.objects.get(job=job, owner=user).pk])
    client.force_login(user)
    response = client.get(address)
    assert b"".join(response.streaming_content) == b"a,b\n"
    assert response["Content-Type"] == "text/csv"
    assert "answers.csv" in response["Content-Disposition"]
    JobArtifact.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(address).status_code in (404, 410)


# -- E10, E11 ------------------------------------------------------------------------------
def test_e10_errors_reach_the_person_as_a_list_and_as_a_text(client: Client) -> None:
    def call(key: str) -> None:
        raise ValueError(f"{key} is odd")

    def some_fail(run: JobRun) -> dict[str, Any]:
        add_items(run, ["north", "south"])
        work_items(run, Steps(lambda item: str(item.key), call, lambda item, result: None))
        return {}

    def all_fails(run: JobRun) -> dict[str, Any]:
        raise ValueError("nothing fits")

    user = person()
    client.force_login(user)
    for work, errors in ((some_fail, ["north is odd", "south is odd"]),
                         (all_fails, ["nothing fits"])):  # fmt: skip
        job = queued(work, started_by=user)
        deliver(job)
        page = client.get(job.get_absolute_url()).content.decode()
        assert all(error in page for error in errors)
    assert fresh(job).last_error == "nothing fits"


def test_e10_no_state_is_written_into_the_result_backend() -> None:
    for path, tree in sources():
        calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
        names = {f.attr for f in calls if isinstance(f, ast.Attribute)}
        assert "update_state" not in names, path


def test_e11_and_f37_no_test_mocks_what_is_ours() -> None:
    """The tests' own helpers may stand in for other people's servers, never for our code."""
    for path in (ROOT / "tests").rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if "mock" in text else ():
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            mocking = ("unittest.mock", "mock", "pytest_mock")
            assert not any(name.startswith(mocking) for name in names), path


def test_f37_the_tests_run_on_postgresql(settings: Any) -> None:
    assert settings.DATABASES["default"]["ENGINE"].endswith(".postgresql")
    assert Job.objects.raw("SELECT 1 AS id, version() AS v")[0].v.startswith("PostgreSQL")
