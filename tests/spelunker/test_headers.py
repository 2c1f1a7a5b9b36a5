"""Every answer has the headers that keep a browser from doing what a page did not mean, and every
page but a named few wants to know who asks."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from tests.people import People

EVERY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Whoever adds one here says to everybody on the network: come in.
PUBLIC = {
    "healthz", "livez", "readyz", "metrics", "csp_report", "security_txt", "login", "account_login",
    "account_logout", "logout", "account_inactive", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "account_confirm_email",
    "account_email_verification_sent", "account_signup", "mfa_authenticate", "join", "company",
    "company_callback", "openid_connect_login", "openid_connect_callback",
    "socialaccount_login_error", "socialaccount_login_cancelled", "socialaccount_signup",
}  # fmt: skip


def views(found: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for one in (found or get_resolver()).url_patterns:
        if hasattr(one, "url_patterns"):
            yield from views(one, (*spaces, one.namespace) if one.namespace else spaces)
        else:
            yield ":".join((*spaces, one.name or str(one.pattern))), one.callback


def test_all_pages_but_these_need_sign_in() -> None:
    open_ones = {
        name for name, view in views()
        if not getattr(view, "login_required", True) and not name.startswith(("api", "admin:"))
    }  # fmt: skip
    assert {name.rpartition(":")[2] for name in open_ones} - PUBLIC == set()


def pages() -> Iterator[str]:
    for name, _ in views():
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue


@pytest.mark.django_db
def test_every_answer_of_every_page_has_every_header() -> None:
    client, lacking, seen = People().client("root"), [], 0
    client.raise_request_exception = False
    urls = {*pages(), "/nothing-here/", f"/{settings.ADMIN_PATH}auth/user/"} - {reverse("logout")}
    stranger = Client()
    for n, url in enumerate(sorted(urls)):
        for answer in [client.get(url)] + ([stranger.get(url)] if n % 8 == 0 else []):
            seen += 1
            lacking += [f"{url}: {problem}" for problem in problems(answer)]
    assert seen > 90 and lacking == []


def problems(answer: Any) -> Iterator[str]:
    for name, value in EVERY.items():
        if answer.headers.get(name) != value:
            yield f"{name} is {answer.headers.get(name)}"
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy:
        yield f"policy {policy}"
    if "camera=()" not in answer.headers.get("Permissions-Policy", ""):
        yield "no permissions policy"
    if not answer.headers.get("X-Request-ID"):
        yield "no number"
    if answer.status_code >= 500 and answer.status_code != 503:
        yield f"status {answer.status_code}"


@pytest.mark.django_db
def test_a_page_that_breaks_says_its_number_and_nothing_else(
    client: Client, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spelunker import views as own

    def broken(*_: Any) -> Any:
        raise RuntimeError("sk-CANARY1234567890")

    client.force_login(alice)
    client.raise_request_exception = False
    monkeypatch.setattr(own, "_running", broken)
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in answer.content.decode()
    assert b"CANARY" not in answer.content and b"RuntimeError" not in answer.content
