"""What is done to many documents at once: for each of them, or said why not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.formats import number_text
from accounts.roles import Role, has_role
from solution_library.auditing import given_away, reviewed_together
from solution_library.ingest import start_batch
from solution_library.models import (
    Collection,
    Document,
    DocumentReview,
    EmbeddingStatus,
    Tag,
)
from solution_library.models.documents import DocumentQuerySet
from solution_library.removal import RemovalRefused, remove
from solution_library.reviewing import CHOICES, settled

#: So many at once; a removal takes files from the disk and vectors from the index.
MOST = 10_000
MOST_REMOVED = 200
NAMED = 3


class BulkRefused(Exception):
    """Nothing was done; the message says why."""


@dataclass
class Outcome:
    """How many were changed, how many were so already, and sentences about those left alone."""

    done: int = 0
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)


Change = Callable[[DocumentQuerySet], int]


def _for_own(
    documents: DocumentQuerySet, user: Any, change: Change, at_least: Role = Role.MANAGER
) -> Outcome:
    """Change those that `user` owns, or all for who has this role, in one transaction. They are
    held in one order: two people may choose the same ones at the same moment."""
    with transaction.atomic():
        chosen = Document.objects.filter(pk__in=_ids(documents))
        _hold(chosen)
        own = Document.objects.filter(pk__in=_own_ids(chosen, user, at_least))
        strange = chosen.exclude(pk__in=own.values("pk"))
        titles, others = list(strange.values_list("title", flat=True)[:NAMED]), strange.count()
        mine = own.count()
        # Last: what is changed may decide whose it is.
        done = change(own)
    return Outcome(done, mine - done, _not_yours(titles, others))


def _hold(documents: DocumentQuerySet) -> None:
    held = documents.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    list(held)


def _owned(chosen: DocumentQuerySet, user: Any) -> DocumentQuerySet:
    return chosen.filter(owner=user) if has_role(user, Role.CONTRIBUTOR) else chosen.none()


def _own_ids(chosen: DocumentQuerySet, user: Any, at_least: Role) -> list[int]:
    own = chosen if has_role(user, at_least) else _owned(chosen, user)
    return list(own.values_list("pk", flat=True))


def _ids(documents: DocumentQuerySet) -> list[int]:
    ids = list(documents.order_by().values_list("pk", flat=True).distinct()[: MOST + 1])
    if len(ids) > MOST:
        raise BulkRefused(
            f"These are more than {number_text(MOST)} documents. Choose fewer at once."
        )
    return ids


def _not_yours(titles: list[str], count: int) -> list[str]:
    if not count:
        return []
    names = ", ".join(f"“{title[:80]}”" for title in titles)
    more = f" and {count - len(titles)} more" if count > len(titles) else ""
    return [f"{names}{more}: only the owner or a manager may change this."]


def decide_all(
    documents: DocumentQuerySet, status: str, *, user: Any, comment: str = ""
) -> Outcome:
    """Set the review status of many documents, each with its entry in the history."""
    if status not in CHOICES:
        raise BulkRefused("There is no such review status. Choose one of the list.")

    def change(own: DocumentQuerySet) -> int:
        rows = list(own.select_for_update().order_by("pk").only("review_status", "current_version"))
        changed = [row for row in rows if settled(row.review_status) != status]
        Document.objects.filter(pk__in=[row.pk for row in changed]).update(
            review_status=status, updated_at=timezone.now()
        )
        notes = [_note(row, status, user, comment) for row in changed]
        DocumentReview.objects.bulk_create(notes, batch_size=1000)
        reviewed_together(notes, status, user)
        return len(changed)

    return _for_own(documents, user, change, Role.REVIEWER)


def _note(document: Document, status: str, user: Any, comment: str) -> DocumentReview:
    before = settled(document.review_status)
    return DocumentReview(
        document=document, version_id=document.current_version_id, reviewer=user,
        before=before, after=status, comment=comment,
    )  # fmt: skip


def set_owner(documents: DocumentQuerySet, owner: Any, *, user: Any) -> Outcome:
    def change(own: DocumentQuerySet) -> int:
        ids = list(own.exclude(owner=owner).values_list("pk", flat=True))
        given_away(ids, owner, user)
        chosen = Document.objects.filter(pk__in=ids)
        return chosen.update(owner=owner, updated_at=timezone.now())

    return _for_own(documents, user, change)


def set_due(documents: DocumentQuerySet, due: date | None, *, user: Any) -> Outcome:
    """Say when they are to be reviewed again; None for never."""

    def change(own: DocumentQuerySet) -> int:
        now = timezone.now()
        other = own.exclude(review_due=due) if due else own.filter(review_due__isnull=False)
        return other.update(review_due=due, updated_at=now)

    return _for_own(documents, user, change)


def add_to(documents: DocumentQuerySet, group: Collection | Tag, *, user: Any) -> Outcome:
    """Put documents into a collection, or give them a tag."""

    def change(own: DocumentQuerySet) -> int:
        new = list(own.exclude(pk__in=group.documents.values("pk")).values_list("pk", flat=True))
        group.documents.add(*new)
        return len(new)

    return _for_own(documents, user, change)


def take_from(documents: DocumentQuerySet, group: Collection | Tag, *, user: Any) -> Outcome:
    """Take documents out of a collection, or a tag off them."""

    def change(own: DocumentQuerySet) -> int:
        inside = own.filter(pk__in=group.documents.values("pk"))
        ids = list(inside.values_list("pk", flat=True))
        group.documents.remove(*ids)
        return len(ids)

    return _for_own(documents, user, change)


def read_again(documents: DocumentQuerySet, *, user: Any) -> Outcome:
    """Read documents once more, as one job; those being read at the moment are left alone."""
    with transaction.atomic():
        chosen = Document.objects.filter(pk__in=_ids(documents))
        _hold(chosen)
        idle = chosen.exclude(
            embedding_status__in=(EmbeddingStatus.WAITING, EmbeddingStatus.RUNNING)
        )
        ids = list(idle.order_by("pk").values_list("pk", flat=True))
        busy = chosen.count() - len(ids)
        if ids:
            Document.objects.filter(pk__in=ids).update(
                embedding_status=EmbeddingStatus.WAITING, embedding_error=""
            )
            start_batch(ids, user)
    return Outcome(len(ids), busy)


def remove_all(documents: DocumentQuerySet, *, user: Any) -> Outcome:
    """Remove documents for good, except those that answers rest on."""
    ids = _ids(documents)
    if len(ids) > MOST_REMOVED:
        raise BulkRefused(
            f"At most {MOST_REMOVED} documents are removed at once, and these are "
            f"{number_text(len(ids))}. Archive them instead, or remove them in parts."
        )
    chosen = Document.objects.filter(pk__in=ids).order_by("pk")
    own = Document.objects.filter(pk__in=_own_ids(chosen, user, Role.MANAGER)).order_by("pk")
    outcome, others = Outcome(), list(chosen.exclude(pk__in=own).values_list("title", flat=True))
    for document in list(own):
        try:
            remove(document)
            outcome.done += 1
        except RemovalRefused as refusal:
            outcome.refused.append(str(refusal))
    outcome.refused += _not_yours(others[:NAMED], len(others))
    return outcome
