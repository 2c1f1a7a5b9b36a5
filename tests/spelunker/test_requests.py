"""Requests that nobody's form has sent."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings as conf
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from tests.people import People

pytestmark = pytest.mark.django_db
#: Reports of browsers carry no token and change nothing; the API has tokens of its own.
WITHOUT_TOKEN = ("csp_report", "api:", "api-")


def routes(found: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, int]]:
    """Names of the routes whose address needs only numbers, with how many."""
    for one in (found or get_resolver()).url_patterns:
        if hasattr(one, "url_patterns"):
            yield from routes(one, (*spaces, one.namespace) if one.namespace else spaces)
        elif one.name and set(map(type_of, one.pattern.converters.values())) <= {"IntConverter"}:
            yield ":".join((*spaces, one.name)), len(one.pattern.converters)


def type_of(converter: Any) -> str:
    return type(converter).__name__


def urls() -> list[str]:
    found = set()
    for name, number in routes():
        # Those with an address of their own pattern are allauth's, which has tests of its own.
        with suppress(NoReverseMatch):
            found |= set() if name.startswith(WITHOUT_TOKEN) else {reverse(name, args=[1] * number)}
    return sorted(found)


def test_nothing_changes_without_the_token_of_a_form() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(People()["root"])
    client.raise_request_exception = False
    places = [url for url in urls() if not url.startswith("/api/")]
    answers = {url: client.post(url).status_code for url in places}
    # 405 and 404: a route that takes no form at all.
    assert len(answers) > 100
    assert {url: code for url, code in answers.items() if code not in (403, 404, 405)} == {}


@pytest.mark.parametrize(
    "value", ["x__y", "-password", "\x00", "' OR 1=1 --", "9" * 40, "%", "owner__password"]
)
def test_no_word_in_a_query_breaks_a_list(value: str) -> None:
    client = People().client("root")
    names = (
        "order",
        "sort",
        "page",
        "q",
        "kind",
        "status",
        "state",
        "due",
        "who",
        "collection",
        "tag",
    )
    for name in (
        "rfp_manager:list",
        "solution_library:documents",
        "solution_library:answers",
        "jobs:list",
        "audit",
    ):
        answer = client.get(reverse(name), dict.fromkeys(names, value))
        assert answer.status_code in (200, 302, 404), name


@pytest.mark.parametrize(
    "host", ["evil.test", "testserver.evil.test", "testserver:80@evil.test", "x\ty"]
)
def test_a_host_that_is_not_ours_is_refused(host: str) -> None:
    assert Client(HTTP_HOST=host).get("/").status_code == 400
    answer = Client(HTTP_X_FORWARDED_HOST=host).get("/")
    assert answer.status_code == 302 and "evil" not in answer["Location"]


def test_sign_in_says_the_same_whether_there_is_such_an_account(client: Client, alice: Any) -> None:
    def told(name: str) -> str:
        page = client.post(reverse("login"), {"login": name, "username": name, "password": "wrong"})
        text = page.content.decode().replace(name, "NAME")
        return text.partition("<main")[2].partition("</main>")[0]

    first, second = told("alice"), told("nobody-at-all")
    assert strip_tokens(first) == strip_tokens(second) != ""


def strip_tokens(text: str) -> str:
    import re

    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", text)


def test_the_debug_page_is_never_shown() -> None:
    assert conf.DEBUG is False
