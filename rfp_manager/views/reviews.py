"""What people do with reviews: take a suggestion, settle contradictions, measure the reviewer."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jobs.errors import AlreadyRunning, JobError
from jobs.responses import SeeOther, accepted, already_running, is_fragment
from llm_manager.models import LLMModel, ModelKind
from rfp_manager import contradictions as finding
from rfp_manager import measuring_reviewers as measuring
from rfp_manager.access import question_of, rfp_of
from rfp_manager.editing import EditConflict, EditRefused
from rfp_manager.models import RFP, Contradiction, Question, Review, ReviewerTestJob
from rfp_manager.presenting.question import answer_of
from rfp_manager.presenting.reviewer_test import price_of, shown_test
from rfp_manager.suggestions import SuggestionGone, accept, dismiss
from rfp_manager.views.answers import form_of, go_on, show_question

PAGE_SIZE = 25
LONGEST_NUMBER = 15
#: An estimate that has moved less than this since it was shown is the same.
ROUNDED = Decimal("1.05")


# -- suggestions ---------------------------------------------------------------------------
@require_POST
def suggestion(request: HttpRequest, rfp_id: int, question_id: int) -> HttpResponse:
    """Accept or dismiss a reviewer's rewrite of the version that the person has seen."""
    question = question_of(request, rfp_id, question_id)
    review, wanted = _review_of(request, question), request.POST.get("do")
    if review is None or wanted not in ("accept", "dismiss"):
        return _refused(request, question, "There is no suggestion to decide on.")
    try:
        if wanted == "dismiss":
            dismiss(review)
            return go_on(request, question, "The suggestion is dismissed.")
        accept(review, user=request.user, version=_number(request.POST.get("version")))
    except EditConflict:
        sentence = "The answer was changed meanwhile. Read it, then decide again."
        return _refused(request, question, sentence)
    except (SuggestionGone, EditRefused) as refusal:
        return _refused(request, question, str(refusal))
    return go_on(request, question, "The suggestion is the answer now.")


def _review_of(request: HttpRequest, question: Question) -> Review | None:
    answer = answer_of(question)
    if answer is None:
        return None
    return answer.reviews.filter(pk=_number(request.POST.get("review"))).first()


def _number(value: str | None) -> int:
    """0 for what is no number."""
    value = value or ""
    known = value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER
    return int(value) if known else 0


def _refused(request: HttpRequest, question: Question, sentence: str) -> HttpResponse:
    fresh = question_of(request, question.rfp_id, question.pk)
    form = form_of(fresh, request.user)
    return show_question(request, fresh, form, status=409, refusal=sentence)


# -- contradictions ------------------------------------------------------------------------
@require_safe
def contradictions(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """Those of an RFP, as far as this person may see both sides."""
    rfp = rfp_of(request, rfp_id)
    dismissed = request.GET.get("show") == "dismissed"
    found = finding.visible(request.user).filter(rfp=rfp)
    sides = {"open": found.filter(dismissed_at=None), "dismissed": found.exclude(dismissed_at=None)}
    chosen = sides["dismissed" if dismissed else "open"]
    context = {
        "rfp": rfp,
        "dismissed": dismissed,
        "tabs": _tabs(sides, dismissed),
        "page": Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "rfp_manager/contradictions.html", context)


def _tabs(sides: dict[str, QuerySet[Contradiction]], dismissed: bool) -> list[dict[str, Any]]:
    return [
        {"label": "Open", "url": "?", "active": not dismissed, "count": sides["open"].count()},
        {
            "label": "Dismissed", "url": "?show=dismissed", "active": dismissed,
            "count": sides["dismissed"].count(),
        },
    ]  # fmt: skip


@require_POST
def contradiction(request: HttpRequest, rfp_id: int, contradiction_id: int) -> HttpResponse:
    """Say that both may be said, or take that back."""
    rfp = rfp_of(request, rfp_id)
    found = get_object_or_404(finding.visible(request.user), rfp=rfp, pk=contradiction_id)
    if request.POST.get("do") == "back":
        finding.bring_back(found)
        messages.success(request, "It is shown again.")
    elif request.POST.get("do") == "dismiss":
        finding.dismiss(found, request.user)
        messages.success(request, "Dismissed until one of the two answers changes.")
    else:
        messages.error(request, "Say what is to be done with it.")
    return SeeOther(_next(request, reverse("rfp_manager:contradictions", args=[rfp.pk])))


def _next(request: HttpRequest, otherwise: str) -> str:
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if ours and wanted.startswith("/") else otherwise


# -- how good the reviewer is --------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def reviewer_test(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """What reviewers have found of planted errors; POST measures one. What that takes is only
    counted where `counted` is in the address: the page asks for it when it is there."""
    rfp = rfp_of(request, rfp_id)
    if request.method == "POST":
        return _start_test(request, rfp)
    job = measuring.reviewer_test_job(rfp, request.user, model=_model(request.GET.get("model")))
    counted = "counted" in request.GET
    if counted and is_fragment(request):
        context = {"rfp": rfp, "chosen": job.model_id, "price": price_of(job)}
        return render(request, "rfp_manager/_reviewer_test_price.html", context)
    return _test_page(request, rfp, job, counted=counted)


def _start_test(request: HttpRequest, rfp: RFP) -> HttpResponse:
    model = _model(request.POST.get("model"))
    job = measuring.reviewer_test_job(rfp, request.user, model=model)
    try:
        expected = measuring.estimate(job)
    except JobError as error:
        return _test_page(request, rfp, job, refusal=str(error), counted=True)
    seen = request.POST.get("most", "")
    if expected.cost and not _agreed(seen, expected.cost * Decimal(str(expected.high))):
        return _test_page(request, rfp, job, counted=True)
    try:
        started = measuring.start_reviewer_test(rfp, request.user, model=model, expected=expected)
    except AlreadyRunning as error:
        return already_running(request, error)
    url = reverse("rfp_manager:reviewer_test", args=[rfp.pk])
    return accepted(request, started, url=url)


def _agreed(seen: str, most: Decimal) -> bool:
    """The person has seen a price of at least so much before pressing the button."""
    digits = seen.replace(".", "", 1)
    known = digits.isascii() and digits.isdigit() and len(digits) < LONGEST_NUMBER
    return known and Decimal(seen) * ROUNDED >= most


def _model(value: str | None) -> LLMModel | None:
    """The chosen chat model; None is the default one."""
    if not value:
        return None
    found = LLMModel.objects.usable().filter(kind=ModelKind.CHAT, pk=_number(value)).first()
    if found is None:
        raise Http404
    return found


def _test_page(
    request: HttpRequest, rfp: RFP, job: ReviewerTestJob, *, counted: bool, refusal: str = ""
) -> HttpResponse:
    shown = shown_test(rfp, job, request.user, counted=counted)
    context = {"rfp": rfp, "shown": shown, "refusal": refusal}
    status = 422 if refusal and not is_fragment(request) else 200
    return render(request, "rfp_manager/reviewer_test.html", context, status=status)
