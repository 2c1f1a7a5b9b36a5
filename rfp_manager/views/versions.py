"""All versions of an answer, and taking one of them back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from jobs.responses import SeeOther
from rfp_manager.access import question_of
from rfp_manager.models import Answer, Question
from rfp_manager.people import may_see_whole
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.history import all_versions
from rfp_manager.presenting.question import answer_of
from rfp_manager.versions import Restored, RestoreRefused, restore_version

LONGEST_VERSION = 9


@require_safe
def versions(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    question = question_of(request, rfp_id, question_id)
    with_present = request.GET.get("with") == "present"
    shown = all_versions(_answer(question), request.GET.get("page"), with_present=with_present)
    whole = may_see_whole(request.user, question.rfp_id)
    context = {"question": question, "rfp": question.rfp, "shown": shown, "whole": whole}
    return render(request, "rfp_manager/versions.html", context)


@require_POST
def restore(request: HttpRequest, rfp_id: int, question_id: int, number: int) -> HttpResponse:
    """Take a version back, if the answer is still the one that the person saw."""
    question = question_of(request, rfp_id, question_id)
    answer, seen = _answer(question), request.POST.get("version", "")
    known = seen.isascii() and seen.isdigit() and len(seen) <= LONGEST_VERSION
    try:
        restored = restore_version(
            answer, number, user=request.user, version=int(seen) if known else 0
        )
    except RestoreRefused as refusal:
        messages.error(request, str(refusal))
    else:
        _tell(request, restored)
    query = QuestionFilter.from_query(request.GET, request.user).query
    return SeeOther(f"{question.get_absolute_url()}{query}")


def _answer(question: Question) -> Answer:
    answer = answer_of(question)
    if answer is None:
        raise Http404
    return answer


def _tell(request: HttpRequest, restored: Restored) -> None:
    messages.success(request, f"The answer says again what it said in version {restored.number}.")
    if restored.lost:
        messages.warning(request, restored.answer.explanation)
