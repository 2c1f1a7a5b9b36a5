"""Documents that are like others: the list, two side by side, and what becomes of them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.responses import SeeOther, next_url
from solution_library.access import pair_of
from solution_library.comparing import difference
from solution_library.duplicates import ask_again, keep_both, open_pairs, visible_pairs
from solution_library.models import Document, PairState, ReviewStatus
from solution_library.presenting import similarity_words
from solution_library.reviewing import ReviewRefused, check_may_review, decide, may_review
from solution_library.views.tabs import library_tabs

PAGE_SIZE = 25
CHANGES_PER_PAGE = 200


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """The open pairs, the nearest first; or those of which both are wanted."""
    kept = request.GET.get("show") == "kept"
    pairs = open_pairs(request.user)
    if kept:
        pairs = visible_pairs(request.user).filter(state=PairState.KEPT)
    related = pairs.select_related(
        "first__owner", "first__current_version", "second__owner", "second__current_version",
        "decided_by",
    )  # fmt: skip
    large = ("first__current_version__signature", "second__current_version__signature")
    ordered = related.defer(*large).order_by("-similarity", "-pk")
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(pair, similarity_words(pair.similarity)) for pair in page],
        "kept": kept,
        "shows": _shows(request, kept),
        "tabs": library_tabs(request, "duplicates"),
        "nav_view": "solution_library:documents",
    }
    return render(request, "solution_library/duplicates.html", context)


def _shows(request: HttpRequest, kept: bool) -> list[dict[str, Any]]:
    """The two lists of pairs, as tabs."""
    url = reverse("solution_library:duplicates")
    held = visible_pairs(request.user).filter(state=PairState.KEPT)
    return [
        {"label": "To be decided", "url": url, "active": not kept,
         "count": open_pairs(request.user).count()},
        {"label": "Both kept", "url": f"{url}?show=kept", "active": kept, "count": held.count()},
    ]  # fmt: skip


@require_safe
def duplicate(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Two documents side by side, with what only one of them says."""
    pair = pair_of(request, pair_id)
    before, after = pair.first.current_version, pair.second.current_version
    found = difference(before, after) if before and after else None
    sides = [(side, may_review(request.user, side)) for side in (pair.first, pair.second)]
    pages = Paginator(found.changes if found else [], CHANGES_PER_PAGE)
    context = {
        "pair": pair,
        "words": similarity_words(pair.similarity),
        "crumbs": [("Library", reverse("solution_library:documents")),
                   ("Duplicates", reverse("solution_library:duplicates"))],
        "difference": found,
        "changes": pages.get_page(request.GET.get("page")),
        "sides": sides,
        "may_keep": any(may for _, may in sides),
        "nav_view": "solution_library:documents",
    }  # fmt: skip
    return render(request, "solution_library/duplicate.html", context)


@require_POST
def duplicate_decide(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Keep both, ask again, or archive one of the two (`first` or `second`)."""
    pair = pair_of(request, pair_id)
    choice = request.POST.get("choice", "")
    back = next_url(request, reverse("solution_library:duplicates"))
    sides = {"first": pair.first, "second": pair.second}
    try:
        if choice in sides:
            comment = _because_of(sides["second" if choice == "first" else "first"])
            decide(sides[choice], ReviewStatus.ARCHIVED, user=request.user, comment=comment)
            messages.success(request, f"“{sides[choice].title}” is archived.")
        elif choice in ("keep", "ask"):
            _check_either(request, pair.first, pair.second)
            (keep_both if choice == "keep" else lambda p, _: ask_again(p))(pair, request.user)
            messages.success(request, "Both are kept." if choice == "keep" else "Asked again.")
        else:
            messages.error(request, "Choose what is to become of the two documents.")
    except ReviewRefused as refusal:
        messages.error(request, str(refusal))
    return SeeOther(back)


def _because_of(other: Document) -> str:
    """Who reads the history of the one may be nobody who is to know of the other."""
    if other.collections.filter(is_restricted=True).exists():
        return "Duplicate of a document in a restricted collection"
    return f"Duplicate of “{other.title}”"


def _check_either(request: HttpRequest, first: Document, second: Document) -> None:
    """Who may decide about one of two documents may say that both are wanted."""
    if not may_review(request.user, second):
        check_may_review(request.user, first)
