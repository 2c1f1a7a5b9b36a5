"""The door: who knows the password comes in, who guesses is slowed down, and nobody is locked out
by somebody elsewhere."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts import guard, mailing
from audit.models import AuditEntry, RateCount
from tests.accounts.door import is_in, sign_in

pytestmark = pytest.mark.django_db


def guess(name: str, times: int, address: str = "192.0.2.1") -> Any:
    answer = None
    for _ in range(times):
        answer = sign_in(Client(), name, "wrong", address)
    return answer


def test_people_sign_in_by_name_or_by_address(alice: Any) -> None:
    alice.email = "alice@example.org"
    alice.save()
    for login in ("alice", "alice@example.org", "ALICE@example.org"):
        browser = Client()
        answer = sign_in(browser, login)
        assert answer["Location"] == "/" and is_in(browser), login


def test_the_way_leads_to_where_one_wanted_to_go_but_never_to_another_site(alice: Any) -> None:
    form = {"username": "alice", "password": "pw"}
    assert Client().post("/login/", form | {"next": "/jobs/"})["Location"] == "/jobs/"
    assert Client().post("/login/", form | {"next": "https://evil.test/"})["Location"] == "/"


def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nothing(alice: Any) -> None:
    wrong, unknown = guess("alice", 1), guess("nobody", 1)
    assert wrong.status_code == unknown.status_code == 200
    told = [re.search(r'role="alert".*?</p>', a.content.decode(), re.S) for a in (wrong, unknown)]
    assert told[0] and told[1] and told[0].group() == told[1].group()


def waited(wait: timedelta = timedelta(hours=1)) -> None:
    """As if so much time had passed since the last try."""
    RateCount.objects.update(began=F("began") - wait)


def test_one_password_is_hashed_whoever_is_named(
    alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.email = "alice@example.org"
    alice.save()
    hashed: list[str] = []
    right = MD5PasswordHasher.encode

    def encode(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return right(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    counts = []
    for name in ("alice", "nobody", "alice@example.org", "nobody@example.org"):
        hashed.clear()
        guess(name, 1)
        counts.append(len(hashed))
    assert counts == [1, 1, 1, 1], "one more or less would tell by its time who has an account"


def test_who_guesses_waits_longer_and_longer_and_never_for_ever(alice: Any) -> None:
    answer = guess("alice", guard.ONE_ACCOUNT.free + 1)
    assert answer.status_code == 429 and b"Try again in a minute" in answer.content
    waits = []
    for _ in range(9):
        waited()
        guess("alice", 1)
        waits.append(round(int(guess("alice", 1)["Retry-After"]) / 60))
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_while_it_is_locked_not_even_the_right_password_opens(alice: Any) -> None:
    guess("alice", guard.ONE_ACCOUNT.free)
    browser = Client()
    sign_in(browser, "alice")
    assert not is_in(browser)
    waited(timedelta(minutes=1))
    sign_in(browser, "alice")
    assert is_in(browser)
    assert guess("alice", guard.ONE_ACCOUNT.free).status_code == 200, "the count begins anew"


def test_names_without_an_account_wait_as_long_and_are_told_the_same(alice: Any) -> None:
    known, unknown = (guess(name, guard.ONE_ACCOUNT.free + 1) for name in ("alice", "nobody"))
    pages = [re.sub(r"[0-9a-f]{32}", "", answer.content.decode()) for answer in (known, unknown)]
    assert known.status_code == unknown.status_code == 429 and pages[0] == pages[1]


def test_programs_are_told_in_their_own_way(alice: Any) -> None:
    guess("alice", guard.ONE_ACCOUNT.free)
    form = {"username": "alice", "password": "pw"}
    asking = {"headers": {"Accept": "application/json"}, "REMOTE_ADDR": "192.0.2.1"}
    answer = Client().post("/login/", form, **asking)
    assert answer.status_code == 429 and "Try again in a minute" in answer.json()["detail"]


def test_nobody_is_locked_out_by_somebody_elsewhere(alice: Any) -> None:
    guess("alice", guard.ONE_ACCOUNT.free + 3, address="198.51.100.7")
    browser = Client()
    sign_in(browser, "alice", address="192.0.2.1")
    assert is_in(browser)


def test_who_tries_many_accounts_from_one_address_is_stopped_too(alice: Any, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in_address": (3, 600)}
    for name in ("a", "b"):
        guess(name, 1)
    # An account of one's own in between does not set the count back, nor does a header.
    sign_in(Client(), "alice")
    guess("c", 1)
    refused = sign_in(Client(headers={"X-Forwarded-For": "5.5.5.5"}), "alice")
    assert refused.status_code == 429 and b"Too many failed sign-ins" in refused.content
    assert 400 <= int(refused["Retry-After"]) <= 600
    assert sign_in(Client(), "alice", address="198.51.100.7").status_code == 302


def test_who_signs_in_well_is_not_counted(alice: Any, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in_address": (2, 600)}
    assert {sign_in(Client(), "alice").status_code for _ in range(5)} == {302}


def test_the_lock_is_on_record_and_passwords_typed_as_names_are_not(alice: Any) -> None:
    guess("hunter2-typed-here", guard.ONE_ACCOUNT.free + 2)
    assert AuditEntry.objects.filter(action="sign_in.blocked").count() == 1
    stored = [*RateCount.objects.values(), *AuditEntry.objects.filter(
        action="sign_in.blocked").values()]  # fmt: skip
    assert "hunter2" not in str(stored)


def test_somebody_who_was_deactivated_does_not_come_in(alice: Any) -> None:
    alice.is_active = False
    alice.save()
    browser = Client()
    assert sign_in(browser, "alice")["Location"] == reverse("account_inactive")
    assert not is_in(browser)


def test_nobody_makes_an_account_for_themselves() -> None:
    for path in ("/signup/", "/account/signup/", "/accounts/signup/"):
        assert Client().get(path).status_code in (302, 404)
        answer = Client().post(path, {"username": "x", "password1": "p" * 12})
        assert answer.status_code in (302, 404)
    from django.contrib.auth import get_user_model

    assert not get_user_model().objects.filter(username="x").exists()


def test_the_admin_has_no_door_of_its_own(alice: Any, settings: Any) -> None:
    path = reverse("admin:login")
    assert (
        Client()
        .post(path, {"username": "alice", "password": "pw"})["Location"]
        .startswith(reverse("login"))
    )
    browser = Client()
    browser.force_login(alice)
    assert browser.get(reverse("admin:login")).status_code == 403


def test_a_forgotten_password_is_reset_by_mail_once(
    alice: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "DELAY_SECONDS", 0)
    settings.EMAIL_CONFIGURED = True
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True)
    for address in ("Alice@example.org", "nobody@example.org"):
        answer = Client().post(reverse("account_reset_password"), {"email": address})
        assert answer["Location"] == reverse("account_reset_password_done")
    mailing.wait()
    (letter,) = mail.outbox
    link = re.search(r"/password/new/\S+", str(letter.body))
    assert link
    browser = Client()
    page = browser.get(link.group(), follow=True)
    new = {"password1": "a long new password", "password2": "a long new password"}
    answer = browser.post(page.redirect_chain[-1][0], new)
    assert answer["Location"] == reverse("account_reset_password_from_key_done")
    sign_in(browser, "alice", "a long new password")
    assert is_in(browser)
    assert b"cannot be used" in Client().get(link.group(), follow=True).content


def test_no_link_goes_to_an_address_that_nobody_has_verified(
    alice: Any, bob: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "DELAY_SECONDS", 0)
    settings.EMAIL_CONFIGURED = True
    alice.email = "mistyped@example.org"
    alice.save()
    EmailAddress.objects.create(user=bob, email="never.opened@example.org", primary=True)
    for address in (alice.email, "never.opened@example.org"):
        answer = Client().post(reverse("account_reset_password"), {"email": address})
        assert answer["Location"] == reverse("account_reset_password_done")
    mailing.wait()
    assert not mail.outbox
    # Their owner may have it confirmed, and then it serves.
    browser = Client()
    browser.force_login(bob)
    page = browser.get(reverse("account_email")).text
    assert "never.opened@example.org" in page and "Send it again" in page


def test_without_mail_the_page_says_whom_to_ask() -> None:
    answer = Client().get(reverse("account_reset_password"))
    assert answer.status_code == 404 and b"Ask your administrator" in answer.content
