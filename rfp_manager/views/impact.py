"""Passages that have changed under answers, and what people say of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.responses import SeeOther, next_url
from rfp_manager.access import affected_document_of, judged_question
from rfp_manager.impact import let_stand, look_at_again
from rfp_manager.presenting.changes import changed_documents, concerns


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    entries, page = changed_documents(request.user, request.GET.get("page"))
    return render(request, "rfp_manager/after/changes.html", {"entries": entries, "page": page})


@require_safe
def changed_document(request: HttpRequest, document_id: int) -> HttpResponse:
    document = affected_document_of(request, document_id)
    checked = request.GET.get("show") == "checked"
    shown = concerns(document, request.user, page=request.GET.get("page"), checked=checked)
    context = {
        "shown": shown,
        "checked": checked,
        "crumbs": [
            ("RFPs", reverse("rfp_manager:list")), ("Changes", reverse("rfp_manager:changes"))
        ],
    }  # fmt: skip
    return render(request, "rfp_manager/after/changed_document.html", context)


@require_POST
def change_check(request: HttpRequest, question_id: int) -> HttpResponse:
    """Let a question's answers stand although a passage has changed, or take that back."""
    question = judged_question(request, question_id)
    back = next_url(request, reverse("rfp_manager:changes"))
    if request.POST.get("do") == "again":
        look_at_again(question)
        return SeeOther(back)
    if not let_stand(question, request.user, request.POST.getlist("reason")):
        messages.info(request, "There was nothing to check: it has changed again meanwhile.")
    return SeeOther(back)
