"""The company's own sign-in service (OpenID Connect): who may come in, as whom."""

import logging
from typing import Any

from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render

from accounts import invitations
from accounts.errors import PersonRefused
from accounts.events import record
from accounts.oidc_http import govern
from accounts.people import give_role, stored_role
from accounts.roles import DEFAULT, Role

logger = logging.getLogger(__name__)


class OidcAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets in whom the company vouches for: with a verified address, and invited or of a domain
    that is allowed."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        email = verified_email(sociallogin)
        return bool(email) and (domain_allowed(email) or invitations.waits_for(email))

    def authenticate_by_email(self, sociallogin: Any) -> tuple[Any, str] | None:
        """The account that is there already, if both sides have verified the same address, and
        the service speaks for its domain. Any other account with that address stays apart."""
        email = verified_email(sociallogin)
        if not email or not domain_allowed(email):
            return None
        known = EmailAddress.objects.filter(email__iexact=email, verified=True)
        found = known.select_related("user").first()
        return (found.user, email) if found else None

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        email = verified_email(sociallogin)
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            invited = invitations.accept_by_email(email, user)
            role = role_by_claim(sociallogin) or (invited.role if invited else DEFAULT)
            give_role(user, Role(role))
            record("account.created", actor=user, target=user, how="sign-in service", role=role)
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Who comes back has the role that the service says now, if it says any. Who is new but
        has the address of an account that is there must show that it is theirs."""
        if sociallogin.is_existing:
            _follow_role(sociallogin)
        elif sociallogin.state.get("process") != "connect" and _is_taken(sociallogin):
            page = render(request, "socialaccount/address_taken.html", status=409)
            raise ImmediateHttpResponse(page)

    def get_requests_session(self) -> Any:
        return govern(super().get_requests_session())


class CompanyAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Checks more than allauth does: the signature always, that both answers speak of the same
    person, and that the service is the one that was configured."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("The sign-in service has sent no ID token.")
        self._check_issuer()
        # allauth skips the signature of a token that it has fetched itself.
        self.did_fetch_access_token = False
        login = super().complete_login(request, app, token, **kwargs)
        said = login.account.extra_data
        if said["userinfo"].get("sub") != said["id_token"].get("sub"):
            raise OAuth2Error("The sign-in service's answers speak of two people.")
        return login

    def _check_issuer(self) -> None:
        issuer = str(self.openid_config.get("issuer", "")).rstrip("/")
        if issuer != settings.OIDC_SERVER_URL.partition("/.well-known/")[0]:
            raise OAuth2Error("The sign-in service names an issuer that was not configured.")


def _follow_role(sociallogin: Any) -> None:
    user, role = sociallogin.user, role_by_claim(sociallogin)
    if role is None or role == stored_role(user):
        return
    before = stored_role(user)
    try:
        with transaction.atomic():
            give_role(user, role)
            record("role.changed", actor=user, target=user, before=before.value,
                   after=role.value, how="sign-in service")  # fmt: skip
    except PersonRefused as refused:
        # The last active admin comes in all the same.
        logger.warning("The sign-in service's role is not taken over: %s", refused)


def _is_taken(sociallogin: Any) -> bool:
    email = verified_email(sociallogin)
    return bool(email) and bool(filter_users_by_email(email))


def verified_email(sociallogin: Any) -> str:
    """In lower case; empty if the service has not verified one (only the word true counts)."""
    for address in sociallogin.email_addresses:
        if address.verified is True:
            return str(address.email).strip().lower()
    return ""


def domain_allowed(email: str) -> bool:
    return email.rpartition("@")[2] in settings.OIDC_ALLOWED_DOMAINS


def role_by_claim(sociallogin: Any) -> Role | None:
    """The highest of the roles that somebody's groups have; None if no claim is configured or
    none of the groups has one."""
    if not settings.OIDC_ROLE_CLAIM:
        return None
    said = sociallogin.account.extra_data
    claims = said.get("id_token", {}) | said.get("userinfo", {})
    groups = claims.get(settings.OIDC_ROLE_CLAIM, [])
    groups = groups if isinstance(groups, list) else [groups]
    names = [settings.OIDC_ROLES[str(each)] for each in groups if str(each) in settings.OIDC_ROLES]
    roles = [Role(name) for name in names if name in Role.values]
    return max(roles, key=lambda role: role.rank, default=None)
