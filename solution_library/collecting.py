"""Collections and tags: what a document belongs to, and who may change that."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.roles import Role, has_role
from solution_library.models import Collection, Document, DocumentationSource, Tag


class CollectingRefused(Exception):
    """A collection or tag cannot be made so; the message says why and what to do."""


def may_manage_collection(user: Any, collection: Collection) -> bool:
    """Managers; the members of a restricted collection; of an open one who owns all that is in
    it, for restricting it takes the documents away from everybody else. No reader."""
    if not has_role(user, Role.CONTRIBUTOR) or has_role(user, Role.MANAGER):
        return has_role(user, Role.MANAGER)
    if collection.is_restricted:
        return collection.members.filter(pk=user.pk).exists()
    others = collection.documents.exclude(owner=user).exists()
    return not others and not collection.sources.exclude(created_by=user).exists()


def may_manage_tag(user: Any, tag: Tag) -> bool:
    """Managers, and who owns every document that bears it. No reader."""
    if not has_role(user, Role.CONTRIBUTOR) or has_role(user, Role.MANAGER):
        return has_role(user, Role.MANAGER)
    others = tag.documents.exclude(owner=user).exists()
    sources = DocumentationSource.objects.filter(tags=tag.pk)
    return not others and not sources.exclude(created_by=user).exists()


def collection_named(name: str, user: Any) -> Collection:
    """The collection of this name, made if there is none. Raises CollectingRefused when there is
    one that `user` cannot see."""
    found, made = Collection.objects.get_or_create(name=name)
    if not made and not Collection.objects.for_user(user).filter(pk=found.pk).exists():
        raise CollectingRefused(
            f"There is a collection “{name}” that you cannot see. Choose another name, or ask an "
            "administrator to let you into it."
        )
    return found


def save_collection(collection: Collection, *, user: Any, members: list[Any]) -> None:
    """Keep a collection and its members. Nobody locks themselves out, and nobody but managers puts
    the restricted documents of others before everybody. Raises CollectingRefused."""
    people = {*members}
    if collection.is_restricted and not has_role(user, Role.MANAGER):
        people.add(user)
    try:
        with transaction.atomic():
            if not collection.is_restricted:
                _refuse_to_open(collection.pk, user)
            collection.save()
            collection.members.set(people)
    except IntegrityError as error:
        raise CollectingRefused("There is a collection of this name already.") from error


def _refuse_to_open(collection_id: int | None, user: Any) -> None:
    """Within a transaction. Raises CollectingRefused for a restricted collection that holds what
    belongs to others: without it, everybody could read that."""
    held = Collection.objects.select_for_update().filter(pk=collection_id or 0, is_restricted=True)
    collection = held.first()
    if collection is None or has_role(user, Role.MANAGER):
        return
    others = collection.documents.exclude(owner=user).exists()
    if others or collection.sources.exclude(created_by=user).exists():
        raise CollectingRefused(
            f"“{collection.name}” holds documents of other people, which everybody could read "
            "then. Only an administrator may do that."
        )


def save_tag(tag: Tag) -> None:
    """Raises CollectingRefused when there is such a tag already: they can be merged."""
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError as error:
        raise CollectingRefused(
            f"There is a tag “{tag.name}” of this kind already. Merge the two instead."
        ) from error


@transaction.atomic
def merge_tags(tag: Tag, into: Tag) -> int:
    """Give everything that bears `tag` the other one, and delete it. Returns how many documents
    that were. Raises CollectingRefused."""
    if tag.pk == into.pk:
        raise CollectingRefused("A tag cannot be merged into itself. Choose another one.")
    # In one order: of two who merge them crosswise one would otherwise delete what the other keeps.
    held = Tag.objects.select_for_update().filter(pk__in=[tag.pk, into.pk]).order_by("pk")
    if len(held) < 2:
        raise CollectingRefused("Somebody else has just removed or merged one of the two tags.")
    count = tag.documents.count()
    for bearers, field in _bearers(tag):
        for bearer in bearers:
            getattr(bearer, field).add(into)
    tag.delete()
    return count


def _bearers(group: Collection | Tag) -> list[tuple[QuerySet[Any], str]]:
    """What a collection or a tag is given to, in whatever app, and the field that says so."""
    relations = [one for one in group._meta.related_objects if one.many_to_many]
    return [
        (one.related_model._default_manager.filter(**{one.field.name: group}), one.field.name)
        for one in relations
    ]


def delete_group(group: Collection | Tag, user: Any) -> int:
    """Delete a collection or a tag; its documents stay. Returns how many it had. Raises
    CollectingRefused while something is limited to it, which would then have no limit, and for
    a restricted collection with what belongs to others."""
    with transaction.atomic():
        if isinstance(group, Collection):
            _refuse_to_open(group.pk, user)
        filled = (Document, DocumentationSource)
        scopes = [found for found, _ in _bearers(group) if found.model not in filled]
        if any(bearers.exists() for bearers in scopes):
            raise CollectingRefused(
                f"RFPs or question sets are answered only from “{group.name}”. Without it they "
                "would be answered from the whole library. Change them first."
            )
        count = group.documents.count()
        group.delete()
    return count
