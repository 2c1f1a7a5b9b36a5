"""Background work: watched, stopped, run again."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Status

from accounts.scopes import Scope
from api.endpoints import examples
from api.operations import operation
from api.paging import PageQuery, page, page_of
from api.problems import conflict
from api.schemas.common import Text
from api.schemas.jobs import JobOut, JobPage
from jobs import retrying, transitions
from jobs.access import changed_job_of, job_of
from jobs.models import Status as JobStatus
from jobs.watching import jobs_of

router = Router(tags=["Jobs"])


class JobQuery(PageQuery):
    status: JobStatus | None = None
    kind: Text = Field("", max_length=64, description="for example `rfp_manager.ExportJob`")


@operation(
    router, "GET", "", scope=Scope.JOBS_READ, summary="List jobs", answer=JobPage, faults=(422,),
    example={"items": [examples.JOB], "next_cursor": None},
)  # fmt: skip
def list_jobs(request: HttpRequest, query: Query[JobQuery]) -> dict[str, Any]:
    """Those that you started, the newest first; administrators see everybody's."""
    found = jobs_of(request.user).select_related("started_by").defer("args", "kwargs", "result")
    if query.status is not None:
        found = found.filter(status=query.status)
    if query.kind:
        found = found.filter(kind=query.kind)
    shown, following = page_of(found, query)
    return page([JobOut.of(job) for job in shown], following)


@operation(
    router, "GET", "/{int:job_id}", scope=Scope.JOBS_READ, summary="Get a job", answer=JobOut,
    faults=(404,), example=examples.JOB,
)  # fmt: skip
def get_job(request: HttpRequest, job_id: int) -> JobOut:
    """Ask every few seconds at most, with `If-None-Match`; or be told by a webhook."""
    return JobOut.of(job_of(request, job_id))


@operation(
    router, "POST", "/{int:job_id}/cancel", scope=Scope.JOBS_WRITE, summary="Cancel a job",
    status=202, answer=JobOut, faults=(404,),
    example={**examples.JOB, "cancel_requested": True},
)  # fmt: skip
def cancel_job(request: HttpRequest, job_id: int) -> Any:
    """One that nobody works on yet ends at once, another as soon as it can. One that has ended
    stays as it is."""
    transitions.request_cancel(changed_job_of(request, job_id))
    return Status(202, JobOut.of(job_of(request, job_id)))


@operation(
    router, "POST", "/{int:job_id}/retry", scope=Scope.JOBS_WRITE, summary="Run a job again",
    status=202, answer=JobOut, faults=(404, 409), example=examples.JOB,
)  # fmt: skip
def retry_job(request: HttpRequest, job_id: int) -> Any:
    """All of it, as a new job whose `retry_of` is this one. 409 while it is unfinished, or runs
    again already."""
    try:
        again = retrying.retry(changed_job_of(request, job_id), user=request.user)
    except retrying.CannotRetry as refusal:
        raise conflict(str(refusal), kind="cannot-retry") from refusal
    return Status(202, JobOut.of(again))
