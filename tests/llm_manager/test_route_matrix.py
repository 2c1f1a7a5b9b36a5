"""Every route of models, usage and budgets times every kind of person. A route that is new must be
added to MATRIX, with what it answers each of them: else a test fails."""

from typing import Any

import pytest

from llm_manager.models import Budget, LLMApi, LLMModel
from tests.people import STRANGERS, People
from tests.route_matrix import Row, answered, ask, body_of, changes_for, expected, unnamed_methods

pytestmark = pytest.mark.django_db
NAMESPACE = "llm_manager"
OTHERS = ("reader", "contributor", "reviewer", "manager")
#: In what only administrators may know: the key, and whom a budget is for.
SECRET = "zanzibar"


def public() -> dict[str, int]:
    return dict.fromkeys([*OTHERS, "admin"], 200)


def seen(*args: str, **more: Any) -> Row:
    """Everybody may know which models there are."""
    return Row(public(), args, **more)


def administered(code: int, *args: str, **more: Any) -> Row:
    return Row({**dict.fromkeys(OTHERS, 403), "admin": code}, args, **more)


MATRIX: dict[str, Row] = {
    "models": seen(),
    "api_new": administered(200),
    "api_new POST": administered(200),
    "api": seen("api"),
    "api_edit": administered(200, "api"),
    "api_edit POST": administered(200, "api"),
    "api_switch": administered(303, "api", post=True),
    "api_delete": administered(303, "api", post=True),
    "model_new": administered(200, "api"),
    "model_new POST": administered(200, "api"),
    "model_edit": administered(200, "model"),
    "model_edit POST": administered(200, "model"),
    "model_listed_price": administered(303, "model", post=True),
    "model_default": administered(200, "model"),
    "model_default POST": administered(422, "model"),
    "usage": seen(),
    "usage_csv": seen(),
    "budgets": seen(),
    "budget_new": administered(200),
    "budget_new POST": administered(422),
    "budget_edit": administered(200, "budget"),
    "budget_edit POST": administered(422, "budget"),
    "budget_switch": administered(303, "budget", post=True),
    "test_api": administered(303, "api", post=True),
}


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def world(people: People) -> dict[str, Any]:
    api = LLMApi.objects.create(
        name="Here", kind="openai", base_url="http://127.0.0.1:9", api_key="sk-zanzibar-0123456789"
    )
    model = LLMModel.objects.create(api=api, model_id="m", kind="chat")
    budget = Budget.objects.create(name="Of Zanzibar", user=people["owner"], limit=5)
    return {"api": api.pk, "model": model.pk, "budget": budget.pk}


@pytest.mark.parametrize("person", STRANGERS)
def test_each_person_gets_what_the_matrix_says(
    person: str, world: dict[str, Any], people: People
) -> None:
    assert answered(MATRIX, NAMESPACE, person, people, world) == expected(MATRIX, person)


def test_every_way_to_ask_a_route_has_its_row(world: dict[str, Any], people: People) -> None:
    assert unnamed_methods(MATRIX, NAMESPACE, people.client("root"), world) == []


@pytest.mark.parametrize("person", OTHERS)
def test_only_administrators_change_models_and_budgets(person: str) -> None:
    assert changes_for(MATRIX, person) == []


@pytest.mark.parametrize("person", OTHERS)
def test_nobody_else_reads_a_key_or_for_whom_a_budget_is(
    person: str, world: dict[str, Any], people: People
) -> None:
    client = people.client(person)
    for name, row in MATRIX.items():
        answer = ask(client, NAMESPACE, name, row, world)
        assert SECRET not in body_of(answer) + str(dict(answer.headers)).lower(), name
