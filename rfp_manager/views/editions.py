"""The previous edition of an RFP: what was asked before, and taking its answers over."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.responses import SeeOther
from rfp_manager import editions
from rfp_manager.access import own_rfp_of, rfp_of
from rfp_manager.describing import may_describe
from rfp_manager.models import RFP, EarlierChange, Question
from rfp_manager.presenting.texts import Piece, difference
from rfp_manager.remapping import RemappingRefused
from rfp_manager.taking_over import offered, take_over

PAGE_SIZE = 40
SHOWS = {
    EarlierChange.REWORDED.value: "Reworded",
    "new": "New",
    "gone": "Gone",
    EarlierChange.KEPT.value: "Kept",
}


@dataclass(frozen=True)
class Row:
    """A question of either edition. `pieces`: how its words have changed."""

    question: Question
    earlier: Question | None
    pieces: list[Piece]


@require_safe
def edition(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp = rfp_of(request, rfp_id)
    choices = editions.earlier_rfps(rfp, request.user).order_by("-pk")
    previous = choices.filter(pk=rfp.previous_edition_id or 0).first()
    show = request.GET.get("show", "")
    show = show if show in SHOWS else EarlierChange.REWORDED.value
    counts = editions.counts(rfp) if previous else {}
    page = _page(rfp, show, request.GET.get("page")) if previous else None
    context = {
        "rfp": rfp,
        "previous": previous,
        "hidden": rfp.previous_edition_id is not None and previous is None,
        "counts": counts,
        "show": show,
        "page": page,
        "tabs": _tabs(counts, show),
        "rows": [_row(question, show) for question in page] if page else [],
        "choices": choices[: editions.MAX_CHOICES],
        "offered": offered(rfp, request.user).count() if previous else 0,
        "may_choose": may_describe(request.user, rfp),
    }
    return render(request, "rfp_manager/edition.html", context)


def _tabs(counts: dict[str, int], show: str) -> list[dict[str, object]]:
    return [
        {"label": label, "url": f"?show={name}", "active": name == show, "count": counts.get(name)}
        for name, label in SHOWS.items()
    ]


def _page(rfp: RFP, show: str, number: str | None) -> "Page[Question]":
    if show == "gone":
        found = editions.gone(rfp)
    else:
        change = "" if show == "new" else show
        found = rfp.questions.filter(earlier_change=change).order_by("ordinal")
    related = found.select_related("earlier", "section", "answer")
    return Paginator(related, PAGE_SIZE).get_page(number)


def _row(question: Question, show: str) -> Row:
    earlier = question.earlier if show != "gone" else None
    is_other = earlier is not None and show == EarlierChange.REWORDED
    pieces = difference(earlier.text, question.text) if earlier and is_other else []
    return Row(question, earlier, pieces)


@require_POST
def choose(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """Another previous edition, or none."""
    rfp = own_rfp_of(request, rfp_id)
    chosen = request.POST.get("previous", "")
    other = None
    if chosen:
        number = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 else 0
        other = editions.earlier_rfps(rfp, request.user).filter(pk=number).first()
        if other is None:
            messages.error(request, "There is no such RFP. Choose one from the list.")
            return SeeOther(_url(rfp))
    try:
        editions.choose_previous(rfp, other)
        messages.success(request, "Compared anew." if other else "No previous edition any more.")
    except editions.EditionRefused as refusal:
        messages.error(request, str(refusal))
    return SeeOther(_url(rfp))


@require_POST
def take(request: HttpRequest, rfp_id: int) -> HttpResponse:
    """Approved answers of the previous edition as drafts of this one."""
    rfp = rfp_of(request, rfp_id)
    try:
        taken = take_over(rfp, request.user)
    except RemappingRefused as refusal:
        messages.error(request, str(refusal))
        return SeeOther(_url(rfp))
    if not taken.answers:
        messages.info(request, "There was no answer to take over.")
        return SeeOther(_url(rfp))
    count = taken.answers
    messages.success(request, f"{count} answer{pluralize(count)} taken over as drafts.")
    if taken.to_check:
        messages.warning(
            request,
            f"{taken.to_check} of them need another look: each says why.",
        )
    if taken.left:
        words = f"{taken.left} more can be taken over. Press the button again to go on."
        messages.warning(request, words)
    return SeeOther(_url(rfp) if taken.left else rfp.get_absolute_url())


def _url(rfp: RFP) -> str:
    return reverse("rfp_manager:edition", args=[rfp.pk])
