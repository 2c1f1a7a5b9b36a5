"""The list of RFPs, a new one, and one of them: the workbench."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from jobs.access import must_be
from jobs.downloads import attachment
from jobs.responses import SeeOther, is_fragment
from rfp_manager.access import rfp_of
from rfp_manager.creating import create_rfp
from rfp_manager.describing import limits_of, may_describe
from rfp_manager.feeding import waiting
from rfp_manager.forms import NewRFPForm
from rfp_manager.importing.types import NothingAsked, QuestionnaireRefused
from rfp_manager.models import RFP
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.reports import import_report
from rfp_manager.presenting.rfp_list import due_words
from rfp_manager.presenting.rfp_list import rfp_list as list_of_rfps
from rfp_manager.views.fragments import questions_context, work_context


@require_safe
def rfp_list(request: HttpRequest) -> HttpResponse:
    query = request.GET
    shown = list_of_rfps(request.user, text=query.get("q", ""), page=query.get("page"))
    template = "rfp_manager/_list.html" if is_fragment(request) else "rfp_manager/list.html"
    return render(request, template, {"shown": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    posted = request.method == "POST"
    given = (request.POST, request.FILES) if posted else ()
    form = NewRFPForm(*given, user=request.user)
    if posted and form.is_valid():
        rfp = _create(request, form)
        if rfp is not None:
            return _go_to(request, rfp)
    template = "rfp_manager/_new.html" if is_fragment(request) else "rfp_manager/new.html"
    return render(request, template, {"form": form}, status=422 if posted else 200)


def _create(request: HttpRequest, form: NewRFPForm) -> RFP | None:
    """None, with the reason on the form, for a file that is no questionnaire."""
    data = dict(form.cleaned_data)
    file = data.pop("file")
    anyway = "keep_anyway" in request.POST
    try:
        return create_rfp(file, filename=file.name, user=request.user, keep_anyway=anyway, **data)
    except QuestionnaireRefused as refusal:
        form.can_keep_anyway = isinstance(refusal, NothingAsked)
        form.add_error(form.source, str(refusal))
        return None


def _go_to(request: HttpRequest, rfp: RFP) -> HttpResponse:
    """What was found comes first; where nothing was, a person says what asks."""
    page = "imported" if rfp.questions.exists() else "mapping"
    url = reverse(f"rfp_manager:{page}", args=[rfp.pk])
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return SeeOther(url)


@require_safe
def detail(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """The workbench; for HTMX only the part that it asks for."""
    rfp = rfp_of(request, rfp_id)
    target = request.headers.get("HX-Target", "") if is_fragment(request) else ""
    if target == "work":
        return render(request, "rfp_manager/_work.html", work_context(request, rfp))
    chosen = QuestionFilter.from_query(request.GET, request.user)
    context = questions_context(request, rfp, chosen)
    if target == "questions":
        return render(request, "rfp_manager/_questions.html", context)
    context |= work_context(request, rfp, shares=context["bench"].shares)
    context["imported"] = import_report(rfp.import_report, whole=request.GET.get("report") == "all")
    context["due"] = due_words(rfp)
    context["limits"] = limits_of(rfp, request.user)
    context["may_describe"] = may_describe(request.user, rfp)
    context["feedable"] = waiting(rfp).count()
    return render(request, "rfp_manager/detail.html", context)


@require_safe
def original(request: HttpRequest, rfp_id: int) -> HttpResponseBase:
    rfp = rfp_of(request, rfp_id)
    try:
        return attachment(rfp.questionnaire, rfp.filename)
    except (FileNotFoundError, ValueError):
        return render(request, "rfp_manager/file_gone.html", {"rfp": rfp}, status=410)
