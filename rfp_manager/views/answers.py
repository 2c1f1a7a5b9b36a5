"""What people do to an answer: edit it, and say where it stands."""

import json
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from jobs.responses import SeeOther, is_fragment
from rfp_manager.access import question_of
from rfp_manager.autosave import forget, token_of, unsaved_of
from rfp_manager.editing import (
    ApprovalRefused,
    EditConflict,
    EditRefused,
    answer_for,
    edit_answer,
    set_state,
)
from rfp_manager.forms import AnswerForm, answer_form
from rfp_manager.models import Answer, AnswerState, Question
from rfp_manager.people import may_see_whole
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.neighbours import neighbours
from rfp_manager.presenting.question import answer_of, only_own, question_page
from rfp_manager.presenting.texts import difference


@require_http_methods(["GET", "HEAD", "POST"])
def answer_edit(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    question = question_of(request, rfp_id, question_id)
    if request.method != "POST":
        return SeeOther(_url(question, _chosen(request)))
    form = answer_form(question, answer_of(question), request.POST)
    if not form.is_valid():
        return show_question(request, question, form, status=422)
    try:
        save_form(question, form, request.user)
    except EditConflict as conflict:
        return _show_conflict(request, question, form, conflict.current)
    except EditRefused as refusal:
        form.add_error("text", str(refusal))
        return show_question(request, question, form, status=422)
    return go_on(request, question, "The answer is saved.")


def save_form(question: Question, form: AnswerForm, user: Any) -> None:
    """Write what the form says over the version it was made from. Raises EditConflict or
    EditRefused."""
    wanted = dict(form.cleaned_data)
    version = wanted.pop("version")
    with transaction.atomic():
        # Two that answer for the first time come one after the other.
        get_object_or_404(Question.objects.select_for_update(no_key=True), pk=question.pk)
        answer = Answer.objects.filter(question=question).first()
        if version == 0:
            # Written upon nothing: what has come into being meanwhile must be seen first.
            if answer is not None:
                raise EditConflict(answer)
            answer = answer_for(question, user)
            version = answer.version
        if answer is None:
            raise Http404
        answer.question = question
        edit_answer(answer, user=user, version=version, **{"choice": answer.choice} | wanted)
        # What was kept as they typed is in the answer now.
        forget(question, user)


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
    return show_question(request, fresh, again, status=409, conflict=conflict)


@require_POST
def answer_state(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    """Approve an answer, or take it back."""
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
    return go_on(request, question, f"The answer is now: {AnswerState(state).label}.")


def _show_refusal(request: HttpRequest, question: Question, sentence: str) -> HttpResponse:
    form = form_of(question, request.user)
    return show_question(request, question, form, status=409, refusal=sentence)


def form_of(question: Question, user: Any) -> AnswerForm:
    """The form with what the person has typed before, if they have not saved it."""
    return answer_form(question, answer_of(question), unsaved=unsaved_of(question, user))


def show_question(
    request: HttpRequest, question: Question, form: AnswerForm, *, status: int, **more: Any
) -> HttpResponse:
    """The question's page; for HTMX the part of it that changes."""
    shown = question_page(question, _chosen(request), request.user)
    context = {"shown": shown, "rfp": question.rfp, "form": form, **more}
    context["kept_token"] = token_of(shown.unsaved)
    template = "_question.html" if is_fragment(request) else "question.html"
    return render(request, f"rfp_manager/{template}", context, status=status)


def go_on(request: HttpRequest, question: Question, sentence: str) -> HttpResponse:
    """Back to the question, or to the next one where the button said so."""
    chosen = _chosen(request)
    if not may_see_whole(request.user, question.rfp_id):
        # The next one of the RFP may be somebody else's.
        chosen = only_own(request.user)
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
    response = show_question(request, fresh, form_of(fresh, request.user), status=200)
    toast = json.dumps({"toast": {"level": "success", "text": sentence}})
    response["HX-Trigger"] = toast
    response["HX-Push-Url"] = _url(fresh, chosen)
    return response


def _chosen(request: HttpRequest) -> QuestionFilter:
    return QuestionFilter.from_query(request.GET, request.user)


def _url(question: Question, chosen: QuestionFilter) -> str:
    place = reverse("rfp_manager:question", args=[question.rfp_id, question.pk])
    return f"{place}{chosen.query}"
