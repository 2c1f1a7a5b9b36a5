"""Administrators' actions on jobs, and the file of errors that no spreadsheet computes."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from jobs.error_csv import safe_cell
from jobs.models import ItemState, Job, JobItem, Status
from llm_manager.models import LLMApi, ValidationJob
from llm_manager.starting import start_validation

pytestmark = pytest.mark.django_db
JOBS = "/admin/jobs/job/"


def make_job(name: str = "Gateway", **values: Any) -> Job:
    api = LLMApi.objects.create(name=name, kind="openai", base_url="http://127.0.0.1:9/v1")
    job = start_validation(api, None)
    if values:
        Job.objects.filter(pk=job.pk).update(**values)
    return Job.objects.get(pk=job.pk)


def ended(status: str = "failed") -> dict[str, Any]:
    return {"status": status, "completed_at": timezone.now(), "last_error": "It broke."}


def leased(seconds: int) -> dict[str, Any]:
    until = timezone.now() + timedelta(seconds=seconds)
    return {"status": "processing", "lease_token": uuid4(), "lease_expires_at": until}


def run(client: Client, action: str, *jobs: Job) -> str:
    chosen = {"action": action, "_selected_action": [j.pk for j in jobs]}
    response = client.post(JOBS, chosen, follow=True)
    assert response.status_code == 200
    return " ".join(str(m) for m in response.context["messages"])


def status_of(job: Job) -> str:
    return Job.objects.get(pk=job.pk).status


def test_the_list_and_its_filters_open(admin_client: Client) -> None:
    make_job(last_error="<script>alert(1)</script>")
    for query in ("", "?status=pending", "?kind=llm_manager.ValidationJob", "?queue=default",
                  "?q=Gateway", "?status=nonsense"):  # fmt: skip
        response = admin_client.get(JOBS + query)
        assert response.status_code in (200, 302)
        assert "<script>alert" not in response.content.decode()


def test_a_job_is_looked_at_and_never_written(admin_client: Client) -> None:
    job = make_job()
    page = f"{JOBS}{job.pk}/change/"
    assert admin_client.get(page).status_code == 200
    admin_client.post(page, {"status": "completed", "title": "Changed"})
    assert (status_of(job), Job.objects.get(pk=job.pk).title) == ("pending", job.title)
    assert admin_client.get(f"{JOBS}add/").status_code == 403
    assert admin_client.get(f"{JOBS}{job.pk}/delete/").status_code == 403


def test_a_waiting_job_is_cancelled_and_one_that_is_over_left(admin_client: Client) -> None:
    waiting, over = make_job("A"), make_job("B", **ended())
    said = run(admin_client, "cancel", waiting, over)
    assert (status_of(waiting), status_of(over)) == (Status.CANCELLED, Status.FAILED)
    assert "1 asked to stop" in said and "1 left as they are: over already" in said


def test_a_running_job_is_asked_to_stop_at_its_next_step(admin_client: Client) -> None:
    job = make_job(**leased(60))
    run(admin_client, "cancel", job)
    job.refresh_from_db()
    assert job.status == Status.PROCESSING and job.cancel_requested_at


@pytest.mark.contract("F16")
def test_a_job_whose_worker_is_gone_is_marked_as_failed_by_name(
    admin_client: Client, admin_user: Any
) -> None:
    gone, alive, over = (
        make_job("A", **leased(-1)),
        make_job("B", **leased(60)),
        make_job("C", **ended("completed")),
    )
    said = run(admin_client, "mark_failed", gone, alive, over)
    assert [status_of(j) for j in (gone, alive, over)] == ["failed", "processing", "completed"]
    gone.refresh_from_db()
    assert gone.last_error == f"Marked as failed by {admin_user.username}."
    assert "1 marked as failed" in said and "2 left as they are" in said


@pytest.mark.contract("C4")
def test_a_failed_job_is_retried_as_a_new_one(admin_client: Client, admin_user: Any) -> None:
    failed, waiting = make_job("A", **ended()), make_job("B")
    said = run(admin_client, "retry", failed, waiting)
    again = ValidationJob.objects.get(retry_of=failed)
    assert (again.task_name, again.started_by) == (failed.task_name, admin_user)
    assert again.status == Status.PENDING and status_of(failed) == Status.FAILED
    assert "1 job started" in said and "1 left as they are: not over yet" in said


def errors_of(client: Client, *jobs: Job) -> list[list[str]]:
    chosen = {"action": "export_errors", "_selected_action": [j.pk for j in jobs]}
    response: Any = client.post(JOBS, chosen)
    assert response["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_errors_of_selected_jobs_are_one_file(admin_client: Client) -> None:
    job = make_job(
        **ended(), errors=[{"item": "7", "error": "Bad, very"}, {"item": "page", "error": "x"}]
    )
    JobItem.objects.create(job=job, key="7", state=ItemState.FAILED, error="Bad, very", attempts=3)
    JobItem.objects.create(job=job, key="8", state=ItemState.DONE)
    rows = errors_of(admin_client, job, make_job("Without any"))
    assert rows[0][:5] == ["job", "title", "status", "item", "error"]
    assert [(r[3], r[4]) for r in rows[1:]] == [
        ("", "It broke."),
        ("7", "Bad, very"),
        ("page", "x"),
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1", "\u00a0=1"]
)
def test_no_cell_of_the_file_is_a_formula(admin_client: Client, text: str) -> None:
    job = make_job(**ended() | {"last_error": text}, title=text)
    row = errors_of(admin_client, job)[1]
    assert row[1].startswith("'") and row[4].startswith("'")


@pytest.mark.parametrize("text", ["a=1", "1-2", "x", "", "3", 'say "hi", then\nleave'])
def test_harmless_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


def test_many_errors_are_named_in_groups(admin_client: Client) -> None:
    job = make_job(**ended())
    JobItem.objects.bulk_create(
        JobItem(job=job, key=str(n), ordinal=n, state=ItemState.FAILED, error=f"No {n}")
        for n in range(1203)
    )
    rows = errors_of(admin_client, job)
    assert [r[4] for r in rows[2:]] == [f"No {n}" for n in range(1203)]


def test_what_failed_or_was_left_is_taken_up_alone(admin_client: Client, admin_user: Any) -> None:
    job = make_job(**ended())
    states = {"1": ItemState.DONE, "2": ItemState.FAILED, "3": ItemState.PENDING}
    for key, state in states.items():
        JobItem.objects.create(job=job, key=key, state=state)
    for action, keys in (("retry_failed_items", ["2"]), ("resume", ["3"])):
        assert "1 job started" in run(admin_client, action, job)
        again = Job.objects.filter(retry_of=job).latest("pk")
        assert list(again.items.values_list("key", flat=True)) == keys
        assert again.started_by == admin_user
        Job.objects.filter(pk=again.pk).update(**ended())


def test_a_job_without_such_items_says_so(admin_client: Client) -> None:
    assert "No items of this job failed" in run(
        admin_client, "retry_failed_items", make_job(**ended())
    )


def test_a_job_whose_task_is_no_more_is_refused_in_words(admin_client: Client) -> None:
    job = make_job(**ended() | {"task_name": "jobs.gone"})
    assert "There is no task “jobs.gone”" in run(admin_client, "retry", job)


def test_who_may_only_look_is_offered_nothing_but_the_file_of_errors(
    client: Client, bob: Any
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.force_login(bob)
    job = make_job()
    offered = client.get(JOBS).content.decode()
    assert "export_errors" in offered
    for action in ("retry", "resume", "retry_failed_items", "cancel", "mark_failed"):
        assert f'value="{action}"' not in offered
        client.post(JOBS, {"action": action, "_selected_action": [job.pk]})
    assert status_of(job) == "pending" and Job.objects.count() == 1
