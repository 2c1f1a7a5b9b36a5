"""How a view answers that starts background work: 202, 303 to the progress, or 400."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from jobs.access import may_see
from jobs.errors import AlreadyRunning
from jobs.models import Job


class SeeOther(HttpResponseRedirect):
    """A POST's answer lies elsewhere; a reload of that page posts nothing again."""

    status_code = 303


def is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def wants_json(request: HttpRequest) -> bool:
    return (
        not is_fragment(request)
        and request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )


def next_url(request: HttpRequest, default: str) -> str:
    """Where the form asked to go on, if that is a page of ours."""
    wished = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        wished, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wished
    return default


def accepted(request: HttpRequest, job: Job, *, url: str = "") -> HttpResponse:
    """Work has been queued: 202 with its progress, or 303 to the page that shows it."""
    if is_fragment(request):
        return render(request, "jobs/_progress.html", {"job": job}, status=202)
    if wants_json(request):
        return JsonResponse(status_body(job), status=202)
    return SeeOther(next_url(request, url or job.get_absolute_url()))


def already_running(
    request: HttpRequest, error: AlreadyRunning, *, beside: Job | None = None
) -> HttpResponse:
    """The same work is under way: 400 with a link to it. A fragment goes to the note of the
    job `beside` which it was asked for, where there is one."""
    job = error.existing
    if job and not may_see(request, job):
        # Somebody else's: its page would be a 404 for this person.
        job = None
    url = job.get_absolute_url() if job else reverse("jobs:list")
    if wants_json(request):
        body = {"error": "This is already running.", "url": url}
        return JsonResponse(body, status=400)
    page = "jobs/_already_running.html" if is_fragment(request) else "jobs/already_running.html"
    return _noted(render(request, page, {"job": job, "url": url}, status=400), beside)


def refused(request: HttpRequest, job: Job, why: str) -> HttpResponse:
    """What was asked of a job cannot be done: 400 with the reason, or the job's page with it."""
    if wants_json(request):
        return JsonResponse({"error": why, "url": job.get_absolute_url()}, status=400)
    if is_fragment(request):
        note = {"level": "error", "text": why}
        return _noted(render(request, "components/alert.html", note, status=400), job)
    messages.error(request, why)
    return SeeOther(job.get_absolute_url())


def _noted(response: HttpResponse, job: Job | None) -> HttpResponse:
    """Shown in the note of this job's progress, which stays as it is."""
    if job is not None:
        response["HX-Retarget"], response["HX-Reswap"] = f"#job-{job.pk}-note", "innerHTML"
    return response


def status_body(job: Job) -> dict[str, object]:
    """A job for programs."""
    return {
        "id": job.pk,
        "title": job.title,
        "status": job.status,
        "progress": job.progress,
        "total": job.total_items,
        "done": job.processed_items,
        "failed": job.failed_items,
        "error": job.last_error,
        "url": job.get_absolute_url(),
        "progress_url": reverse("jobs:progress", args=[job.pk]),
    }
