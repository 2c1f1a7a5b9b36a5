"""What is known about an RFP, and changing it afterwards."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from accounts.roles import Role
from rfp_manager.membership import may
from rfp_manager.models import RFP
from solution_library.describing import digest_of_state
from solution_library.models import Collection, Tag

FIELDS = ("name", "customer", "due_date", "instructions", "only_approved", "approval_required",
          "four_eyes")  # fmt: skip
SCOPE = ("collections", "tags", "only_approved")


class RFPChanged(Exception):
    """The RFP has been saved by somebody else, or in another tab, since the page was opened."""


def may_describe(user: Any, rfp: RFP) -> bool:
    """Its managers, of whom its owner is one; others work on its answers only."""
    return may(user, rfp, Role.MANAGER)


def known_about(rfp: RFP) -> dict[str, Any]:
    """The values of the form; collections and tags as sorted ids."""
    groups = {
        name: sorted(getattr(rfp, name).values_list("pk", flat=True))
        for name in ("collections", "tags")
    }
    return {name: getattr(rfp, name) for name in FIELDS} | groups


def unseen_collections(rfp: RFP, user: Any) -> list[Collection]:
    """Those that `user` may not see: neither shown to them nor taken away by them."""
    seen = Collection.objects.for_user(user).values("pk")
    return list(rfp.collections.exclude(pk__in=seen))


def limits_of(rfp: RFP, user: Any) -> list[str]:
    """In words which part of the library may answer; empty for all of it. What `user` may not
    see is counted in, but not named."""
    chosen = list(rfp.collections.values_list("pk", flat=True))
    seen = Collection.objects.for_user(user).filter(pk__in=chosen)
    # Most RFPs have no such limit.
    names = list(seen.values_list("name", flat=True)) if chosen else []
    if len(names) < len(chosen):
        names.append("parts that you cannot see")
    tags = list(rfp.tags.values_list("name", flat=True))
    parts = [f"only from {', '.join(names)}"] if names else []
    parts += [f"only about {', '.join(tags)}"] if tags else []
    return [*parts, "only from approved documents"] if rfp.only_approved else parts


@transaction.atomic
def describe_rfp(
    rfp: RFP,
    *,
    user: Any,
    seen: str,
    collections: Iterable[Collection],
    tags: Iterable[Tag],
    **values: Any,
) -> bool:
    """Keep what is known about an RFP. Returns whether another part of the library may answer
    now. `seen` is the digest of the state that the values were typed upon; raises RFPChanged,
    and changes nothing, if the RFP has another one by now."""
    # Two that save at once come one after the other, so that the second sees the first.
    rfp.refresh_from_db(fields=FIELDS, from_queryset=RFP.objects.select_for_update())
    before = known_about(rfp)
    if digest_of_state(before) != seen:
        raise RFPChanged
    for name in FIELDS:
        setattr(rfp, name, values[name])
    rfp.save(update_fields=[*FIELDS, "updated_at"])
    rfp.collections.set([*collections, *unseen_collections(rfp, user)])
    rfp.tags.set(tags)
    after = known_about(rfp)
    return any(before[name] != after[name] for name in SCOPE)
