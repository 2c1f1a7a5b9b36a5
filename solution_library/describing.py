"""What people say about a document: who looks after it, until when, and what it belongs to."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from solution_library.models import Collection, Document, Tag
from solution_library.reviewing import check_may_review, set_due, set_owner


class DocumentChanged(Exception):
    """The document's details have been saved by somebody else, or in another tab, since the page
    was opened."""


def digest_of_state(known: dict[str, Any]) -> str:
    """Two states of a thing have the same digest only if nothing was changed between them."""
    return hashlib.sha256(repr(sorted(known.items())).encode()).hexdigest()


def known_about(document: Document) -> dict[str, Any]:
    """The values of the form; collections and tags as sorted ids."""
    return {
        "owner": document.owner_id,
        "review_due": document.review_due,
        "collections": sorted(document.collections.values_list("pk", flat=True)),
        "tags": sorted(document.tags.values_list("pk", flat=True)),
    }


@transaction.atomic
def describe(
    document: Document,
    *,
    user: Any,
    seen: str,
    owner: Any,
    review_due: date | None,
    collections: Iterable[Collection],
    tags: Iterable[Tag],
) -> None:
    """Keep all of it or nothing. Collections that `user` cannot see stay. `seen` is the digest of
    the state that the values were typed upon; raises DocumentChanged if the document has another
    one by now, ReviewRefused for who may not."""
    # Two that save at once come one after the other, so that the second sees the first.
    document.refresh_from_db(
        fields=["owner", "review_due"], from_queryset=Document.objects.select_for_update()
    )
    check_may_review(user, document)
    if digest_of_state(known_about(document)) != seen:
        raise DocumentChanged
    unseen = document.collections.exclude(pk__in=Collection.objects.for_user(user).values("pk"))
    document.collections.set([*collections, *unseen])
    document.tags.set(tags)
    set_due(document, review_due, user=user)
    # Last: who gives a document away may not change it any more.
    set_owner(document, owner, user=user)
