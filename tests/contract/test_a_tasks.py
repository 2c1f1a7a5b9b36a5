"""Part A of the task contract: what every task is and how it ends (A1-A14, A39, A40)."""

import ast
import json
import logging
import os
import signal
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from billiard.pool import soft_timeout_sighandler
from celery import current_app
from django.apps import apps
from django.utils.module_loading import autodiscover_modules

from jobs.dispatch import known_task, refuse_big_arguments
from jobs.errors import JobError
from jobs.models import Job
from jobs.run import JobRun
from jobs.task import JobTask
from tests.jobs.engine import deliver, fresh, person, queued

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("jobs", "llm_manager", "solution_library", "rfp_manager", "api")
NINE = {
    "solution_library.embed_document",
    "solution_library.embed_documents_batch",
    "solution_library.sync_documentation_source",
    "solution_library.sync_all_documentation_sources",
    "rfp_manager.summarize_information_document",
    "rfp_manager.batch_generate_responder_answers",
    "rfp_manager.batch_generate_reviewer_answers",
    "llm_manager.validate_all_llm_apis",
    "llm_manager.validate_single_api",
}
REMOTE = NINE - {name for name in NINE if "batch_generate" in name}


def our_tasks() -> list[Any]:
    autodiscover_modules("tasks")
    # In one order: test runners side by side must collect the same list.
    found = sorted(current_app.tasks.values(), key=lambda task: str(task.name))
    return [t for t in found if t.__module__.split(".")[0] in APPS]


OURS = our_tasks()
each_task = pytest.mark.parametrize("task", OURS, ids=lambda task: task.name)


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    """Every module of ours, as a path below the repository and its syntax."""
    paths = [p for folder in (*APPS, "spelunker") for p in (ROOT / folder).rglob("*.py")]
    return [(path.relative_to(ROOT), ast.parse(path.read_text())) for path in paths]


def words_of(node: ast.expr) -> str:
    return ast.unparse(node)


# -- A1-A4 ---------------------------------------------------------------------------------
def test_a1_and_e1_and_d2_tasks_are_shared_tasks_in_tasks_modules_and_nothing_else() -> None:
    for path, tree in sources():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            decorators = [words_of(d) for d in function.decorator_list]
            assert not any(d.split("(")[0].endswith(".task") for d in decorators), path
            if any(d.startswith("shared_task") for d in decorators):
                assert path.name == "tasks.py" and path.parts[0] in APPS


@each_task
def test_a2_a_task_has_an_explicit_name_beginning_with_its_app(task: Any) -> None:
    label, _, action = task.name.partition(".")
    assert apps.is_installed(label) and action.isidentifier()
    assert task.__module__.startswith(label)


def test_a3_the_nine_tasks_exist_by_name() -> None:
    assert {task.name for task in OURS} >= NINE
    assert all(known_task(name) == name for name in NINE)


# -- A5-A9 ---------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("solution_library.embed_document", {"document_id": 999999}),
        ("solution_library.sync_documentation_source", {"source_id": 999999}),
        ("rfp_manager.summarize_information_document", {"information_document_id": 999999}),
        ("rfp_manager.batch_generate_responder_answers", {"rfp_id": 999999, "user_id": None}),
        ("rfp_manager.batch_generate_reviewer_answers", {"rfp_id": 999999, "user_id": None}),
        ("llm_manager.validate_single_api", {"api_id": 999999}),
    ],
)
def test_a5_and_b3_a_task_for_a_row_that_is_gone_says_so_in_its_dict(
    name: str, arguments: dict[str, Any]
) -> None:
    result = current_app.tasks[name].apply(kwargs=arguments).result
    assert result["success"] is False and "999999 not found" in result["error"]
    assert not Job.objects.active().exists()


@pytest.mark.django_db(transaction=True)
def test_a5_success_is_a_dict_with_an_id() -> None:
    job = queued()
    assert Job.objects.get(pk=job.pk).status == "completed"
    direct = current_app.tasks["jobs.testing_probe"].apply().result
    assert direct["success"] is True and direct["job_id"] > job.pk


@pytest.mark.django_db
def test_a5_and_f10_and_f29_what_fails_before_the_work_begins_is_a_dict_too(caplog: Any) -> None:
    result = current_app.tasks["jobs.testing_probe"].apply(kwargs={"job_id": 999999}).result
    assert result == {"success": False, "id": 999999, "error": "Job 999999 not found"}
    assert "Task failed for 999999: JobFailed: Job 999999 not found" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a6_and_d2_a_success_is_logged_at_info(caplog: Any) -> None:
    with caplog.at_level(logging.INFO, logger="jobs"):
        job = queued()
    (record,) = [r for r in caplog.records if r.getMessage() == f"Task succeeded for {job.pk}"]
    assert (record.levelname, record.id) == ("INFO", job.pk)


@pytest.mark.django_db(transaction=True)
def test_a6_failures_are_logged_with_id_error_and_traceback(caplog: Any, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False

    def work(run: Any) -> Any:
        raise KeyError("lost")

    job = queued(work)
    deliver(job)
    (record,) = [r for r in caplog.records if r.getMessage().startswith("Task failed")]
    assert record.getMessage() == f"Task failed for {job.pk}: KeyError: 'lost'"
    assert (record.id, record.error) == (job.pk, "'lost'") and record.exc_info


def test_a7_no_error_is_swallowed_silently() -> None:
    for path, tree in sources():
        for handler in ast.walk(tree):
            if not isinstance(handler, ast.ExceptHandler):
                continue
            assert handler.type is not None, f"{path}:{handler.lineno}: a bare except"
            silent = all(isinstance(step, ast.Pass | ast.Continue) for step in handler.body)
            everything = words_of(handler.type) in ("Exception", "BaseException")
            assert not (silent and everything), f"{path}:{handler.lineno}: swallows everything"


@pytest.mark.django_db(transaction=True)
def test_a7_every_failure_is_on_the_record(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False

    def work(run: Any) -> Any:
        raise ZeroDivisionError("0")

    job = queued(work)
    deliver(job)
    assert (fresh(job).status, fresh(job).last_error) == ("failed", "0")


@pytest.mark.django_db
def test_a9_and_e3_a_model_instance_as_argument_is_refused(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    with pytest.raises(ValueError, match="ids, not objects"):
        queued(overrides={"user": person()})


@pytest.mark.django_db
def test_a9_arguments_come_back_from_json_unchanged(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    job = queued(overrides={"document_id": 7})
    assert json.loads(json.dumps(job.kwargs)) == job.kwargs
    refuse_big_arguments(job)


# -- A10-A14 -------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(REMOTE))
def test_a10_and_b2_tasks_that_call_the_outside_try_again_with_backoff(name: str) -> None:
    task = current_app.tasks[name]
    assert set(task.autoretry_for) == {ConnectionError, TimeoutError}
    assert (task.retry_backoff, task.retry_backoff_max) == (60, 600)
    assert task.retry_jitter is True and task.max_retries == 3


@each_task
def test_a11_errors_of_the_work_itself_are_never_tried_again(task: Any) -> None:
    for error in (ValueError, LookupError, JobError, Job.DoesNotExist):
        assert not issubclass(error, tuple(getattr(task, "autoretry_for", ())) or (bytes,))


@pytest.mark.parametrize("kind", ["responder", "reviewer"])
def test_a12_the_rfp_batches_are_not_retried_as_a_whole(kind: str) -> None:
    task = current_app.tasks[f"rfp_manager.batch_generate_{kind}_answers"]
    assert not getattr(task, "autoretry_for", ()) and task.max_retries == 0


@each_task
def test_a13_a_task_has_two_time_limits_five_to_ten_minutes_apart(task: Any) -> None:
    assert 300 <= task.time_limit - task.soft_time_limit <= 600


def test_a13_the_limits_where_a_task_names_none() -> None:
    assert (JobTask.soft_time_limit, JobTask.time_limit) == (1800, 2100)


@pytest.mark.django_db(transaction=True)
def test_a14_at_the_soft_limit_the_job_fails_and_says_so(caplog: Any, settings: Any) -> None:
    """The limit strikes as in a pool's child: a signal in the middle of the work."""
    settings.CELERY_TASK_ALWAYS_EAGER = False

    def work(run: JobRun) -> dict[str, Any]:
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(5)
        return {}

    job = queued(work)
    before = signal.signal(signal.SIGUSR1, soft_timeout_sighandler)
    try:
        result = deliver(job)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert result == {"success": False, "job_id": job.pk, "error": "Time limit exceeded"}
    assert fresh(job).status == "failed" and fresh(job).completed_at
    assert any(r.levelname == "WARNING" and "time limit" in r.getMessage() for r in caplog.records)


@each_task
def test_f1_and_b10_and_f9_a_task_with_a_row_leaves_lost_workers_and_results_to_the_row(
    task: Any,
) -> None:
    assert task.acks_late is True and task.reject_on_worker_lost is False
    assert task.ignore_result is True


# -- A39, A40 ------------------------------------------------------------------------------
def test_a39_and_f21_nothing_is_published_but_by_the_relay() -> None:
    for path, tree in sources():
        if path == Path("jobs/relay.py"):
            continue
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                assert call.func.attr not in ("delay", "apply_async", "send_task"), path


def test_a40_apps_with_tasks_are_installed() -> None:
    for path, _ in sources():
        if path.name == "tasks.py":
            assert apps.is_installed(path.parts[0])
