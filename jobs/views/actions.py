"""What people do to a job: stop it, or run it again as a new one."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from jobs import retrying, transitions
from jobs.access import changed_job_of, watched_job_of
from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.responses import accepted, already_running, is_fragment, refused
from jobs.views.progress import progress_answer


@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    transitions.request_cancel(changed_job_of(request, job_id))
    job = watched_job_of(request, job_id)
    if is_fragment(request):
        # Everything finds its own place: a poll may have replaced what was clicked meanwhile.
        response = progress_answer(request, job, status=202, oob=True)
        response["HX-Reswap"] = "none"
        return response
    return accepted(request, job)


@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    """All of it."""
    return _again(request, job_id, retrying.retry)


@require_POST
def retry_failed(request: HttpRequest, job_id: int) -> HttpResponse:
    """Only the items that failed."""
    return _again(request, job_id, retrying.retry_failed_items)


@require_POST
def resume(request: HttpRequest, job_id: int) -> HttpResponse:
    """Only the items that it had not come to."""
    return _again(request, job_id, retrying.resume)


def _again(request: HttpRequest, job_id: int, start: Callable[..., Any]) -> HttpResponse:
    job = changed_job_of(request, job_id)
    try:
        again: Job = start(job, user=request.user)
    except AlreadyRunning as error:
        return already_running(request, error, beside=job)
    except retrying.CannotRetry as error:
        return refused(request, job, str(error))
    return accepted(request, again)
