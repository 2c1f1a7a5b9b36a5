"""The pages of the answer library: the list, an answer, and the form for one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role, has_role
from jobs.access import must_be
from jobs.responses import SeeOther, is_fragment
from solution_library.access import answer_of
from solution_library.answer_forms import (
    AnswerBulkForm,
    AnswerFilter,
    AnswerForm,
    a_year_from,
    initial_of,
)
from solution_library.answers import listing
from solution_library.answers.errors import AnswerConflict, AnswerRefused
from solution_library.answers.finding import AnswerScope, find_answers
from solution_library.answers.freshness import freshness_of
from solution_library.answers.presenting import compared, history_of, rows_of
from solution_library.answers.uses import uses_of
from solution_library.answers.writing import create_answer, edit_answer, set_details
from solution_library.models import AnswerMerge, Collection, LibraryAnswer
from solution_library.reviewing import may_approve, may_review

PAGE_SIZE = 25
EDITING = ["GET", "HEAD", "POST"]


@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    form = AnswerFilter(request.GET, user=request.user)
    order = request.GET.get("order", "")
    narrowed = form.narrow(listing.visible(request.user))
    found = listing.search(narrowed, form.query, request.user)
    ordered = found.answers
    if order in listing.ORDERS or not found.is_ranked:
        ordered = ordered.order_by(*listing.ORDERS.get(order, listing.ORDERS["newest"]))
    rows = listing.for_rows(ordered, request.user)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": rows_of(page, request.user.pk),
        "order": order if order in listing.ORDERS else "" if found.is_ranked else "newest",
        "counts": listing.state_counts(request.user, timezone.localdate()),
        "warning": found.warning,
        "bulk": AnswerBulkForm(user=request.user, like=form),
        "query": request.GET.urlencode(),
    }
    return render(request, "solution_library/answers.html", context)


@require_safe
def answer(request: HttpRequest, answer_id: int) -> HttpResponse:
    return render(request, "solution_library/answer.html", page_of(answer_of(request, answer_id),
                                                                   request.user))  # fmt: skip


def page_of(shown: LibraryAnswer, user: Any) -> dict[str, Any]:
    document = shown.document
    merges = AnswerMerge.objects.filter(kept=shown, undone_at=None).select_related("merged")
    seen = LibraryAnswer.objects.for_user(user)
    groups = Collection.objects.for_user(user).filter(documents=document)
    return {
        "answer": shown,
        "document": document,
        "crumbs": [("Answers", reverse("solution_library:answers"))],
        "freshness": freshness_of(shown),
        "variants": list(shown.variants.all()),
        "collections": list(groups),
        "tags": list(document.tags.all()),
        "uses": uses_of(shown, user),
        "history": history_of(shown),
        "may_decide": may_approve(user, document),
        "may_remove": may_review(user, document),
        "merges": [merge for merge in merges.filter(merged__in=seen)],
        "merged_into": seen.filter(pk=shown.merged_into_id or 0).first(),
        "reviews": list(document.reviews.select_related("reviewer")[:10]),
        "job": document.embedding_jobs.for_user(user).order_by("-id").first(),
    }


@require_http_methods(EDITING)
def answer_new(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    if request.method != "POST":
        initial = {"owner": request.user.pk, "valid_until": a_year_from(timezone.localdate()),
                   "question": request.GET.get("question", "")[:4000]}  # fmt: skip
        return _form(request, AnswerForm(user=request.user, initial=initial))
    form = AnswerForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form(request, form, status=422)
    details = form.details()
    mine = details.owner in (None, request.user) or has_role(request.user, Role.REVIEWER)
    approve = "approve" in request.POST and mine
    try:
        made = create_answer(form.content, user=request.user, details=details, approve=approve)
    except AnswerRefused as refusal:
        form.add_error(None, str(refusal))
        return _form(request, form, status=422)
    state = "It may answer as soon as it is read." if approve else "It waits for approval."
    messages.success(request, f"The answer is in the library. {state}")
    return SeeOther(made.get_absolute_url())


@require_http_methods(EDITING)
def answer_edit(request: HttpRequest, answer_id: int) -> HttpResponse:
    shown = answer_of(request, answer_id)
    must_be(request, Role.CONTRIBUTOR)
    if shown.merged_into_id is not None:
        messages.error(request, "This answer was merged into another one. Edit that, please.")
        return SeeOther(shown.get_absolute_url())
    if request.method != "POST":
        initial = initial_of(shown, request.user)
        form = AnswerForm(user=request.user, answer=shown, initial=initial)
        return _form(request, form, shown)
    form = AnswerForm(request.POST, user=request.user, answer=shown)
    if not form.is_valid():
        return _form(request, form, shown, status=422)
    return _save(request, form, shown)


def _save(request: HttpRequest, form: AnswerForm, shown: LibraryAnswer) -> HttpResponse:
    version = form.cleaned_data.get("version") or 0
    try:
        with transaction.atomic():
            edit_answer(shown, form.content, user=request.user, version=version)
            set_details(shown, form.details(), user=request.user)
    except AnswerConflict as conflict:
        return _conflict(request, form, conflict.current)
    except AnswerRefused as refusal:
        form.add_error(None, str(refusal))
        return _form(request, form, shown, status=422)
    messages.success(request, "The answer is saved.")
    return SeeOther(shown.get_absolute_url())


def _conflict(request: HttpRequest, form: AnswerForm, current: LibraryAnswer) -> HttpResponse:
    """Both texts, and a form with the person's own: saving it again replaces theirs."""
    data = request.POST.copy()
    data["version"] = str(current.version)
    again = AnswerForm(data, user=request.user, answer=current)
    again.is_valid()
    mine = form.content
    revision = current.revisions.select_related("made_by").first()
    conflict = {
        "current": current,
        "by": revision.made_by if revision else None,
        "changes": compared(current, mine.question, mine.text, mine.choice),
    }
    return _form(request, again, current, status=409, conflict=conflict)


def _form(
    request: HttpRequest,
    form: AnswerForm,
    shown: LibraryAnswer | None = None,
    *,
    status: int = 200,
    conflict: dict[str, Any] | None = None,
) -> HttpResponse:
    crumbs = [("Answers", reverse("solution_library:answers"))]
    if shown:
        crumbs.append((str(shown), shown.get_absolute_url()))
    context = {
        "form": form,
        "answer": shown,
        "conflict": conflict,
        "crumbs": crumbs,
        "asks_again": shown is not None and not may_approve(request.user, shown.document),
    }
    return render(request, "solution_library/answer_edit.html", context, status=status)


@require_safe
def answer_near(request: HttpRequest) -> HttpResponse:
    """Answers to questions like the one being typed; a fragment beside the form."""
    question = request.GET.get("question", "")[:4000]
    own = request.GET.get("answer", "")
    excluded = (int(own),) if own.isascii() and own.isdecimal() and len(own) < 19 else ()
    scope = AnswerScope(any_state=True, excluded=excluded)
    found = find_answers(question, user=request.user, scope=scope, limit=4)
    context = {"matches": found.matches, "warning": found.warning if question.strip() else ""}
    if not is_fragment(request):
        url = reverse("solution_library:answers")
        return SeeOther(url)
    return render(request, "solution_library/_answers_near.html", context)
