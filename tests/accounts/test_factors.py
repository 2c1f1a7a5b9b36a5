"""A second factor: secrets sealed at rest, each code good once, and staff without one go nowhere
where one is demanded."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import guard, mfa
from audit.models import AuditEntry
from llm_manager.rotation import rotate
from tests.accounts.door import is_in, sign_in

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def code(secret: str = SECRET, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def with_app(user: Any) -> list[str]:
    """Gives this person an authenticator app; returns their recovery codes."""
    TOTP.activate(user, SECRET)
    return RecoveryCodes.activate(user).get_unused_codes()


def test_secrets_lie_sealed_in_the_database(alice: Any) -> None:
    codes = with_app(alice)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored and not any(code in stored for code in codes)
    assert "gAAAA" in stored


def test_a_password_alone_is_not_enough_and_a_code_is_good_once(alice: Any) -> None:
    with_app(alice)
    browser, now = Client(), code()
    assert sign_in(browser, "alice")["Location"] == reverse("mfa_authenticate")
    assert not is_in(browser) and "/login/" in browser.get("/")["Location"]
    browser.post(reverse("mfa_authenticate"), {"code": now})
    assert is_in(browser)
    second = Client()
    sign_in(second, "alice")
    second.post(reverse("mfa_authenticate"), {"code": now})
    assert not is_in(second)


def test_a_recovery_code_opens_once_and_is_on_record(alice: Any) -> None:
    one = with_app(alice)[0]
    for expected in (True, False):
        browser = Client()
        sign_in(browser, "alice")
        browser.post(reverse("mfa_authenticate"), {"code": one})
        assert is_in(browser) is expected
    assert AuditEntry.objects.filter(action="mfa.recovery_used").count() == 1


def test_who_guesses_codes_waits_in_words(alice: Any) -> None:
    with_app(alice)
    browser = Client()
    sign_in(browser, "alice")
    for _ in range(guard.ONE_ACCOUNT.free + 1):
        answer = browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert answer.status_code == 429 and b"Try again in a minute" in answer.content
    browser.post(reverse("mfa_authenticate"), {"code": code()})
    assert not is_in(browser), "not even with the right one"


def test_staff_without_a_factor_are_led_to_set_one_up_before_anything_else(
    alice: Any, bob: Any, settings: Any
) -> None:
    settings.MFA_REQUIRED_FOR_STAFF = True
    alice.is_staff = True
    alice.save()
    browser = Client()
    sign_in(browser, "alice")
    setting_up = reverse("mfa_activate_totp")
    for path in ("/", "/jobs/", reverse("admin:index"), reverse("accounts:people")):
        assert browser.get(path)["Location"] == setting_up, path
    fragment = browser.get("/", headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == setting_up
    # What probes ask is answered as to anybody.
    for path in ("/healthz", "/livez", "/readyz"):
        assert browser.get(path).status_code in (200, 503), path
    page = browser.get(setting_up)
    assert page.status_code == 200, "who has only just signed in is not asked again"
    secret = page.context["form"].secret
    browser.post(setting_up, {"code": code(secret)})
    assert browser.get("/").status_code == 200
    other = Client()
    sign_in(other, "bob")
    assert other.get("/").status_code == 200, "others may go without"


def test_recovery_codes_are_shown_once(alice: Any) -> None:
    browser = Client()
    sign_in(browser, "alice")
    page = browser.get(reverse("mfa_activate_totp"))
    browser.post(reverse("mfa_activate_totp"), {"code": code(page.context["form"].secret)})
    one = RecoveryCodes(
        Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    ).get_unused_codes()[0]
    url = reverse("mfa_view_recovery_codes")
    assert one in browser.get(url).content.decode()
    assert one not in browser.get(url).content.decode()


def test_staff_cannot_take_their_last_factor_away(alice: Any, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_STAFF = True
    with_app(alice)
    app = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert mfa.MfaAdapter().can_delete_authenticator(app)
    alice.is_staff = True
    alice.save()
    app.refresh_from_db()
    assert not mfa.MfaAdapter().can_delete_authenticator(app)


def test_a_lost_device_is_reset_by_command_and_ends_the_sessions(alice: Any) -> None:
    browser = Client()
    sign_in(browser, "alice")
    with_app(alice)
    call_command("reset_mfa", "alice")
    assert not mfa.has_factor(alice) and "/login/" in browser.get("/")["Location"]
    sign_in(browser, "alice")
    assert is_in(browser)
    with pytest.raises(CommandError, match="nobody called"):
        call_command("reset_mfa", "nobody")


def test_new_field_keys_take_the_second_factors_with_them(alice: Any, settings: Any) -> None:
    codes = with_app(alice)
    old = settings.FIELD_KEYS[0]
    settings.FIELD_KEYS = ["bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=", old]
    assert rotate(dry_run=True).rotated == 2
    assert rotate().rotated == 2 and rotate().current == 2
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    found = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    assert found.wrap().get_unused_codes() == codes
