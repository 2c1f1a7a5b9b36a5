"""What is done to many documents at once, from the list."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.roles import Role
from jobs.access import must_be
from jobs.responses import SeeOther, next_url
from solution_library import bulk
from solution_library.access import MAX_ID
from solution_library.bulk import BulkRefused, Outcome
from solution_library.document_forms import BulkForm, DocumentFilter
from solution_library.models import Document
from solution_library.models.documents import DocumentQuerySet
from solution_library.reviewing import CHOICES

Documents = DocumentQuerySet
#: What was done, after the number of documents.
WORDS = {
    "approved": "approved", "pending": "set back to pending review", "rejected": "rejected",
    "archived": "archived", "owner": "given to the owner", "due": "given the review date",
    "collection": "put into the collection", "uncollect": "taken out of the collection",
    "tag": "given the tag", "untag": "freed of the tag", "read": "being read again",
    "remove": "removed",
}  # fmt: skip
NEEDS = {"owner": "owner", "due": "due", "collection": "collection", "uncollect": "collection",
         "tag": "tag", "untag": "tag"}  # fmt: skip
SAID = 5


@require_POST
def documents_bulk(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    form = BulkForm(request.POST, user=request.user)
    back = next_url(request, reverse("solution_library:documents"))
    try:
        _tell(request, form.data.get("action", ""), _act(request, form))
    except BulkRefused as refusal:
        messages.error(request, str(refusal))
    return SeeOther(back)


def _act(request: HttpRequest, form: BulkForm) -> Outcome:
    if not form.is_valid():
        raise BulkRefused(" ".join(str(e) for errors in form.errors.values() for e in errors))
    action, given = form.cleaned_data["action"], form.cleaned_data
    missing = NEEDS.get(action)
    if missing and not given[missing]:
        what = "date" if missing == "due" else missing
        raise BulkRefused(f"Choose the {what} first; nothing was changed.")
    return _work(action, given, request.user)(_chosen(request))


def _work(action: str, given: dict[str, Any], user: Any) -> Callable[[Documents], Outcome]:
    if action in CHOICES:
        return lambda found: bulk.decide_all(found, action, user=user, comment=given["comment"])
    ways: dict[str, Callable[[Documents], Outcome]] = {
        "owner": lambda found: bulk.set_owner(found, given["owner"], user=user),
        "due": lambda found: bulk.set_due(found, given["due"], user=user),
        "collection": lambda found: bulk.add_to(found, given["collection"], user=user),
        "uncollect": lambda found: bulk.take_from(found, given["collection"], user=user),
        "tag": lambda found: bulk.add_to(found, given["tag"], user=user),
        "untag": lambda found: bulk.take_from(found, given["tag"], user=user),
        "read": lambda found: bulk.read_again(found, user=user),
        "remove": lambda found: bulk.remove_all(found, user=user),
    }
    return ways[action]


def _chosen(request: HttpRequest) -> DocumentQuerySet:
    """The documents that were ticked, or all that the list's filters let through."""
    seen = Document.objects.for_user(request.user).files()
    if request.POST.get("all"):
        return DocumentFilter(_query(request), user=request.user).narrow(seen)
    ids = request.POST.getlist("ids")
    numbers = [int(i) for i in ids if i.isascii() and i.isdecimal() and len(i) < 19]
    if not numbers:
        raise BulkRefused("Tick the documents first; nothing was changed.")
    return seen.filter(pk__in=[n for n in numbers if n <= MAX_ID])


def _query(request: HttpRequest) -> QueryDict:
    return QueryDict(request.POST.get("query", "")[:2000])


def _tell(request: HttpRequest, action: str, outcome: Outcome) -> None:
    same = f" {outcome.unchanged} needed no change." if outcome.unchanged else ""
    text = f"{outcome.done} document{pluralize(outcome.done)} {WORDS[action]}.{same}"
    if outcome.done:
        messages.success(request, text)
    else:
        messages.info(request, f"Nothing was changed.{same}")
    for sentence in outcome.refused[:SAID]:
        messages.warning(request, sentence)
    if (more := len(outcome.refused) - SAID) > 0:
        messages.warning(request, f"{more} more were left alone for such reasons.")
