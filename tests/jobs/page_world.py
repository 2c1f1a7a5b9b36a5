"""What the tests of the job pages share: a job that runs, and ways to look at it."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job, Status

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def running(person: Any, **fields: Any) -> Job:
    """A job with a quarter done."""
    defaults: dict[str, Any] = {
        "title": "Draft answers", "task_name": "x.y", "started_by": person,
        "status": Status.PROCESSING, "started_at": timezone.now(), "total_items": 4,
        "processed_items": 1, "successful_items": 1, "now_doing": "Question 2",
    }  # fmt: skip
    return Job.objects.create(**(defaults | fields))


def finish(job: Job, status: Status = Status.COMPLETED, **fields: Any) -> None:
    Job.objects.filter(pk=job.pk).update(
        status=status, completed_at=timezone.now(), lease_token=None, **fields
    )


def text(response: Any) -> str:
    return str(response.content.decode())


def url_of(job: Job, name: str = "progress") -> str:
    return reverse(f"jobs:{name}", args=[job.pk])


def tag_shown(html: str) -> str:
    """The ETag that a fragment says it shows."""
    return html.split('data-etag="')[1].split('" ')[0].split('">')[0].replace("&quot;", '"')


def queries_of(client: Client, url: str, **headers: str) -> list[str]:
    """The statements that a request costs beside those of its sign-in."""
    with CaptureQueriesContext(connection) as caught:
        client.get(url, headers=headers)
    sign_in = ('"django_session"', '"auth_user"')
    return [
        query["sql"] for query in caught.captured_queries
        if not any(f"FROM {table}" in query["sql"] for table in sign_in)
    ]  # fmt: skip
