"""The list of jobs, and lists of them on other pages: one request keeps a whole list fresh."""

import hashlib
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from jobs.forms import JobFilter
from jobs.models import Job
from jobs.presenting import shortest_pause
from jobs.responses import is_fragment
from jobs.watching import with_surroundings

PAGE_SIZE = 25
#: A list is rarely looked at as closely as one job.
SHORTEST_PAUSE = 2


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    form = JobFilter(request.GET, user=request.user)
    jobs = form.narrow(Job.objects.for_user(request.user))
    page = Paginator(jobs.values_list("pk", flat=True), PAGE_SIZE).get_page(request.GET.get("page"))
    shown = _shown(page)
    context = {
        "form": form, "list_id": "job-list", **list_context(shown, request.get_full_path())
    }  # fmt: skip
    if is_fragment(request):
        return unless_same(request, render_to_string("jobs/_list.html", context, request))
    return render(request, "jobs/list.html", context)


def _shown(page: "Page[Any]") -> "Page[Job]":
    """The jobs of a page of ids. What is around them is only looked up for these: the database
    would do it for all on the pages before, too."""
    jobs = with_surroundings(Job.objects.all()).select_related("started_by", "depends_on")
    found = jobs.defer("args", "kwargs", "result").in_bulk(list(page))
    return Page([found[pk] for pk in page if pk in found], page.number, page.paginator)


def list_context(page: "Page[Job] | list[Job]", url: str) -> dict[str, object]:
    """What `jobs/_list.html` shows; it polls `url` while one of its jobs is unfinished."""
    active = [job for job in page if job.is_active]
    pause = max(SHORTEST_PAUSE, shortest_pause(active, timezone.now()))
    return {"page": page, "poll_url": url, "polling": bool(active), "pause": pause}


def unless_same(request: HttpRequest, html: str) -> HttpResponse:
    """304 when the browser shows just this already."""
    etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:24]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    return HttpResponse(html, headers={"ETag": etag, "Cache-Control": "private, no-store"})
