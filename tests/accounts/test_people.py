"""People are invited, given roles and switched off by those who may; one admin always stays."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import invitations, people
from accounts.errors import InvitationRefused, PersonRefused
from accounts.models import ApiToken, Invitation, Profile, SignIn
from accounts.roles import Role, role_of
from accounts.tokens import token_user
from tests.accounts.door import is_in, sign_in
from tests.accounts.test_tokens import a_token

pytestmark = pytest.mark.django_db
NEW = {"username": "dora", "name": "Dora Díaz", "password": "a long new password",
       "again": "a long new password"}  # fmt: skip


def a_person(name: str, role: Role) -> Any:
    user = get_user_model().objects.create_user(name, password="pw")
    people.give_role(user, role)
    return get_user_model().objects.select_related("profile").get(pk=user.pk)


@pytest.fixture
def admin() -> Any:
    return a_person("ada", Role.ADMIN)


@pytest.fixture
def manager() -> Any:
    return a_person("max", Role.MANAGER)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_everybody_has_a_profile_and_staff_are_admins(alice: Any) -> None:
    assert alice.profile.role == Role.CONTRIBUTOR
    alice.is_staff = True
    alice.save()
    assert Profile.objects.get(user=alice).role == Role.ADMIN
    alice.is_staff = False
    alice.save()
    assert Profile.objects.get(user=alice).role == Role.CONTRIBUTOR


def test_who_is_no_admin_any_more_is_no_superuser_either(admin: Any) -> None:
    root = get_user_model().objects.create_superuser("root", password="pw")
    people.change_role(root, Role.READER, by=admin)
    root = get_user_model().objects.get(pk=root.pk)
    assert not root.is_staff and not root.is_superuser and role_of(root) == Role.READER


def test_an_invitation_by_link_makes_one_account_with_the_role(manager: Any) -> None:
    _, token = invitations.invite(email="Dora@Example.org", role=Role.REVIEWER, by=manager)
    browser = Client()
    assert b"Your role will be reviewer" in browser.get(f"/join/{token}/").content
    assert browser.post(f"/join/{token}/", NEW).status_code == 303 and is_in(browser)
    dora = get_user_model().objects.get(username="dora")
    assert role_of(dora) == Role.REVIEWER and dora.email == "dora@example.org"
    # Whoever had the link has not shown that the address is theirs.
    assert not dora.emailaddress_set.get().verified
    second = Client().post(f"/join/{token}/", NEW | {"username": "eve"})
    assert second.status_code == 404 and not get_user_model().objects.filter(username="eve")


def test_an_invitation_by_mail_is_sent_and_verifies_the_address(
    manager: Any, settings: Any, mailoutbox: Any
) -> None:
    settings.EMAIL_CONFIGURED = True
    form = {"email": "dora@example.org", "role": "reader", "how": "mail"}
    answer = signed_in(manager).post(reverse("accounts:invite"), form)
    assert answer.status_code == 303
    (letter,) = mailoutbox
    link = [word for word in letter.body.split() if "/join/" in word][0]
    path = link.removeprefix(settings.SITE_URL)
    assert Client().post(path, NEW).status_code == 303
    assert get_user_model().objects.get(username="dora").emailaddress_set.get().verified


def test_the_link_is_shown_once_and_only_its_hash_is_kept(manager: Any) -> None:
    browser = signed_in(manager)
    answer = browser.post(reverse("accounts:invite"), {"role": "reader", "how": "link"})
    assert answer.status_code == 201
    token = answer.content.decode().split("/join/")[1].split("/")[0]
    assert invitations.by_token(token)
    assert token not in str(Invitation.objects.values().get())
    assert token.encode() not in browser.get(reverse("accounts:people")).content


@pytest.mark.parametrize("ended", ["expires_at", "revoked_at", "accepted_at"])
def test_an_invitation_that_has_ended_opens_nothing(manager: Any, ended: str) -> None:
    _, token = invitations.invite(email="", role=Role.READER, by=manager)
    Invitation.objects.update(**{ended: timezone.now() - timedelta(seconds=1)})
    assert Client().get(f"/join/{token}/").status_code == 404
    with pytest.raises(InvitationRefused):
        invitations.accept(token, username="x", name="X", password="pw")
    assert Client().get("/join/made-up/").status_code == 404


def test_nobody_invites_above_their_own_role_nor_takes_such_an_invitation_back(
    manager: Any, admin: Any, alice: Any
) -> None:
    for by in (manager, alice):
        with pytest.raises(InvitationRefused):
            invitations.invite(email="", role=Role.ADMIN, by=by)
    invitation, _ = invitations.invite(email="", role=Role.ADMIN, by=admin)
    with pytest.raises(InvitationRefused):
        invitations.revoke(invitation, by=manager)
    invitations.revoke(invitation, by=admin)


def test_roles_go_up_to_ones_own_and_never_ones_own(manager: Any, admin: Any, alice: Any) -> None:
    people.change_role(alice, Role.MANAGER, by=manager)
    with pytest.raises(PersonRefused):
        people.change_role(alice, Role.ADMIN, by=manager)
    with pytest.raises(PersonRefused):
        people.change_role(admin, Role.READER, by=manager)
    with pytest.raises(PersonRefused):
        people.change_role(admin, Role.READER, by=admin)


def test_somebody_deactivated_is_out_at_once_everywhere(admin: Any, alice: Any) -> None:
    browser = Client()
    sign_in(browser, "alice")
    _, raw = a_token(alice)
    people.deactivate(alice, by=admin)
    assert "/login/" in browser.get("/")["Location"]
    assert token_user(raw) is None and not SignIn.objects.filter(user=alice).exists()
    people.reactivate(alice, by=admin)
    assert token_user(raw) is None, "a token does not come back"
    assert "/login/" in browser.get("/")["Location"], "nor does a session"
    assert ApiToken.objects.get().state == "revoked"


def test_who_is_deactivated_in_another_way_does_not_come_back_with_an_old_session(
    alice: Any,
) -> None:
    browser = Client()
    sign_in(browser, "alice")
    _, raw = a_token(alice)
    for active in (False, True):  # as a form of the admin does
        alice.is_active = active
        alice.save()
    assert "/login/" in browser.get("/")["Location"] and token_user(raw) is None


def test_the_last_active_admin_stays_one(admin: Any) -> None:
    other = a_person("bea", Role.ADMIN)
    people.deactivate(other, by=admin)
    for attempt in (people.deactivate, lambda p, by: people.change_role(p, Role.READER, by=by)):
        with pytest.raises(PersonRefused, match="last active admin"):
            attempt(admin, by=_pretending(other))
    page = signed_in(admin)
    fields = {"username": "ada", "is_active": "on", "date_joined_0": "2026-01-01",
              "date_joined_1": "00:00"}  # fmt: skip
    admin.is_superuser = True
    admin.save()
    page.post(reverse("admin:auth_user_change", args=[admin.pk]), fields)
    admin.refresh_from_db()
    assert admin.is_staff and admin.is_active


def _pretending(user: Any) -> Any:
    """Somebody whose page was opened before they were deactivated."""
    user.is_active = True
    return user


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_at_once_leave_one(transactional_db: None) -> None:
    ada, bea = a_person("ada", Role.ADMIN), a_person("bea", Role.ADMIN)
    start, refused = threading.Barrier(2), []

    def demote(person: Any, by: Any) -> None:
        start.wait(10)
        try:
            people.change_role(person, Role.READER, by=by)
        except PersonRefused as error:
            refused.append(str(error))
        finally:
            connection.close()

    pair = [threading.Thread(target=demote, args=each) for each in ((ada, bea), (bea, ada))]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join(20)
    assert get_user_model().objects.filter(is_staff=True, is_active=True).count() == 1
    assert len(refused) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_invitation_at_once_one_comes_in(transactional_db: None) -> None:
    ada = a_person("ada", Role.ADMIN)
    _, token = invitations.invite(email="", role=Role.READER, by=ada)
    start, made = threading.Barrier(2), []

    def use(name: str) -> None:
        start.wait(10)
        try:
            made.append(invitations.accept(token, username=name, name="X", password="pw"))
        except InvitationRefused:
            pass
        finally:
            connection.close()

    pair = [threading.Thread(target=use, args=(name,)) for name in ("one", "two")]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join(20)
    assert len(made) == 1 and get_user_model().objects.exclude(pk=ada.pk).count() == 1


def test_the_page_of_people_costs_the_same_for_few_and_many(
    admin: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(admin)
    browser.get(reverse("accounts:people"))
    for number in range(30):
        get_user_model().objects.create_user(f"p{number}")
    with django_assert_max_num_queries(10):
        page = browser.get(reverse("accounts:people"))
    assert b"p29" in page.content
    assert b"p29" not in browser.get(reverse("accounts:people") + "?q=ada").content
