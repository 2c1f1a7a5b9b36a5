"""What allauth does to accounts goes into the audit log."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.events import record
from accounts.mfa import HAS


@receiver((account.password_changed, account.password_set), dispatch_uid="accounts.audit_password")
def password_changed(user: Any, **_: Any) -> None:
    record("password.changed", actor=user, target=user)


@receiver(account.password_reset, dispatch_uid="accounts.audit_reset")
def password_reset(user: Any, **_: Any) -> None:
    record("password.reset", actor=user, target=user)


@receiver(account.email_changed, dispatch_uid="accounts.audit_email")
def email_changed(user: Any, to_email_address: Any, **_: Any) -> None:
    record("email.changed", actor=user, target=user, to=to_email_address.email)


@receiver(
    (mfa.authenticator_added, mfa.authenticator_reset), dispatch_uid="accounts.audit_factor_added"
)
def factor_added(user: Any, authenticator: Authenticator, **_: Any) -> None:
    record("mfa.added", actor=user, target=user, kind=str(authenticator.type))


@receiver(mfa.authenticator_removed, dispatch_uid="accounts.audit_factor_removed")
def factor_removed(
    user: Any, authenticator: Authenticator, request: HttpRequest | None = None, **_: Any
) -> None:
    """The session that removed it no longer says that there is one."""
    record("mfa.removed", actor=user, target=user, kind=str(authenticator.type))
    if request is not None:
        request.session.pop(HAS, None)


@receiver(mfa.authenticator_used, dispatch_uid="accounts.audit_code")
def code_used(user: Any, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record("mfa.recovery_used", actor=user, target=user)


@receiver(social.social_account_added, dispatch_uid="accounts.audit_connected")
def connected(sociallogin: Any, **_: Any) -> None:
    record("account.connected", actor=sociallogin.user, target=sociallogin.user)


@receiver(social.social_account_removed, dispatch_uid="accounts.audit_disconnected")
def disconnected(socialaccount: Any, **_: Any) -> None:
    record("account.disconnected", actor=socialaccount.user, target=socialaccount.user)
