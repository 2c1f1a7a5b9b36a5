"""The start page: what to do first, what goes on, what was worked on last."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from jobs.responses import is_fragment
from jobs.views import list_context
from jobs.watching import jobs_of, with_surroundings
from rfp_manager.models import RFP
from solution_library.models import Collection
from solution_library.queries import sources_for, status_counts

RUNNING_SHOWN = 5
RFPS_SHOWN = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    running = _running(request)
    if is_fragment(request):
        return _running_fragment(request, running)
    library, rfps = status_counts(request.user), recent_rfps(request.user)
    context = {
        "library": library,
        "rfps": rfps,
        "collection_count": Collection.objects.for_user(request.user).count(),
        "source_count": sources_for(request.user).count(),
        "steps": _steps(library, rfps),
        **running,
    }
    return render(request, "home.html", context)


def _running(request: HttpRequest) -> dict[str, object]:
    jobs = with_surroundings(jobs_of(request.user).active()).select_related("started_by")
    newest = list(jobs.order_by("-id")[:RUNNING_SHOWN])
    return {**list_context(newest, reverse("home")), "list_id": "running-jobs"}


def _running_fragment(request: HttpRequest, running: dict[str, object]) -> HttpResponse:
    """The running jobs alone; when the last has ended the poll stops and the page reloads."""
    if not running["page"]:
        return HttpResponse(status=286, headers={"HX-Refresh": "true"})
    response = render(request, "jobs/_list.html", running)
    patch_cache_control(response, private=True, no_store=True)
    return response


def recent_rfps(user: Any) -> list[RFP]:
    """The RFPs worked on last, with `question_count` and `answered_count`."""
    mine = RFP.objects.filter(pk__in=RFP.objects.for_user(user).values("pk"))
    answered = Q(questions__answer__isnull=False)
    counted = mine.annotate(
        question_count=Count("questions"), answered_count=Count("questions", filter=answered)
    )
    return list(counted.order_by("-updated_at", "-id")[:RFPS_SHOWN])


def _steps(library: dict[str, int], rfps: list[RFP]) -> list[dict[str, object]]:
    """The way to a first answered questionnaire; empty once it has been gone."""
    drafted = any(getattr(rfp, "answered_count", 0) for rfp in rfps)
    done = [library["ready"] > 0, bool(rfps), drafted]
    if all(done):
        return []
    steps: list[dict[str, object]] = [
        {"title": "Add what your company has written",
         "text": "Security papers, policies, manuals, earlier answers. Spelunker reads them.",
         "url": reverse("solution_library:documents"), "label": "Add documents"},
        {"title": "Create an RFP from the buyer's questionnaire",
         "text": "An Excel or CSV file; its questions are found for you.",
         "url": _url("rfp_manager:new"), "label": "Create an RFP"},
        {"title": "Start drafting",
         "text": "Every question gets an answer with citations, or the reason why there is none.",
         "url": rfps[0].get_absolute_url() if rfps else "", "label": "Open the RFP"},
    ]  # fmt: skip
    return [
        step | {"done": is_done, "next": not is_done and all(done[:n])}
        for n, (step, is_done) in enumerate(zip(steps, done, strict=True))
    ]


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
