"""What is done to many answers at once: to each of them, or said why not."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction

from accounts.formats import number_text
from accounts.roles import Role, has_role
from solution_library import bulk
from solution_library.answers.errors import AnswerConflict, AnswerRefused
from solution_library.answers.writing import approve_answer, retire_answer
from solution_library.bulk import BulkRefused, Outcome
from solution_library.models import Collection, Document, LibraryAnswer, ReviewStatus, Tag
from solution_library.models.answers import LibraryAnswerQuerySet

#: So many at once: each approval is an entry in a history.
MOST = 5000


def documents_of(answers: LibraryAnswerQuerySet) -> Any:
    return Document.objects.filter(library_answer__in=_ids(answers))


def _ids(answers: LibraryAnswerQuerySet) -> list[int]:
    ids = list(answers.order_by().values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise BulkRefused(
            f"More than {number_text(MOST)} answers at once are too many. Narrow the list."
        )
    return ids


def approve_all(answers: LibraryAnswerQuerySet, *, user: Any) -> Outcome:
    def approve(answer: LibraryAnswer) -> None:
        approve_answer(answer, user=user, version=answer.version)

    return _each(answers, ReviewStatus.APPROVED, approve)


def retire_all(answers: LibraryAnswerQuerySet, *, user: Any) -> Outcome:
    return _each(answers, ReviewStatus.ARCHIVED, lambda answer: retire_answer(answer, user=user))


def _each(
    answers: LibraryAnswerQuerySet, status: str, change: Callable[[LibraryAnswer], None]
) -> Outcome:
    outcome = Outcome()
    found = LibraryAnswer.objects.filter(pk__in=_ids(answers)).select_related("document__owner")
    for answer in found.order_by("pk"):
        if answer.document.review_status == status:
            outcome.unchanged += 1
            continue
        try:
            change(answer)
        except (AnswerRefused, AnswerConflict) as refusal:
            outcome.refused.append(f"“{answer.question[:80]}”: {refusal}")
        else:
            outcome.done += 1
    return outcome


def set_valid_until(answers: LibraryAnswerQuerySet, until: date | None, *, user: Any) -> Outcome:
    """Say on which day they are used for the last time; None for no end."""
    with transaction.atomic():
        documents = documents_of(answers)
        own = documents if has_role(user, Role.MANAGER) else documents.filter(owner=user)
        found = LibraryAnswer.objects.select_for_update(of=("self",), no_key=True)
        ids = list(found.filter(document__in=own).order_by("pk").values_list("pk", flat=True))
        LibraryAnswer.objects.filter(pk__in=ids).update(valid_until=until)
        return bulk.set_due(documents, until, user=user)


def set_owner(answers: LibraryAnswerQuerySet, owner: Any, *, user: Any) -> Outcome:
    return bulk.set_owner(documents_of(answers), owner, user=user)


def add_to(answers: LibraryAnswerQuerySet, group: Collection | Tag, *, user: Any) -> Outcome:
    return bulk.add_to(documents_of(answers), group, user=user)


def take_from(answers: LibraryAnswerQuerySet, group: Collection | Tag, *, user: Any) -> Outcome:
    return bulk.take_from(documents_of(answers), group, user=user)
