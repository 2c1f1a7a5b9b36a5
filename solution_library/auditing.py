"""What of the library is written into the audit log, wherever it is changed: what is brought in
and taken out, what it is good for, and who may read it."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from audit.recording import record
from audit.request_ids import request_context
from audit.tracking import Tracked, track
from solution_library.models import (
    Collection,
    Document,
    DocumentationSource,
    DocumentKind,
    DocumentReview,
    DocumentVersion,
)

MOST_LISTED = 100
CHANGES = {"post_add": "added", "post_remove": "removed", "pre_clear": "removed"}
SOURCE = Tracked(
    "source",
    ("name", "kind", "location", "config", "is_active", "collection", "sync_every"),
    {"credentials": "source.credentials_changed"},
    secret=("credentials",),
)


def connect() -> None:
    """Called once, when the apps are ready."""
    track(DocumentationSource, SOURCE)
    track(Document, Tracked("document", (), created=False))
    track(Collection, Tracked("collection", ("name", "is_restricted")))


@receiver(post_save, sender=DocumentVersion)
def version_came(instance: DocumentVersion, created: bool, raw: bool = False, **_: Any) -> None:
    """What people bring. What a source brings its sync tells of, and approved answers are no
    files."""
    document = instance.document
    if not created or raw or document.source_id or document.kind == DocumentKind.ANSWER:
        return
    details = {"version": instance.number, "filename": instance.filename, "size": instance.size,
               "sha256": instance.sha256}  # fmt: skip
    record("document.uploaded", actor=instance.created_by, target=document, details=details)


@receiver(post_save, sender=DocumentReview)
def reviewed(instance: DocumentReview, created: bool, raw: bool = False, **_: Any) -> None:
    if created and not raw and instance.before != instance.after:
        details = {"before": instance.before, "after": instance.after}
        target = instance.document
        record("document.reviewed", actor=instance.reviewer, target=target, details=details)


def reviewed_together(rows: Sequence[DocumentReview], after: str, user: Any) -> None:
    """Many at once, which send no signals; one entry for all."""
    if rows:
        _record_many("document.reviewed", [row.document_id for row in rows], user, after=after)


def given_away(ids: Sequence[int], owner: Any, user: Any) -> None:
    """Who owns a document decides about it."""
    if ids:
        to = owner.get_username() if owner else ""
        _record_many("document.owner_changed", ids, user, owner=to)


def _record_many(action: str, ids: Sequence[int], user: Any, **details: Any) -> None:
    found = sorted(ids)
    target = Document.objects.filter(pk=found[0]).first() if len(found) == 1 else "documents"
    listed = {"documents": len(found), "ids": found[:MOST_LISTED]}
    record(action, actor=user, target=target, details=listed | details)


@receiver(m2m_changed, sender=Collection.members.through)
def members_changed(instance: Any, action: str, pk_set: set[int] | None, **_: Any) -> None:
    """Who may look into a collection; from the collection's side or from the person's."""
    people = get_user_model().objects
    for collection, ids in _pairs(instance, "library_collections", "members", action, pk_set):
        names = people.filter(pk__in=ids).order_by("pk").values_list("username", flat=True)
        told = {CHANGES[action]: list(names[:MOST_LISTED]), "ids": ids[:MOST_LISTED]}
        record("collection.members_changed", actor=None, target=collection, details=told)


@receiver(m2m_changed, sender=Document.collections.through)
def contents_changed(instance: Any, action: str, pk_set: set[int] | None, **_: Any) -> None:
    """What lies in a collection decides who may read it. Only what somebody asks for: the
    collection that a source fills is told of with the source."""
    if request_context() is None:
        return
    for collection, ids in _pairs(instance, "collections", "documents", action, pk_set):
        told = {CHANGES[action]: len(ids), "documents": ids[:MOST_LISTED]}
        record("collection.contents_changed", actor=None, target=collection, details=told)


def _pairs(
    instance: Model, of_other: str, of_collection: str, action: str, pk_set: set[int] | None
) -> list[tuple[Collection, list[int]]]:
    """Each collection that is concerned, with the ids of what is put in or taken out. The change
    was made at the collection or at the other side, where the field is called `of_other`; without
    a `pk_set` all of it goes."""
    if action not in CHANGES or (pk_set is not None and not pk_set):
        return []
    if isinstance(instance, Collection):
        held = getattr(instance, of_collection).values_list("pk", flat=True)
        ids = sorted(held if pk_set is None else pk_set)
        return [(instance, ids)] if ids else []
    whole = getattr(instance, of_other).all()
    found = whole if pk_set is None else Collection.objects.filter(pk__in=pk_set)
    return [(collection, [int(instance.pk)]) for collection in found.order_by("pk")]
