"""What a person is typing into an answer, sent as they type; and dropping it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from jobs.responses import SeeOther, is_fragment
from rfp_manager.access import question_of
from rfp_manager.autosave import NotKept, Typed, forget, keep, others_at, token_of
from rfp_manager.models import Question
from rfp_manager.presenting.filters import QuestionFilter
from rfp_manager.presenting.question import answer_of
from rfp_manager.views.questions import question_response

LONGEST_VERSION = 9


@require_POST
def keep_unsaved(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    """Keep the words of the form; the answer tells when, and who else is typing."""
    question = question_of(request, rfp_id, question_id)
    answer, token = answer_of(question), request.POST.get("kept", "")
    shown = {"others": others_at(question, request.user), "rfp": question.rfp, "token": token}
    try:
        kept = keep(question, answer, _typed(request, question), user=request.user, token=token)
    except NotKept as refusal:
        return _status(request, {**shown, "refusal": str(refusal)}, status=409)
    newer = answer if answer and kept and answer.version != kept.base_version else None
    return _status(request, {**shown, "kept": kept, "token": token_of(kept), "newer": newer})


@require_POST
def discard_unsaved(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    question = question_of(request, rfp_id, question_id)
    forget(question, request.user)
    if is_fragment(request):
        return question_response(request, question)
    messages.success(request, "Your unsaved text is discarded.")
    query = QuestionFilter.from_query(request.GET, request.user).query
    return SeeOther(f"{question.get_absolute_url()}{query}")


def _typed(request: HttpRequest, question: Question) -> Typed:
    """A form without choices leaves the answer's own as it is."""
    given, answer = request.POST, answer_of(question)
    version = given.get("version", "")
    known = version.isascii() and version.isdigit() and len(version) <= LONGEST_VERSION
    return Typed(
        text=given.get("text", ""),
        choice=given.get("choice", answer.choice if answer else ""),
        comment=given.get("comment", ""),
        base_version=int(version) if known else 0,
    )


def _status(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    return render(request, "rfp_manager/_unsaved_status.html", context, status=status)
