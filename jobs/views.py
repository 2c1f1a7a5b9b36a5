"""Pages of background work: lists, one job, its progress, and what people do to it."""

import hashlib
import json

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from jobs import retrying, transitions
from jobs.access import artifact_of, job_of
from jobs.downloads import attachment
from jobs.errors import AlreadyRunning
from jobs.forms import JobFilter
from jobs.models import ItemState, Job, JobItem, Notification, Status
from jobs.presenting import item_names, noted_error, progress_etag
from jobs.responses import (
    SeeOther,
    accepted,
    already_running,
    is_fragment,
    next_url,
    refused,
    status_body,
    wants_json,
)

PAGE_SIZE = 25
ITEMS_PER_PAGE = 50
LOG_LINES = 200
#: The status that ends htmx's polling.
STOP_POLLING = 286
#: Attention first: what failed, what is being done, what waits, what is done.
BY_ATTENTION = Case(
    When(state=ItemState.FAILED, then=Value(0)),
    When(state=ItemState.RUNNING, then=Value(1)),
    When(state=ItemState.PENDING, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)


# -- the list ----------------------------------------------------------------------------
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    form = JobFilter(request.GET, user=request.user)
    jobs = form.narrow(Job.objects.for_user(request.user))
    page = Paginator(jobs.select_related("started_by", "depends_on"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {"form": form, **list_context(page, request.get_full_path())}
    if is_fragment(request):
        return _unless_same(request, render_to_string("jobs/_list.html", context, request))
    return render(request, "jobs/list.html", context)


def list_context(page: "Page[Job] | list[Job]", url: str) -> dict[str, object]:
    """What `jobs/_list.html` shows; it polls `url` while one of its jobs is unfinished."""
    active = [job for job in page if job.is_active]
    return {"page": page, "poll_url": url, "polling": bool(active)}


def _unless_same(request: HttpRequest, html: str) -> HttpResponse:
    """304 when the browser shows just this already."""
    etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:24]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    return HttpResponse(html, headers={"ETag": etag, "Cache-Control": "private, no-store"})


# -- one job -----------------------------------------------------------------------------
@require_safe
def detail(request: HttpRequest, job_id: int) -> HttpResponse:
    job = job_of(request, job_id)
    state = request.GET.get("state", "")
    counts = dict(job.items.order_by().values_list("state").annotate(Count("id")))
    items = _items(job, state, request.GET.get("page"))
    context = {
        "job": job,
        "crumbs": [("Jobs", reverse("jobs:list"))],
        "subject_url": _subject_url(job),
        "attempts": list(job.attempts.all()),
        "retries": list(job.retried_as.for_user(request.user)),
        "noted": [] if counts else [noted_error(entry) for entry in job.errors],
        "tabs": _item_tabs(request, counts, state),
        "items": items,
        "named_items": _named(job, items),
        **_log(job, whole=request.GET.get("log") == "all"),
    }
    return render(request, "jobs/detail.html", context)


def _subject_url(job: Job) -> str:
    """Where the result is seen; "" when that is the job's own page, or is gone."""
    try:
        url = job.concrete().subject_url()
    except (LookupError, Job.DoesNotExist, ValueError, AttributeError):
        return ""
    return "" if url == job.get_absolute_url() else url


def _item_tabs(
    request: HttpRequest, counts: dict[str, int], state: str
) -> list[dict[str, object]]:
    tabs = [{"label": "All", "url": "?#items", "active": not state, "count": sum(counts.values())}]
    for value, label in (("failed", "Failed"), ("running", "Running"), ("pending", "Waiting"),
                         ("done", "Done")):  # fmt: skip
        if counts.get(value) or state == value:
            tabs.append({"label": label, "url": f"?state={value}#items", "active": state == value,
                         "count": counts.get(value, 0)})  # fmt: skip
    return tabs


def _items(job: Job, state: str, number: str | None) -> "Page[JobItem]":
    items: QuerySet[JobItem] = job.items.all()
    if state in ItemState.values:
        items = items.filter(state=state)
    return Paginator(items.order_by(BY_ATTENTION, "ordinal", "id"), ITEMS_PER_PAGE).get_page(number)


def _named(job: Job, items: "Page[JobItem]") -> list[tuple[JobItem, str]]:
    names = item_names(job, [item.key for item in items])
    return [(item, names.get(item.key, item.key)) for item in items]


def _log(job: Job, *, whole: bool) -> dict[str, object]:
    """The end of the log, in the order of time; `log_cut` when there is more before it."""
    newest = job.log_lines.order_by("-id")
    lines = list(newest if whole else newest[: LOG_LINES + 1])
    cut = not whole and len(lines) > LOG_LINES
    return {"log": list(reversed(lines[:LOG_LINES] if cut else lines)), "log_cut": cut}


# -- progress ----------------------------------------------------------------------------
@require_safe
def progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """The fragment that polls itself: 304 while nothing moves, 286 when the job is over."""
    job = job_of(request, job_id)
    if not is_fragment(request):
        return JsonResponse(status_body(job)) if wants_json(request) else redirect(job)
    etag = progress_etag(job, timezone.now())
    if job.is_active and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    return _progress_answer(request, job, status=200 if job.is_active else STOP_POLLING)


def _progress_answer(request: HttpRequest, job: Job, status: int) -> HttpResponse:
    response = render(request, "jobs/_progress_poll.html", {"job": job}, status=status)
    response["Cache-Control"] = "private, no-store"
    if not job.is_active:
        response["HX-Trigger"] = json.dumps({"job-finished": {"id": job.pk}})
    return response


# -- what people do to a job ---------------------------------------------------------------
@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    job = job_of(request, job_id)
    transitions.request_cancel(job)
    job.refresh_from_db()
    if is_fragment(request):
        response = _progress_answer(request, job, status=202)
        response["HX-Retarget"], response["HX-Reswap"] = f"#job-{job.pk}-bar", "outerHTML"
        return response
    return accepted(request, job)


@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    job = job_of(request, job_id)
    try:
        again = retrying.retry(job, user=request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    except retrying.CannotRetry as error:
        return refused(request, job, str(error))
    return accepted(request, again)


@require_safe
def artifact(request: HttpRequest, artifact_id: int) -> HttpResponseBase:
    found = artifact_of(request, artifact_id)
    try:
        return attachment(found.file, found.name, found.media_type)
    except FileNotFoundError:
        return render(request, "jobs/file_gone.html", {"name": found.name}, status=410)


# -- notifications -----------------------------------------------------------------------
def notifications(request: HttpRequest) -> HttpResponse:
    """The messages to this person. A POST marks one (`notification`) or all of them as read."""
    mine = Notification.objects.for_user(request.user)
    if request.method == "POST":
        wanted = request.POST.get("notification", "")
        unread = mine.unread().filter(pk=int(wanted)) if wanted.isdecimal() else mine.unread()
        unread.update(read_at=timezone.now())
        return SeeOther(next_url(request, reverse("jobs:notifications")))
    page = Paginator(mine.select_related("job"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "unread": mine.unread().count(), "failed": Status.FAILED}
    return render(request, "jobs/notifications.html", context)
