"""What people do to an answer: edit it, and say where it stands."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from jobs.responses import SeeOther, is_fragment
from rfp_manager.access import question_of
from rfp_manager.forms import AnswerForm, answer_form
from rfp_manager.models import Answer, AnswerOutcome, AnswerState, Question
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.question import answer_of, neighbours, question_page
from rfp_manager.presenting.texts import difference


@require_http_methods(["GET", "HEAD", "POST"])
def answer_edit(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    from rfp_manager.editing import EditConflict, edit_answer

    question = question_of(request, rfp_id, question_id)
    if request.method != "POST":
        return SeeOther(_url(question, _chosen(request)))
    form = answer_form(question, answer_of(question), request.POST)
    if not form.is_valid():
        return _show(request, question, form, status=422)
    answer = answer_of(question) or _first_answer(question)
    try:
        edit_answer(answer, user=request.user, **_wanted(form, answer))
    except EditConflict as conflict:
        return _show_conflict(request, question, form, conflict.current)
    return _go_on(request, question, "The answer is saved.")


def _first_answer(question: Question) -> Answer:
    """Nothing has been drafted yet; version 0 says so to whoever saves it."""
    return Answer(question=question, version=0, outcome=AnswerOutcome.ANSWERED)


def _wanted(form: AnswerForm, answer: Answer) -> dict[str, Any]:
    return {"choice": answer.choice, **form.cleaned_data}


def _show_conflict(
    request: HttpRequest, question: Question, form: AnswerForm, current: Answer
) -> HttpResponse:
    """Both texts, and a form that holds the person's own: saving it again replaces theirs."""
    fresh = question_of(request, question.rfp_id, question.pk)
    mine, data = form.cleaned_data, request.POST.copy()
    data["version"] = str(current.version)
    again = answer_form(fresh, current, data)
    conflict = {
        "current": current,
        "changes": difference(current.text, mine["text"]),
        "choice": mine.get("choice", ""),
    }
    return _show(request, fresh, again, status=409, conflict=conflict)


@require_POST
def answer_state(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    """Approve an answer, or take it back."""
    from rfp_manager.editing import ApprovalRefused, set_state

    question = question_of(request, rfp_id, question_id)
    answer, state = answer_of(question), request.POST.get("state", "")
    if answer is None or state not in AnswerState.values:
        return _show_refusal(request, question, "There is no answer to this question yet.")
    if request.POST.get("version") != str(answer.version):
        return _show_refusal(
            request, question, "The answer was changed meanwhile. Read it, then decide again."
        )
    try:
        set_state(answer, AnswerState(state), request.user)
    except ApprovalRefused as refusal:
        return _show_refusal(request, question, str(refusal))
    return _go_on(request, question, f"The answer is now: {AnswerState(state).label}.")


def _show_refusal(request: HttpRequest, question: Question, sentence: str) -> HttpResponse:
    form = answer_form(question, answer_of(question))
    return _show(request, question, form, status=409, refusal=sentence)


def _show(
    request: HttpRequest, question: Question, form: AnswerForm, *, status: int, **more: Any
) -> HttpResponse:
    shown = question_page(question, _chosen(request))
    context = {"shown": shown, "rfp": question.rfp, "form": form, **more}
    template = "_question.html" if is_fragment(request) else "question.html"
    return render(request, f"rfp_manager/{template}", context, status=status)


def _go_on(request: HttpRequest, question: Question, sentence: str) -> HttpResponse:
    """Back to the question, or to the next one where the button said so."""
    chosen = _chosen(request)
    wants_next = request.POST.get("then") == "next"
    following = neighbours(question, chosen).following if wants_next else None
    target = following or question
    if not is_fragment(request):
        messages.success(request, sentence)
        return SeeOther(_url(target, chosen))
    return _fragment(request, target, chosen, sentence)


def _fragment(
    request: HttpRequest, target: Question, chosen: QuestionFilter, sentence: str
) -> HttpResponse:
    fresh = question_of(request, target.rfp_id, target.pk)
    response = _show(request, fresh, answer_form(fresh, answer_of(fresh)), status=200)
    toast = json.dumps({"toast": {"level": "success", "text": sentence}})
    response["HX-Trigger"] = toast
    response["HX-Push-Url"] = _url(fresh, chosen)
    return response


def _chosen(request: HttpRequest) -> QuestionFilter:
    return QuestionFilter.from_query(request.GET.dict())


def _url(question: Question, chosen: QuestionFilter) -> str:
    place = reverse("rfp_manager:question", args=[question.rfp_id, question.pk])
    return f"{place}{chosen.query}"
