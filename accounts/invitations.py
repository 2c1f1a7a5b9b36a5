"""Invitations: sent or handed over, used once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.errors import InvitationRefused
from accounts.events import record
from accounts.models import Invitation
from accounts.people import give_role, may_give
from accounts.roles import Role

GOOD_FOR = timedelta(days=7)
MOST_OPEN = 500
GONE = (
    "This invitation cannot be used: it was used before, was taken back, or is older than a week. "
    "Ask the person who invited you for a new one."
)


def open_invitations(now: datetime | None = None) -> "QuerySet[Invitation]":
    return Invitation.objects.filter(
        accepted_at=None, revoked_at=None, expires_at__gt=now or timezone.now()
    )


def invite(*, email: str, role: Role, by: Any, mail: bool = False) -> tuple[Invitation, str]:
    """Make an invitation; returns it with its token, which nobody can be told again. With `mail`
    it goes to the address and nowhere else. Raises InvitationRefused."""
    email = email.strip().lower()
    _check(email, role, by, mail)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            email=email, role=role, invited_by=by, token_hash=_hash(token), by_mail=mail,
            expires_at=timezone.now() + GOOD_FOR,
        )  # fmt: skip
        record("invitation.sent", actor=by, target=invitation, role=role.value, by_mail=mail)
        if mail:
            _send(invitation, token)
    return invitation, token


def _check(email: str, role: Role, by: Any, mail: bool) -> None:
    if not may_give(by, role):
        raise InvitationRefused("You can invite people up to your own role.")
    if mail and not settings.EMAIL_CONFIGURED:
        raise InvitationRefused("Spelunker sends no e-mail here. Make a link and hand it over.")
    if mail and not email:
        raise InvitationRefused("Enter the address that the invitation is to be sent to.")
    if email and _is_taken(email):
        raise InvitationRefused("Somebody with this e-mail address has an account already.")
    if open_invitations().count() >= MOST_OPEN:
        raise InvitationRefused("Too many invitations are open. Take back those not needed.")


def _is_taken(email: str) -> bool:
    known = EmailAddress.objects.filter(email__iexact=email, verified=True)
    return known.exists() or get_user_model().objects.filter(email__iexact=email).exists()


def _send(invitation: Invitation, token: str) -> None:
    """A server that does not take it undoes the invitation. Raises InvitationRefused."""
    text = (
        f"{invitation.invited_by} invites you to Spelunker, where RFPs are answered.\n\n"
        f"Choose your user name and password here, within a week:\n{link_of(token)}\n"
    )
    try:
        send_mail("Spelunker: your invitation", text, None, [invitation.email])
    except OSError as error:
        raise InvitationRefused(
            "The mail server did not take the invitation. Make a link and hand it over."
        ) from error


def link_of(token: str) -> str:
    site: str = settings.SITE_URL
    return site.rstrip("/") + reverse("accounts:join", args=[token])


def by_token(token: str) -> Invitation | None:
    """The open invitation of a link."""
    found = open_invitations().select_related("invited_by").filter(token_hash=_hash(token))
    return found.first()


def accept(token: str, *, username: str, name: str, password: str) -> Any:
    """Make the account that was promised; the caller has checked name and password. Raises
    InvitationRefused if the invitation is not open any more: of two at once, for the second."""
    with transaction.atomic():
        invitation = by_token(token)
        if invitation is None or not _use(invitation):
            raise InvitationRefused(GONE)
        first, _, last = name.strip().partition(" ")
        user = get_user_model().objects.create_user(
            username, invitation.email, password, first_name=first[:150], last_name=last[:150]
        )
        _finish(invitation, user)
        if invitation.email:
            EmailAddress.objects.create(
                user=user, email=invitation.email, primary=True, verified=invitation.by_mail
            )
        give_role(user, Role(invitation.role))
        record("account.created", actor=user, target=user, how="invitation", role=invitation.role)
    return user


def waits_for(email: str) -> bool:
    return open_invitations().filter(email__iexact=email).exists()


def accept_by_email(email: str, user: Any) -> Invitation | None:
    """Use the newest invitation to an address that the sign-in service has verified."""
    for invitation in open_invitations().filter(email__iexact=email):
        if email and _use(invitation):
            _finish(invitation, user)
            return invitation
    return None


def _use(invitation: Invitation) -> bool:
    """Of any number at once, one is told True."""
    now = timezone.now()
    return bool(open_invitations(now).filter(pk=invitation.pk).update(accepted_at=now))


def _finish(invitation: Invitation, user: Any) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
    record("invitation.accepted", actor=user, target=invitation)


def revoke(invitation: Invitation, *, by: Any) -> None:
    """Raises InvitationRefused if it has ended before, or is to a role above one's own."""
    if not may_give(by, Role(invitation.role)):
        raise InvitationRefused("You may not take back this invitation.")
    with transaction.atomic():
        now = timezone.now()
        if not open_invitations(now).filter(pk=invitation.pk).update(revoked_at=now):
            raise InvitationRefused("This invitation is not open any more.")
        record("invitation.revoked", actor=by, target=invitation)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
