"""What is done to approved answers: decided, merged, told apart, removed, many at once."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role
from jobs.access import must_be
from jobs.responses import SeeOther, next_url
from solution_library.access import MAX_ID, answer_of, merge_of
from solution_library.answer_forms import AnswerBulkForm, AnswerFilter, a_year_from
from solution_library.answers import bulk, listing
from solution_library.answers.errors import AnswerConflict, AnswerRefused
from solution_library.answers.merging import keep_apart, merge_answers, undo_merge
from solution_library.answers.pairs import loaded, open_pairs, unfinished
from solution_library.answers.writing import (
    approve_answer,
    renew_answer,
    restore_answer,
    retire_answer,
    revert_answer,
)
from solution_library.bulk import BulkRefused, Outcome
from solution_library.models.answers import LibraryAnswerQuerySet
from solution_library.removal import RemovalRefused, remove
from solution_library.reviewing import may_review

SAID = 5
PAGE_SIZE = 20
CHANGED = "It was changed meanwhile. Read it, then decide again."
WORDS = {
    "approve": "approved", "valid": "given the end of validity", "owner": "given to the owner",
    "tag": "given the tag", "untag": "freed of the tag", "collection": "put into the collection",
    "uncollect": "taken out of the collection", "retire": "retired",
}  # fmt: skip
NEEDS = {"owner": "owner", "tag": "tag", "untag": "tag", "collection": "collection",
         "uncollect": "collection"}  # fmt: skip


def _done(
    request: HttpRequest, url: str, work: Callable[[], object], sentence: str
) -> HttpResponse:
    try:
        work()
    except AnswerConflict:
        messages.error(request, CHANGED)
    except (AnswerRefused, RemovalRefused) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, sentence)
    return SeeOther(next_url(request, url))


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    usable = text.isascii() and text.isdecimal() and len(text) < 19
    return min(int(text), MAX_ID) if usable else 0


@require_POST
def answer_state(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Approve an answer, retire it, or bring it back."""
    shown, user = answer_of(request, answer_id), request.user
    version = _number(request, "version")
    ways: dict[str, tuple[Callable[[], object], str]] = {
        "approve": (
            lambda: approve_answer(shown, user=user, version=version), "The answer is approved.",
        ),
        "renew": (
            lambda: renew_answer(
                shown, user=user, version=version, until=a_year_from(timezone.localdate())
            ),
            "The answer is approved once more.",
        ),
        "retire": (lambda: retire_answer(shown, user=user), "The answer is retired."),
        "restore": (
            lambda: restore_answer(shown, user=user), "The answer is back; it waits for approval.",
        ),
    }  # fmt: skip
    work, sentence = ways.get(request.POST.get("do", ""), (None, ""))
    if work is None:
        messages.error(request, "There is no such decision.")
        return SeeOther(shown.get_absolute_url())
    return _done(request, shown.get_absolute_url(), work, sentence)


@require_POST
def answer_revert(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Say again what an older version said."""
    shown, number = answer_of(request, answer_id), _number(request, "number")

    def work() -> object:
        version = _number(request, "version")
        return revert_answer(shown, number, user=request.user, version=version)

    sentence = f"The answer says again what version {number} said."
    return _done(request, shown.get_absolute_url(), work, sentence)


@require_POST
def answer_delete(request: HttpRequest, answer_id: int) -> HttpResponse:
    shown = answer_of(request, answer_id)

    def work() -> None:
        if not may_review(request.user, shown.document):
            raise AnswerRefused("Only its owner and administrators may remove this answer.")
        remove(shown.document)

    sentence = f"“{str(shown)[:80]}” was removed from the library."
    response = _done(request, reverse("solution_library:answers"), work, sentence)
    return response


# -- the same question twice ----------------------------------------------------------------
@require_safe
def answer_pairs(request: HttpRequest) -> HttpResponse:
    page = Paginator(open_pairs(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        (pair, all(may_review(request.user, a.document) for a in (pair.first, pair.second)))
        for pair in loaded(page)
    ]
    context = {
        "rows": rows, "page": page, "warning": unfinished(),
        "crumbs": [("Answers", reverse("solution_library:answers"))],
    }  # fmt: skip
    return render(request, "solution_library/answer_pairs.html", context)


@require_POST
def answer_merge(request: HttpRequest) -> HttpResponse:
    """Merge two answers into the one named `keep`, or keep both."""
    one = answer_of(request, _number(request, "first"))
    two = answer_of(request, _number(request, "second"))
    back = reverse("solution_library:answer_pairs")
    keep = _number(request, "keep")
    if request.POST.get("do") == "apart":
        work: Callable[[], object] = lambda: keep_apart(one, two, user=request.user)  # noqa: E731
        return _done(request, back, work, "Both answers stay.")
    kept, other = (two, one) if keep == two.pk else (one, two)
    sentence = f"Merged. “{str(kept)[:80]}” is also found by the other question now."
    return _done(request, back, lambda: merge_answers(kept, other, user=request.user), sentence)


@require_POST
def answer_unmerge(request: HttpRequest, merge_id: int) -> HttpResponse:
    merge = merge_of(request, merge_id)
    url = merge.kept.get_absolute_url()
    work = lambda: undo_merge(merge, user=request.user)  # noqa: E731
    return _done(request, url, work, "The merge is undone: both answers are there again.")


# -- many at once ---------------------------------------------------------------------------
@require_POST
def answers_bulk(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    form = AnswerBulkForm(request.POST, user=request.user)
    try:
        action, outcome = _act(request, form)
    except BulkRefused as refusal:
        messages.error(request, str(refusal))
    else:
        _tell(request, action, outcome)
    return SeeOther(next_url(request, reverse("solution_library:answers")))


def _act(request: HttpRequest, form: AnswerBulkForm) -> tuple[str, Outcome]:
    if not form.is_valid():
        raise BulkRefused(" ".join(str(e) for errors in form.errors.values() for e in errors))
    given = form.cleaned_data
    action = given["action"]
    needed = NEEDS.get(action)
    if needed and not given[needed]:
        raise BulkRefused(f"Choose the {needed} first; nothing was changed.")
    return action, _ways(given, request.user)[action](_chosen(request))


def _ways(
    given: dict[str, Any], user: Any
) -> dict[str, Callable[[LibraryAnswerQuerySet], Outcome]]:
    return {
        "approve": lambda found: bulk.approve_all(found, user=user),
        "retire": lambda found: bulk.retire_all(found, user=user),
        "valid": lambda found: bulk.set_valid_until(found, given["valid_until"], user=user),
        "owner": lambda found: bulk.set_owner(found, given["owner"], user=user),
        "tag": lambda found: bulk.add_to(found, given["tag"], user=user),
        "untag": lambda found: bulk.take_from(found, given["tag"], user=user),
        "collection": lambda found: bulk.add_to(found, given["collection"], user=user),
        "uncollect": lambda found: bulk.take_from(found, given["collection"], user=user),
    }


def _chosen(request: HttpRequest) -> LibraryAnswerQuerySet:
    """The answers that were ticked, or all that the list's filters let through."""
    seen = listing.visible(request.user)
    if request.POST.get("all"):
        query = QueryDict(request.POST.get("query", "")[:2000])
        form = AnswerFilter(query, user=request.user)
        return listing.search(form.narrow(seen), form.query, request.user).answers
    ids = [i for i in request.POST.getlist("ids") if i.isascii() and i.isdecimal() and len(i) < 19]
    if not ids:
        raise BulkRefused("Tick the answers first; nothing was changed.")
    return seen.filter(pk__in=[int(i) for i in ids])


def _tell(request: HttpRequest, action: str, outcome: Outcome) -> None:
    same = f" {outcome.unchanged} needed no change." if outcome.unchanged else ""
    text = f"{outcome.done} answer{pluralize(outcome.done)} {WORDS[action]}.{same}"
    messages.add_message(request, messages.SUCCESS if outcome.done else messages.INFO, text)
    for sentence in outcome.refused[:SAID]:
        messages.warning(request, sentence)
    if (more := len(outcome.refused) - SAID) > 0:
        messages.warning(request, f"{more} more were left alone for such reasons.")
