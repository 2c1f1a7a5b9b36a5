"""Starting background work on an RFP: drafting, reviewing, exporting."""

import json
from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.responses import accepted, already_running, is_fragment
from rfp_manager import batches, exports
from rfp_manager.access import rfp_of
from rfp_manager.forms import DraftForm
from rfp_manager.models import RFP
from rfp_manager.views.fragments import work_context

Starter = Callable[[RFP, AbstractBaseUser | AnonymousUser], Job]


@require_POST
def start_responder(request: HttpRequest, rfp_id: int) -> HttpResponse:
    form = DraftForm(request.POST)
    if not form.is_valid():
        return _refused(request, rfp_id, "This model cannot be used any more. Choose another.")
    model, everything = form.cleaned_data["model"], form.cleaned_data["everything"]
    return _start(
        request,
        rfp_id,
        lambda rfp, user: batches.start_responder(
            rfp, user, model=model, only_unanswered=not everything
        ),
    )


@require_POST
def start_reviewer(request: HttpRequest, rfp_id: int) -> HttpResponse:
    return _start(request, rfp_id, batches.start_reviewer)


@require_POST
def export(request: HttpRequest, rfp_id: int) -> HttpResponse:
    return _start(request, rfp_id, exports.start_export)


def _start(request: HttpRequest, rfp_id: int, starter: Starter) -> HttpResponse:
    rfp = rfp_of(request, rfp_id)
    try:
        job = starter(rfp, request.user)
    except AlreadyRunning as error:
        return _already_running(request, error)
    if not is_fragment(request):
        return accepted(request, job, url=f"{rfp.get_absolute_url()}#work")
    response = render(request, "rfp_manager/_work.html", work_context(request, rfp), status=202)
    # Wakes the list of questions, which does not poll while nothing is written.
    event = "work-started" if job.is_active else "job-finished"
    response["HX-Trigger"] = json.dumps({event: {"id": job.pk}})
    return response


def _already_running(request: HttpRequest, error: AlreadyRunning) -> HttpResponse:
    """The sentence goes above the work that is shown, which stays as it is."""
    response = already_running(request, error)
    if is_fragment(request):
        response["HX-Retarget"], response["HX-Reswap"] = "#work-note", "innerHTML"
    return response


def _refused(request: HttpRequest, rfp_id: int, sentence: str) -> HttpResponse:
    rfp = rfp_of(request, rfp_id)
    context = {"refusal": sentence, **work_context(request, rfp)}
    template = "_work.html" if is_fragment(request) else "work.html"
    return render(request, f"rfp_manager/{template}", context, status=422)
