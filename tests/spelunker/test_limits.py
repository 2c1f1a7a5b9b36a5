"""Nobody guesses, uploads or searches without end, and everybody is told when to come again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from audit.limiting import Limit, Slowdown, begin, forget, hit, look, refund, waiting
from audit.models import RateCount

pytestmark = pytest.mark.django_db
THREE = Limit("test", 3, 3600)


def test_a_limit_lets_through_what_it_allows_and_then_says_how_long_to_wait() -> None:
    assert [hit(THREE, "a") for _ in range(3)] == [0, 0, 0]
    assert 3500 <= hit(THREE, "a") <= 3600
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


def test_tries_are_free_at_first_then_each_costs_twice_as_long() -> None:
    slow = Slowdown("test", free=2, first=600, longest=1000)
    assert [begin(slow, "a"), begin(slow, "a")] == [0, 0]
    assert 500 <= begin(slow, "a") <= 600 and waiting(slow, "a")[0] == 2, (
        "what waits is not counted"
    )
    RateCount.objects.update(began=F("began") - timedelta(seconds=600))
    assert begin(slow, "a") == 0 and 900 <= begin(slow, "a") <= 1000
    refund(slow, "a")
    assert waiting(slow, "a")[0] == 2 and begin(slow, "b") == 0
    RateCount.objects.update(began=F("began") - timedelta(days=1))
    assert begin(slow, "a") == 0 and waiting(slow, "a") == (1, 0), "a day later all is forgotten"


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
    named = limits.UPLOADS | limits.EXPORTS | limits.SEARCHES
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
