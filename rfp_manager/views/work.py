"""Starting background work on an RFP: drafting, reviewing, exporting.

What costs money, or takes long, is started in two steps: the first press shows the estimate, the
second, with that estimate in the form, starts it. Programs start it at once. What drafting takes
is counted in a request of its own, since each prompt is a search: the page is there before.
"""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role
from jobs.errors import AlreadyRunning
from jobs.models import ACTIVE, Job
from jobs.responses import SeeOther, accepted, already_running, is_fragment, wants_json
from llm_manager.calling import NoModel
from rfp_manager import batches, estimating, exports
from rfp_manager.access import rfp_of
from rfp_manager.exporting import ExportRefused
from rfp_manager.forms import DraftForm
from rfp_manager.models import RFP, ExportJob, RFPBatchJob
from rfp_manager.presenting.estimate import estimate_shown
from rfp_manager.views.fragments import work_context

GONE = "This model cannot be used any more. Choose another."


@require_POST
def start_responder(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp, form = rfp_of(request, rfp_id), DraftForm(request.POST)
    if not form.is_valid():
        return _refused(request, rfp, GONE)
    job = _draft_of(request, rfp, form)
    found = estimating.accepted(form.cleaned_data["estimate"], job)
    if found is None and _asks_first(request, job):
        return _show_estimate(request, rfp, job)
    return _start(
        request,
        rfp,
        lambda: batches.start_responder(
            rfp,
            request.user,
            model=job.model,
            only_unanswered=job.only_unanswered,
            forecast=found,
        ),
    )


@require_POST
def start_reviewer(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp = rfp_of(request, rfp_id)
    job = batches.reviewer_job(rfp, request.user)
    found = estimating.accepted(request.POST.get("estimate", ""), job)
    if found is None and _asks_first(request, job):
        return _show_estimate(request, rfp, job)
    return _start(request, rfp, lambda: batches.start_reviewer(rfp, request.user, forecast=found))


@require_POST
def export(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp = rfp_of(request, rfp_id)
    which, answers = request.POST.get("output", ""), request.POST.get("answers", "")
    only_approved = {"approved": True, "all": False}.get(answers)
    output = which or ExportJob.Output.FILLED.value
    try:
        return _start(
            request,
            rfp,
            lambda: exports.start_export(
                rfp, request.user, output=output, only_approved=only_approved
            ),
        )
    except ExportRefused as refusal:
        return _refused(request, rfp, str(refusal))


@require_safe
def draft_estimate(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """What drafting would take, with the button that starts it; without `counted` in the address,
    the page that asks for that."""
    rfp, form = rfp_of(request, rfp_id, Role.CONTRIBUTOR), DraftForm(request.GET)
    if not form.is_valid():
        return _refused(request, rfp, GONE)
    job = _draft_of(request, rfp, form)
    counted = "counted" in request.GET
    return _estimate_page(request, rfp, job) if counted else _counting(request, rfp, job)


@require_safe
def review_estimate(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp = rfp_of(request, rfp_id, Role.CONTRIBUTOR)
    return _estimate_page(request, rfp, batches.reviewer_job(rfp, request.user))


def _draft_of(request: HttpRequest, rfp: RFP, form: DraftForm) -> RFPBatchJob:
    model, everything = form.cleaned_data["model"], form.cleaned_data["everything"]
    return batches.responder_job(rfp, request.user, model=model, only_unanswered=not everything)


def _asks_first(request: HttpRequest, job: RFPBatchJob) -> bool:
    """Not a program, nor who starts what could not be estimated, nor while the same work is
    under way: then a start says so."""
    if wants_json(request) or request.POST.get("anyway") or _is_running(job):
        return False
    try:
        return estimating.plan_of(job).needs_consent
    except NoModel:
        return False  # the job itself will say what to do


def _is_running(job: RFPBatchJob) -> bool:
    """The same work, by another job."""
    return RFPBatchJob.objects.filter(
        rfp=job.rfp, job_type=job.job_type, status__in=ACTIVE
    ).exists()


def _show_estimate(request: HttpRequest, rfp: RFP, job: RFPBatchJob) -> HttpResponse:
    """In place for HTMX; a form is sent to the page with it, which can be loaded again."""
    reviews = job.job_type == RFPBatchJob.JOB_TYPE_REVIEWER
    if is_fragment(request):
        response = (_estimate_page if reviews else _counting)(request, rfp, job)
        response["HX-Retarget"], response["HX-Reswap"] = "#work-note", "innerHTML"
        return response
    if reviews:
        return SeeOther(reverse("rfp_manager:review_estimate", args=[rfp.pk]))
    return SeeOther(_counted_url(rfp, job))


def _counted_url(rfp: RFP, job: RFPBatchJob) -> str:
    chosen = {"model": job.model_id, "everything": None if job.only_unanswered else "on"}
    query = {name: value for name, value in chosen.items() if value} | {"counted": 1}
    return f"{reverse('rfp_manager:draft_estimate', args=[rfp.pk])}?{urlencode(query)}"


def _counting(request: HttpRequest, rfp: RFP, job: RFPBatchJob) -> HttpResponse:
    """What asks for the estimate as soon as it is shown."""
    try:
        plan = estimating.plan_of(job)
    except NoModel as error:
        return _refused(request, rfp, str(error))
    context = {"rfp": rfp, "plan": plan, "counted_url": _counted_url(rfp, job)}
    template = "_counting.html" if is_fragment(request) else "counting.html"
    return render(request, f"rfp_manager/{template}", context)


def _estimate_page(request: HttpRequest, rfp: RFP, job: RFPBatchJob) -> HttpResponse:
    try:
        shown = estimate_shown(rfp, estimating.plan_of(job))
    except NoModel as error:
        return _refused(request, rfp, str(error))
    template = "_estimate.html" if is_fragment(request) else "estimate.html"
    return render(request, f"rfp_manager/{template}", {"shown": shown, "rfp": rfp})


def _start(request: HttpRequest, rfp: RFP, starter: Callable[[], Job]) -> HttpResponse:
    try:
        job = starter()
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


def _refused(request: HttpRequest, rfp: RFP, sentence: str) -> HttpResponse:
    context = {"refusal": sentence, **work_context(request, rfp)}
    template = "_work.html" if is_fragment(request) else "work.html"
    return render(request, f"rfp_manager/{template}", context, status=422)
