"""The fragments that poll themselves: 304 while nothing moves, 286 when there is no more to come.

A poll in which nothing moved costs one query beside those of the sign-in.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from jobs.access import may_see, watched_job_of, watched_jobs_of
from jobs.crowd import CROWD, Pace
from jobs.models import Job
from jobs.presenting import (
    poll_seconds,
    progress_etag,
    progress_tag,
    shortest_pause,
    tag_of_many,
    tags_in,
)
from jobs.responses import is_fragment, status_body, wants_json
from jobs.views.rendered import Rendered, shared

#: The status that ends htmx's polling.
STOP_POLLING = 286
#: So long a list of ids is looked at; the rest of a longer one is nonsense.
MOST_TEXT = 2000


@require_safe
def progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """Of one job."""
    job = watched_job_of(request, job_id)
    if not is_fragment(request):
        _check_seen(request, job)
        return JsonResponse(status_body(job)) if wants_json(request) else redirect(job)
    if not job.is_active:
        _check_seen(request, job)
        return progress_answer(request, job, status=STOP_POLLING)
    now = timezone.now()
    pace = CROWD.pace(poll_seconds(job, now))
    etag = progress_etag(job, now, request.user)
    if request.headers.get("If-None-Match") == etag:
        return _paced(HttpResponseNotModified(headers={"ETag": etag}), pace)
    _check_seen(request, job)
    if job.cancel_requested_at is not None:
        return _paced(progress_answer(request, job, status=200, pace=pace), pace)
    html = shared(request, "jobs/_progress_poll.html", job, etag, pace, now).safe
    return _paced(_unstored(HttpResponse(html), ended=[]), pace)


def _check_seen(request: HttpRequest, job: Job) -> None:
    """Before anything is told but that nothing has moved, which costs no query."""
    if not may_see(request, job):
        raise Http404


def progress_answer(
    request: HttpRequest, job: Job, status: int, *, oob: bool = False, pace: Pace | None = None
) -> HttpResponse:
    """`oob`: the bar, too, takes its place by its id, wherever the answer is put."""
    context = {"job": job, "bar_oob": oob, "pace": pace}
    response = render(request, "jobs/_progress_poll.html", context, status=status)
    return _unstored(response, ended=[] if job.is_active else [job])


@require_safe
def progress_many(request: HttpRequest) -> HttpResponse:
    """Of all the jobs on a page (`ids`), by one request: only what has moved is sent."""
    jobs = watched_jobs_of(request, _ids(request.GET.get("ids", "")))
    if not is_fragment(request):
        bodies = {"jobs": [status_body(job) for job in jobs if may_see(request, job)]}
        return JsonResponse(bodies) if wants_json(request) else redirect("jobs:list")
    now = timezone.now()
    tags = {job.pk: progress_tag(job, now, request.user) for job in jobs}
    active = [job for job in jobs if job.is_active]
    pace = CROWD.pace(shortest_pause(active, now)) if active else Pace(0)
    said = request.headers.get("If-None-Match", "")
    if active and said == tag_of_many(tags):
        return _paced(HttpResponseNotModified(headers={"ETag": said}), pace)
    shown = tags_in(said)
    moved = [job for job in jobs if shown.get(job.pk) != tags[job.pk] and may_see(request, job)]
    pieces = [_piece(request, job, tags[job.pk], pace, now) for job in moved]
    tags |= {job.pk: piece.tag for job, piece in zip(moved, pieces, strict=True)}
    context = {
        "moved": [piece.safe for piece in pieces],
        "ended": [job for job in jobs if not job.is_active],
        "ids": ",".join(str(job.pk) for job in active),
        "etag": tag_of_many({job.pk: tags[job.pk] for job in active}),
        "pace": pace,
    }
    status = 200 if active else STOP_POLLING
    response = render(request, "jobs/_progress_many.html", context, status=status)
    _unstored(response, ended=[job for job in jobs if not job.is_active])
    return _paced(response, pace) if active else response


def _piece(request: HttpRequest, job: Job, tag: str, pace: Pace, now: datetime) -> Rendered:
    """What a page with several jobs is sent of one; buttons carry a token of their reader."""
    template = "jobs/_progress_piece.html"
    if job.is_active and job.cancel_requested_at is None:
        return shared(request, template, job, tag, pace, now)
    return Rendered(render_to_string(template, {"job": job}, request), tag)


def _ids(text: str) -> list[int]:
    parts = text[:MOST_TEXT].split(",")
    return [int(part) for part in parts if part.isascii() and part.isdecimal()]


def _paced(response: HttpResponse, pace: Pace) -> HttpResponse:
    """With when to ask again, which live.js obeys: a 304 has no contents to say it, and those of
    a 200 may have been put together for another tab."""
    response["Poll-After"] = str(pace)
    return response


def _unstored(response: HttpResponse, ended: Iterable[Job]) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    ids = [job.pk for job in ended]
    if ids:
        response["HX-Trigger"] = json.dumps({"job-finished": {"id": ids[0], "ids": ids}})
    return response
