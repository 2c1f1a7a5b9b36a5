"""People: their roles and standing, changed by those who may."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import mfa, sessions, tokens
from accounts.errors import PersonRefused
from accounts.events import record
from accounts.models import Profile
from accounts.roles import Role, role_of

LAST_ADMIN = (
    "This is the last active admin. Make somebody else an admin first: without one nobody could "
    "look after people, models and operations."
)


def people() -> "QuerySet[Any]":
    """Everybody, with role and second factor."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=mfa.STRONG)
    everybody = get_user_model()._default_manager.select_related("profile")
    return everybody.annotate(has_factor=Exists(factors)).order_by("-is_active", "username", "pk")


def may_manage(viewer: Any, person: Any) -> bool:
    """Admins all, managers those up to their own role; nobody themselves."""
    mine = role_of(viewer)
    if person.pk == viewer.pk or mine.rank < Role.MANAGER.rank:
        return False
    return mine == Role.ADMIN or stored_role(person).rank <= mine.rank


def may_give(viewer: Any, role: Role) -> bool:
    """Nobody gives more than they have."""
    mine = role_of(viewer)
    return mine.rank >= Role.MANAGER.rank and role.rank <= mine.rank


def stored_role(person: Any) -> Role:
    """Of somebody who is not active too, who has the rights of none."""
    if person.is_staff:
        return Role.ADMIN
    profile = getattr(person, "profile", None)
    return Role(profile.role) if profile else Role.CONTRIBUTOR


def change_role(person: Any, role: Role, *, by: Any) -> None:
    """Raises PersonRefused."""
    with transaction.atomic():
        admins, person = _locked(person)
        _check_may(by, person)
        if not may_give(by, role):
            raise PersonRefused("You cannot give a role above your own.")
        before = stored_role(person)
        if role == before:
            return
        if role != Role.ADMIN:
            _check_not_last(admins, person)
        give_role(person, role)
        record("role.changed", actor=by, target=person, before=before.value, after=role.value)


def give_role(user: Any, role: Role) -> None:
    """Set a role without asking who may; staff follows by accounts.signals. The last active admin
    keeps theirs. Raises PersonRefused."""
    with transaction.atomic():
        admins, _ = _locked(user)
        if role != Role.ADMIN:
            _check_not_last(admins, user)
        profile, _ = Profile.objects.get_or_create(user=user)
        profile.role = role
        profile.save(update_fields=["role"])
    user.profile = profile
    user.is_staff = role == Role.ADMIN


def deactivate(person: Any, *, by: Any) -> None:
    """Take somebody's way in: their sessions and tokens end now. Raises PersonRefused."""
    with transaction.atomic():
        admins, person = _locked(person)
        _check_may(by, person)
        if not person.is_active:
            return
        _check_not_last(admins, person)
        ended = tokens.revoke_all(person)
        sessions.end_all(person, by=by)
        person.is_active = False
        person.save(update_fields=["is_active"])
        record("account.suspended", actor=by, target=person, tokens=ended)


def reactivate(person: Any, *, by: Any) -> None:
    """Their tokens stay revoked. Raises PersonRefused."""
    with transaction.atomic():
        _, person = _locked(person)
        _check_may(by, person)
        if not person.is_active:
            person.is_active = True
            person.save(update_fields=["is_active"])
            record("account.restored", actor=by, target=person)


def check_may_go(person: Any) -> None:
    """For whoever is about to change or delete an account in another way; within a transaction.
    Raises PersonRefused for the last active admin."""
    admins, person = _locked(person)
    _check_not_last(admins, person)


def _locked(person: Any) -> tuple[list[int], Any]:
    """The keys of all active admins, and the person as they are now. The admins' rows are locked
    in one order, so two admins who demote each other do so one after the other."""
    users = get_user_model()._default_manager
    rows = users.select_for_update().filter(is_active=True, is_staff=True).order_by("pk")
    admins = list(rows.values_list("pk", flat=True))
    return admins, users.select_for_update().get(pk=person.pk)


def _check_not_last(admins: list[int], person: Any) -> None:
    if admins == [person.pk]:
        raise PersonRefused(LAST_ADMIN)


def _check_may(by: Any, person: Any) -> None:
    if person.pk == by.pk:
        raise PersonRefused("You cannot change your own role or standing; ask another admin.")
    if not may_manage(by, person):
        raise PersonRefused("You may not change this person.")
