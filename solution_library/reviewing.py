"""Who may decide what a document is good for, and what they have decided.

Only what people decide is kept as a DocumentReview. Approval is of a text: a new version that a
person brings asks for review again; what a source brings, and a mere second reading, does not.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.formats import DAY_MONTH_YEAR, date_text
from accounts.roles import Role, has_role
from solution_library.auditing import given_away
from solution_library.models import (
    Document,
    DocumentKind,
    DocumentReview,
    DocumentVersion,
    ReviewStatus,
)

CHOICES = (
    ReviewStatus.PENDING,
    ReviewStatus.APPROVED,
    ReviewStatus.REJECTED,
    ReviewStatus.ARCHIVED,
)
MAX_COMMENT = 5000
#: Months after which a person may ask to review again.
INTERVALS = (3, 6, 12, 24)
SOON = timedelta(days=30)
OUT_OF_USE = (ReviewStatus.REJECTED, ReviewStatus.ARCHIVED)


class ReviewRefused(Exception):
    """The decision cannot be taken; the message says why and what to do."""


def may_review(user: Any, document: Document) -> bool:
    """The document's owner, unless they are a reader now, and managers: they decide about it, and
    about what describes it."""
    own = document.owner_id is not None and document.owner_id == user.pk
    return has_role(user, Role.CONTRIBUTOR if own else Role.MANAGER)


def may_approve(user: Any, document: Document) -> bool:
    """Whether a person who sees the document may say what it is good for: reviewers too."""
    return has_role(user, Role.REVIEWER) or may_review(user, document)


def check_may_approve(user: Any, document: Document) -> None:
    """Raises ReviewRefused with the name of whom to ask."""
    if not may_approve(user, document):
        check_may_review(user, document)


def check_may_review(user: Any, document: Document) -> None:
    """Raises ReviewRefused with the name of whom to ask."""
    if may_review(user, document):
        return
    owner = document.owner
    whom = owner.get_full_name() or owner.get_username() if owner else "an administrator"
    raise ReviewRefused(f"“{document.title}” belongs to {whom}, who decides about it. Ask them.")


@transaction.atomic
def decide(
    document: Document, status: str, *, user: Any, comment: str = "", due: date | None = None
) -> DocumentReview | None:
    """Set a document's review status, and when it is to be looked at again (None leaves that as
    it is). Returns None when nothing was changed and nothing was said. Raises ReviewRefused."""
    check_may_approve(user, document)
    if status not in CHOICES:
        raise ReviewRefused("There is no such review status. Choose one of the list.")
    current = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    before = settled(current.review_status)
    if before == status and not comment and due is None:
        return None
    # While it is being read it says so; that ends as “pending”, which must not undo a decision.
    Document.objects.filter(pk=document.pk).update(
        review_status=status, updated_at=timezone.now(), **({"review_due": due} if due else {})
    )
    document.review_status = status
    return _note(document, before, status, user, comment)


def settled(status: str) -> str:
    """The review status without the machine's word for “I am at it”."""
    return ReviewStatus.PENDING if status == ReviewStatus.PROCESSING else status


def _note(
    document: Document, before: str, after: str, user: Any, comment: str = ""
) -> DocumentReview:
    return DocumentReview.objects.create(
        document_id=document.pk, version_id=document.current_version_id, reviewer=user,
        before=before, after=after, comment=comment[:MAX_COMMENT],
    )  # fmt: skip


def after_reading(version: DocumentVersion, **changes: Any) -> None:
    """A version has been read and becomes current: write the `changes` of its document with the
    review status that follows, in the caller's transaction, which holds the document's row."""
    document = version.document
    status = settled(document.review_status)
    is_new = document.current_version_id not in (None, version.pk)
    asks_again = status in (ReviewStatus.APPROVED, ReviewStatus.REJECTED)
    uploaded = document.kind == DocumentKind.FILE and document.source_id is None
    if is_new and asks_again and uploaded:
        why = f"Version {version.number} has another text, which nobody has reviewed yet."
        DocumentReview.objects.create(
            document=document, version=version, before=status, after=ReviewStatus.PENDING,
            comment=why,
        )  # fmt: skip
        status = ReviewStatus.PENDING
    Document.objects.filter(pk=document.pk).update(review_status=status, **changes)


def end_processing(*document_ids: int) -> None:
    """A document that is not being read any more waits for review, unless it is decided on."""
    Document.objects.filter(pk__in=document_ids, review_status=ReviewStatus.PROCESSING).update(
        review_status=ReviewStatus.PENDING
    )


def begin_processing(*document_ids: int) -> None:
    """Documents that nobody has decided on are being read; approved ones stay approved."""
    Document.objects.filter(pk__in=document_ids, review_status=ReviewStatus.PENDING).update(
        review_status=ReviewStatus.PROCESSING
    )


def set_owner(document: Document, owner: Any, *, user: Any) -> None:
    """Make somebody responsible for a document. Raises ReviewRefused."""
    check_may_review(user, document)
    of_another = Document.objects.filter(pk=document.pk).exclude(owner=owner)
    with transaction.atomic():
        if of_another.update(owner=owner, updated_at=timezone.now()):
            given_away([document.pk], owner, user)
    document.owner = owner


def set_due(document: Document, due: date | None, *, user: Any) -> None:
    """Say when a document is to be reviewed again; None for never. Raises ReviewRefused."""
    check_may_review(user, document)
    Document.objects.filter(pk=document.pk).update(review_due=due, updated_at=timezone.now())
    document.review_due = due


def months_from(day: date, months: int) -> date:
    """The same day of a later month, or the last one it has."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True)
class Due:
    """When a document is to be reviewed, in words and as a status of components/badge.html."""

    status: str
    words: str


def due_of(document: Document, today: date | None = None) -> Due | None:
    """None: no date was set, or the document is out of use anyhow."""
    if document.review_due is None or document.review_status in OUT_OF_USE:
        return None
    days = (document.review_due - (today or timezone.localdate())).days
    if days < 0:
        return Due("overdue", f"Review overdue by {-days} day{'' if days == -1 else 's'}")
    if days <= SOON.days:
        when = "today" if days == 0 else f"in {days} day{'' if days == 1 else 's'}"
        return Due("waiting", f"Review due {when}")
    return Due("scheduled", f"Review on {date_text(document.review_due, DAY_MONTH_YEAR)}")
