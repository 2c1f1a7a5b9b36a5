"""A database that is away is a sentence on the page, wherever the request meets it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


@contextmanager
def away(error: Exception | None = None) -> Iterator[None]:
    """Every statement fails, as it does when the server is gone."""

    def refuse(*_: Any) -> None:
        raise error or OperationalError("the connection is lost")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize("path", ["/", "/jobs/", "/library/", "/rfps/", "/login/"])
def test_pages_say_that_the_database_is_away_and_when_to_come_again(alice: Any, path: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    with away():
        response = client.get(path)
    if path == "/login/" and response.status_code == 200:
        return  # it needs no database
    assert response.status_code == 503 and response["Retry-After"] == "5"
    assert b"Traceback" not in response.content and b"connection is lost" not in response.content


def test_any_other_fault_is_a_page_without_details(alice: Any) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    with away(RuntimeError("secret detail")):
        response = client.get("/jobs/")
    assert response.status_code == 500 and b"secret detail" not in response.content
