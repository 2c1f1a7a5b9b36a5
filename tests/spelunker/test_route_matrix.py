"""The routes of the site itself times every kind of person. A route that is new must be added to
MATRIX, with what it answers each of them: else a test fails."""

from typing import Any

import pytest

from tests.people import ANONYMOUS, STRANGERS, SUSPENDED, People
from tests.route_matrix import Row, answered, expected, unnamed_methods

pytestmark = pytest.mark.django_db
NAMESPACE = ""
OTHERS = ("reader", "contributor", "reviewer", "manager")


def seen() -> Row:
    return Row(dict.fromkeys([*OTHERS, "admin"], 200))


def open_to_all(code: int = 200, **more: Any) -> Row:
    """Also to who is not signed in."""
    return Row(dict.fromkeys([*OTHERS, "admin", ANONYMOUS, SUSPENDED], code), **more)


def administered() -> Row:
    return Row({**dict.fromkeys(OTHERS, 403), "admin": 200})


MATRIX: dict[str, Row] = {
    "home": seen(),
    "healthz": open_to_all(),
    "livez": open_to_all(),
    "operations": Row({**dict.fromkeys(OTHERS, 404), "admin": 200}),
    # No relay and no worker in a test.
    "readyz": open_to_all(503),
    # From elsewhere only with a token, or by staff: see test_metrics.
    "metrics": open_to_all(),
    "audit": administered(),
    "audit_csv": administered(),
    # An empty report is none.
    "csp_report": open_to_all(400, post=True),
    "security_txt": open_to_all(404),
}


@pytest.fixture
def people() -> People:
    return People()


@pytest.mark.parametrize("person", STRANGERS)
def test_each_person_gets_what_the_matrix_says(person: str, people: People) -> None:
    assert answered(MATRIX, NAMESPACE, person, people, {}) == expected(MATRIX, person)


def test_every_way_to_ask_a_route_has_its_row(people: People) -> None:
    assert unnamed_methods(MATRIX, NAMESPACE, people.client("root"), {}) == []
