"""Checks run as jobs: one per API, on record, without the key anywhere on the way."""

import json
import logging
from typing import Any

import pytest
from celery import current_app

from jobs.errors import AlreadyRunning
from jobs.models import Job, JobAttempt, JobLog, Notification, Status
from llm_manager.models import LLMApi, LLMUsage, ValidationJob
from llm_manager.starting import VALIDATE, start_validation
from llm_manager.tasks import start_all_validations, validate_all_llm_apis, validate_single_api
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, status

pytestmark = pytest.mark.django_db
KEY = "sk-CANARY-0123456789abcdef"


def make_api(llm: FakeLLM, name: str = "Gateway", **values: Any) -> LLMApi:
    return LLMApi.objects.create(
        name=name,
        **({"kind": "openai", "base_url": llm.base_url("openai"), "api_key": KEY} | values),
    )


@pytest.fixture
def api(llm: FakeLLM) -> LLMApi:
    LLMApi.objects.all().delete()
    return make_api(llm)


def test_the_tasks_have_their_names_and_limits() -> None:
    for task in (validate_single_api, validate_all_llm_apis):
        assert current_app.tasks[task.name] is not None
        assert 300 <= task.time_limit - task.soft_time_limit <= 600
    assert validate_single_api.name == VALIDATE == "llm_manager.validate_single_api"


def test_a_check_succeeds_and_says_how_many_models_there_are(api: LLMApi) -> None:
    result = validate_single_api(api.pk)
    assert result["success"] is True
    assert (result["api_id"], result["models"]) == (api.pk, 3)
    assert Job.objects.get(pk=result["job_id"]).status == Status.COMPLETED


def test_an_unknown_api_is_said_to_be_not_found() -> None:
    result = validate_single_api(999_999)
    assert result == {"success": False, "api_id": 999_999, "error": "LLM API 999999 not found"}


def test_a_failed_check_fails_its_job_with_the_sentence(api: LLMApi, llm: FakeLLM) -> None:
    llm.script.append(status(401))
    result = validate_single_api(api.pk)
    assert result["success"] is False
    job = ValidationJob.objects.get(pk=result["job_id"])
    assert job.status == Status.FAILED
    assert job.last_error == result["error"] == "The API refused the key. Enter a valid one."


def test_a_started_check_runs_at_commit(
    api: LLMApi, alice: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = start_validation(api, alice)
        assert job.status == Status.PENDING
    job.refresh_from_db()
    assert (job.status, job.task_name) == (Status.COMPLETED, VALIDATE)
    assert Notification.objects.get(job=job).user == alice


def test_an_api_is_checked_once_at_a_time(api: LLMApi) -> None:
    job = start_validation(api, None)
    with pytest.raises(AlreadyRunning) as caught:
        start_validation(api, None)
    assert caught.value.existing is not None and caught.value.existing.pk == job.pk


@pytest.mark.contract("F6")
def test_all_active_apis_are_checked_each_by_a_job_of_its_own(api: LLMApi, llm: FakeLLM) -> None:
    other = make_api(llm, "Other")
    make_api(llm, "Off", is_active=False)
    result = validate_all_llm_apis()
    assert result["success"] is True
    assert (result["tested"], result["successful"], result["failed"]) == (2, 2, 0)
    assert {d["api_id"] for d in result["details"]} == {api.pk, other.pk}
    assert ValidationJob.objects.exclude(api=None).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.contract("A27")
def test_one_apis_fault_does_not_keep_the_others_from_being_checked(llm: FakeLLM) -> None:
    LLMApi.objects.all().delete()
    bad = make_api(llm, "A bad one", base_url="http://127.0.0.1:9/v1")
    good = make_api(llm, "Good")
    result = start_all_validations()
    assert (result["success"], result["tested"], result["failed"]) == (False, 2, 1)
    errors = {d["api_id"]: d.get("error", "") for d in result["details"]}
    assert errors[bad.pk].startswith("The API cannot be reached") and errors[good.pk] == ""
    good.refresh_from_db()
    assert good.last_validation_ok


def test_an_api_that_is_being_checked_is_not_checked_twice(api: LLMApi) -> None:
    start_validation(api, None)
    result = start_all_validations()
    assert result["details"] == [{"api_id": api.pk, "name": "Gateway", "already_running": True}]
    assert result["failed"] == 0


def test_no_apis_are_no_failure() -> None:
    LLMApi.objects.all().delete()
    assert validate_all_llm_apis()["tested"] == 0


FAULTS = [
    status(400), status(401), status(403), status(404), status(429, retry_after="1"), status(500),
    status(529), fake_llm.redirect, fake_llm.html_page, fake_llm.truncated, fake_llm.ten_megabytes,
    fake_llm.cut, fake_llm.hang_up, status(401, f"Incorrect API key provided: {KEY}"),
]  # fmt: skip


@pytest.mark.contract("B12")
def test_the_key_is_in_no_row_and_no_log_whatever_fails(
    api: LLMApi, llm: FakeLLM, alice: Any, caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    for fault in FAULTS:
        llm.script.append(fault)
        with django_capture_on_commit_callbacks(execute=True):
            start_validation(api, alice)
    rows = [
        str(list(model.objects.values()))
        for model in (Job, JobAttempt, JobLog, Notification, LLMUsage)
    ]
    assert Job.objects.filter(status=Status.FAILED).count() == len(FAULTS)
    everything = "".join(
        [*rows, caplog.text, json.dumps(LLMApi.objects.values("last_validation_message")[0])]
    )
    assert "CANARY" not in everything and "abcdef" not in everything
    assert "127.0.0.1" not in everything
