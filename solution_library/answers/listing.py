"""The list of approved answers: narrowed, searched by words and by meaning, counted."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from solution_library.answers import freshness
from solution_library.answers.questions import nearest_answers
from solution_library.answers.sameness import SIMILAR
from solution_library.models import Collection, LibraryAnswer
from solution_library.models.answers import LibraryAnswerQuerySet

#: So many are found by meaning; what holds the words themselves is found whatever the number.
BY_MEANING = 50
ORDERS: dict[str, tuple[Any, ...]] = {
    "newest": ("-updated_at", "-id"),
    "question": ("question", "id"),
    "valid": (F("valid_until").asc(nulls_last=True), "id"),
    "uses": ("-use_count", "-id"),
}


@dataclass(frozen=True)
class Search:
    """`warning` is a sentence where only words could be searched for."""

    answers: LibraryAnswerQuerySet
    warning: str = ""
    is_ranked: bool = False


def visible(user: Any) -> LibraryAnswerQuerySet:
    """All current answers that `user` may see, with `use_count`."""
    uses = LibraryAnswer.objects.filter(pk=OuterRef("pk")).order_by().annotate(n=Count("uses"))
    found = LibraryAnswer.objects.for_user(user).current()
    return found.annotate(
        use_count=Coalesce(Subquery(uses.values("n"), output_field=IntegerField()), 0)
    )


def for_rows(answers: LibraryAnswerQuerySet, user: Any) -> LibraryAnswerQuerySet:
    """With all that a row of the list shows: of the collections, those that `user` may see."""
    groups = Prefetch("document__collections", queryset=Collection.objects.for_user(user))
    return answers.select_related("document__owner").prefetch_related(groups, "document__tags")


def search(answers: LibraryAnswerQuerySet, query: str, user: Any) -> Search:
    """Those that hold the words and those that mean the same, the likest first."""
    query = query.replace("\x00", " ").strip()[:1000]
    if not query:
        return Search(answers)
    words = Q()
    for word in query.split()[:20]:
        words &= (
            Q(question__icontains=word) | Q(text__icontains=word)
            | Q(variants__question__icontains=word)
        )  # fmt: skip
    near = nearest_answers([query], LibraryAnswer.objects.for_user(user).current(), BY_MEANING)
    ranked = [n.answer_id for n in near.found[0] if n.score >= SIMILAR]
    holding = LibraryAnswer.objects.filter(words).values("pk")
    found = answers.filter(Q(pk__in=holding) | Q(pk__in=ranked))
    rank = Case(
        *[When(pk=pk, then=place) for place, pk in enumerate(ranked)],
        default=len(ranked), output_field=IntegerField(),
    )  # fmt: skip
    warning = f"Only words were searched for, not their meaning: {near.trouble}"
    return Search(
        found.annotate(rank=rank).order_by("rank", "-updated_at", "-id"),
        warning if near.trouble else "", is_ranked=True,
    )  # fmt: skip


def in_state(answers: LibraryAnswerQuerySet, state: str, today: date) -> LibraryAnswerQuerySet:
    return answers.filter(freshness.condition(state, today))


def state_counts(user: Any, today: date) -> dict[str, int]:
    """How many answers there are of each freshness, and in all as `total`; one query."""
    columns = {
        state: Count("pk", filter=freshness.condition(state, today)) for state in freshness.WORDS
    }
    found = LibraryAnswer.objects.for_user(user).current().order_by()
    return found.aggregate(total=Count("pk"), **columns)


def owners(user: Any) -> QuerySet[Any]:
    """Those who own answers that `user` may see."""
    owned = LibraryAnswer.objects.for_user(user).order_by().values("document__owner")
    return get_user_model().objects.filter(pk__in=owned).order_by("username")
