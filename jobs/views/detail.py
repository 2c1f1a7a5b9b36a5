"""One job: its items, attempts, log and files, and the jobs it waits for or holds up."""

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from jobs.access import job_of, may_see
from jobs.artifacts import is_over
from jobs.models import ItemState, Job, JobItem
from jobs.presenting import item_names, noted_error
from jobs.sentences import place_in_line
from jobs.watching import surroundings_of

ITEMS_PER_PAGE = 50
LOG_LINES = 200
#: Of the jobs that wait for this one so many are named.
FOLLOWERS_SHOWN = 20
#: Attention first: what failed, what is being done, what waits, what is done.
BY_ATTENTION = Case(
    When(state=ItemState.FAILED, then=Value(0)),
    When(state=ItemState.RUNNING, then=Value(1)),
    When(state=ItemState.PENDING, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)


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
        "files": [(file, is_over(file)) for file in job.artifacts.order_by("pk")],
        "tabs": _item_tabs(request, counts, state),
        "items": items,
        "named_items": _named(job, items),
        **_neighbours(request, job),
        **_log(job, whole=request.GET.get("log") == "all"),
    }
    return render(request, "jobs/detail.html", context)


def _neighbours(request: HttpRequest, job: Job) -> dict[str, object]:
    """The jobs before and after this one; those of others are not named."""
    first = surroundings_of(job).front
    front = Job.objects.filter(pk=first.id).first() if first else None
    before = job.depends_on
    followers = job.dependants.for_user(request.user).order_by("pk")
    return {
        "place": place_in_line(job, request.user),
        "front_url": _url_if_seen(request, front),
        "before": before,
        "before_url": _url_if_seen(request, before),
        "followers": list(followers[:FOLLOWERS_SHOWN]),
    }


def _url_if_seen(request: HttpRequest, job: Job | None) -> str:
    return job.get_absolute_url() if job is not None and may_see(request, job) else ""


def _subject_url(job: Job) -> str:
    """Where the result is seen; "" when that is the job's own page, or is gone."""
    try:
        url = job.concrete().subject_url()
    except (LookupError, Job.DoesNotExist, ValueError, AttributeError):
        return ""
    return "" if url == job.get_absolute_url() else url


def _item_tabs(request: HttpRequest, counts: dict[str, int], state: str) -> list[dict[str, object]]:
    tabs = [{"label": "All", "url": "?#items", "active": not state, "count": sum(counts.values())}]
    for value, label in (("failed", "Failed"), ("running", "Running"), ("pending", "Waiting"),
                         ("done", "Done")):  # fmt: skip
        if counts.get(value) or state == value:
            tabs.append({"label": label, "url": f"?state={value}#items", "active": state == value,
                         "count": counts.get(value, 0)})  # fmt: skip
    return tabs


def _items(job: Job, state: str, number: str | None) -> "Page[JobItem]":
    items: QuerySet[JobItem] = job.items.defer("received", "result")
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
