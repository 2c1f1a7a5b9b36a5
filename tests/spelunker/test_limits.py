"""Nobody guesses, uploads or searches without end, and everybody is told when to come again."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.limiting import Limit, forget, hit, look
from audit.models import AuditEntry

pytestmark = pytest.mark.django_db
THREE = Limit("test", 3, 60)


def test_a_limit_lets_through_what_it_allows_and_then_says_how_long_to_wait() -> None:
    assert [hit(THREE, "a") for _ in range(3)] == [0, 0, 0]
    assert 58 <= hit(THREE, "a") <= 60
    assert hit(THREE, "b") == 0


def test_looking_does_not_count_and_forgetting_begins_anew() -> None:
    hit(THREE, "a"), hit(THREE, "a")
    assert [look(THREE, "a") for _ in range(5)] == [0] * 5
    hit(THREE, "a")
    assert look(THREE, "a") > 0
    forget(THREE, "a")
    assert look(THREE, "a") == 0


def test_a_window_that_is_over_counts_no_more() -> None:
    gone = Limit("test", 1, 0)
    assert [hit(gone, "a") for _ in range(3)] == [0, 0, 0]


def test_any_text_is_a_key() -> None:
    assert [hit(THREE, key) for key in ("\x00", "\ud800", "x" * 100_000, "")] == [0] * 4


def wrong(client: Client, name: str = "alice", **headers: str) -> Any:
    return client.post(
        reverse("login"), {"login": name, "username": name, "password": "wrong"}, headers=headers
    )


def test_guessing_a_password_ends_with_429_and_the_right_one_waits_too(
    client: Client, alice: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in_both": (3, 600)}
    assert [wrong(client).status_code for _ in range(3)] == [200] * 3
    answer = wrong(client)
    assert answer.status_code == 429 and 590 <= int(answer["Retry-After"]) <= 600
    assert b"Try again in" in answer.content
    right = client.post(reverse("login"), {"login": "alice", "username": "alice", "password": "pw"})
    assert right.status_code == 429
    assert AuditEntry.objects.filter(action="session.limited").count() == 2


def test_an_address_that_tries_many_names_is_stopped_and_a_header_does_not_help(
    client: Client, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in_address": (3, 600)}
    codes = [
        wrong(client, f"name{n}", **{"X-Forwarded-For": f"5.5.5.{n}"}).status_code for n in range(5)
    ]
    assert codes == [200, 200, 200, 429, 429]


def test_somebody_elsewhere_does_not_lock_a_person_out(
    client: Client, alice: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in_both": (2, 600)}
    for _ in range(3):
        wrong(client)
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    answer = elsewhere.post(
        reverse("login"), {"login": "alice", "username": "alice", "password": "pw"}
    )
    assert answer.status_code == 302


def test_searches_are_counted_by_person_and_opening_the_page_is_none(
    client: Client, alice: Any, bob: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"search": (1, 60)}
    url = reverse("solution_library:search")
    client.force_login(alice)
    assert [client.get(url).status_code for _ in range(3)] == [200] * 3
    assert client.get(url, {"q": ""}).status_code == 200
    assert client.get(url, {"q": ""}).status_code == 429
    as_json = client.get(url, {"q": ""}, headers={"Accept": "application/json"})
    assert as_json.json()["detail"].startswith("Too many requests. Try again in")
    client.force_login(bob)
    assert client.get(url, {"q": ""}).status_code == 200


def test_every_view_that_is_limited_exists() -> None:
    from spelunker import limits

    known = set()

    def walk(found: Any, spaces: tuple[str, ...]) -> None:
        for one in found.url_patterns:
            if hasattr(one, "url_patterns"):
                walk(one, (*spaces, one.namespace) if one.namespace else spaces)
            else:
                known.add(":".join((*spaces, one.name or "")))

    from django.urls import get_resolver

    walk(get_resolver(), ())
    named = (
        limits.SIGN_IN | limits.SECOND_FACTOR | limits.UPLOADS | limits.EXPORTS | limits.SEARCHES
    )
    assert named - known == set()


# -- reports of browsers --------------------------------------------------------------------------
REPORT = '{"csp-report": {"blocked-uri": "https://evil.test/x?secret=1", "document-uri": "http://h/rfps/1/?q=private", "violated-directive": "img-src"}}'


def report(client: Client, body: str = REPORT) -> int:
    return client.post("/csp-report/", body, content_type="application/csp-report").status_code


def test_a_report_is_logged_without_what_stands_in_queries(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert report(client) == 204
    assert (
        "evil.test/x" in caplog.text
        and "secret" not in caplog.text
        and "private" not in caplog.text
    )


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"csp-report": 7}', '{"csp-report": null}', "[" * 9000, "\x00"]
)
def test_what_is_no_report_is_refused(client: Client, body: str) -> None:
    assert report(client, body) == 400


def test_reports_are_limited_in_size_and_number(client: Client, settings: Any) -> None:
    assert report(client, " " * 20_000) == 413
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"csp_report": (2, 60)}
    assert [report(client) for _ in range(3)][-1] == 429


def test_security_txt_is_there_where_an_address_is_named(client: Client, settings: Any) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@example.com"
    text = client.get("/.well-known/security.txt").content.decode()
    assert "Contact: mailto:security@example.com\nExpires: 2" in text
