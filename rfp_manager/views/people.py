"""What people do about each other at a question: assign it, hand it back, and comment on it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from jobs.responses import SeeOther, is_fragment
from rfp_manager.access import question_of
from rfp_manager.assigning import (
    AssignmentRefused,
    assign_questions,
    decline,
    unassign_questions,
)
from rfp_manager.commenting import (
    CommentRefused,
    add_comment,
    edit_comment,
    reopen_comment,
    resolve_comment,
)
from rfp_manager.forms import AssignForm
from rfp_manager.models import Question, QuestionComment
from rfp_manager.people import may_see_whole, name_of
from rfp_manager.views.answers import form_of, go_on, show_question


@require_POST
def assign(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    """Give the question to somebody, take it from them, or hand it back."""
    question = question_of(request, rfp_id, question_id)
    wanted = request.POST.get("do", "")
    try:
        if wanted == "decline":
            return _decline(request, question)
        if wanted == "unassign":
            unassign_questions(question.rfp, [question.pk], user=request.user)
            return go_on(request, question, "Nobody holds this question now.")
        return _assign(request, question)
    except AssignmentRefused as refusal:
        return _refused(request, question, str(refusal))


def _assign(request: HttpRequest, question: Question) -> HttpResponse:
    form = AssignForm(request.POST)
    if not form.is_valid():
        raise AssignmentRefused(" ".join(str(e) for found in form.errors.values() for e in found))
    person = form.cleaned_data["assignee"]
    assign_questions(question.rfp, [question.pk], user=request.user, **form.cleaned_data)
    sentence = f"Assigned to {name_of(person)}."
    if not may_see_whole(person, question.rfp_id):
        sentence += " They do not work on this RFP: they see this question only."
    return go_on(request, question, sentence)


def _decline(request: HttpRequest, question: Question) -> HttpResponse:
    decline(question, user=request.user, reason=request.POST.get("reason", ""))
    sentence = "Handed back: not yours any more."
    if may_see_whole(request.user, question.rfp_id):
        return go_on(request, question, sentence)
    # The page of the question is closed to them now.
    messages.success(request, sentence)
    place = reverse("rfp_manager:mine")
    return HttpResponse(headers={"HX-Redirect": place}) if is_fragment(request) else SeeOther(place)


@require_POST
def comment(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    question = question_of(request, rfp_id, question_id)
    text = request.POST.get("comment", "")
    try:
        add_comment(question, text, user=request.user)
    except CommentRefused as refusal:
        return _refused(request, question, str(refusal), typed_comment=text)
    return go_on(request, question, "Your comment is saved.")


@require_POST
def comment_change(
    request: HttpRequest, rfp_id: int, question_id: int, comment_id: int
) -> HttpResponse:
    """Edit one's own comment; resolve anybody's, or open it again."""
    question = question_of(request, rfp_id, question_id)
    found = get_object_or_404(QuestionComment, question=question, pk=comment_id)
    found.question = question
    wanted = request.POST.get("do", "")
    if wanted == "resolve":
        resolve_comment(found, user=request.user)
        return go_on(request, question, "The comment is resolved.")
    if wanted == "reopen":
        reopen_comment(found)
        return go_on(request, question, "The comment is open again.")
    text = request.POST.get("comment", "")
    try:
        edit_comment(found, text, user=request.user)
    except CommentRefused as refusal:
        return _refused(request, question, str(refusal), edited_comment=found.pk, edited_text=text)
    return go_on(request, question, "Your comment is changed.")


def _refused(
    request: HttpRequest, question: Question, sentence: str, **more: object
) -> HttpResponse:
    form = form_of(question, request.user)
    return show_question(request, question, form, status=422, refusal=sentence, **more)
