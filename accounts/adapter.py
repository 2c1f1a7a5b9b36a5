"""How allauth behaves here: no sign-up, tries counted in the database, mail only where it is
configured."""

import time
from functools import partial
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest

from accounts import guard
from accounts.mailing import send_later
from audit.request_ids import client_ip, network_of

RESET = "account/email/password_reset_key"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up is closed: people come by invitation, or through the company's sign-in service."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "The user name or the password is wrong.",
        "email_password_mismatch": "The e-mail address or the password is wrong.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of somebody who has only just signed in."""
        needed = super().is_reauthentication_required(app=app, **kwargs)
        return bool(needed) and not _signed_in_just_now(self.request)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or "127.0.0.1"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raises SignInLocked, which is answered with the page of a request too many."""
        guard.begin(_login(credentials), network(request))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user:
            guard.succeeded(_login(credentials), network(request))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        guard.failed(_login(credentials), network(request))

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Who has a new password by e-mail is not kept waiting for the old one's tries."""
        guard.succeeded(_login(credentials), network(request))

    def format_email_subject(self, subject: str) -> str:
        return f"Spelunker: {subject}"

    def send_mail(self, template_prefix: str, email: str, values: dict[str, Any]) -> None:
        if not settings.EMAIL_CONFIGURED:
            return
        send = partial(super().send_mail, template_prefix, email, values)
        # Whoever may ask for this need not be the one whose address it is.
        send_later(send) if template_prefix == RESET else send()


def _signed_in_just_now(request: HttpRequest | None) -> bool:
    request = request or context.request
    records = get_authentication_records(request, request.user) if request else []
    newest = max((each.get("at", 0) for each in records), default=0)
    return time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def network(request: HttpRequest) -> str:
    """What counts as one place: an address, or the /64 that one IPv6 customer has."""
    return network_of(client_ip(request))


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("username") or credentials.get("email") or "")
