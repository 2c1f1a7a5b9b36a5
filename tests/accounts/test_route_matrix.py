"""Every route of accounts, and of allauth as it is served here, times every kind of person. A
route that is new must be added to a table, with what it answers each of them: else a test fails."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import invitations
from accounts.models import SignIn
from tests.accounts.test_tokens import a_token
from tests.people import ANONYMOUS, SUSPENDED, People
from tests.route_matrix import Row, answered, expected, unnamed_methods

pytestmark = pytest.mark.django_db
ROLES = ("reader", "contributor", "reviewer", "manager", "admin")
PEOPLE = ("owner", *ROLES, ANONYMOUS, SUSPENDED)


def codes(code: int, **others: int) -> dict[str, int]:
    return dict.fromkeys(["owner", *ROLES], code) | others


def for_all(code: int = 200, **more: Any) -> Row:
    """One's own account, whatever one's role."""
    return Row(codes(code), **more)


def to_all(code: int, *args: str, **more: Any) -> Row:
    """Signed in or not."""
    return Row(codes(code) | {ANONYMOUS: code, SUSPENDED: code}, args, **more)


def own(*args: str, **more: Any) -> Row:
    """Of its owner only: not even an admin's."""
    return Row(codes(404, owner=303), args, post=True, **more)


def of_managers(code: int, *args: str, **more: Any) -> Row:
    return Row(codes(403, manager=code, admin=code), args, **more)


ACCOUNTS: dict[str, Row] = {
    "profile": for_all(),
    "profile POST": for_all(303),
    "security": for_all(),
    "sessions_end": for_all(303, post=True),
    "session_end": own("sign_in"),
    "tokens": for_all(),
    "tokens POST": for_all(422),
    "token_revoke": own("token"),
    "people": of_managers(200),
    "invite": of_managers(422, post=True),
    "invitation_revoke": of_managers(303, "invitation", post=True),
    "person_role": of_managers(303, "owner", post=True),
    "person_deactivate": of_managers(303, "owner", post=True),
    "person_reactivate": of_managers(303, "owner", post=True),
    "person_reset_factor": of_managers(303, "owner", post=True),
    "join": Row(codes(409) | {ANONYMOUS: 200, SUSPENDED: 200}, ("join",)),
    "join POST": Row(codes(409) | {ANONYMOUS: 422, SUSPENDED: 422}, ("join",)),
}
SIGN_IN: dict[str, Row] = {
    "login": to_all(200),
    "login POST": to_all(200),
    "account_login": to_all(200),
    "account_login POST": to_all(200),
    "logout": for_all(200),
    "account_logout": for_all(200),
    "account_inactive": to_all(200),
    "mfa_authenticate": to_all(302),
    "mfa_authenticate POST": to_all(302),
    "account_reauthenticate": for_all(),
    "account_reauthenticate POST": for_all(),
    "mfa_reauthenticate": for_all(302),
    "mfa_reauthenticate POST": for_all(302),
    "account_change_password": for_all(),
    "account_change_password POST": for_all(),
    "account_set_password": for_all(302),
    "account_set_password POST": for_all(302),
    "account_reset_password": to_all(404),
    "account_reset_password POST": to_all(404),
    "account_reset_password_done": to_all(404),
    "account_reset_password_from_key": to_all(200, "uid", "key"),
    "account_reset_password_from_key POST": to_all(200, "uid", "key"),
    "account_reset_password_from_key_done": to_all(200),
    "account_email": for_all(404),
    "account_email POST": for_all(404),
    "account_email_verification_sent": to_all(200),
    "account_confirm_email": to_all(200, "key"),
    "account_confirm_email POST": to_all(404, "key"),
    "mfa_index": for_all(),
    "mfa_activate_totp": for_all(302),
    "mfa_activate_totp POST": for_all(302),
    "mfa_deactivate_totp": for_all(404),
    "mfa_deactivate_totp POST": for_all(404),
    "mfa_view_recovery_codes": for_all(404),
    "mfa_generate_recovery_codes": for_all(302),
    "mfa_generate_recovery_codes POST": for_all(302),
    "openid_connect_login": to_all(404, "service"),
    "openid_connect_login POST": to_all(404, "service"),
    "openid_connect_callback": to_all(404, "service"),
    "socialaccount_login_cancelled": to_all(200),
    "socialaccount_login_error": to_all(401),
    "socialaccount_connections": for_all(),
    "socialaccount_connections POST": for_all(),
    # Last, because it ends the session of who asks.
    "logout POST": for_all(302),
    "account_logout POST": for_all(302),
}
MATRICES = {"accounts": ACCOUNTS, "": SIGN_IN}


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def world(people: People) -> dict[str, Any]:
    owner, by = people["owner"], people["admin"]
    invitation, _ = invitations.invite(email="", role=invitations.Role.READER, by=by)
    _, token = invitations.invite(email="", role=invitations.Role.READER, by=by)
    Client().force_login(owner)
    return {
        "owner": owner.pk, "token": a_token(owner)[0].pk, "invitation": invitation.pk,
        "join": token, "sign_in": SignIn.objects.filter(user=owner).latest("pk").pk,
        "uid": "1", "key": "made-up", "service": "company",
    }  # fmt: skip


@pytest.mark.parametrize("space", MATRICES)
@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_the_matrix_says(
    person: str, space: str, world: dict[str, Any], people: People
) -> None:
    matrix = MATRICES[space]
    assert answered(matrix, space, person, people, world) == expected(matrix, person)


def test_every_way_to_ask_a_route_has_its_row(world: dict[str, Any], people: People) -> None:
    assert unnamed_methods(ACCOUNTS, "accounts", people.client("root"), world) == []


def test_a_managers_word_about_an_admin_changes_nothing(people: People) -> None:
    admin, browser = people["admin"], people.client("manager")
    for name in ("person_role", "person_deactivate", "person_reset_factor"):
        browser.post(reverse(f"accounts:{name}", args=[admin.pk]), {"role": "reader"})
    admin.refresh_from_db()
    assert admin.is_staff and admin.is_active
