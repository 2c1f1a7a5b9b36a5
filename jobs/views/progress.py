"""The fragments that poll themselves: 304 while nothing moves, 286 when there is no more to come.

A poll in which nothing moved costs one query beside those of the sign-in.
"""

import json
from collections.abc import Iterable

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from jobs.access import watched_job_of, watched_jobs_of
from jobs.models import Job
from jobs.presenting import progress_etag, progress_tag, shortest_pause, tag_of_many, tags_in
from jobs.responses import is_fragment, status_body, wants_json

#: The status that ends htmx's polling.
STOP_POLLING = 286
#: So long a list of ids is looked at; the rest of a longer one is nonsense.
MOST_TEXT = 2000
#: So long what one tab was sent serves the others. Rates are in it, and must not grow old.
SHARED_SECONDS = 5


@require_safe
def progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """Of one job."""
    job = watched_job_of(request, job_id)
    if not is_fragment(request):
        return JsonResponse(status_body(job)) if wants_json(request) else redirect(job)
    etag = progress_etag(job, timezone.now(), request.user)
    if job.is_active and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    if job.is_active and job.cancel_requested_at is None:
        return _moving(request, job, etag)
    return progress_answer(request, job, status=200 if job.is_active else STOP_POLLING)


def _moving(request: HttpRequest, job: Job, etag: str) -> HttpResponse:
    """Bar and log, put together once for all who look on: they depend on nothing but the job
    and what the tag is made of."""
    html = _shared(request, "jobs/_progress_poll.html", job, etag)
    return _unstored(HttpResponse(html), ended=[])


def _shared(request: HttpRequest, template: str, job: Job, tag: str) -> SafeString:
    # In this process alone: HTML from a cache that others can write to would not be safe.
    key, cache = f"{template}:{tag}", caches["rendered"]
    html: str | None = cache.get(key)
    if html is None:
        html = render_to_string(template, {"job": job}, request)[:]  # text, as it is kept
        cache.set(key, html, SHARED_SECONDS)
    return SafeString(html)


def progress_answer(
    request: HttpRequest, job: Job, status: int, *, oob: bool = False
) -> HttpResponse:
    """`oob`: the bar, too, takes its place by its id, wherever the answer is put."""
    context = {"job": job, "bar_oob": oob}
    response = render(request, "jobs/_progress_poll.html", context, status=status)
    return _unstored(response, ended=[] if job.is_active else [job])


@require_safe
def progress_many(request: HttpRequest) -> HttpResponse:
    """Of all the jobs on a page (`ids`), by one request: only what has moved is sent."""
    jobs = watched_jobs_of(request, _ids(request.GET.get("ids", "")))
    if not is_fragment(request):
        bodies = {"jobs": [status_body(job) for job in jobs]}
        return JsonResponse(bodies) if wants_json(request) else redirect("jobs:list")
    now = timezone.now()
    tags = {job.pk: progress_tag(job, now, request.user) for job in jobs}
    active = [job for job in jobs if job.is_active]
    said = request.headers.get("If-None-Match", "")
    if active and said == tag_of_many(tags):
        return HttpResponseNotModified(headers={"ETag": said})
    shown = tags_in(said)
    moved = [job for job in jobs if shown.get(job.pk) != tags[job.pk]]
    context = {
        "moved": [_piece(request, job, tags[job.pk]) for job in moved],
        "ended": [job for job in jobs if not job.is_active],
        "ids": ",".join(str(job.pk) for job in active),
        "etag": tag_of_many({job.pk: tags[job.pk] for job in active}),
        "interval": shortest_pause(active, now),
    }
    status = 200 if active else STOP_POLLING
    response = render(request, "jobs/_progress_many.html", context, status=status)
    return _unstored(response, ended=[job for job in jobs if not job.is_active])


def _piece(request: HttpRequest, job: Job, tag: str) -> SafeString:
    """What a page with several jobs is sent of one; buttons carry a token of their reader."""
    template = "jobs/_progress_piece.html"
    if job.is_active and job.cancel_requested_at is None:
        return _shared(request, template, job, tag)
    return render_to_string(template, {"job": job}, request)


def _ids(text: str) -> list[int]:
    parts = text[:MOST_TEXT].split(",")
    return [int(part) for part in parts if part.isascii() and part.isdecimal()]


def _unstored(response: HttpResponse, ended: Iterable[Job]) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    ids = [job.pk for job in ended]
    if ids:
        response["HX-Trigger"] = json.dumps({"job-finished": {"id": ids[0], "ids": ids}})
    return response
