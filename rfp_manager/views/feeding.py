"""Approved answers of an RFP on their way into the answer library."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.roles import Role
from jobs.access import must_be
from jobs.responses import SeeOther
from rfp_manager.access import check_role, rfp_of
from rfp_manager.feeding import (
    MOST,
    NEW,
    REPLACE,
    VARIANT,
    Candidate,
    Choice,
    Taken,
    candidates,
    decline,
    declined,
    offer_again,
    take,
    take_clear,
    waiting,
)
from rfp_manager.models import RFP
from solution_library.models import Collection, LibraryAnswer
from solution_library.reviewing import may_review

PAGE_SIZE = 25
SAID = 5


@dataclass(frozen=True)
class Row:
    """`closed`: the restricted collections it will be in, in words. `targets`: what it may join or
    replace, with whether this person may replace it. `may_renew`: also what it was taken into."""

    candidate: Candidate
    closed: str
    targets: list[tuple[LibraryAnswer, bool]]
    may_renew: bool


@require_http_methods(["GET", "HEAD", "POST"])
def feed(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp = rfp_of(request, rfp_id)
    if request.method == "POST":
        check_role(request, rfp, Role.REVIEWER)
        must_be(request, Role.CONTRIBUTOR)  # the library is not the RFP's
        return _decide(request, rfp)
    found = waiting(rfp).select_related("question")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    made, warning = candidates(rfp, page, request.user)
    context = {
        "rfp": rfp,
        "page": page,
        "rows": _rows(request, made),
        "warning": warning,
        "declined": declined(rfp)[:MOST],
        "crumbs": [("RFPs", reverse("rfp_manager:list")), (rfp.name, rfp.get_absolute_url())],
    }
    return render(request, "rfp_manager/feed.html", context)


def _rows(request: HttpRequest, made: list[Candidate]) -> list[Row]:
    seen = set(Collection.objects.for_user(request.user).values_list("pk", flat=True))
    return [
        Row(
            candidate,
            ", ".join(c.name if c.pk in seen else "a restricted collection"
                      for c in candidate.closed),
            [(m.answer, may_review(request.user, m.answer.document))
             for m in candidate.matches],
            candidate.earlier is not None
            and may_review(request.user, candidate.earlier.answer.document),
        )
        for candidate in made
    ]  # fmt: skip


def _decide(request: HttpRequest, rfp: RFP) -> HttpResponse:
    """Take answers, keep them out of the library, or offer them again."""
    if request.POST.get("do") == "decline":
        return _decline(request, rfp, _numbers(request, "take"))
    if "decline" in request.POST:
        return _decline(request, rfp, _numbers(request, "decline"))
    if "offer" in request.POST:
        count = offer_again(rfp, _numbers(request, "offer"))
        if count:
            messages.success(request, f"{count} answer{pluralize(count)} offered again.")
        return SeeOther(request.get_full_path())
    return _take(request, rfp)


def _decline(request: HttpRequest, rfp: RFP, ids: list[int]) -> HttpResponse:
    if not ids:
        messages.info(request, "Tick the answers first; nothing was changed.")
    elif count := decline(rfp, ids, request.user):
        one = f"{count} answer{pluralize(count, ' is,s are')}"
        messages.success(request, f"{one} not offered any more. They are listed below.")
    return SeeOther(request.get_full_path())


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [number for text in request.POST.getlist(name) if (number := _number(text))]


def _take(request: HttpRequest, rfp: RFP) -> HttpResponse:
    if "clear" in request.POST:
        taken = take_clear(rfp, request.user)
    else:
        choices = [c for c in map(lambda pk: _choice(request, pk), request.POST.getlist("take"))
                   if c is not None]  # fmt: skip
        if not choices:
            messages.info(request, "Tick the answers first; nothing was taken.")
            return SeeOther(request.get_full_path())
        taken = take(rfp, choices, request.user)
    _tell(request, taken)
    left = waiting(rfp).exists()
    return SeeOther(request.get_full_path() if left else rfp.get_absolute_url())


def _choice(request: HttpRequest, text: str) -> Choice | None:
    """`how` is "new", "variant:12" or "replace:12:3", whose version 3 was shown."""
    how, _, rest = request.POST.get(f"how-{text}", NEW).partition(":")
    target, _, read = rest.partition(":")
    answer, version = _number(text), _number(request.POST.get(f"version-{text}", ""))
    if not answer or how not in (NEW, VARIANT, REPLACE):
        return None
    return Choice(answer, version, how, _number(target), _number(read))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _tell(request: HttpRequest, taken: Taken) -> None:
    parts = []
    if taken.new:
        parts.append(f"{taken.new} new answer{pluralize(taken.new)} in the library")
    if taken.joined:
        parts.append(f"{taken.joined} known by another wording now")
    if taken.replaced:
        parts.append(f"{taken.replaced} answer{pluralize(taken.replaced)} of the library renewed")
    if parts:
        messages.success(request, ", ".join(parts) + ".")
    elif not taken.refused:
        messages.info(request, "There was nothing to take.")
    for sentence in taken.refused[:SAID]:
        messages.warning(request, sentence)
    if (more := len(taken.refused) - SAID) > 0:
        messages.warning(request, f"{more} more were not taken for such reasons.")
