"""Profiles come with people; a role of admin and being staff are the same thing."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import sessions, tokens
from accounts.models import Profile
from accounts.roles import DEFAULT, Role
from audit.request_ids import request_context


@receiver(post_save, dispatch_uid="accounts.profile_of_user")
def keep_profile(
    sender: Any, instance: Any, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """A loaded dump brings its own profiles."""
    if raw or sender is not get_user_model():
        return
    if update_fields is not None and "is_staff" not in update_fields:
        return
    role = Role.ADMIN if instance.is_staff else DEFAULT
    profile, new = Profile.objects.get_or_create(user=instance, defaults={"role": role})
    if not new and (profile.role == Role.ADMIN) != instance.is_staff:
        Profile.objects.filter(pk=profile.pk).update(role=role)
        profile.role = role
    instance.profile = profile


@receiver(post_save, sender=Profile, dispatch_uid="accounts.staff_of_profile")
def keep_staff(instance: Profile, raw: bool = False, **_: Any) -> None:
    """Who is no admin is no superuser either, for whom no role would mean anything."""
    if raw:
        return
    people = get_user_model().objects.filter(pk=instance.user_id)
    if instance.role == Role.ADMIN:
        people.filter(is_staff=False).update(is_staff=True)
    else:
        people.filter(is_staff=True).update(is_staff=False, is_superuser=False)


@receiver(post_save, dispatch_uid="accounts.out_with_user")
def keep_out(
    sender: Any, instance: Any, raw: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """Wherever somebody is deactivated, as in Django's admin, their sessions and tokens end: they
    must not come to life again with the account."""
    if raw or sender is not get_user_model() or instance.is_active:
        return
    if update_fields is None or "is_active" in update_fields:
        tokens.revoke_all(instance)
        context = request_context()
        sessions.end_all(instance, by=context.user if context else None)


@receiver(user_logged_in, dispatch_uid="accounts.note_sign_in")
def note_sign_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    if request is not None and hasattr(request, "session"):
        sessions.note(request, user)
