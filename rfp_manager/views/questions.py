"""The questions of an RFP: the list that can be narrowed, and one of them."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from jobs.responses import is_fragment
from rfp_manager.access import question_of, rfp_of
from rfp_manager.models import Question
from rfp_manager.presenting.coverage import coverage as coverage_of
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.workbench import moment_of
from rfp_manager.views.answers import form_of, show_question
from rfp_manager.views.fragments import questions_context


@require_safe
def questions(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """The list as a fragment; 304 while no answer has changed since the one on the page."""
    rfp = rfp_of(request, rfp_id)
    if not is_fragment(request):
        return redirect(f"{rfp.get_absolute_url()}?{request.GET.urlencode()}")
    now = moment_of(rfp)
    if request.headers.get("If-None-Match") == now.etag:
        return HttpResponseNotModified()
    chosen = QuestionFilter.from_query(request.GET, request.user)
    context = questions_context(request, rfp, chosen, known=now)
    return render(request, "rfp_manager/_questions.html", context)


@require_safe
def coverage(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """How far each section is and who holds what is left: a page, or the table for HTMX."""
    rfp = rfp_of(request, rfp_id)
    template = "_coverage_table.html" if is_fragment(request) else "coverage.html"
    context = {"rfp": rfp, "coverage": coverage_of(rfp, request.user)}
    return render(request, f"rfp_manager/{template}", context)


@require_safe
def question(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    return question_response(request, question_of(request, rfp_id, question_id))


def question_response(request: HttpRequest, found: Question) -> HttpResponse:
    """The question's page; for HTMX the part of it that changes."""
    return show_question(request, found, form_of(found, request.user), status=200)
