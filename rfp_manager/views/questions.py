"""The questions of an RFP: the list that can be narrowed, and one of them."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from jobs.responses import is_fragment
from rfp_manager.access import question_of, rfp_of
from rfp_manager.forms import answer_form
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.question import answer_of, question_page
from rfp_manager.presenting.workbench import is_worked_on, workbench_etag
from rfp_manager.views.fragments import questions_context


@require_safe
def questions(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """The list as a fragment; 304 while no answer has changed since the one on the page."""
    rfp = rfp_of(request, rfp_id)
    if not is_fragment(request):
        return redirect(f"{rfp.get_absolute_url()}?{request.GET.urlencode()}")
    etag = workbench_etag(rfp, running=is_worked_on(rfp))
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    chosen = QuestionFilter.from_query(request.GET.dict())
    return render(request, "rfp_manager/_questions.html", questions_context(request, rfp, chosen))


@require_safe
def question(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    found = question_of(request, rfp_id, question_id)
    chosen = QuestionFilter.from_query(request.GET.dict())
    context = {
        "shown": question_page(found, chosen),
        "rfp": found.rfp,
        "form": answer_form(found, answer_of(found)),
    }
    template = "_question.html" if is_fragment(request) else "question.html"
    return render(request, f"rfp_manager/{template}", context)
