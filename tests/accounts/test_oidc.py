"""The company's own sign-in service: against a real small one, honest and otherwise."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from accounts import invitations, people
from accounts.roles import Role, role_of
from tests.accounts.door import is_in
from tests.servers.oidc import OidcServer

pytestmark = pytest.mark.django_db
DORA = {"sub": "d-1", "email": "dora@example.org", "email_verified": True,
        "given_name": "Dora", "family_name": "Díaz", "preferred_username": "dora"}  # fmt: skip


@pytest.fixture
def server(settings: Any) -> Iterator[OidcServer]:
    service = OidcServer()
    service.person = dict(DORA)
    settings.OIDC_ENABLED, settings.OIDC_SERVER_URL = True, service.url
    settings.OIDC_ALLOWED_DOMAINS = ["example.org"]
    app = {"provider_id": "company", "name": "Acme", "client_id": "spelunker",
           "secret": "s3cret", "settings": {"server_url": service.url}}  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    yield service
    service.close()


def through(server: OidcServer, browser: Client | None = None) -> tuple[Client, Any]:
    """To the service and back, as a browser goes."""
    browser = browser or Client()
    page = browser.post(reverse("openid_connect_login", args=["company"])).content.decode()
    found = re.search(r'url=([^"]+)"', page)
    assert found, page[-500:]
    back = server.authorize(unescape(found.group(1)))
    return browser, browser.get(back.replace("http://testserver", ""))


def test_somebody_of_an_allowed_domain_gets_an_account(server: OidcServer) -> None:
    browser, answer = through(server)
    assert answer["Location"] == "/" and is_in(browser)
    dora = get_user_model().objects.get(email="dora@example.org")
    assert (dora.username, dora.first_name) == ("dora", "Dora")
    assert not dora.has_usable_password() and role_of(dora) == Role.CONTRIBUTOR
    again, _ = through(server)
    assert is_in(again) and get_user_model().objects.count() == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": "true"},
        {"email": "dora@elsewhere.test"},
        {"email": "dora@example.org.evil.test"},
        {"email": "dora@evil.test@example.orgx"},
        {"email": None},
    ],
)
def test_others_get_none(server: OidcServer, claims: dict[str, Any]) -> None:
    server.person |= claims
    browser, answer = through(server)
    assert not is_in(browser) and b"You have no account here" in answer.content
    assert not get_user_model().objects.exists()


def test_somebody_invited_gets_the_role_of_the_invitation(
    server: OidcServer, settings: Any, alice: Any
) -> None:
    settings.OIDC_ALLOWED_DOMAINS = []
    people.give_role(alice, Role.ADMIN)
    invitation, _ = invitations.invite(email="dora@example.org", role=Role.MANAGER, by=alice)
    browser, _ = through(server)
    assert is_in(browser)
    invitation.refresh_from_db()
    assert invitation.accepted_by and role_of(invitation.accepted_by) == Role.MANAGER


def test_an_account_is_not_taken_over_by_an_address_that_nobody_has_verified(
    server: OidcServer, alice: Any
) -> None:
    """Neither by one that the service has not, nor of one that we have not."""
    alice.email = "dora@example.org"
    alice.save()
    mine = EmailAddress.objects.create(user=alice, email=alice.email, verified=False, primary=True)
    browser, answer = through(server)
    assert not is_in(browser) and b"You have an account already" in answer.content
    EmailAddress.objects.filter(pk=mine.pk).update(verified=True)
    SocialAccount.objects.all().delete()
    server.person["email_verified"] = False
    browser, _ = through(server)
    assert not is_in(browser)


def test_an_account_with_the_same_verified_address_is_the_same_person(
    server: OidcServer, alice: Any
) -> None:
    EmailAddress.objects.create(user=alice, email="dora@example.org", verified=True, primary=True)
    browser, _ = through(server)
    assert browser.session["_auth_user_id"] == str(alice.pk)
    alice.refresh_from_db()
    assert alice.has_usable_password()
    assert SocialAccount.objects.get().user == alice


def test_a_second_factor_is_asked_for_here_too(server: OidcServer, alice: Any) -> None:
    EmailAddress.objects.create(user=alice, email="dora@example.org", verified=True, primary=True)
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    browser, answer = through(server)
    assert answer["Location"] == reverse("mfa_authenticate") and not is_in(browser)


def test_groups_give_roles_and_take_them(server: OidcServer, settings: Any) -> None:
    settings.OIDC_ROLE_CLAIM = "groups"
    settings.OIDC_ROLES = {"bid-team": "reviewer", "it": "admin", "odd": "emperor"}
    for groups, role in (
        (["bid-team", "odd"], Role.REVIEWER), (["it", "bid-team"], Role.ADMIN),
        (["bid-team"], Role.ADMIN), ([], Role.ADMIN),
    ):  # fmt: skip
        server.person["groups"] = groups
        browser, _ = through(server)
        dora = get_user_model().objects.get()
        # The last active admin stays one, whatever the service says.
        assert is_in(browser) and role_of(dora) == role, groups


def forged(server: OidcServer) -> None:
    server.signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def of_somebody_else(server: OidcServer) -> None:
    server.id_claims = {"sub": "somebody-else"}


def for_another_client(server: OidcServer) -> None:
    server.id_claims = {"aud": "another-client"}


def out_of_date(server: OidcServer) -> None:
    server.id_claims = {"exp": 1}


def of_another_issuer(server: OidcServer) -> None:
    server.issuer = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "cheat", [forged, of_somebody_else, for_another_client, out_of_date, of_another_issuer]
)
def test_an_answer_that_is_not_right_in_every_part_opens_nothing(
    server: OidcServer, cheat: Any
) -> None:
    cheat(server)
    browser, answer = through(server)
    assert not is_in(browser) and b"The sign-in did not work" in answer.content
    assert not get_user_model().objects.exists()


def test_the_way_back_without_the_way_there_opens_nothing(server: OidcServer) -> None:
    callback = reverse("openid_connect_callback", args=["company"])
    browser = Client()
    answer = browser.get(f"{callback}?code=x&state=made-up")
    assert not is_in(browser) and answer.status_code in (200, 401)


def test_a_service_that_is_away_or_babbles_is_told_in_words(server: OidcServer) -> None:
    url = reverse("openid_connect_login", args=["company"])
    server.padding = 2_000_000
    assert Client().post(url)["Location"] == reverse("socialaccount_login_error")
    server.close()
    assert Client().post(url)["Location"] == reverse("socialaccount_login_error")
    page = Client().get(reverse("socialaccount_login_error"))
    assert page.status_code == 401 and b"gave no answer that can be trusted" in page.content


def test_without_a_service_there_is_no_way_to_one() -> None:
    assert Client().post(reverse("openid_connect_login", args=["company"])).status_code == 404
