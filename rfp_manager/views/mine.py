"""An expert's own page: the questions they hold in any RFP, answered in place."""

import json
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.responses import SeeOther, is_fragment
from rfp_manager.access import held_question_of
from rfp_manager.answering_own import SentOn, send_answer
from rfp_manager.assigning import AssignmentRefused, decline
from rfp_manager.editing import EditConflict, EditRefused
from rfp_manager.forms import AnswerForm, answer_form
from rfp_manager.models import Answer, Question
from rfp_manager.presenting.mine import MineEntry, entry_of, with_own_ids
from rfp_manager.presenting.mine import mine as mine_of
from rfp_manager.presenting.question import answer_of
from rfp_manager.presenting.texts import difference


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    shown = mine_of(request.user, request.GET.get("show"), request.GET.get("page"))
    return render(request, "rfp_manager/mine.html", {"shown": shown})


@require_POST
def mine_answer(request: HttpRequest, question_id: int) -> HttpResponse:
    """Send the answer to review, keep it as a draft, or hand the question back."""
    question = held_question_of(request, question_id)
    if request.POST.get("do") == "decline":
        return _decline(request, question)
    form = with_own_ids(answer_form(question, answer_of(question), request.POST), question)
    if not form.is_valid():
        return _again(request, question, form=form)
    done = request.POST.get("do") != "save"
    try:
        sent = send_answer(question, form.cleaned_data, user=request.user, to_review=done)
    except EditConflict as conflict:
        return _conflict(request, question, form, conflict.current)
    except EditRefused as refusal:
        form.add_error("text", str(refusal))
        return _again(request, question, form=form)
    return _done(request, question, sent.value, again=sent == SentOn.DRAFT)


def _decline(request: HttpRequest, question: Question) -> HttpResponse:
    try:
        decline(question, user=request.user, reason=request.POST.get("reason", ""))
    except AssignmentRefused as refusal:
        return _again(request, question, refusal=str(refusal))
    return _done(request, question, "Handed back: not yours any more.")


def _conflict(
    request: HttpRequest, question: Question, form: AnswerForm, current: Answer
) -> HttpResponse:
    """Both texts; the person's own in the form, which replaces the other when sent again."""
    data = request.POST.copy()
    data["version"] = str(current.version)
    again = with_own_ids(answer_form(question, current, data), question)
    changes = difference(current.text, form.cleaned_data["text"])
    conflict = {"current": current, "changes": changes}
    return _again(request, question, status=409, form=again, conflict=conflict)


def _again(
    request: HttpRequest, question: Question, *, status: int = 422, refusal: str = "", **more: Any
) -> HttpResponse:
    """The question once more, with what is wrong: in its place, or alone on a page."""
    entry = entry_of(question, request.user)
    if entry is None:
        return SeeOther(reverse("rfp_manager:mine"))
    context = {"entry": replace(entry, **more), "refusal": refusal}
    template = "_mine_row.html" if is_fragment(request) else "mine_one.html"
    return render(request, f"rfp_manager/{template}", context, status=status)


def _done(
    request: HttpRequest, question: Question, sentence: str, *, again: bool = False
) -> HttpResponse:
    if not is_fragment(request):
        messages.success(request, sentence)
        return SeeOther(reverse("rfp_manager:mine"))
    entry: MineEntry | None = entry_of(question, request.user)
    row = again and entry is not None
    context = {"entry": entry, "question": question, "sentence": sentence}
    template = "_mine_row.html" if row else "_mine_done.html"
    response = render(request, f"rfp_manager/{template}", context)
    response["HX-Trigger"] = json.dumps({"toast": {"level": "success", "text": sentence}})
    return response
